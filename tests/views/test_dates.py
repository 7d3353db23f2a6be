"""Dates and times in words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from gettext import NullTranslations

import pytest

from server.circle.circle import TIME_ZONES
from server.views.dates import (
    clock_time,
    day,
    day_and_time,
    how_far_away,
    time_of_day,
    zone_name,
)
from server.views.language import ENGLISH, Language
from server.views.rhythms import (
    MONTHLY,
    WEEKDAY_KEYS,
    WEEKLY,
    every_month,
    every_weeks,
    no_rhythm,
    on_dates,
)

HOUR_MS = 3_600_000
BERLIN = "Europe/Berlin"


class Other(NullTranslations):
    """A language that writes everything in another way."""

    def gettext(self, message: str) -> str:
        return {
            "{day}, {time}, {zone}": "{zone}: {time}, {day}",
            "{hour:02}:{minute:02}": "{hour}.{minute:02} Uhr",
            "{weekday}, {day} December {year}": "{weekday}, {day}. Dezember {year}",
            "Tuesday": "Dienstag",
            "{place} time": "Zeit in {place}",
            "Every first Tuesday of the month at {time}": "Jeden ersten Dienstag um {time}",
        }.get(message, "?")


OTHER = Language("x-other", "ltr", Other(), ENGLISH.scripts)


def ms(text: str) -> int:
    """A moment in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


FIRST = ms("2026-12-01 18:00")


def test_a_meeting_has_weekday_date_time_and_zone() -> None:
    """On the wall clock of the zone, which may have another date."""
    assert day_and_time(ENGLISH, FIRST, BERLIN) == "Tuesday, 1 December 2026, 19:00, Berlin time"
    assert (
        day_and_time(ENGLISH, FIRST, "Asia/Tokyo")
        == "Wednesday, 2 December 2026, 03:00, Tokyo time"
    )
    assert time_of_day(ENGLISH, FIRST, "Asia/Kathmandu") == "23:45"


def test_a_language_chooses_order_and_form() -> None:
    """Also of the time."""
    assert day_and_time(OTHER, FIRST, BERLIN) == (
        "Zeit in Berlin: 19.00 Uhr, Dienstag, 1. Dezember 2026"
    )
    assert every_month(OTHER, "1", "tu", "09:05") == "Jeden ersten Dienstag um 9.05 Uhr"


def test_each_day_of_a_year_has_its_own_words() -> None:
    """As the standard library's in English."""
    for number in range(date(2028, 1, 1).toordinal(), date(2029, 1, 1).toordinal()):
        on = date.fromordinal(number)
        assert day(ENGLISH, on) == f"{on:%A}, {on.day} {on:%B} {on.year}"


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/New_York", "New York time"), ("America/Argentina/Ushuaia", "Ushuaia time"),
        ("America/Port-au-Prince", "Port-au-Prince time"), ("US/Eastern", "US Eastern time"),
        ("Brazil/East", "Brazil East time"), ("UTC", "UTC"), ("Etc/UTC", "UTC"),
        ("Etc/Greenwich", "UTC"), ("Etc/GMT", "UTC"), ("Etc/GMT0", "UTC"), ("Etc/GMT+0", "UTC"),
        ("Etc/GMT+5", "UTC−5"), ("Etc/GMT-14", "UTC+14"),
    ],
)  # fmt: skip
def test_a_zone_is_named_after_its_place(zone: str, words: str) -> None:
    """Names like Etc/GMT+5 have the signs of POSIX."""
    assert zone_name(ENGLISH, zone) == words


def test_each_zone_has_a_name_without_signs() -> None:
    """Nothing of the form of a file remains."""
    for zone in TIME_ZONES:
        assert re.fullmatch(r"[\w −+-]+", zone_name(ENGLISH, zone).replace("_", "/")), zone


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-11-01 12:00", "in 30 days"), ("2026-11-28 23:59", "in 2 days"),
        ("2026-11-29 22:59", "in 2 days"), ("2026-11-29 23:00", "tomorrow at 19:00"),
        ("2026-11-30 22:59", "tomorrow at 19:00"), ("2026-11-30 23:00", "today at 19:00"),
        ("2026-12-01 17:59", "today at 19:00"), ("2026-12-01 18:00", "now"),
        ("2026-12-01 18:59", "now"), ("2026-12-01 19:00", "today at 19:00"),
        ("2026-12-02 12:00", "yesterday"), ("2026-12-06 12:00", "5 days ago"),
    ],
)  # fmt: skip
def test_how_far_away_a_meeting_is(now: str, words: str) -> None:
    """Counted by dates, as people count, in the zone in which it is told."""
    assert how_far_away(ENGLISH, FIRST, FIRST + HOUR_MS, ms(now), BERLIN) == words


def test_a_person_elsewhere_has_their_own_today() -> None:
    """In Tokyo the meeting is on Wednesday."""
    now = ms("2026-12-01 12:00")
    told = [
        how_far_away(ENGLISH, FIRST, FIRST + HOUR_MS, now, zone) for zone in (BERLIN, "Asia/Tokyo")
    ]
    assert told == ["today at 19:00", "tomorrow at 03:00"]


def test_a_day_of_23_or_25_hours_is_a_day() -> None:
    """Friday is two days before Sunday, from its midnight on, also across a change of the clock."""
    for start, hours in (("2026-03-29 17:00", 66), ("2026-10-25 18:00", 68)):
        at = ms(start)
        midnight = at - hours * HOUR_MS
        for now, told in ((midnight, "in 2 days"), (midnight - 1, "in 3 days")):
            assert how_far_away(ENGLISH, at, at + HOUR_MS, now, BERLIN) == told


def test_a_rhythm_is_one_sentence() -> None:
    """One for each kind."""
    assert every_month(ENGLISH, "1", "tu", "19:00") == "Every first Tuesday of the month at 19:00"
    assert every_month(ENGLISH, "last", "su", "09:30") == "Every last Sunday of the month at 09:30"
    assert every_weeks(ENGLISH, 1, "mo", "19:00") == "Every Monday at 19:00"
    assert every_weeks(ENGLISH, 2, "fr", "19:00") == "Every two weeks on Friday at 19:00"
    assert every_weeks(ENGLISH, 4, "sa", "19:00") == "Every four weeks on Saturday at 19:00"
    assert on_dates(ENGLISH, "19:00") == "On chosen dates at 19:00"
    assert no_rhythm(ENGLISH) == "No rhythm yet"
    assert clock_time(ENGLISH, "07:05") == "07:05"


def test_each_rhythm_has_the_words_of_its_number_and_weekday() -> None:
    """The tables are complete, and in the order of their keys."""
    numbers = {"1": "first", "2": "second", "3": "third", "4": "fourth", "last": "last"}
    weekdays = [f"{date(2026, 6, number):%A}" for number in range(1, 8)]
    assert list(WEEKDAY_KEYS) == [weekday[:2].lower() for weekday in weekdays]
    assert {
        nth: [f"Every {word} {weekday} of the month at {{time}}" for weekday in weekdays]
        for nth, word in numbers.items()
    } == {nth: list(sentences) for nth, sentences in MONTHLY.items()}
    weeks = {1: "Every", 2: "Every two weeks on", 4: "Every four weeks on"}
    assert {
        every: [f"{words} {weekday} at {{time}}" for weekday in weekdays]
        for every, words in weeks.items()
    } == {every: list(sentences) for every, sentences in WEEKLY.items()}
