"""When a time zone changes its offset: by its POSIX footer, and by zoneinfo.

The footer is the last line of a zone's file (RFC 9636, 3.3), such as `CET-1CEST,M3.5.0,M10.5.0/3`.
It has the rule of all years to come, which calendars can repeat. A few zones have other changes
until then, listed one by one in the file, and only zoneinfo knows these.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_NAME = r"(<[+\-\w]+>|[A-Za-z]+)"
_TIME = r"([+-]?\d{1,3}(?::\d\d){0,2})"
_RULE = rf",M(1[0-2]|[1-9])\.([1-5])\.([0-6])(?:/{_TIME})?"
_FOOTER = re.compile(rf"{_NAME}{_TIME}(?:{_NAME}{_TIME}?{_RULE}{_RULE})?")
"""Only rules by month, week and weekday: no zone of today has one by the day of the year."""
_STEP = timedelta(days=1)
"""No zone changes its offset and back within this time."""


class Rule(NamedTuple):
    """A moment of each year, on the wall clock as it is until then."""

    month: int
    week: int
    """1 to 4; 5 is the last one."""
    weekday: int
    """0 is Monday."""
    seconds: int
    """After midnight: less than 0, or more than a day, is on another day."""

    def in_year(self, year: int) -> datetime:
        """The moment on the wall clock, without a zone."""
        first = date(year, self.month, 1)
        days = (self.weekday - first.weekday()) % 7 + 7 * (self.week - 1)
        day = first + timedelta(days)
        if day.month != self.month:
            day -= timedelta(7)
        return datetime.combine(day, time()) + timedelta(seconds=self.seconds)


class Yearly(NamedTuple):
    """A change of the offset in each year."""

    rule: Rule
    before: timedelta
    """East of Greenwich, as all offsets here."""
    after: timedelta
    name: str
    """The abbreviation of the time that begins, such as `CEST`."""


class Change(NamedTuple):
    """A change of the offset."""

    at: datetime
    """In UTC."""
    before: timedelta
    after: timedelta


class Footer(NamedTuple):
    """A POSIX footer."""

    offset: timedelta
    """The offset of standard time."""
    name: str
    yearly: tuple[Yearly, ...]
    """Two changes, or none."""

    def changes(self, years: range) -> tuple[Change, ...]:
        """All changes of these years, by their wall clocks, in order."""
        found = [
            Change((each.rule.in_year(year) - each.before).replace(tzinfo=UTC), *each[1:3])
            for year in years
            for each in self.yearly
        ]
        return tuple(sorted(found))

    def holds(self, zone: str, years: range) -> bool:
        """Whether zoneinfo has the same changes in these years."""
        expected = self.changes(years)
        start = expected[0].before if expected else self.offset
        return (start, expected) == (offset_at(zone, _new_year(years.start)), changes(zone, years))


def parsed(footer: str) -> Footer | None:
    """The rules in this footer; None if it is empty or none that calendars can repeat."""
    match = _FOOTER.fullmatch(footer)
    if not match:
        return None
    name, behind, summer_name, summer_behind, *rules = match.groups()
    offset = -_duration(behind)
    if not summer_name:
        return Footer(offset, name.strip("<>"), ())
    summer = -_duration(summer_behind) if summer_behind else offset + timedelta(hours=1)
    begins = Yearly(_rule(*rules[:4]), offset, summer, summer_name.strip("<>"))
    ends = Yearly(_rule(*rules[4:]), summer, offset, name.strip("<>"))
    return Footer(offset, name.strip("<>"), (begins, ends))


@lru_cache(maxsize=1024)
def changes(zone: str, years: range) -> tuple[Change, ...]:
    """All changes of the offset in these years of UTC, by zoneinfo, in order."""
    return tuple(_changes(zone, _new_year(years.start), _new_year(years.stop)))


def offset_at(zone: str, moment: datetime) -> timedelta:
    """The offset of this zone at a moment in UTC."""
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None  # noqa: S101 - never None with a zone
    return offset


def _changes(zone: str, start: datetime, end: datetime) -> Iterator[Change]:
    before = offset_at(zone, start)
    while start < end:
        until = min(start + _STEP, end)
        after = offset_at(zone, until)
        if after != before:
            yield Change(_moment(zone, start, until), before, after)
        start, before = until, after


def _moment(zone: str, start: datetime, end: datetime) -> datetime:
    """The first whole minute with the offset that the zone has at the end of this time."""
    after = offset_at(zone, end)
    low, high = 0, (end - start) // timedelta(minutes=1)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone, start + timedelta(minutes=middle)) == after:
            high = middle
        else:
            low = middle
    return start + timedelta(minutes=high)


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def _duration(text: str) -> timedelta:
    """A time of a footer: hours, minutes and seconds, perhaps with a sign for all of it."""
    hours, minutes, seconds = (*map(int, text.strip("+-").split(":")), 0, 0)[:3]
    found = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -found if text.startswith("-") else found


def _rule(month: str, week: str, weekday: str, at: str | None) -> Rule:
    """The rule of a footer, in which 0 is Sunday, and the time is two o'clock if it is missing."""
    seconds = _duration(at or "2") // timedelta(seconds=1)
    return Rule(int(month), int(week), (int(weekday) - 1) % 7, seconds)
