"""The VTIMEZONE of a calendar (RFC 5545, 3.6.5): what programs need that do not know the zone.

It repeats the rule of the zone's footer each year. Where calendars cannot repeat that, or where the
zone has other changes in the years of the calendar, it lists the changes of these years.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

from server.circle.zone_rules import Footer, Rule, changes, offset_at, parsed

FIRST_YEAR = 1970
"""Where yearly rules begin, as in the calendars of others: before all meetings."""
_DAY_S = 24 * 3600
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAYS_OF_MONTHS = (31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""February has no length of its own, and no zone changes its offset in it."""

Observance = TimezoneStandard | TimezoneDaylight


def vtimezone(zone: str, footer: str, years: range) -> Timezone:
    """The VTIMEZONE of this zone, right for all moments in these years of UTC.

    `footer` is the zone's POSIX footer; it may be empty if it is not known.
    """
    rules = parsed(footer)
    found = list(_yearly(rules)) if rules and rules.holds(zone, years) else []
    made = Timezone()
    made.add("tzid", zone)
    for observance in found or _listed(zone, years):
        made.add_component(observance)
    return made


def recurrence(rule: Rule) -> vRecur | None:
    """The RRULE of this moment of the year; None if calendars cannot repeat it.

    Where its hours lead to another day, this is "a Friday from the 23rd to the 29th".
    """
    days = rule.seconds // _DAY_S
    weekday = _WEEKDAYS[(rule.weekday + days) % 7]
    if not days:
        week = -1 if rule.week == 5 else rule.week
        return vRecur(FREQ="YEARLY", BYMONTH=rule.month, BYDAY=f"{week}{weekday}")
    # Not counted from the end of the month, as ical.js misreads that beside a weekday.
    length = _DAYS_OF_MONTHS[rule.month - 1]
    first = days + (length - 6 if rule.week == 5 else 7 * rule.week - 6)
    if first < 1 or first + 6 > length:
        return None
    month_days = list(range(first, first + 7))
    return vRecur(FREQ="YEARLY", BYMONTH=rule.month, BYMONTHDAY=month_days, BYDAY=weekday)


def _yearly(footer: Footer) -> Iterator[Observance]:
    """The observances of each year; none if calendars cannot repeat one of them."""
    if not footer.yearly:
        begins = datetime(FIRST_YEAR, 1, 1)  # noqa: DTZ001 - on the wall clock
        yield _observance(begins, footer.offset, footer.offset, footer.name)
    recurrences = [recurrence(each.rule) for each in footer.yearly]
    for each, rrule in zip(footer.yearly, recurrences, strict=True):
        if all(recurrences):
            observance = _observance(each.rule.in_year(FIRST_YEAR), *each[1:])
            observance.add("rrule", rrule)
            yield observance


def _listed(zone: str, years: range) -> Iterator[Observance]:
    """The observances of these years alone: the offset at their start, and each change.

    Each change has an observance of its own: Outlook reads no list of dates (RDATE), and beside one
    ical.js does not read where it begins.
    """
    start = datetime(years.start, 1, 1, tzinfo=UTC)
    offset = offset_at(zone, start)
    yield _observance(_wall(start, offset), offset, offset, _name(zone, start))
    for at, before, after in changes(zone, years):
        yield _observance(_wall(at, before), before, after, _name(zone, at))


def _observance(begins: datetime, before: timedelta, after: timedelta, name: str) -> Observance:
    """The observance that begins at this moment on the wall clock."""
    made = TimezoneDaylight() if after > before else TimezoneStandard()
    made.add("dtstart", begins)
    made.add("tzoffsetfrom", before)
    made.add("tzoffsetto", after)
    made.add("tzname", name)
    return made


def _wall(at: datetime, offset: timedelta) -> datetime:
    """This moment in UTC on the wall clock, without a zone."""
    return at.replace(tzinfo=None) + offset


def _name(zone: str, at: datetime) -> str:
    return at.astimezone(ZoneInfo(zone)).tzname() or zone
