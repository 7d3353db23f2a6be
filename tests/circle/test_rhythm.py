"""Every rhythm in every time zone over ten years, against independent oracles.

The dates of a rhythm are compared with dateutil's rrule. The instants of local times are compared
with an oracle that only asks a zone for its offset at an instant, and never converts a local time:
it finds the transitions, and from these which instants show a local time. A rhythm is date logic
alone, so each rhythm is checked once, each zone at every day, and both together in a sample.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import cycle, pairwise, product
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil import rrule
from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.meetings import meetings
from server.circle.rhythm import (
    EVERY,
    WEEKDAYS,
    Kind,
    Nth,
    Rhythm,
    Weekday,
    instant,
    is_skipped,
    local_time,
)
from server.circle.schedule import Schedule

FIRST, LAST = date(2026, 1, 1), date(2035, 12, 31)
DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
BEGIN = datetime(2025, 12, 1, tzinfo=UTC)
STEPS = [BEGIN + timedelta(days=number) for number in range(0, len(DAYS) + 62, 5)]
"""No zone has two transitions within five days in these years."""
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are naive
SECOND = timedelta(seconds=1)

MONTHLY = [Rhythm(Kind.MONTH, nth, weekday) for nth, weekday in product(Nth, Weekday)]
WEEKLY = [
    Rhythm(Kind.WEEKS, every=every, first_on=FIRST + timedelta(days=offset))
    for every, offset in product(EVERY, range(7 * max(EVERY)))
    if offset < 7 * every
]
BY_HAND = [Rhythm(Kind.DATES, dates=tuple(DAYS[::61]))]
RHYTHMS = [*MONTHLY, *WEEKLY, *BY_HAND]


def expected_dates(rhythm: Rhythm) -> list[date]:
    """The dates of this rhythm over the ten years, by rrule."""
    begin, until = datetime.combine(FIRST, time()), datetime.combine(LAST, time())
    match rhythm.kind:
        case Kind.MONTH:
            nth = -1 if rhythm.nth is Nth.LAST else int(rhythm.nth)
            weekday = rrule.weekday(WEEKDAYS.index(rhythm.weekday), nth)
            rule = rrule.rrule(rrule.MONTHLY, begin, until=until, byweekday=weekday)
        case Kind.WEEKS:
            assert rhythm.first_on
            first = datetime.combine(rhythm.first_on, time())
            rule = rrule.rrule(rrule.WEEKLY, first, interval=rhythm.every, until=until)
        case _:
            rule = rrule.rruleset()
            for day in rhythm.dates:
                rule.rdate(datetime.combine(day, time()))
    return [found.date() for found in rule]


class Transition(NamedTuple):
    """A change of a zone's offset; times in seconds since the epoch."""

    at: int
    before: int
    after: int


