"""The VTIMEZONE of a calendar; test_calendars_in_zones.py compares it in all zones."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from server.circle.circle import TIME_ZONES
from server.circle.vtimezone import recurrence, vtimezone
from server.circle.zone_rules import Rule, parsed
from server.views.zone_footers import footer_of

YEARS = range(2024, 2026)
"""In the past, where no country changes its rules any more."""
DAY = 24 * 3600
EVERY_YEAR = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""
LISTED = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:20240101T010000
TZNAME:CET
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20240331T020000
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20241027T030000
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20250330T020000
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20251026T030000
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


def lines_of(zone: str, footer: str, years: range = YEARS) -> str:
    """The VTIMEZONE as lines."""
    body: bytes = vtimezone(zone, footer, years).to_ical()
    return body.decode().replace("\r\n", "\n")


def rrule(rule: Rule) -> str | None:
    """Its recurrence as text."""
    found = recurrence(rule)
    return bytes(found.to_ical()).decode() if found else None  # type: ignore[no-untyped-call]  # it has none


def test_a_zone_repeats_the_rule_of_its_footer() -> None:
    """The same in all years in which it holds."""
    footer = footer_of("Europe/Berlin")
    assert lines_of("Europe/Berlin", footer) == EVERY_YEAR
    assert lines_of("Europe/Berlin", footer, range(2030, 2040)) == EVERY_YEAR


@pytest.mark.parametrize("footer", ["", "CET-1", "EET-2EEST,M3.5.0/3,M10.5.0/4", "CET-1CEST,J1,J9"])
def test_without_a_footer_that_holds_the_changes_are_listed(footer: str) -> None:
    """The footer may be missing, or be one of other data than zoneinfo has."""
    assert lines_of("Europe/Berlin", footer) == LISTED


def test_a_zone_without_changes_has_one_offset() -> None:
    """Its footer says so, and so does its list."""
    assert lines_of("Asia/Kathmandu", footer_of("Asia/Kathmandu")).split("\n")[2:-2] == [
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZNAME:+0545",
        "TZOFFSETFROM:+0545",
        "TZOFFSETTO:+0545",
        "END:STANDARD",
    ]
    assert lines_of("Asia/Kathmandu", "").count("BEGIN:STANDARD") == 1


@pytest.mark.parametrize("zone", ["Africa/Casablanca", "Africa/Cairo"])
def test_what_no_calendar_can_repeat_is_listed(zone: str) -> None:
    """Ramadan moves through the year; the day after the last Thursday may be in November. No list
    of dates (RDATE) is used: not all programs read it."""
    lines = lines_of(zone, footer_of(zone))
    assert not {"RRULE", "RDATE"} & set(re.findall(r"\w+", lines))
    assert lines.count("BEGIN:DAYLIGHT\nDTSTART:2025") == 1


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(3, 5, 6, 7200), "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
        (Rule(3, 2, 6, 7200), "FREQ=YEARLY;BYDAY=2SU;BYMONTH=3"),
        (
            Rule(3, 4, 3, DAY + 7200),
            "FREQ=YEARLY;BYDAY=FR;BYMONTHDAY=23,24,25,26,27,28,29;BYMONTH=3",
        ),
        (
            Rule(3, 5, 6, -3600),
            "FREQ=YEARLY;BYDAY=SA;BYMONTHDAY=24,25,26,27,28,29,30;BYMONTH=3",
        ),
        (Rule(10, 5, 3, DAY), None),
        (Rule(3, 1, 6, -1), None),
        (Rule(3, 4, 6, 4 * DAY), None),
        (Rule(2, 5, 6, -3600), None),
    ],
)
def test_hours_of_another_day_are_repeated_on_that_day(rule: Rule, expected: str | None) -> None:
    """Unless that day may be in another month."""
    assert rrule(rule) == expected


@given(
    st.builds(
        Rule,
        st.integers(3, 12),
        st.integers(1, 5),
        st.integers(0, 6),
        st.integers(-167, 167).map(lambda hours: hours * 3600),
    ),
    st.integers(1970, 2060),
)
def test_what_is_repeated_is_the_rule(rule: Rule, year: int) -> None:
    """By an independent implementation of RRULE."""
    text = rrule(rule)
    if text:
        years = range(year, year + 10)
        begins = rule.in_year(year)
        repeated = rrulestr(text, dtstart=begins)
        assert list(islice(repeated, len(years))) == list(map(rule.in_year, years))


def test_all_rules_of_today_but_one_can_be_repeated() -> None:
    """A new one shows here; it is listed meanwhile."""
    listed = set()
    for zone in TIME_ZONES:
        footer = parsed(footer_of(zone))
        assert footer
        if any(recurrence(each.rule) is None for each in footer.yearly):
            listed.add(zone)
    assert listed <= {"Africa/Cairo"}
