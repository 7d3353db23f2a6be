"""The meetings of a circle, computed from its schedule."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.meetings import (
    Change,
    changed_late,
    is_long_before,
    length_ms,
    meeting_at,
    meeting_on,
    meetings,
    next_meeting,
    year_ahead,
)
from server.circle.rhythm import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Kind,
    Nth,
    Rhythm,
    Weekday,
    instant,
    local_time,
)
from server.circle.schedule import AHEAD_MS, Fate, Meeting, Schedule, Single

ZONE = "Europe/Berlin"


def at(text: str, zone: str = ZONE) -> int:
    """The epoch ms of a local time."""
    return instant(datetime.fromisoformat(text), zone)


def day(text: str) -> date:
    """A date."""
    return date.fromisoformat(text)


NOW = at("2026-11-27T08:00")
TUESDAYS = Rhythm(Kind.MONTH, Nth.FIRST, Weekday.TUESDAY, at=time(19))


def a_circle(rhythm: Rhythm = TUESDAYS, **schedule: Any) -> Circle:
    """A circle with this rhythm. Any: fields of a schedule."""
    return Circle("id", "C", "classic-60", ZONE, schedule=Schedule(rhythm, **schedule))


def single(fate: Fate, to: str = "", **more: Any) -> Single:
    """A single meeting that changed a day ago. Any: its other fields."""
    local = datetime.fromisoformat(to) if to else None
    return Single(fate, 1, NOW - DAY_MS, local, **more)


def shown(circle: Circle, months: int = 3) -> list[str]:
    """The coming meetings: original date, state, and local start."""
    return [
        f"{one.date} {one.state} {local_time(one.starts_at, ZONE):%m-%d %H:%M}"
        for one in meetings(circle, NOW, NOW + months * 31 * DAY_MS)
    ]


def test_a_meeting_has_its_date_its_start_and_the_length_of_the_format() -> None:
    """The end is counted in real minutes, also where the clocks change meanwhile."""
    circle = a_circle()
    start = at("2026-12-01T19:00")
    expected = Meeting(day("2026-12-01"), start, start + HOUR_MS, "planned", 0, 0)
    assert next_meeting(circle, NOW) == expected
    assert length_ms(replace(circle, format="classic-90")) == 90 * MINUTE_MS
    night = a_circle(Rhythm(Kind.DATES, dates=(day("2027-03-28"),), at=time(1, 30)))
    (found,) = meetings(night, NOW, NOW + AHEAD_MS)
    assert (found.starts_at, found.ends_at) == (at("2027-03-28T01:30"), at("2027-03-28T03:30"))


def test_without_a_rhythm_there_are_no_meetings() -> None:
    """The room is open at any time then."""
    circle = Circle("id", "C", "classic-60", ZONE)
    assert year_ahead(circle, NOW) == ()
    assert next_meeting(circle, NOW) is None
    assert not is_long_before(circle, NOW)
    assert changed_late(circle, NOW) == ()


def test_the_year_ahead_begins_with_the_meeting_in_progress() -> None:
    """It is the next one until it is over."""
    circle = a_circle()
    start = at("2026-12-01T19:00")
    assert [one.date.month for one in year_ahead(circle, NOW)] == [12, *range(1, 12)]
    for now, first in [(start, start), (start + HOUR_MS - 1, start)]:
        assert year_ahead(circle, now)[0].starts_at == first
    assert year_ahead(circle, start + HOUR_MS)[0].date == day("2027-01-05")


def test_nothing_starts_before_the_schedule_was_made() -> None:
    """A circle that was started today has not met last month."""
    assert len(meetings(a_circle(), NOW - 90 * DAY_MS, NOW)) == 3
    circle = a_circle(since=NOW)
    assert meetings(circle, NOW - 90 * DAY_MS, NOW) == ()
    assert meetings(circle, NOW, NOW + 9 * DAY_MS) == year_ahead(circle, NOW)[:1]


def test_a_pause_ends_at_its_date() -> None:
    """The circle meets again on that day."""
    circle = a_circle(pause_until=day("2027-02-02"))
    assert shown(circle) == ["2027-02-02 planned 02-02 19:00"]
    assert shown(a_circle(pause_until=day("2027-02-03"))) == []


def test_single_meetings_are_moved_cancelled_and_put_back() -> None:
    """The others stay; each is known by its original date, and listed by its start."""
    circle = a_circle(
        singles={
            day("2026-12-01"): single(Fate.MOVED, "2027-01-12T18:30"),
            day("2027-01-05"): single(Fate.CANCELLED, "2027-01-05T19:00"),
            day("2027-02-02"): single(Fate.PLANNED),
        }
    )
    assert shown(circle) == [
        "2027-01-05 cancelled 01-05 19:00",
        "2026-12-01 moved 01-12 18:30",
        "2027-02-02 planned 02-02 19:00",
    ]
    found = next_meeting(circle, NOW)
    assert found
    assert (found.date, found.sequence, found.changed_at) == (day("2026-12-01"), 1, NOW - DAY_MS)
    assert meeting_on(circle, day("2026-12-01")) == found
    assert meeting_at(circle, day("2027-01-12")) == found
    for empty in ("2026-12-01", "2027-01-05", "2026-12-02"):
        assert meeting_at(circle, day(empty)) is None
    assert meeting_on(circle, day("2027-01-12")) is None


def test_a_meeting_that_was_dropped_shows_as_cancelled_at_its_time() -> None:
    """The rhythm and the zone may be others by now."""
    circle = a_circle(singles={day("2026-12-03"): single(Fate.DROPPED, "2026-12-04T02:00")})
    assert shown(circle)[1] == "2026-12-03 cancelled 12-04 02:00"
    circle = a_circle(singles={day("2026-12-02"): single(Fate.DROPPED, "2026-12-01T21:00")})
    assert shown(circle)[0] == "2026-12-01 planned 12-01 19:00"


def test_what_was_put_back_goes_with_its_rhythm() -> None:
    """A single that the rhythm no longer has is none, unless it is past."""
    known = {day("2026-12-03"): single(Fate.PLANNED)}
    assert "2026-12-03" not in " ".join(shown(a_circle(singles=known)))
    past = {day("2026-11-12"): single(Fate.PLANNED, fixed_at=at("2026-11-12T19:00"))}
    found = meetings(a_circle(singles=past, since=NOW), NOW - 90 * DAY_MS, NOW)
    assert [one.date for one in found] == [day("2026-11-12")]


@pytest.mark.parametrize(
    ("fates", "expected"),
    [
        ({"2026-12-01": (Fate.MOVED, "2027-01-05T18:00")}, ["2026-12-01 moved 01-05 18:00"]),
        (
            {
                "2026-12-01": (Fate.MOVED, "2027-01-05T18:00"),
                "2027-01-05": (Fate.CANCELLED, "2027-01-05T19:00"),
            },
            ["2026-12-01 moved 01-05 18:00"],
        ),
        (
            {"2026-12-01": (Fate.CANCELLED, "2027-01-05T18:00")},
            ["2026-12-01 cancelled 01-05 18:00"],
        ),
        (
            {
                "2026-12-01": (Fate.CANCELLED, "2027-01-05T18:00"),
                "2027-01-05": (Fate.PLANNED, ""),
            },
            ["2027-01-05 planned 01-05 19:00"],
        ),
    ],
    ids=["moved", "onto-cancelled", "cancelled-there", "put-back-there"],
)
def test_no_date_stands_twice(fates: dict[str, tuple[Fate, str]], expected: list[str]) -> None:
    """What was done last on a date covers what was there before."""
    singles = {day(name): single(fate, to) for name, (fate, to) in fates.items()}
    found = shown(a_circle(singles=singles))
    assert found == [*expected, "2027-02-02 planned 02-02 19:00"]


@pytest.mark.parametrize(
    ("now", "is_long"),
    [
        ("2026-12-01T18:44", True),
        ("2026-12-01T18:45", False),
        ("2026-12-01T20:14", False),
        ("2026-12-01T20:15", True),
    ],
)
def test_nobody_is_expected_long_before_the_hour(now: str, is_long: bool) -> None:
    """As in its room, a quarter of an hour around a meeting is near, also around a moved one; not
    around a cancelled one.
    """
    assert is_long_before(a_circle(), at(now)) is is_long
    cancelled = {day("2026-12-01"): single(Fate.CANCELLED, "2026-12-01T19:00")}
    assert is_long_before(a_circle(singles=cancelled), at(now))
    moved = {day("2026-12-01"): single(Fate.MOVED, "2026-12-02T19:00")}
    assert is_long_before(a_circle(singles=moved), at(now))
    assert is_long_before(a_circle(singles=moved), at(now) + DAY_MS) is is_long


def test_what_changes_within_a_day_before_a_meeting_is_news_until_it_begins() -> None:
    """Also until the time at which it would have begun; a longer notice finds more."""
    tuesday, thursday = at("2026-12-01T19:00"), at("2026-12-03T19:00")
    moved = single(Fate.MOVED, "2026-12-03T19:00", was=tuesday)

    def news(changed: int, now: int, **more: int) -> tuple[Change, ...]:
        known = {day("2026-12-01"): replace(moved, changed_at=changed)}
        return changed_late(a_circle(singles=known), now, **more)

    (found,) = news(tuesday - DAY_MS, tuesday - 1)
    assert (found.was, found.meeting.starts_at) == (tuesday, thursday)
    assert news(tuesday - DAY_MS - 1, tuesday - 1) == ()
    assert news(tuesday - DAY_MS, tuesday) == ()
    assert len(news(thursday - DAY_MS, thursday - 1)) == 1
    assert len(news(tuesday - DAY_MS - 1, tuesday - 1, notice_ms=2 * DAY_MS)) == 1
    unchanged = {day("2026-12-01"): Single(Fate.PLANNED, 0, 0)}
    assert changed_late(a_circle(singles=unchanged), tuesday - 1) == ()


@pytest.mark.parametrize("kind", list(Kind))
def test_dates_at_the_ends_of_time_are_no_meetings(kind: Kind) -> None:
    """They come from the address of a page."""
    circle = a_circle(Rhythm(kind, first_on=day("2026-12-01"), dates=(day("2026-12-01"),)))
    for ever in (date.min, day("0001-06-01"), day("9999-06-01"), date.max):
        found = meeting_on(circle, ever)
        assert found is None or found.date == ever
