"""Calendars in all time zones, as five readers read them: they have the instants of the meetings.

One of them knows no zones and has only the VTIMEZONE; the others are programs of others.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar
from recurring_ical_events import of

from server.circle.calendar_file import CalendarFacts, calendar_feed
from server.circle.circle import TIME_ZONES
from server.circle.schedule import Meeting
from server.circle.zone_rules import changes
from server.views.zone_footers import footer_of
from tests.support.calendars import instant, onsets_of, read
from tests.support.node import NODE

YEARS = range(2026, 2028)
HOUR_MS = 3_600_000
AROUND = [timedelta(hours=hours) for hours in (-24, -1.5, -0.5, 0, 24)]
"""A day before a change, until right before it, across it, right after it, and a day later."""
HISTORY = {
    "Africa/Casablanca": range(2018, 2024),
    "Africa/Cairo": range(2013, 2025),
    "America/Sao_Paulo": range(2018, 2021),
    "Asia/Gaza": range(2014, 2026),
    "Asia/Pyongyang": range(2015, 2019),
    "Europe/Istanbul": range(2014, 2018),
    "Europe/Volgograd": range(2018, 2022),
    "Pacific/Apia": range(2010, 2013),
}
"""Years in which a country has changed its rules."""

READ_CALENDARS = Path(__file__).parent / "read_calendars.mjs"

Times = list[tuple[int, int]]


def meetings(zone: str, years: range) -> list[Meeting]:
    """Meetings of an hour around each change of the zone; without changes, in some seasons."""
    found = [change.at for change in changes(zone, years)]
    moments = [at + apart for at in found for apart in AROUND]
    moments = moments or [datetime(years.start, month, 1, tzinfo=UTC) for month in (1, 7)]
    starts = [int(at.timestamp()) * 1000 for at in moments]
    days = (date(years.start, 1, 1) + timedelta(number) for number in range(len(starts)))
    return [
        Meeting(day, start, start + HOUR_MS, "planned", 0, 0)
        for day, start in zip(days, starts, strict=False)
    ]


def feed(zone: str, held: list[Meeting], footer: str) -> bytes:
    """The feed of these meetings in this zone."""
    url = "https://circle.example"
    facts = CalendarFacts("Circle", "id", "circle.example", zone, footer, url, held, 0)
    return calendar_feed(facts, held[0].starts_at)


def times(held: list[Meeting]) -> Times:
    """The start and end of each."""
    return sorted((meeting.starts_at, meeting.ends_at) for meeting in held)


def by_vtimezone(body: bytes, years: range) -> Times:
    """By the calendar alone; each event is in its zone or in UTC."""
    calendar = read(body)
    zones = calendar.named("VTIMEZONE")
    onsets = onsets_of(zones[0], years) if zones else ()
    found = []
    for event in calendar.named("VEVENT"):
        for line in event.lines:
            if line.name in ("DTSTART", "DTEND") and not line.value.endswith("Z"):
                assert line.parameters == f"TZID={zones[0].one('TZID')}"
        found.append((instant(event, "DTSTART", onsets), instant(event, "DTEND", onsets)))
    return sorted(found)


def in_ms(moments: Iterable[tuple[object, object]]) -> Times:
    """These pairs of aware datetimes."""
    found = []
    for start, end in moments:
        assert isinstance(start, datetime)
        assert isinstance(end, datetime)
        found.append((int(start.timestamp()) * 1000, int(end.timestamp()) * 1000))
    return sorted(found)


def by_programs(body: bytes) -> list[Times]:
    """By icalendar, recurring-ical-events and ical."""
    calendar = Calendar.from_ical(body)
    other = IcsCalendarStream.calendar_from_ics(body.decode())
    return [
        in_ms((event.start, event.end) for event in calendar.events),
        in_ms((event.start, event.end) for event in of(calendar).all()),
        in_ms((event.dtstart, event.dtend) for event in other.events),
    ]


def by_ical_js(bodies: Sequence[bytes]) -> list[Times]:
    """Each by ical.js, which knows only the zones of the calendar."""
    text = json.dumps([body.decode() for body in bodies])
    run = subprocess.run(
        [NODE, READ_CALENDARS], input=text, capture_output=True, text=True, check=True
    )
    return [sorted((start, end) for start, end in found) for found in json.loads(run.stdout)]


@pytest.mark.unmeasured
def test_all_readers_find_the_instants_in_all_zones() -> None:
    """The VTIMEZONE alone names them, and programs that know the zones agree with it."""
    held = {zone: meetings(zone, YEARS) for zone in TIME_ZONES}
    bodies = {zone: feed(zone, held[zone], footer_of(zone)) for zone in TIME_ZONES}
    for zone, body in bodies.items():
        assert by_vtimezone(body, YEARS) == times(held[zone]), zone
        assert by_programs(body) == [times(held[zone])] * 3, zone
    for zone, found in zip(TIME_ZONES, by_ical_js(tuple(bodies.values())), strict=True):
        assert found == times(held[zone]), zone


def test_changes_can_be_listed_in_all_zones() -> None:
    """Without a footer; one zone of each kind, since zones of a kind have the same VTIMEZONE."""
    kinds = {(changes(zone, YEARS), footer_of(zone)): zone for zone in TIME_ZONES}
    for zone in kinds.values():
        held = meetings(zone, YEARS)
        body = feed(zone, held, "")
        assert b"RRULE" not in body
        assert by_vtimezone(body, YEARS) == times(held), zone


@pytest.mark.parametrize("zone", HISTORY)
def test_a_country_may_change_its_rules_within_a_calendar(zone: str) -> None:
    """Then the changes of these years are listed, also where a whole day was left out."""
    years = HISTORY[zone]
    held = meetings(zone, years)
    body = feed(zone, held, footer_of(zone))
    assert b"RRULE" not in body
    assert by_vtimezone(body, years) == times(held)
    assert [*by_programs(body), *by_ical_js([body])] == [times(held)] * 4
