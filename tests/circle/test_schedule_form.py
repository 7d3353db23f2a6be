"""The typed fields of a schedule: what they mean, and the sentence beside each wrong one."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.fields import WrongFields, typed_start
from server.circle.rhythm import HOUR_MS, Kind, Nth, Rhythm, Weekday, instant
from server.circle.schedule import AHEAD_DAYS, MAX_DATES, Schedule, Wanted
from server.circle.schedule_form import LONGEST_DATES, fields_of, wanted
from server.views.refusals import worded

ZONE = "Europe/Berlin"
NOW = instant(datetime.fromisoformat("2026-11-27T12:00"), ZONE)
TODAY = date(2026, 11, 27)
MONTH = {"rhythm": "month", "nth": "1", "weekday": "tu", "at": "19:00", "time_zone": ZONE}
WEEKS = {
    "rhythm": "weeks", "every": "2", "first_on": "2026-12-03", "at": "18:30", "time_zone": ZONE,
}  # fmt: skip
DATES = {
    "rhythm": "dates", "dates": "2027-01-13 2026-12-09", "at": "17:00", "time_zone": ZONE,
}  # fmt: skip
CIRCLE = Circle("id", "C", "classic-60", ZONE)


def held(rhythm: Rhythm, **more: Any) -> Circle:
    """A circle with this rhythm. Any: fields of a schedule."""
    return replace(CIRCLE, schedule=Schedule(rhythm, **more))


def ahead(days: int) -> str:
    """The date so many days from today."""
    return (TODAY + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("fields", "rhythm"),
    [
        ({}, Rhythm()),
        ({"rhythm": "none", "nth": "9", "at": "25:00", "dates": "x"}, Rhythm()),
        (MONTH, Rhythm(Kind.MONTH, Nth.FIRST, Weekday.TUESDAY, at=time(19))),
        (
            MONTH | {"nth": "last", "weekday": "su", "every": "3", "first_on": "x"},
            Rhythm(Kind.MONTH, Nth.LAST, Weekday.SUNDAY, at=time(19)),
        ),
        (WEEKS, Rhythm(Kind.WEEKS, every=2, first_on=date(2026, 12, 3), at=time(18, 30))),
        (
            WEEKS | {"first_on": "2026-11-27", "at": " 12:01:00 ", "nth": "5"},
            Rhythm(Kind.WEEKS, every=2, first_on=TODAY, at=time(12, 1)),
        ),
        (
            DATES,
            Rhythm(Kind.DATES, dates=(date(2026, 12, 9), date(2027, 1, 13)), at=time(17)),
        ),
        (
            DATES | {"dates": "\t2026-12-09,\n2027-01-13; ", "at": "9:05"},
            Rhythm(Kind.DATES, dates=(date(2026, 12, 9), date(2027, 1, 13)), at=time(9, 5)),
        ),
    ],
)
def test_a_schedule_is_read_from_its_fields(fields: dict[str, str], rhythm: Rhythm) -> None:
    """Fields that its rhythm does not use are ignored, valid or not."""
    assert wanted(fields, NOW, CIRCLE) == Wanted(rhythm, None, ZONE)


WRONG: list[tuple[dict[str, str], str, str]] = [
    (MONTH | {"rhythm": "moons"}, "rhythm", "rhythm_unknown"),
    (MONTH | {"nth": "5"}, "nth", "nth_unknown"),
    (MONTH | {"nth": ""}, "nth", "nth_unknown"),
    (MONTH | {"weekday": "tuesday"}, "weekday", "weekday_unknown"),
    (MONTH | {"at": ""}, "at", "at_missing"),
    (WEEKS | {"at": ""}, "at", "at_missing"),
    (DATES | {"at": " "}, "at", "at_missing"),
    (MONTH | {"at": "25:00"}, "at", "at_no_time"),
    (MONTH | {"at": "24:00"}, "at", "at_no_time"),
    (MONTH | {"at": "19:60"}, "at", "at_no_time"),
    (MONTH | {"at": "seven"}, "at", "at_no_time"),
    (MONTH | {"at": "19:00:30"}, "at", "at_no_time"),
    (MONTH | {"at": "١٩:٠٠"}, "at", "at_no_time"),
    (WEEKS | {"every": "3"}, "every", "every_unknown"),
    (WEEKS | {"every": "0"}, "every", "every_unknown"),
    (WEEKS | {"first_on": ""}, "first_on", "first_on_missing"),
    (WEEKS | {"first_on": "2027-02-30"}, "first_on", "first_on_no_date"),
    (WEEKS | {"first_on": "20270201"}, "first_on", "first_on_no_date"),
    (WEEKS | {"first_on": "2027-W01-1"}, "first_on", "first_on_no_date"),
    (WEEKS | {"first_on": "2026-11-26"}, "first_on", "first_on_past"),
    (WEEKS | {"first_on": "0001-01-01"}, "first_on", "first_on_past"),
    (WEEKS | {"first_on": "2026-11-27", "at": "12:00"}, "first_on", "first_on_past"),
    (WEEKS | {"first_on": ahead(AHEAD_DAYS + 1)}, "first_on", "first_on_too_far"),
    (WEEKS | {"first_on": "9999-12-31"}, "first_on", "first_on_too_far"),
    (DATES | {"dates": " , "}, "dates", "dates_missing"),
    (DATES | {"dates": "2026-12-09 2027-02-30"}, "dates", "dates_no_date"),
    (DATES | {"dates": "2026-12-09 2027-01-13 2026-12-09"}, "dates", "dates_twice"),
    (DATES | {"dates": "2026-12-09 2026-11-26"}, "dates", "dates_past"),
    (DATES | {"dates": "2026-11-27", "at": "12:00"}, "dates", "dates_past"),
    (DATES | {"dates": ahead(AHEAD_DAYS + 1)}, "dates", "dates_too_far"),
    (DATES | {"dates": "9999-12-31"}, "dates", "dates_too_far"),
    (DATES | {"dates": " ".join(map(ahead, range(1, MAX_DATES + 2)))}, "dates", "dates_too_many"),
    (DATES | {"dates": "2026-12-09" + " " * LONGEST_DATES}, "dates", "dates_too_many"),
    (MONTH | {"pause_until": "2027-02-30"}, "pause_until", "pause_no_date"),
    (MONTH | {"pause_until": "2026-11-27"}, "pause_until", "pause_past"),
    (MONTH | {"pause_until": ahead(AHEAD_DAYS + 1)}, "pause_until", "pause_too_far"),
    (MONTH | {"time_zone": "Mars/Olympus"}, "time_zone", "time_zone_unknown"),
    (
        WEEKS | {"first_on": "2027-03-28", "at": "02:30"}, "at", "start_skipped",
    ),
    (DATES | {"dates": "2027-01-13 2027-03-28", "at": "02:00"}, "at", "start_skipped"),
    (
        MONTH | {"nth": "last", "weekday": "su", "at": "02:59", "pause_until": "2027-03-01"},
        "at",
        "start_skipped",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "field", "id_"), WRONG, ids=[f"{w[2]}-{n}" for n, w in enumerate(WRONG)]
)
def test_a_wrong_field_is_refused_by_its_name(fields: dict[str, str], field: str, id_: str) -> None:
    """With a sentence of its own, so that the page can put it beside the field."""
    with pytest.raises(WrongFields) as caught:
        wanted(fields, NOW, CIRCLE)
    assert [(name, why.id) for name, why in caught.value.faults] == [(field, id_)]
    assert (caught.value.code, caught.value.reason.id) == ("invalid", id_)
    assert worded(caught.value.faults[0][1]).endswith(".")


def test_all_wrong_fields_are_found_at_once() -> None:
    """In the order of the form."""
    fields = WEEKS | {"every": "x", "first_on": "x", "at": "x", "pause_until": "x"}
    with pytest.raises(WrongFields) as caught:
        wanted(fields | {"time_zone": "x"}, NOW, CIRCLE)
    fields_found = [name for name, _ in caught.value.faults]
    assert fields_found == ["time_zone", "every", "first_on", "at", "pause_until"]


@pytest.mark.parametrize("guess", ["", "Etc/Unknown", "GB", "Mars/Olympus", "\x00"])
def test_a_guessed_zone_is_never_refused_and_a_missing_one_changes_nothing(guess: str) -> None:
    """Nobody typed the zone of a new circle; later a person chooses it."""
    assert wanted(MONTH | {"time_zone": guess}, NOW).time_zone == "UTC"
    assert wanted(MONTH | {"time_zone": "Asia/Calcutta"}, NOW).time_zone == "Asia/Calcutta"
    without = {name: text for name, text in MONTH.items() if name != "time_zone"}
    assert wanted(without, NOW, CIRCLE).time_zone == ZONE


def test_only_the_first_coming_start_of_a_rhythm_must_exist() -> None:
    """A later one that the clocks skip is computed, and an unchanged schedule is not refused."""
    sundays = WEEKS | {"first_on": "2027-03-14", "at": "02:30"}
    assert wanted(sundays, NOW, CIRCLE).rhythm.first_on == date(2027, 3, 14)
    near = instant(datetime.fromisoformat("2027-03-25T12:00"), ZONE)
    circle = held(wanted(sundays | {"every": "1"}, NOW, CIRCLE).rhythm)
    assert wanted(fields_of(circle, near), near, circle).rhythm == circle.schedule.rhythm
    with pytest.raises(WrongFields):
        wanted(fields_of(circle, near) | {"at": "02:15"}, near, circle)
    assert wanted(fields_of(circle, near) | {"at": "03:00"}, near, circle).rhythm.at == time(3)


def test_a_start_that_occurs_twice_is_not_refused() -> None:
    """It is the first of the two."""
    fields = DATES | {"dates": "2027-10-31", "at": "02:30"}
    assert wanted(fields, NOW, CIRCLE).rhythm.at == time(2, 30)


def test_what_the_circle_has_already_may_be_past() -> None:
    """The form still shows it: the date from which weeks are counted, dates, a pause."""
    weeks = held(wanted(WEEKS, NOW, CIRCLE).rhythm)
    dates = held(wanted(DATES, NOW, CIRCLE).rhythm, pause_until=date(2026, 12, 1))
    later = instant(datetime.fromisoformat("2026-12-09T17:00"), ZONE)
    assert wanted(WEEKS, later, weeks).rhythm == weeks.schedule.rhythm
    found = wanted(DATES | {"pause_until": "2026-12-01"}, later, dates)
    assert (found.rhythm.dates, found.pause_until) == ((date(2027, 1, 13),), None)
    with pytest.raises(WrongFields):
        wanted(WEEKS, later, CIRCLE)
    with pytest.raises(WrongFields):
        wanted(DATES, later, CIRCLE)


@pytest.mark.parametrize("typed", [{}, MONTH, WEEKS, DATES, MONTH | {"pause_until": "2027-02-01"}])
def test_the_form_shows_what_is_read_as_no_change(typed: dict[str, str]) -> None:
    """Also hours later, when a date has passed."""
    found = wanted(typed, NOW, CIRCLE)
    circle = held(found.rhythm, pause_until=found.pause_until)
    assert wanted(fields_of(circle, NOW), NOW, circle) == found
    assert fields_of(circle, NOW + 300 * 24 * HOUR_MS)["pause_until"] == ""


@pytest.mark.parametrize("typed", ["2026-12-08T18:30", " 2026-12-08T18:30:00 "])
def test_the_time_to_which_a_meeting_is_moved_is_read(typed: str) -> None:
    """Some browsers add seconds."""
    assert typed_start(typed) == datetime.fromisoformat("2026-12-08T18:30")


@pytest.mark.parametrize(
    "typed",
    ["", "2026-12-08", "T18:30", "2026-02-30T18:30", "2026-12-08T25:00", "2026-12-08 18:30"],
)
def test_another_text_is_no_time_to_move_to(typed: str) -> None:
    """The sentence belongs to the field `to`."""
    with pytest.raises(WrongFields) as caught:
        typed_start(typed)
    assert [(name, why.id) for name, why in caught.value.faults] == [("to", "move_unreadable")]


NAMES = sorted(MONTH | WEEKS | DATES | {"pause_until": ""})
WORDS = st.one_of(
    st.text("0123456789-:T ,;x٣", max_size=20),
    st.sampled_from(
        [*MONTH.values(), *WEEKS.values(), *DATES.values(), "9999-12-31", "0001-01-01"]
    ),
)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(NAMES), WORDS))
def test_whatever_is_typed_is_read_or_refused(fields: dict[str, str]) -> None:
    """Nothing else happens."""
    for circle in (None, CIRCLE):
        try:
            found = wanted(fields, NOW, circle)
        except WrongFields as wrong:
            named = {name for name, _ in wrong.faults}
        else:
            named = set(found.time_zone and ["time_zone"])
        assert named <= set(NAMES)
        assert named
