"""A circle's meetings as a calendar: a file, and a feed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from server.circle.calendar_file import (
    CalendarFacts,
    calendar_feed,
    calendar_file,
    etag,
    window,
)
from server.circle.schedule import Meeting
from server.views.zone_footers import footer_of
from tests.support.calendars import Component, read

ZONE = "Europe/Berlin"


def ms(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """A moment in UTC."""
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1000


def meeting(year: int, month: int, day: int, hour: int, minute: int = 0, **changes: Any) -> Meeting:
    """A meeting of an hour from this moment in UTC. Any: fields of a meeting."""
    at = ms(year, month, day, hour, minute)
    return Meeting(date(year, month, day), at, at + 3_600_000, "planned", 0, 0)._replace(**changes)


NOW = ms(2026, 11, 20, 9)
TUESDAY, JANUARY = meeting(2026, 12, 1, 18), meeting(2027, 1, 5, 18)
FACTS = CalendarFacts(
    name="Tuesday circle",
    feed_id="abcdefgh",
    host="circle.example",
    time_zone=ZONE,
    footer=footer_of(ZONE),
    url="https://circle.example/circles/abcdefgh/room",
    meetings=(TUESDAY, JANUARY),
    changed_at=ms(2026, 10, 1, 12),
)
EVENT = """\
BEGIN:VEVENT
SUMMARY:Tuesday circle
DTSTART;TZID=Europe/Berlin:20261201T190000
DTEND;TZID=Europe/Berlin:20261201T200000
DTSTAMP:20261001T120000Z
UID:abcdefgh-2026-12-01@circle.example
SEQUENCE:0
CLASS:PRIVATE
LAST-MODIFIED:20261001T120000Z
STATUS:CONFIRMED
URL:https://circle.example/circles/abcdefgh/room
END:VEVENT
"""


def events(*meetings: Meeting, now: int = NOW) -> list[Component]:
    """The events of the feed of these meetings."""
    return read(calendar_feed(replace(FACTS, meetings=meetings), now)).named("VEVENT")


def test_a_meeting_is_an_event() -> None:
    """It names no person, invites to nothing, and is private."""
    for body in (calendar_file(FACTS, NOW), calendar_feed(FACTS, NOW)):
        assert EVENT.replace("\n", "\r\n").encode() in body


def test_a_file_is_published_and_a_feed_is_not() -> None:
    """With a method, programs take a feed for a message. A feed without a name shows its address,
    and a file with a name may become a calendar of its own."""
    file, feed = (read(make(FACTS, NOW)) for make in (calendar_file, calendar_feed))
    assert [file.all("METHOD"), feed.all("METHOD")] == [["PUBLISH"], []]
    for name in ("NAME", "X-WR-CALNAME"):
        assert [file.all(name), feed.all(name)] == [[], ["Tuesday circle"]]
    assert file.within == feed.within


@pytest.mark.parametrize("make", [calendar_file, calendar_feed])
def test_a_calendar_says_how_often_it_is_to_be_read(make: Any) -> None:
    """In both of the forms that programs read."""
    calendar = read(make(FACTS, NOW))
    assert calendar.one("VERSION") == "2.0"
    assert calendar.one("PRODID").startswith("-//Balint Circle//")
    assert calendar.one("X-PUBLISHED-TTL") == "PT6H"
    (line,) = (line for line in calendar.lines if line.name == "REFRESH-INTERVAL")
    assert line == ("REFRESH-INTERVAL", "VALUE=DURATION", "PT6H")


def test_a_moved_meeting_stays_the_same_event() -> None:
    """By its original date, with a higher sequence number and a later time of change."""
    changed = ms(2026, 11, 19, 8)
    moved = meeting(2026, 12, 3, 17, date=TUESDAY.date, state="moved", sequence=2)
    (planned,), (event,) = events(TUESDAY), events(moved._replace(changed_at=changed))
    assert event.one("UID") == planned.one("UID") == "abcdefgh-2026-12-01@circle.example"
    assert event.one("DTSTART") == "20261203T180000"
    assert event.one("SEQUENCE") == "2"
    assert event.one("DTSTAMP") == event.one("LAST-MODIFIED") == "20261119T080000Z"
    assert event.one("STATUS") == "CONFIRMED"


def test_a_change_of_the_schedule_changes_all_events() -> None:
    """The latest change counts."""
    early = meeting(2026, 12, 1, 18, changed_at=ms(2026, 9, 1))
    assert [event.one("DTSTAMP") for event in events(early)] == ["20261001T120000Z"]


def test_a_cancelled_meeting_stays_until_its_day_is_past() -> None:
    """So that programs see it. The day ends in the circle's zone, at 23:00 UTC."""
    cancelled = TUESDAY._replace(state="cancelled", sequence=1)
    for now in (NOW, ms(2026, 12, 1, 22, 59)):
        (event,) = events(cancelled, now=now)
        assert event.one("STATUS") == "CANCELLED"
        assert event.one("DTSTART") == "20261201T190000"
    assert events(cancelled, now=ms(2026, 12, 1, 23)) == []
    assert len(events(TUESDAY, now=ms(2027, 1, 1))) == 1


