"""What the last page tells: who is asked, what is gone, and when the circle meets again."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.farewell import farewell, says_farewell
from server.circle.meeting_changes import cancel
from server.circle.register import Register
from server.circle.rhythm import Kind, Rhythm, instant
from server.circle.schedule import Schedule
from server.room.commands import Debrief
from server.room.ending import debrief, ended
from server.room.state import Farewell, Room, decode, encode
from tests.support.factories import NOW, a_room

ZONE = "Europe/Berlin"
TUESDAYS = Schedule(Rhythm(Kind.WEEKS, first_on=date(2026, 1, 6), at=time(17)))
ROLES = {seat.id: seat.role for seat in a_room("closing").seats}
CIRCLE = Circle("circle", "Tuesday", "classic-60", ZONE, schedule=TUESDAYS)


def at(local: str) -> int:
    """This time in Berlin (epoch ms)."""
    return instant(datetime.fromisoformat(local), ZONE)


def said_to(room: Room, number: int = 1, circle: Circle = CIRCLE, now: int = NOW) -> Farewell:
    """What is said to the people of this room when its session ends."""
    return farewell(circle, room, ended(room, now), number, now)


def test_the_register_is_named_if_it_has_kept_something() -> None:
    """Not before a session has begun, of a moment, or of people who do not want to be in it."""
    circle = replace(CIRCLE, register=Register(is_on=True), roles=ROLES)
    hour = a_room("closing", registers=True, began_at=NOW - 3_600_000, changed_at=NOW)
    assert said_to(hour, circle=circle).registers
    for room in (replace(hour, registers=False), replace(hour, began_at=None)):
        assert not said_to(room, circle=circle).registers
    assert not said_to(replace(hour, began_at=NOW - 1000), circle=circle).registers
    out = replace(circle, register=Register(is_on=True, out=tuple(ROLES)))
    assert not said_to(hour, circle=out).registers


def test_members_and_observers_are_asked() -> None:
    """Not those who lead; and nobody before a session has begun."""
    asks = ("ann", "ben", "mei", "cem", "olu")
    said = said_to(a_room("closing"), 3)
    assert (said.asks, said.number, said.names, said.zone) == (asks, 3, 7, ZONE)
    without_ann = replace(a_room("closing"), gone=("ann", "zoe"))
    assert said_to(without_ann).names == 8  # with those who were sent out
    said = said_to(a_room(), 3)
    assert (said.asks, said.number) == ((), 0)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-01-05T12:00", date(2026, 1, 6)),
        ("2026-01-06T17:00", date(2026, 1, 13)),
        ("2026-01-06T17:40", date(2026, 1, 13)),
        ("2026-01-06T18:05", date(2026, 1, 13)),
        ("2026-01-13T18:00", date(2026, 1, 27)),
    ],
)
def test_the_next_meeting_is_not_the_one_that_ends(now: str, day: date) -> None:
    """Even if it ends early; and a cancelled one is none."""
    circle = cancel(CIRCLE, date(2026, 1, 20), at("2026-01-01T12:00"))
    said = said_to(a_room("closing"), circle=circle, now=at(now))
    assert said.next_on == day.isoformat()
    assert said.next_at == at(f"{day}T17:00")


def test_a_circle_without_a_rhythm_has_no_next_meeting() -> None:
    """Its last page names none."""
    said = said_to(a_room("closing"), circle=replace(CIRCLE, schedule=Schedule()))
    assert (said.next_on, said.next_at) == ("", 0)


def test_a_session_says_farewell_once() -> None:
    """With the debrief, if there is one; a room that has just opened has nobody to say it to."""
    room = a_room("closing")
    over, talking = ended(room, NOW), debrief(room, Debrief(), room.seats[0], NOW)
    said = Farewell(NOW, ZONE)
    assert says_farewell(room, over)
    assert says_farewell(room, talking)
    assert not says_farewell(room, replace(room, version=9))
    assert not says_farewell(None, room)
    assert not says_farewell(talking, ended(talking, NOW))
    assert not says_farewell(room, replace(over, farewell=said))


def test_the_farewell_lasts_as_long_as_the_room() -> None:
    """The end after a debrief keeps it, and Redis does."""
    said = said_to(a_room("closing"), 2, now=at("2026-01-06T18:00"))
    talking = replace(debrief(a_room("closing"), Debrief(), a_room().seats[0], NOW), farewell=said)
    over: Room = ended(talking, NOW)
    assert decode(encode(over)).farewell == said
