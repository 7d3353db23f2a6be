"""The rhythms in which a circle meets, and the instants of local times.

A rhythm is date logic alone: it yields local dates, without zones. A time of day becomes an instant
by `instant`, under the rules that the zone has at that moment, so a country may change them.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

EVERY = (1, 2, 4)
"""How many weeks may lie between two meetings."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_DAY = timedelta(days=1)


class Kind(StrEnum):
    """The kinds of a rhythm."""

    NONE = "none"
    """No rhythm yet."""
    MONTH = "month"
    """A weekday of each month: the first to the fourth, or the last."""
    WEEKS = "weeks"
    """Every 1, 2 or 4 weeks from a date."""
    DATES = "dates"
    """Dates by hand."""


class Nth(StrEnum):
    """Which of a month's weekdays. There is no fifth: some months have none."""

    FIRST = "1"
    SECOND = "2"
    THIRD = "3"
    FOURTH = "4"
    LAST = "last"


class Weekday(StrEnum):
    """The days of the week, in the order of date.weekday()."""

    MONDAY = "mo"
    TUESDAY = "tu"
    WEDNESDAY = "we"
    THURSDAY = "th"
    FRIDAY = "fr"
    SATURDAY = "sa"
    SUNDAY = "su"


WEEKDAYS = tuple(Weekday)


class Rhythm(Struct, frozen=True, omit_defaults=True):
    """The dates on which a circle meets, and the time of day. Other kinds' fields are at their
    defaults, so two rhythms are equal if they mean the same."""

    kind: Kind = Kind.NONE
    nth: Nth = Nth.FIRST
    """Of MONTH."""
    weekday: Weekday = Weekday.MONDAY
    """Of MONTH."""
    every: int = 1
    """Of WEEKS: one of EVERY."""
    first_on: date | None = None
    """Of WEEKS: the date from which the weeks are counted."""
    dates: tuple[date, ...] = ()
    """Of DATES: ascending."""
    at: time = time()
    """The local time of day; meaningless without a rhythm."""

    def has(self, day: date) -> bool:
        """Whether this local date is one of the rhythm's."""
        match self.kind:
            case Kind.MONTH:
                return day.weekday() == WEEKDAYS.index(self.weekday) and _is_nth(day, self.nth)
            case Kind.WEEKS:
                days = (day - self.first_on).days if self.first_on else -1
                return days >= 0 and days % (7 * self.every) == 0
            case Kind.DATES:
                return day in self.dates
        return False

    def between(self, first: date, last: date) -> Iterator[date]:
        """The rhythm's dates from `first` to `last`, both included, ascending."""
        match self.kind:
            case Kind.MONTH:
                yield from _of_months(self.nth, WEEKDAYS.index(self.weekday), first, last)
            case Kind.WEEKS if self.first_on:
                begin, step = self.first_on.toordinal(), 7 * self.every
                if begin < first.toordinal():
                    begin = first.toordinal() + (begin - first.toordinal()) % step
                yield from map(date.fromordinal, range(begin, last.toordinal() + 1, step))
            case Kind.DATES:
                yield from (day for day in self.dates if first <= day <= last)


def instant(local: datetime, zone: str) -> int:
    """The epoch ms of a naive local time in this zone.

    A time that occurs twice is the first. One that the clocks skip is as long after the gap's start
    as it would have been without the gap: 02:30 is 03:30 in a spring night.
    """
    return (local.replace(tzinfo=ZoneInfo(zone)) - _EPOCH) // _MS


def local_time(at: int, zone: str) -> datetime:
    """The naive local time of an instant (epoch ms)."""
    return (_EPOCH + at * _MS).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def is_skipped(local: datetime, zone: str) -> bool:
    """Whether the clocks of this zone never show this local time."""
    return local_time(instant(local, zone), zone) != local


def _is_nth(day: date, nth: Nth) -> bool:
    """Whether it is the month's nth of its weekday."""
    if nth is Nth.LAST:
        return (day + 7 * _DAY).month != day.month
    return (day.day - 1) // 7 == int(nth) - 1


def _of_months(nth: Nth, weekday: int, first: date, last: date) -> Iterator[date]:
    for number in range(12 * first.year + first.month - 1, 12 * last.year + last.month):
        year, month = divmod(number, 12)
        if nth is Nth.LAST:
            end = date(year + (month == 11), (month + 1) % 12 + 1, 1) - _DAY
            day = end - timedelta(days=(end.weekday() - weekday) % 7)
        else:
            begin = date(year, month + 1, 1)
            ahead = (weekday - begin.weekday()) % 7 + 7 * (int(nth) - 1)
            day = begin + timedelta(days=ahead)
        if first <= day <= last:
            yield day
