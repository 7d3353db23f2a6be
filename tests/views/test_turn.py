"""What a person can do now, whether they are heard, and why: in words."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room.attention.table import attention
from server.room.state import Room
from server.views.attention.voice import voice
from server.views.language import ENGLISH
from server.views.turn import MyTurn, my_turn
from tests.support.factories import a_room

CALL = "https://call.example.org/a"


def turn_of(room: Room, seat_id: str) -> MyTurn:
    """What this person can do, and reads."""
    seat = room.seat(seat_id)
    assert seat is not None
    return my_turn(ENGLISH, room, seat, attention(room, seat))


@pytest.mark.parametrize(
    ("phase", "format", "reason"),
    [
        ("presentation", "classic-60", "after the presentation"),
        ("case", "consultation-45", "after the presentation"),
        ("response", "consultation-45", "when the presenter has spoken"),
    ],
)
def test_a_hand_that_may_be_raised_later_says_when(phase: str, format: str, reason: str) -> None:
    """The phase after it may be one in which it can be raised."""
    turn = turn_of(a_room(phase, format=format), "ann")
    assert (turn.hand, turn.hand_reason) == ("later", reason)


@pytest.mark.parametrize("phase", ["presentation", "questions", "reflection"])
def test_in_a_call_of_their_own_nobody_is_told_that_the_room_mutes_them(phase: str) -> None:
    """It cannot: they are asked to stay muted there."""
    room = a_room(phase, elsewhere=CALL)
    if phase == "questions":
        room = replace(room, floor=None)
    for seat in room.seats:
        turn = turn_of(room, seat.id)
        lines = " ".join(voice(ENGLISH, room, seat, attention(room, seat)).lines)
        said = f"{turn.sentence} {lines}".lower()
        assert "microphone is off" not in said
        assert "nobody hears you" not in said
    muted = "mei" if phase == "reflection" else "ann"
    assert turn_of(room, muted).sentence == "Please stay muted in our call for now."


def test_a_debrief_in_a_call_of_their_own_says_that_the_members_are_still_in_it() -> None:
    """Only the room has let them out."""
    room = a_room("debrief")
    fay = room.seats[0]
    here = voice(ENGLISH, room, fay, attention(room, fay)).lines[1]
    there = replace(room, elsewhere=CALL)
    assert "but not our call" in voice(ENGLISH, there, fay, attention(there, fay)).lines[1]
    assert "call" not in here