def test_the_hour_that_comes_twice_is_named_in_utc() -> None:
    """Half past two is twice, and programs do not agree which of them its name means."""
    for start, written in (
        ((24, 22, 30), ("20261025T003000", "20261025T013000")),
        ((24, 23, 30), ("20261024T233000Z", "20261025T003000Z")),
        ((25, 0, 30), ("20261025T003000Z", "20261025T013000Z")),
        ((25, 1, 30), ("20261025T013000Z", "20261025T023000Z")),
        ((25, 2, 30), ("20261025T033000", "20261025T043000")),
    ):
        (event,) = events(meeting(2026, 10, *start))
        assert (event.one("DTSTART"), event.one("DTEND")) == written


def test_the_hour_that_is_left_out_needs_no_care() -> None:
    """It is never the name of an instant."""
    for start, written in (
        ((29, 0, 30), ("20260329T013000", "20260329T033000")),
        ((29, 1, 0), ("20260329T030000", "20260329T040000")),
    ):
        (event,) = events(meeting(2026, 3, *start))
        assert (event.one("DTSTART"), event.one("DTEND")) == written


def test_a_circle_in_utc_needs_no_zone() -> None:
    """Its times are in UTC."""
    calendar = read(calendar_feed(replace(FACTS, time_zone="UTC", footer="UTC0"), NOW))
    assert calendar.named("VTIMEZONE") == []
    assert calendar.named("VEVENT")[0].one("DTSTART") == "20261201T180000Z"


@pytest.mark.parametrize("zone", [ZONE, "UTC"])
def test_a_calendar_without_meetings_is_a_calendar(zone: str) -> None:
    """It has a component, as each calendar must."""
    facts = replace(FACTS, meetings=(), time_zone=zone, footer=footer_of(zone))
    assert [each.name for each in read(calendar_feed(facts, NOW)).within] == ["VTIMEZONE"]


HOSTILE = [
    "a, b; c",
    "C:\\New\\notes",
    "\\n \\N \\, \\;",
    "BEGIN:VALARM",
    'a"b:c',
    "^n ^^",
    "מעגל של יום שלישי (א)",
    "😀" * 80,
    "é" * 80,
    "日本語" * 26,
    "👩‍⚕️" * 10,
    "x" * 80,
    "\\" * 80,
    ",;" * 40,
    " ".join(["ab"] * 26),
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("make", [calendar_file, calendar_feed])
def test_any_name_is_written_as_text(name: str, make: Any) -> None:
    """It adds no line, and lines have at most 75 octets, each with whole characters."""
    body = make(replace(FACTS, name=name), NOW)
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(line.decode().isprintable() or name.startswith("👩") for line in lines)
    assert b"\n" not in body.replace(b"\r\n", b"")
    escaped = name.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    assert [event.one("SUMMARY") for event in read(body).named("VEVENT")] == [escaped] * 2


@pytest.mark.parametrize(
    "end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
)
def test_an_end_of_a_line_in_a_name_is_a_blank(end: str) -> None:
    """Names are tidied when they are typed; this holds for any other, too."""
    body = calendar_feed(replace(FACTS, name=f"a{end}URL:https://evil.example"), NOW)
    for event in read(body).named("VEVENT"):
        assert event.one("SUMMARY").removeprefix("a").strip() == "URL:https://evil.example"
        assert event.one("URL") == FACTS.url


@pytest.mark.parametrize("name", ["a, b; c", "😀" * 80, "מעגל, של", "a:b"])
def test_a_program_reads_the_name_as_it_is(name: str) -> None:
    """By icalendar, which reads backslashes wrongly."""
    calendar = Calendar.from_ical(calendar_feed(replace(FACTS, name=name), NOW))
    assert {str(event["SUMMARY"]) for event in calendar.events} == {name}


def test_the_same_meetings_are_the_same_feed() -> None:
    """In any order, and whenever it is read; each change makes another."""
    tag = etag(calendar_feed(FACTS, NOW))
    assert tag[0] == tag[-1] == '"'
    later = NOW + 5 * 24 * 3_600_000
    assert etag(calendar_feed(replace(FACTS, meetings=(JANUARY, TUESDAY)), later)) == tag
    moved = TUESDAY._replace(state="moved", sequence=1, changed_at=NOW)
    for changed in (
        replace(FACTS, name="Circle"),
        replace(FACTS, meetings=(moved, JANUARY)),
        replace(FACTS, meetings=(TUESDAY,)),
        replace(FACTS, changed_at=NOW),
    ):
        assert etag(calendar_feed(changed, NOW)) != tag


def test_a_calendar_shows_two_months_back_and_twelve_ahead() -> None:
    """By whole days."""
    start, end = window(NOW)
    assert start == ms(2026, 9, 19)
    assert end == ms(2027, 11, 22)
    assert window(ms(2026, 11, 20)) == window(ms(2026, 11, 20, 23, 59)) == (start, end)
