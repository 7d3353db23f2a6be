"""Dates and times in words: the day of a meeting, its time and zone, and how far away it is.

Times are epoch milliseconds; a zone is one of TIME_ZONES, the circle's or the reader's own.
"""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from server.views.language import N_, Language


def day_and_time(language: Language, at: int, zone: str) -> str:
    """Such as “Tuesday, 1 December 2026, 19:00, Berlin time”."""
    local = _local(at, zone)
    return language.gettext("{day}, {time}, {zone}").format(
        day=day(language, local.date()),
        time=_time(language, local),
        zone=zone_name(language, zone),
    )


def day(language: Language, on: date) -> str:
    """Such as “Tuesday, 1 December 2026”."""
    weekday = language.gettext(WEEKDAYS[on.weekday()])
    return language.gettext(DAYS[on.month - 1]).format(weekday=weekday, day=on.day, year=on.year)


def day_of_year(language: Language, on: date) -> str:
    """Such as “Tuesday 1 December”, for a date within the next twelve months."""
    weekday = language.gettext(WEEKDAYS[on.weekday()])
    return language.gettext(DAYS_OF_YEAR[on.month - 1]).format(weekday=weekday, day=on.day)


def short_day(language: Language, on: date) -> str:
    """Such as “1 Dec”."""
    return language.gettext(SHORT_DAYS[on.month - 1]).format(day=on.day)


def day_of(language: Language, at: int, zone: str) -> str:
    """The day of this time, such as “Tuesday, 1 December 2026”."""
    return day(language, _local(at, zone).date())


def time_of_day(language: Language, at: int, zone: str) -> str:
    """Such as “19:00”."""
    return _time(language, _local(at, zone))


def clock_time(language: Language, typed: str) -> str:
    """A time of the form `HH:MM`, as a schedule has it, in the manner of the language."""
    hour, _, minute = typed.partition(":")
    return language.gettext(CLOCK).format(hour=int(hour), minute=int(minute))


def zone_name(language: Language, zone: str) -> str:
    """Such as “Berlin time”, by the place that the zone is named after."""
    _ = language.gettext
    region, *places = zone.split("/")
    if region in ("UTC", "Etc"):
        offset = re.fullmatch(r"GMT([+-])(\d+)", places[-1]) if places else None
        if not offset or offset[2] == "0":
            return _("UTC")
        # The signs of these names are those of POSIX: west is plus.
        return _("UTC{offset}").format(offset=f"{'−' if offset[1] == '+' else '+'}{offset[2]}")
    place = places[-1].replace("_", " ")
    if region in COUNTRIES:
        place = f"{region} {place}"
    return _("{place} time").format(place=place)


def how_far_away(language: Language, starts_at: int, ends_at: int, now: int, zone: str) -> str:
    """Such as “today at 19:00”, “tomorrow at 19:00” or “in 5 days”, counted by dates in this zone.

    “now” from start to end; a meeting that is over was “yesterday” or “5 days ago”.
    """
    _, ngettext = language.gettext, language.ngettext
    if starts_at <= now < ends_at:
        return _("now")
    time = time_of_day(language, starts_at, zone)
    days = (_local(starts_at, zone).date() - _local(now, zone).date()).days
    match days:
        case 0:
            return _("today at {time}").format(time=time)
        case 1:
            return _("tomorrow at {time}").format(time=time)
        case -1:
            return _("yesterday")
    if days < 0:
        return ngettext("{count} day ago", "{count} days ago", -days).format(count=-days)
    return ngettext("in {count} day", "in {count} days", days).format(count=days)


def _local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at // 1000, ZoneInfo(zone))


def _time(language: Language, local: datetime) -> str:
    return language.gettext(CLOCK).format(hour=local.hour, minute=local.minute)


CLOCK = N_("{hour:02}:{minute:02}")

WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)

DAYS = (
    N_("{weekday}, {day} January {year}"),
    N_("{weekday}, {day} February {year}"),
    N_("{weekday}, {day} March {year}"),
    N_("{weekday}, {day} April {year}"),
    N_("{weekday}, {day} May {year}"),
    N_("{weekday}, {day} June {year}"),
    N_("{weekday}, {day} July {year}"),
    N_("{weekday}, {day} August {year}"),
    N_("{weekday}, {day} September {year}"),
    N_("{weekday}, {day} October {year}"),
    N_("{weekday}, {day} November {year}"),
    N_("{weekday}, {day} December {year}"),
)
"""By month."""

DAYS_OF_YEAR = (
    N_("{weekday} {day} January"),
    N_("{weekday} {day} February"),
    N_("{weekday} {day} March"),
    N_("{weekday} {day} April"),
    N_("{weekday} {day} May"),
    N_("{weekday} {day} June"),
    N_("{weekday} {day} July"),
    N_("{weekday} {day} August"),
    N_("{weekday} {day} September"),
    N_("{weekday} {day} October"),
    N_("{weekday} {day} November"),
    N_("{weekday} {day} December"),
)
"""By month."""

SHORT_DAYS = (
    N_("{day} Jan"),
    N_("{day} Feb"),
    N_("{day} Mar"),
    N_("{day} Apr"),
    N_("{day} May"),
    N_("{day} Jun"),
    N_("{day} Jul"),
    N_("{day} Aug"),
    N_("{day} Sep"),
    N_("{day} Oct"),
    N_("{day} Nov"),
    N_("{day} Dec"),
)
"""By month."""

COUNTRIES = ("Brazil", "Canada", "Chile", "Mexico", "US")
"""Older names of zones begin with these, and the rest alone is no place: `US/Eastern`."""
