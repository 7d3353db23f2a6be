"""The register: who was there, for how long rows are kept, and what each person sees."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.circle.register import (
    LEAST_MS,
    MOST_ROWS,
    Attended,
    Hours,
    Register,
    Row,
    entered,
    hours_of,
    let_back,
    pruned,
    row_of,
    switched,
    taken_out,
    without,
)
from server.room.refused import Refused
from server.room.state import Room
from tests.support.factories import NOW, a_room

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = date(2026, 1, 6)
ANN, FAY = Attended("ann", "Ann", "member"), Attended("fay", "Fay", "facilitator")
ON = Register(is_on=True)


def a_row(day: date = DAY, *people: Attended, minutes: int = 60) -> Row:
    """A session that Ann and Fay attended, or these people."""
    return Row(day, minutes, people or (ANN, FAY))


def filled(*rows: Row, register: Register = ON) -> Register:
    """The register with these rows, entered on their days."""
    for row in rows:
        register = entered(register, row, row.date)
    return register


def a_session(**missed_minutes: int) -> Room:
    """A room that began at NOW, in which these people were absent for so long and are back."""
    room = a_room("reflection", registers=True, began_at=NOW)
    seats = (replace(s, absent_ms=missed_minutes.get(s.id, 0) * MINUTE) for s in room.seats)
    return replace(room, seats=tuple(seats))


def there(room: Room, ended_at: int = NOW + HOUR) -> set[str]:
    """The seats in the row of this session."""
    row = row_of(room, DAY, ended_at)
    return {person.seat for person in row.people} if row else set()


def test_who_was_there_for_three_quarters_is_in_the_row() -> None:
    """Exactly 75 % suffices; names are as typed, without the number that tells two apart."""
    room = a_session(ann=15, ben=16)
    seats = (replace(s, namesake=2) if s.id == "ann" else s for s in room.seats)
    row = row_of(replace(room, seats=tuple(seats)), DAY, NOW + HOUR)
    assert row == Row(
        DAY,
        60,
        (
            FAY,
            ANN,
            Attended("mei", "Mei", "member"),
            Attended("cem", "Cem", "member"),
            Attended("gil", "Gil", "facilitator"),
            Attended("olu", "Olu", "observer"),
        ),
    )


def test_who_has_not_come_back_was_absent_to_the_end() -> None:
    """Except for the last two minutes, which are a dropped line."""
    room = a_session()
    for gone_at, is_there in ((44, False), (45, True), (59, True)):
        seats = (
            replace(s, away_since=NOW + gone_at * MINUTE) if s.id == "ann" else s
            for s in room.seats
        )
        assert ("ann" in there(replace(room, seats=tuple(seats)))) == is_there


def test_a_session_lasts_until_the_last_person_goes() -> None:
    """Nobody ended it: hours later a deadline did."""
    room = a_session()
    seats = tuple(replace(s, away_since=NOW + 50 * MINUTE) for s in room.seats)
    row = row_of(replace(room, seats=seats), DAY, NOW + 12 * HOUR)
    assert row
    assert (row.minutes, len(row.people)) == (50, len(room.seats))


@pytest.mark.parametrize(
    "room",
    [
        replace(a_session(), registers=False),
        a_room(registers=True),
        a_room("reflection"),
        replace(a_session(), began_at=NOW + HOUR - LEAST_MS + 1),
    ],
    ids=["off", "not begun", "begun before it was on", "short"],
)
def test_no_other_session_has_a_row(room: Room) -> None:
    """The register is switched on from the next session on."""
    assert row_of(room, DAY, NOW + HOUR) is None


def test_minutes_are_rounded() -> None:
    """To the nearest."""
    for ms, minutes in ((29_999, 60), (30_000, 61), (-30_000, 60), (-30_001, 59)):
        row = row_of(a_session(), DAY, NOW + HOUR + ms)
        assert row
        assert row.minutes == minutes


def test_rows_are_in_the_order_of_their_dates() -> None:
    """Two sessions of one day are two rows."""
    rows = (a_row(DAY + timedelta(7)), a_row(DAY), a_row(DAY, minutes=30))
    assert [row.minutes for row in filled(*rows).rows] == [60, 30, 60]
    many = [a_row(DAY + timedelta(n)) for n in range(MOST_ROWS + 2)]
    assert filled(*many).rows == tuple(many[2:])


def test_a_register_that_is_off_takes_no_rows() -> None:
    """It was switched off during the session. What it has stays until its time has come."""
    register = filled(a_row())
    off = switched(register, "", DAY, on=False)
    assert off == replace(register, is_on=False)
    assert entered(off, a_row(DAY), DAY) == off
    assert pruned(off, date(2028, 1, 6)).rows == ()


@settings(max_examples=200)
@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 60), st.integers(0, 2500))
def test_a_row_is_kept_for_its_months(day: date, months: int, days: int) -> None:
    """Up to the same day of the month; if that has none, up to its last day."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    in_month = calendar.monthrange(year, month + 1)[1]
    end = date(year, month + 1, min(day.day, in_month))
    if day.day > in_month:
        end += timedelta(1)
    register = replace(filled(a_row(day)), months=months)
    today = day + timedelta(days)
    assert bool(pruned(register, today).rows) == (today < end)


