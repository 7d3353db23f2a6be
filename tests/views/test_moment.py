"""What the time alone changes of a room's regions."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from server.circle.rhythm import DAY_MS, HOUR_MS, MINUTE_MS, instant
from server.room.coming import EARLY_MS, Coming
from server.room.state import Clock, Room
from server.views.moment import moment, next_moment
from tests.support.factories import NOW, a_room

ZONE = "Europe/Berlin"
BEGINS = instant(datetime.fromisoformat("2026-12-01T19:00"), ZONE)
SESSION = Coming(ZONE, "2026-12-01", BEGINS, BEGINS + HOUR_MS)
ROOMS = (
    a_room(coming=SESSION),
    a_room("reflection", coming=SESSION, clock=Clock(BEGINS - DAY_MS)),
    a_room(coming=Coming(ZONE, ends_at=BEGINS + HOUR_MS, news="cancelled", was=BEGINS)),
    a_room(coming=replace(SESSION, zone="Pacific/Apia")),
)


def test_a_room_without_a_session_changes_by_its_clock_alone() -> None:
    """As before."""
    room = a_room("reflection")
    assert room.clock is not None
    ends_at = room.clock.ends_at
    assert next_moment(room, NOW) == ends_at
    assert (moment(room, ends_at - 1).is_over, moment(room, ends_at).is_over) == (False, True)
    assert next_moment(room, ends_at) is None
    paused = replace(room, clock=Clock(ends_at, paused_at=NOW))
    assert next_moment(paused, NOW) is None
    assert next_moment(a_room(), NOW) is None


def test_days_are_counted_by_the_circles_calendar() -> None:
    """From midnight to midnight there."""
    room, midnight = ROOMS[0], instant(datetime.fromisoformat("2026-12-01T00:00"), ZONE)
    days = [moment(room, now).days for now in (midnight - DAY_MS, midnight - 1, midnight, BEGINS)]
    assert days == [1, 1, 0, 0]
    assert moment(room, BEGINS - 40 * DAY_MS).days == 40


def test_a_session_is_ahead_until_it_starts_and_early_before_that() -> None:
    """Waiting for it is over a quarter of an hour before."""
    room = ROOMS[0]
    early, soon = moment(room, BEGINS - EARLY_MS - 1), moment(room, BEGINS - EARLY_MS)
    assert (early.is_over, early.is_early, early.session) == (False, True, SESSION)
    assert (soon.is_over, soon.is_early, soon.session) == (True, False, SESSION)
    assert moment(room, BEGINS).session is None


def test_nothing_changes_between_two_moments() -> None:
    """Otherwise a page that nobody touches would become untrue. Steps of seven minutes."""
    for room in ROOMS:
        now, end = BEGINS - 4 * DAY_MS, BEGINS + 2 * HOUR_MS
        while now < end:
            following = next_moment(room, now)
            assert following is None or following > now
            until = min(following or end, end)
            assert same(room, now, until), (room.phase, now)
            now = until


def same(room: Room, start: int, end: int) -> bool:
    """Whether it looks the same from `start` until `end`."""
    times = {*range(start, end, 7 * MINUTE_MS), end - 1}
    return len({moment(room, now) for now in times}) == 1