@cache
def transitions(name: str) -> list[Transition]:
    """The transitions of a zone over the ten years, found by its offsets at instants."""
    zone = ZoneInfo(name)

    def offset(at: datetime) -> timedelta:
        return (
            (at.astimezone(zone).replace(tzinfo=None) - at.replace(tzinfo=None)) // SECOND * SECOND
        )

    found = []
    offsets = [offset(at) for at in STEPS]
    for number, (before, after) in enumerate(pairwise(offsets)):
        if before != after:
            low, high = STEPS[number], STEPS[number + 1]
            while high - low > SECOND:
                middle = low + (high - low) // (2 * SECOND) * SECOND
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            at = (high.replace(tzinfo=None) - EPOCH) // SECOND
            found.append(Transition(at, before // SECOND, after // SECOND))
    first = Transition(-(2**40), 0, offsets[0] // SECOND)
    return [first, *found]


def expected_instants(name: str, walls: list[int]) -> list[int]:
    """The epoch ms of these ascending local times (seconds since 1970): the first instant that
    shows it; in a gap, as long after its start as the local time is after the gap's first one."""
    known = transitions(name)
    # From these local times on, the offset after the transition holds for the first instant.
    begins = [bisect_left(walls, one.at + max(one.before, one.after)) for one in known]
    found = []
    for one, (begin, end) in zip(known, pairwise([*begins, len(walls)]), strict=True):
        found += [(wall - one.after) * 1000 for wall in walls[begin:end]]
    return found


def walls_of(locals_: Iterable[datetime]) -> list[int]:
    """Local times as seconds since 1970."""
    return [(local - EPOCH) // SECOND for local in locals_]


@pytest.mark.parametrize(
    "rhythm", RHYTHMS, ids=lambda r: f"{r.kind}-{r.nth}-{r.weekday}-{r.every}-{r.first_on}"
)
def test_a_rhythm_has_the_dates_that_rrule_finds(rhythm: Rhythm) -> None:
    """Over ten years, date by date, and in any window."""
    expected = expected_dates(rhythm)
    assert list(rhythm.between(FIRST, LAST)) == expected
    assert [day for day in DAYS[:1000] if rhythm.has(day)] == [
        day for day in expected if day <= DAYS[999]
    ]
    for first, last in zip(DAYS[::97], DAYS[300::97], strict=False):
        window = [day for day in expected if first <= day <= last]
        assert list(rhythm.between(first, last)) == window


@pytest.mark.unmeasured
def test_each_day_of_ten_years_starts_at_its_instant_in_every_zone() -> None:
    """In a zone of each pattern of transitions; the next two tests take every zone."""
    locals_ = [datetime.combine(day, time(19)) for day in DAYS]
    walls = walls_of(locals_)
    patterns = {tuple(transitions(zone)): zone for zone in ZONES}
    assert len(patterns) > 50
    for zone in patterns.values():
        assert [instant(local, zone) for local in locals_] == expected_instants(zone, walls), zone


@pytest.mark.unmeasured
def test_around_each_transition_of_every_zone_the_rule_for_both_changes_holds() -> None:
    """A time that occurs twice is the first; one that is skipped is as long after the gap."""
    for zone in ZONES:
        for change in transitions(zone)[1:]:
            near = EPOCH + (change.at + change.before) * SECOND
            locals_ = [near + timedelta(minutes=30 * number) for number in range(-5, 6)]
            instants = [instant(local, zone) for local in locals_]
            assert instants == expected_instants(zone, walls_of(locals_)), (zone, near)
            gap = timedelta(seconds=change.after - change.before)
            for local, at in zip(locals_, instants, strict=True):
                shown = local_time(at, zone)
                assert shown in (local, local + gap)
                assert is_skipped(local, zone) == (shown != local)


def test_every_rhythm_meets_in_every_zone_at_its_dates() -> None:
    """The meetings of a year; the rhythms in turn, so that each meets in several zones."""
    from_ms, until_ms = (instant(datetime(y, 1, 3), "UTC") for y in (2027, 2028))  # noqa: DTZ001 - local
    at = time(18, 15)
    walls = {
        rhythm: walls_of(datetime.combine(day, at) for day in expected_dates(rhythm))
        for rhythm in RHYTHMS
    }
    for rhythm, zone in zip(cycle(RHYTHMS), ZONES, strict=False):
        schedule = Schedule(replace(rhythm, at=at))
        circle = Circle("id", "C", "classic-60", zone, schedule=schedule)
        found = [meeting.starts_at for meeting in meetings(circle, from_ms, until_ms)]
        expected = expected_instants(zone, walls[rhythm])
        assert found == [start for start in expected if from_ms <= start < until_ms], zone


def local(text: str) -> datetime:
    """A naive local time."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "wall", "utc", "shown"),
    [
        ("Europe/Berlin", "2027-03-28T02:30", "2027-03-28T01:30", "2027-03-28T03:30"),
        ("Europe/Berlin", "2027-10-31T02:30", "2027-10-31T00:30", "2027-10-31T02:30"),
        ("Europe/Berlin", "2027-03-27T19:00", "2027-03-27T18:00", "2027-03-27T19:00"),
        ("Europe/Berlin", "2027-03-28T19:00", "2027-03-28T17:00", "2027-03-28T19:00"),
        ("America/New_York", "2027-03-14T02:00", "2027-03-14T07:00", "2027-03-14T03:00"),
        ("America/New_York", "2027-11-07T01:30", "2027-11-07T05:30", "2027-11-07T01:30"),
        ("Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-02T15:45", "2027-10-03T02:45"),
        ("Pacific/Apia", "2011-12-29T19:00", "2011-12-30T05:00", "2011-12-29T19:00"),
        ("Pacific/Apia", "2011-12-30T19:00", "2011-12-31T05:00", "2011-12-31T19:00"),
        ("Pacific/Apia", "2011-12-31T19:00", "2011-12-31T05:00", "2011-12-31T19:00"),
        ("Africa/Casablanca", "2026-02-10T19:00", "2026-02-10T18:00", "2026-02-10T19:00"),
        ("Africa/Casablanca", "2026-02-17T19:00", "2026-02-17T19:00", "2026-02-17T19:00"),
        ("Africa/Casablanca", "2026-03-24T19:00", "2026-03-24T18:00", "2026-03-24T19:00"),
    ],
)
def test_a_local_time_is_this_instant(zone: str, wall: str, utc: str, shown: str) -> None:
    """Both changes, half an hour, a day that did not exist, and Morocco, where Ramadan changes the
    clocks."""
    at = instant(local(wall), zone)
    assert at == instant(local(utc), "UTC")
    assert local_time(at, zone) == local(shown)
    assert is_skipped(local(wall), zone) == (wall != shown)