def test_fewer_months_take_effect_at_once() -> None:
    """And more months bring nothing back."""
    register = filled(a_row(DAY), a_row(date(2026, 6, 2)))
    fewer = switched(register, " 3 ", date(2026, 7, 1), on=True)
    assert (fewer.months, [row.date.month for row in fewer.rows]) == (3, [6])
    assert switched(fewer, "60", date(2026, 7, 1), on=True).rows == fewer.rows
    assert switched(Register(), "", DAY, on=True) == ON


@pytest.mark.parametrize("typed", ["0", "61", "-1", "1.5", "x", "٣", "²", "9" * 9999, "1 2"])
def test_months_have_bounds(typed: str) -> None:
    """Something else than a number is refused, too."""
    with pytest.raises(Refused, match="register_months") as refused:
        switched(ON, typed, DAY, on=True)
    assert refused.value.reason.facts == {"least": 1, "most": 60}


def test_a_person_sees_their_own_entries() -> None:
    """With the name and the role that they had then."""
    renamed = Attended("ann", "Anna", "facilitator")
    register = filled(a_row(), a_row(DAY + timedelta(30), renamed, minutes=45))
    assert hours_of(register, "ann") == (
        Hours(DAY, 60, "Ann", "member"),
        Hours(DAY + timedelta(30), 45, "Anna", "facilitator"),
    )
    assert hours_of(register, "zoe") == ()


def test_who_takes_themselves_out_is_in_no_row_any_more() -> None:
    """Nor in later ones, until they want to be in it again. A row without people goes."""
    register = filled(a_row(), a_row(DAY + timedelta(30), ANN))
    out = taken_out(register, "ann")
    assert out.rows == (a_row(DAY, FAY),)
    later = filled(a_row(DAY + timedelta(60)), register=out)
    assert later.rows == (a_row(DAY, FAY), a_row(DAY + timedelta(60), FAY))
    assert filled(a_row(DAY, ANN), register=out) == out
    back = filled(a_row(DAY + timedelta(60)), register=let_back(out, "ann"))
    assert back.rows[1:] == (a_row(DAY + timedelta(60)),)
    assert taken_out(out, "ann") == out


def test_of_erased_people_nothing_stays() -> None:
    """Not even that they were out."""
    register = taken_out(filled(a_row()), "zoe")
    erased = without(register, ["ann", "zoe"])
    assert erased == filled(a_row(DAY, FAY))
    assert "ann" not in msgspec.json.encode(erased).decode().casefold()


def test_a_register_is_read_as_it_was_written() -> None:
    """With a role of a later release as well."""
    register = taken_out(filled(a_row(DAY, ANN, Attended("eve", "Eve", "conductor"))), "zoe")
    assert msgspec.json.decode(msgspec.json.encode(register), type=Register) == register
