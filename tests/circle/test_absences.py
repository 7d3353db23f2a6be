"""Who cannot come to a meeting: kept by seat and date, counted, and gone with either."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from msgspec.structs import replace

from server.circle.absences import can_come, cannot_come, how_many, is_absent, without_past
from server.circle.changes import forgetting, with_roles
from server.circle.circle import Circle
from server.circle.meeting_changes import cancel, move, restore
from server.circle.meetings import meeting_on
from server.circle.rhythm import DAY_MS, Kind, Nth, Rhythm, Weekday, instant
from server.circle.schedule import Schedule
from server.room.refused import Refused
from server.room.state import Role

BERLIN = "Europe/Berlin"
NOW = instant(datetime.fromisoformat("2026-11-27T12:00"), BERLIN)
DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 5)
TUESDAYS = Rhythm(Kind.MONTH, Nth.FIRST, Weekday.TUESDAY, at=time(19))
ROLES = {"fay": Role.FACILITATOR, "ann": Role.MEMBER, "ben": Role.MEMBER, "dan": Role.GUEST}
CIRCLE = Circle("id", "C", "classic-60", BERLIN, roles=ROLES, schedule=Schedule(TUESDAYS))


def absent_on(circle: Circle, day: date) -> int:
    """How many cannot come to the meeting of this original date."""
    meeting = meeting_on(circle, day)
    assert meeting
    return how_many(circle, meeting)


def test_who_cannot_come_is_counted_and_may_come_after_all() -> None:
    """Each person for themselves, each meeting for itself, and as often as they like."""
    circle = cannot_come(CIRCLE, "ann", DECEMBER, NOW)
    circle = cannot_come(circle, "ben", DECEMBER, NOW)
    circle = cannot_come(circle, "ann", JANUARY, NOW)
    assert cannot_come(circle, "ann", DECEMBER, NOW) == circle
    assert (absent_on(circle, DECEMBER), absent_on(circle, JANUARY)) == (2, 1)
    circle = can_come(circle, "ann", DECEMBER, NOW)
    assert (absent_on(circle, DECEMBER), absent_on(circle, JANUARY)) == (1, 1)
    assert can_come(circle, "ann", DECEMBER, NOW) == circle
    december = meeting_on(circle, DECEMBER)
    assert december
    assert (is_absent(circle, "ann", december), is_absent(circle, "ben", december)) == (False, True)
    circle = can_come(can_come(circle, "ann", JANUARY, NOW), "ben", DECEMBER, NOW)
    assert circle == CIRCLE


def test_somebody_without_a_seat_does_not_count() -> None:
    """An earlier release leaves the field of a seat that it forgets."""
    circle = replace(CIRCLE, absent={"gone": (DECEMBER,), "dan": (DECEMBER,), "ann": (DECEMBER,)})
    assert absent_on(circle, DECEMBER) == 1
    assert without_past(circle, NOW).absent.keys() == {"dan", "ann"}


def test_a_meeting_that_is_moved_to_another_day_is_asked_about_anew() -> None:
    """They could not make that day. When it is put back they still cannot."""
    circle = cannot_come(CIRCLE, "ann", DECEMBER, NOW)
    later = move(circle, DECEMBER, datetime(2026, 12, 1, 20), NOW)  # noqa: DTZ001 - local
    assert absent_on(later, DECEMBER) == 1
    moved = move(circle, DECEMBER, datetime(2026, 12, 8, 19), NOW)  # noqa: DTZ001 - local
    assert absent_on(moved, DECEMBER) == 0
    assert absent_on(cannot_come(moved, "ann", DECEMBER, NOW), DECEMBER) == 1
    assert absent_on(restore(moved, DECEMBER, NOW), DECEMBER) == 1


@pytest.mark.parametrize(
    ("circle", "day", "days_later", "why"),
    [
        (CIRCLE, date(2026, 12, 2), 0, "no_such_meeting"),
        (CIRCLE, date(2028, 12, 5), 0, "no_such_meeting"),
        (cancel(CIRCLE, DECEMBER, NOW), DECEMBER, 0, "no_such_meeting"),
        (CIRCLE, DECEMBER, 5, "meeting_is_over"),
    ],
)
def test_there_is_nothing_to_be_absent_from(
    circle: Circle, day: date, days_later: int, why: str
) -> None:
    """No such meeting, one that is far ahead, cancelled, or over."""
    with pytest.raises(Refused) as refused:
        cannot_come(circle, "ann", day, NOW + days_later * DAY_MS)
    assert refused.value.reason.id == why
    assert can_come(circle, "ann", day, NOW) == circle


def test_past_dates_go() -> None:
    """With any change of absences, and when asked to; what lies ahead stays."""
    circle = cannot_come(cannot_come(CIRCLE, "ann", DECEMBER, NOW), "ben", JANUARY, NOW)
    assert without_past(circle, NOW) is circle
    later = NOW + 10 * DAY_MS
    assert without_past(circle, later).absent == {"ben": (JANUARY,)}
    assert cannot_come(circle, "fay", JANUARY, later).absent.keys() == {"fay", "ben"}
    assert can_come(circle, "ben", JANUARY, later).absent == {}


def test_with_a_seat_its_absences_go() -> None:
    """Whether the circle forgets the person, or the room removes them."""
    circle = cannot_come(CIRCLE, "ann", DECEMBER, NOW)
    assert forgetting(circle, ["ann"]).absent == {}
    assert with_roles(circle, {"ann": ""}).absent == {}
