"""The end: for everybody at once, or with a debrief for the facilitators."""

from __future__ import annotations

from msgspec.structs import replace

from server.room import commands as c
from server.room.ending import DEBRIEF_MS
from server.room.hearing import heard
from server.room.rules import decide
from server.room.state import DEBRIEF, ENDED, Clock, Role, encode
from tests.support.factories import NOW, a_room, outcome, refusal


def test_for_the_debrief_all_but_the_facilitators_leave() -> None:
    """It lasts ten minutes in the same room; only the ids of those who left are kept."""
    room = decide(a_room("closing", prompt="Mut"), c.Debrief(), "fay", NOW)
    assert [seat.id for seat in room.seats] == ["fay", "gil"]
    assert room.gone == ("ann", "ben", "mei", "cem", "olu")
    assert (room.phase, room.clock, room.presenter) == (DEBRIEF, Clock(NOW + DEBRIEF_MS), None)
    assert heard(room) == {"fay", "gil"}
    assert not any(word in encode(room) for word in (b"Ann", b"Mei", b"Mut"))


def test_whoever_comes_during_the_debrief_reads_that_it_goes_on() -> None:
    """It may last for hours; a session that has ended is gone within a minute."""
    dan = c.Enter("dan", "Dan", Role.MEMBER)
    assert refusal(a_room(DEBRIEF), dan, None).reason.id == "debrief_goes_on"
    assert refusal(a_room(ENDED), dan, None).reason.id == "just_ended"


def test_the_debrief_is_extended_with_one_press_and_ends_for_good() -> None:
    """Its clock works like any other."""
    room = decide(a_room("closing"), c.Debrief(), "fay", NOW)
    assert outcome(room, c.Debrief(), "gil") == "not_now"
    room = decide(room, c.Extend(300, NOW + DEBRIEF_MS), "gil", NOW)
    assert room.clock == Clock(NOW + DEBRIEF_MS + 300_000)
    room = decide(room, c.End(), "gil", NOW)
    assert (room.phase, room.gone) == (ENDED, ("ann", "ben", "mei", "cem", "olu"))


def test_who_waits_at_the_door_waits_no_more() -> None:
    """The session they were waiting for is over."""
    room = replace(a_room("closing"), lobby=(replace(a_room().seats[1], id="dan"),))
    assert decide(room, c.End(), "fay", NOW).lobby == ()
    assert decide(room, c.Debrief(), "fay", NOW).lobby == ()
