"""The changes of time zones: by their footers, and by zoneinfo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.circle.circle import TIME_ZONES
from server.circle.zone_rules import Change, Rule, changes, offset_at, parsed
from server.views.zone_footers import footer_of

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
HOUR = timedelta(hours=1)
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6


def test_a_footer_has_two_changes_each_year() -> None:
    """Its offsets are west of Greenwich, and ours are east of it."""
    footer = parsed(BERLIN)
    assert footer
    assert footer.changes(range(2026, 2027)) == (
        Change(datetime(2026, 3, 29, 1, tzinfo=UTC), HOUR, 2 * HOUR),
        Change(datetime(2026, 10, 25, 1, tzinfo=UTC), 2 * HOUR, HOUR),
    )
    assert [each.name for each in footer.yearly] == ["CEST", "CET"]


def test_a_footer_may_have_no_change() -> None:
    """Names in angle brackets are figures; offsets may have minutes and either sign."""
    for text, offset, name in (
        ("UTC0", timedelta(), "UTC"),
        ("<+0545>-5:45", 5.75 * HOUR, "+0545"),
        ("<-0930>9:30", -9.5 * HOUR, "-0930"),
    ):
        footer = parsed(text)
        assert footer
        assert (footer.offset, footer.name, footer.yearly) == (offset, name, ())
        assert footer.changes(range(2026, 2030)) == ()


def test_a_summer_may_have_an_offset_of_its_own() -> None:
    """Two hours in Antarctica, half an hour on Lord Howe; in Ireland winter is the exception."""
    for text, offsets in (
        ("<+00>0<+02>-2,M3.5.0/1,M10.5.0/3", (0 * HOUR, 2 * HOUR)),
        ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", (10.5 * HOUR, 11 * HOUR)),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", (HOUR, 0 * HOUR)),
    ):
        footer = parsed(text)
        assert footer
        begins, ends = footer.yearly
        assert (begins.before, begins.after) == (ends.after, ends.before) == offsets


@pytest.mark.parametrize(
    "text",
    [
        "", "CET", "-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J60,J300",
        "CET-1CEST,60,300", "CET-1\nCEST", f"{BERLIN}\n", f"{BERLIN} ", "<CET-1", "é1",
    ],
)  # fmt: skip
def test_any_other_text_is_no_footer(text: str) -> None:
    """The zone's changes are then listed."""
    assert parsed(text) is None


@pytest.mark.parametrize(
    ("rule", "year", "expected"),
    [
        (Rule(3, 5, SUNDAY, 7200), 2026, "2026-03-29 02:00"),
        (Rule(3, 5, SUNDAY, 7200), 2024, "2024-03-31 02:00"),
        (Rule(2, 5, SUNDAY, 0), 2026, "2026-02-22 00:00"),
        (Rule(11, 1, SUNDAY, 7200), 2026, "2026-11-01 02:00"),
        (Rule(3, 2, SUNDAY, 7200), 2026, "2026-03-08 02:00"),
        (Rule(6, 1, MONDAY, 0), 2026, "2026-06-01 00:00"),
        (Rule(6, 4, SUNDAY, 0), 2026, "2026-06-28 00:00"),
        (Rule(3, 4, THURSDAY, 26 * 3600), 2026, "2026-03-27 02:00"),
        (Rule(10, 5, THURSDAY, 24 * 3600), 2030, "2030-11-01 00:00"),
        (Rule(3, 5, SUNDAY, -3600), 2026, "2026-03-28 23:00"),
    ],
)  # fmt: skip
def test_a_rule_is_a_moment_in_each_year(rule: Rule, year: int, expected: str) -> None:
    """Its hours may lead to another day, and even to another month."""
    assert f"{rule.in_year(year):%Y-%m-%d %H:%M}" == expected


def test_in_the_end_each_zone_follows_its_footer() -> None:
    """All zones on offer have one that can be read, and it is of the file that zoneinfo reads."""
    for zone in TIME_ZONES:
        footer = parsed(footer_of(zone))
        assert footer, zone
        assert footer.holds(zone, range(2090, 2092)), zone


@pytest.mark.parametrize("year", [1990, 2011])
def test_a_footer_does_not_hold_where_the_zone_has_other_changes(year: int) -> None:
    """Samoa has no change today, and left a whole day out in 2011; before, its offset differed."""
    footer = parsed(footer_of("Pacific/Apia"))
    assert footer
    assert not footer.holds("Pacific/Apia", range(year, year + 1))
    assert footer.holds("Pacific/Apia", range(2023, 2026))


def test_the_changes_of_a_zone_are_found_to_the_minute() -> None:
    """One that is at New Year itself belongs to the year that begins."""
    assert changes("Pacific/Apia", range(2011, 2012))[-1] == (
        datetime(2011, 12, 30, 10, tzinfo=UTC), -10 * HOUR, 14 * HOUR
    )  # fmt: skip
    assert changes("Asia/Kathmandu", range(1985, 1987)) == (
        (datetime(1985, 12, 31, 18, 30, tzinfo=UTC), 5.5 * HOUR, 5.75 * HOUR),
    )
    for zone in ("Europe/Berlin", "Africa/Casablanca", "Asia/Gaza", "Australia/Lord_Howe"):
        found = changes(zone, range(2024, 2026))
        assert len(found) >= 4
        for at, before, after in found:
            assert offset_at(zone, at - timedelta(seconds=1)) == before
            assert offset_at(zone, at) == after
