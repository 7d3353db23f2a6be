"""The register of a circle: when it met, for how long, and who was there.

It is off until a facilitator switches it on. A row has a date, minutes, and for each person who was
there for at least 75 % of the session the seat, the name as typed, and the role. It never has who
presented, nor anything said. Rows go after as many months as the circle says, a person's entries
when they take themselves out or are erased.

A room that opens while the register is on has `registers` until it is switched off, and adds up
absences (room/attendance.py). registering.py makes the row of these, in the commit of the change
that ends the session. Nothing else of the presence is kept.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from server.room.attendance import missed_ms
from server.room.refused import Refused
from server.room.state import Room

LEAST_MONTHS, MONTHS, MOST_MONTHS = 1, 24, 60
"""How long rows are kept: the bounds, and the default."""
MOST_ROWS = 300
"""Five years of a circle that meets each week, and some more."""
LEAST_MS = 5 * 60_000
"""A shorter session was started by mistake, and has no row."""
PRESENT_OF_4 = 3
"""Quarters of a session during which a person has to be there."""


class Attended(Struct, frozen=True):
    """A person in a row."""

    seat: str
    name: str
    """As typed, at that session."""
    role: str
    """A Role; a later release may know others."""


class Row(Struct, frozen=True):
    """A session in the register."""

    date: date
    minutes: int
    people: tuple[Attended, ...]
    """In the order of joining."""


class Register(Struct, frozen=True):
    """The register of a circle."""

    is_on: bool = False
    months: int = MONTHS
    """How long rows are kept."""
    rows: tuple[Row, ...] = ()
    """In the order of their dates."""
    out: tuple[str, ...] = ()
    """The seats of people who have taken themselves out."""


class Hours(NamedTuple):
    """A session that a person attended."""

    date: date
    minutes: int
    name: str
    role: str


def switched(register: Register, typed_months: str, today: date, *, on: bool) -> Register:
    """The register switched on or off, keeping its rows for so many months; empty: as before.

    Rows that are older go at once. The others stay when it is switched off, until their time has
    come: they are people's hours. Raises Refused (`invalid`) for another text than 1 to 60.
    """
    months = _months(typed_months) if typed_months.strip() else register.months
    return pruned(replace(register, is_on=on, months=months), today)


def row_of(room: Room, day: date, ended_at: int) -> Row | None:
    """The row of the session in this room, on this local date; None if it has none.

    `room` is the room before its session ended. `ended_at` is when a person ended it, or where
    a deadline did, `room.changed_at`: when somebody was last active in it. A session also ends when
    the last person goes.
    """
    if not room.registers or room.began_at is None:
        return None
    until = min(ended_at, _last_presence(room, ended_at))
    length = until - room.began_at
    if length < LEAST_MS:
        return None
    there = tuple(
        Attended(seat.id, seat.name, seat.role)
        for seat in room.seats
        if 4 * (length - missed_ms(seat, room.began_at, until)) >= PRESENT_OF_4 * length
    )
    return Row(day, (length + 30_000) // 60_000, there)


def entered(register: Register, row: Row, today: date) -> Register:
    """The register with this row, without people who are out. Unchanged if it is off, or nobody is
    left in the row."""
    people = tuple(person for person in row.people if person.seat not in register.out)
    if not register.is_on or not people:
        return register
    rows = sorted((*register.rows, replace(row, people=people)), key=lambda each: each.date)
    return pruned(replace(register, rows=tuple(rows)[-MOST_ROWS:]), today)


def pruned(register: Register, today: date) -> Register:
    """The register without the rows whose months are over."""
    rows = tuple(row for row in register.rows if _age(row.date, today) < register.months)
    return register if rows == register.rows else replace(register, rows=rows)


def first_over(register: Register) -> date | None:
    """The day on which the months of the oldest row are over; None without rows."""
    if not register.rows:
        return None
    day = register.rows[0].date
    years, month = divmod(day.month - 1 + register.months, 12)
    try:
        return day.replace(year=day.year + years, month=month + 1)
    except ValueError:  # That month is shorter: _age counts it as over with its end.
        return date(day.year + years + (month == 11), (month + 1) % 12 + 1, 1)


def hours_of(register: Register, seat: str) -> tuple[Hours, ...]:
    """What a member sees: their own entries, the oldest first."""
    return tuple(
        Hours(row.date, row.minutes, person.name, person.role)
        for row in register.rows
        for person in row.people
        if person.seat == seat
    )


def taken_out(register: Register, seat: str) -> Register:
    """The register without this person, now and in later sessions."""
    out = tuple(sorted({*register.out, seat}))
    return replace(without(register, [seat]), out=out)


def let_back(register: Register, seat: str) -> Register:
    """The register that enters this person again from the next session on."""
    return replace(register, out=tuple(other for other in register.out if other != seat))


def without(register: Register, seats: Iterable[str]) -> Register:
    """The register in which nothing is left of these seats. A row without people goes."""
    leaving = set(seats)
    rows = (
        replace(row, people=tuple(each for each in row.people if each.seat not in leaving))
        for row in register.rows
    )
    out = tuple(seat for seat in register.out if seat not in leaving)
    return replace(register, rows=tuple(row for row in rows if row.people), out=out)


def passed_on(register: Register, chairs: Mapping[str, str]) -> Register:
    """The register in which the rows of the old seats are the new ones' (old seat → new)."""
    rows = (
        replace(
            row,
            people=tuple(
                replace(each, seat=chairs.get(each.seat, each.seat)) for each in row.people
            ),
        )
        for row in register.rows
    )
    out = tuple(chairs.get(seat, seat) for seat in register.out)
    return replace(register, rows=tuple(rows), out=out)


def seats_in(register: Register) -> frozenset[str]:
    """The seats of everybody of whom it has something."""
    return frozenset(person.seat for row in register.rows for person in row.people).union(
        register.out
    )


def _months(typed: str) -> int:
    text = typed.strip()
    # No longer than the largest, since int() takes long for very many digits.
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_MONTHS))
    if not is_number or not LEAST_MONTHS <= int(text) <= MOST_MONTHS:
        raise Refused("invalid", "register_months", least=LEAST_MONTHS, most=MOST_MONTHS)
    return int(text)


def _age(day: date, today: date) -> int:
    """How many whole months ago this day was."""
    return 12 * (today.year - day.year) + today.month - day.month - (today.day < day.day)


def _last_presence(room: Room, ended_at: int) -> int:
    """When somebody was last in the room."""
    return max(
        (ended_at if seat.away_since is None else seat.away_since for seat in room.seats),
        default=ended_at,
    )
