"""Two facilitators, and how the room reacts when somebody drops out."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.company import MAX_WHISPER, whispered_to
from server.room.due import next_due
from server.room.hearing import heard, sitting_back
from server.room.rules import NOT_FOR_STAND_INS, decide
from server.room.state import Clock, Floor, Role, Room, Seat, Wait
from server.room.turns import AWAY_KEEPS_TURN_MS
from tests.support.factories import NOW, a_room, idle_until, outcome, refusal, said

TWO_MINUTES = AWAY_KEEPS_TURN_MS
MINUTE = 60_000


def without(room: Room, *ids: str, now: int = NOW) -> Room:
    """The room with everybody here except these people."""
    here = frozenset(seat.id for seat in room.seats) - set(ids)
    return decide(room, c.NotePresence(here), None, now)


def the_seat(room: Room, seat_id: str) -> Seat:
    """The seat with this id, which must exist."""
    seat = room.seat(seat_id)
    assert seat is not None
    return seat


def unled(phase: str = "reflection") -> Room:
    """A room whose facilitators both dropped out two minutes ago."""
    room = without(a_room(phase), "fay", "gil", now=NOW + MINUTE)
    return decide(room, c.FallDue(), None, NOW + MINUTE + TWO_MINUTES)


def test_a_word_goes_to_the_other_facilitators_alone() -> None:
    """It is validated like all typed text."""
    room = a_room("reflection")
    assert whispered_to(room, "fay") == ["gil"]
    assert outcome(room, c.Whisper("  "), "fay") == "invalid"
    assert outcome(room, c.Whisper("a" * (MAX_WHISPER + 1)), "fay") == "too_long"
    assert outcome(room, c.Whisper("Shall we hold a silence?"), "ann") == "not_allowed"
    assert outcome(without(room, "gil"), c.Whisper("Are you there?"), "fay") == "not_now"
    alone = decide(room, c.Remove("gil"), "fay", NOW)
    assert outcome(alone, c.Whisper("Is anybody there?"), "fay") == "not_now"


def test_a_word_stands_in_no_room() -> None:
    """It is validated against the room, and the room does not change."""
    room = a_room("reflection")
    changed = decide(room, c.Whisper("Shall we hold a silence?"), "fay", NOW)
    assert replace(changed, version=room.version, changed_at=room.changed_at) == room


def test_one_facilitator_keeps_the_time() -> None:
    """They keep it until another facilitator takes over, or until they lose the role."""
    room = decide(a_room(), c.KeepTime("gil"), "fay", NOW)
    assert room.timekeeper == "gil"
    assert outcome(room, c.KeepTime("gil"), "fay") == "stale"
    assert outcome(room, c.KeepTime("ann"), "fay") == "not_now"
    assert decide(room, c.MakeMember("gil"), "fay", NOW).timekeeper is None
    assert decide(room, c.KeepTime(), "fay", NOW).timekeeper is None


def test_where_one_facilitator_drops_the_other_carries_on() -> None:
    """The group does not wait, and the clock runs on."""
    room = without(a_room("reflection"), "fay")
    assert (room.wait, room.clock) == (None, Clock(NOW + 25 * MINUTE))


def test_where_one_facilitator_drops_who_has_the_floor_the_group_waits() -> None:
    """As for anybody who speaks; the other one may go on at once."""
    room = without(replace(a_room("reflection"), floor=Floor("gil", NOW)), "gil")
    assert room.wait == Wait("gil", NOW + TWO_MINUTES, paused=True)
    on = decide(room, c.GoOn("gil"), "fay", NOW)
    assert (on.wait, on.holder, on.without) == (None, None, ("gil",))
    by_itself = decide(room, c.FallDue(), None, NOW + TWO_MINUTES)
    assert (by_itself.wait, by_itself.holder) == (None, None)


def test_where_none_is_left_the_group_waits_and_the_clock_stands_still() -> None:
    """It waits for two minutes from the moment when the last facilitator dropped out."""
    room = without(a_room("reflection"), "gil")
    room = without(room, "gil", "fay", now=NOW + MINUTE)
    until = NOW + MINUTE + TWO_MINUTES
    assert room.wait == Wait("fay", until, paused=True)
    assert room.clock == Clock(NOW + 25 * MINUTE, paused_at=NOW + MINUTE)
    assert next_due(room) == until
    assert outcome(room, c.HoldRoom(), "ann") == "not_now"


def test_a_facilitator_who_is_back_in_time_finds_the_session_as_it_was() -> None:
    """The clock still has the minutes that were left."""
    room = without(a_room("reflection"), "gil", "fay", now=NOW + MINUTE)
    room = without(room, "gil", now=NOW + 2 * MINUTE)
    assert (room.wait, room.clock) == (None, Clock(NOW + 26 * MINUTE))


def test_a_clock_that_a_facilitator_had_paused_stays_so() -> None:
    """Waiting neither pauses nor restarts a clock that somebody else has paused."""
    room = decide(a_room("reflection"), c.Pause(), "fay", NOW)
    room = without(room, "gil", "fay", now=NOW + MINUTE)
    room = without(room, now=NOW + 2 * MINUTE)
    assert room.clock is not None
    assert room.clock.paused_at == NOW


def test_after_two_minutes_the_first_member_who_accepts_holds_the_room() -> None:
    """They get a facilitator's rights, and the clock runs on."""
    room = unled()
    assert room.wait == Wait("fay", NOW + MINUTE + TWO_MINUTES, paused=True, asks=True)
    assert next_due(room) == idle_until(room)
    assert outcome(room, c.HoldRoom(), "olu") == "not_allowed"
    room = decide(room, c.HoldRoom(), "ann", NOW + 4 * MINUTE)
    assert (room.stand_in, room.wait) == ("ann", None)
    assert room.clock == Clock(NOW + 4 * MINUTE + 24 * MINUTE)
    assert outcome(room, c.HoldRoom(), "ben", NOW + 4 * MINUTE) == "not_now"
    assert outcome(room, c.Advance("reflection"), "ann") == "ok"
    assert outcome(room, c.Advance("reflection"), "ben") == "not_allowed"


def test_whoever_holds_the_room_is_heard_as_a_facilitator_is() -> None:
    """This also holds in phases in which members are not heard."""
    room = decide(unled("presentation"), c.HoldRoom(), "ann", NOW + 4 * MINUTE)
    assert "ann" in heard(room)
    assert "ben" not in heard(room)


def test_whoever_holds_the_room_does_nothing_that_outlasts_it() -> None:
    """Roles, invitations and the door stay as the facilitators left them."""
    room = decide(unled(), c.HoldRoom(), "ann", NOW + 4 * MINUTE)
    for kind in NOT_FOR_STAND_INS:
        fields = {"seat": "ben", "on": True, "text": "a", "url": "https://calls.example.org"}
        command = kind(**{f: fields[f] for f in kind.__struct_fields__ if f in fields})
        assert refusal(room, command, "ann").code == "not_allowed"
    assert outcome(room, c.Remove("ben"), "ann") == "ok"
    assert outcome(room, c.Remove("ben", renew=True), "ann") == "not_allowed"
    assert outcome(room, c.Remove("gil"), "ann") == "not_allowed"
    why = "Only a facilitator can change what lasts beyond this session."
    assert said(room, c.RenewLinks(), "ann") == why


def test_a_facilitator_who_is_back_has_the_room_again() -> None:
    """The stand-in is a member again, and nobody else's role has changed."""
    room = decide(unled(), c.HoldRoom(), "ann", NOW + 4 * MINUTE)
    room = without(room, "gil", now=NOW + 5 * MINUTE)
    assert (room.stand_in, room.wait) == (None, None)
    assert outcome(room, c.Advance("reflection"), "ann") == "not_allowed"
    assert outcome(room, c.Advance("reflection"), "fay") == "ok"
    assert the_seat(room, "ann").role is Role.MEMBER


def test_where_the_one_who_holds_the_room_drops_the_group_waits_again() -> None:
    """It waits for that person first, and then asks for another volunteer."""
    room = decide(unled(), c.HoldRoom(), "ann", NOW + 4 * MINUTE)
    room = without(room, "fay", "gil", "ann", now=NOW + 5 * MINUTE)
    assert room.wait == Wait("ann", NOW + 5 * MINUTE + TWO_MINUTES, paused=True)
    room = decide(room, c.FallDue(), None, NOW + 5 * MINUTE + TWO_MINUTES)
    assert outcome(room, c.HoldRoom(), "ben") == "ok"


def test_a_presenter_who_holds_the_room_sits_back_until_they_bring_themself_back() -> None:
    """Nobody hears them unawares: their microphone may be on since the arrival."""
    room = decide(unled(), c.HoldRoom(), "mei", NOW + 4 * MINUTE)
    assert sitting_back(room) == "mei"
    assert "mei" not in heard(room)
    assert outcome(room, c.GiveFloor("mei"), "mei") == "not_now"
    room = decide(room, c.Recall(), "mei", NOW + 4 * MINUTE)
    assert "mei" in heard(room)


@pytest.mark.parametrize("phase", ["presentation", "questions", "reflection", "response"])
def test_where_the_presenter_drops_the_clock_waits(phase: str) -> None:
    """The clock waits in every phase that is about their case."""
    room = without(a_room(phase), "mei", now=NOW + MINUTE)
    assert room.wait == Wait("mei", NOW + MINUTE + TWO_MINUTES, paused=True)


def test_where_somebody_drops_who_does_not_speak_nothing_waits() -> None:
    """The presenter of a later case does not stop the clock, either."""
    assert without(a_room("reflection"), "ann", "olu").wait is None
    assert without(a_room("arrival"), "mei").wait is None


def test_where_the_speaker_drops_the_clock_waits() -> None:
    """They keep the floor for as long as the clock waits."""
    room = decide(a_room("reflection"), c.GiveFloor("ann"), "fay", NOW)
    room = without(room, "ann", now=NOW + MINUTE)
    assert room.wait == Wait("ann", NOW + MINUTE + TWO_MINUTES, paused=True)
    room = without(room, now=NOW + 2 * MINUTE)
    assert (room.wait, room.holder) == (None, "ann")


def test_a_facilitator_goes_on_at_once() -> None:
    """The chair stays and the floor moves on; the person may still come back."""
    room = decide(a_room("reflection"), c.GiveFloor("ann"), "fay", NOW)
    room = without(room, "ann", now=NOW + MINUTE)
    assert outcome(room, c.GoOn("ben"), "fay") == "stale"
    assert outcome(room, c.Resume(), "fay") == "not_now"
    room = decide(room, c.GoOn("ann"), "fay", NOW + MINUTE)
    assert (room.wait, room.without, room.holder) == (None, ("ann",), None)
    assert room.clock == Clock(NOW + 25 * MINUTE)
    assert room.seat("ann")
    room = without(room, now=NOW + 2 * MINUTE)
    assert room.without == ()


def test_after_two_minutes_the_session_goes_on_by_itself() -> None:
    """The floor of the person who dropped out is free, and the case stays theirs."""
    room = without(a_room("presentation"), "mei", now=NOW + MINUTE)
    room = decide(room, c.FallDue(), None, NOW + MINUTE + TWO_MINUTES)
    assert (room.wait, room.without, room.holder) == (None, ("mei",), None)
    assert (room.presenter, next_due(room)) == ("mei", idle_until(room))
    assert room.clock == Clock(NOW + 10 * MINUTE)


def test_two_who_drop_are_waited_for_one_after_the_other() -> None:
    """Facilitators are waited for first, because only they could move on."""
    room = without(a_room("presentation"), "mei", now=NOW + MINUTE)
    room = without(room, "mei", "fay", "gil", now=NOW + MINUTE + 1)
    assert room.wait is not None
    assert room.wait.seat in ("fay", "gil")
    room = without(room, "mei", now=NOW + 2 * MINUTE)
    assert room.wait == Wait("mei", NOW + MINUTE + TWO_MINUTES, paused=True)
    room = without(room, now=NOW + 2 * MINUTE)
    assert room.clock == Clock(NOW + 9 * MINUTE)


def test_the_next_phase_waits_for_nobody_who_was_away_when_it_began() -> None:
    """The facilitator saw that they were away and moved on anyway."""
    room = without(a_room("questions"), "mei", now=NOW + MINUTE)
    room = decide(room, c.Advance("questions"), "fay", NOW + 2 * MINUTE)
    assert (room.wait, room.without) == (None, ("mei",))
    assert room.clock == Clock(NOW + 27 * MINUTE)


def test_before_the_start_nobody_is_waited_for() -> None:
    """There is no clock yet, and people come and go."""
    assert without(a_room(), "fay", "gil", "mei").wait is None


def test_a_response_has_no_floor_of_a_presenter_who_is_away() -> None:
    """Otherwise nobody would be heard. A presenter who returns can be given the floor. In a phase
    that is the presenter's alone they hold it even while away."""
    room = without(a_room("reflection"), "mei", now=NOW + MINUTE)
    room = decide(room, c.GoOn("mei"), "fay", NOW + MINUTE)
    room = decide(room, c.Advance("reflection"), "fay", NOW + MINUTE)
    assert (room.phase, room.holder, room.wait) == ("response", None, None)
    assert "ann" in heard(room)
    room = without(room, now=NOW + 2 * MINUTE)
    assert outcome(room, c.GiveFloor("mei"), "fay") == "ok"
    call = without(a_room("call"), "mei", now=NOW + MINUTE)
    assert decide(call, c.Advance("call"), "fay", NOW + MINUTE).holder == "mei"


def test_one_person_is_invited_to_speak_and_may_say_not_now() -> None:
    """The invitation ends when they raise a hand, take the floor, speak, decline, or the phase
    ends."""
    room = decide(a_room("reflection"), c.Invite("ann"), "fay", NOW)
    assert the_seat(room, "ann").invited
    assert outcome(room, c.Invite("ann"), "gil") == "stale"
    assert outcome(room, c.NotNow(), "ben") == "stale"
    for command, actor in (
        (c.NotNow(), "ann"),
        (c.RaiseHand(), "ann"),
        (c.Unmute(), "ann"),
        (c.Spoke(5_000), "ann"),
        (c.GiveFloor("ann"), "fay"),
        (c.Advance("reflection"), "fay"),
    ):
        assert not the_seat(decide(room, command, actor, NOW), "ann").invited


def test_whoever_sits_back_again_is_not_invited_any_longer() -> None:
    """The question would stand before the button of their sign."""
    room = decide(a_room("reflection"), c.Recall(), "fay", NOW)
    room = decide(room, c.Invite("mei"), "fay", NOW)
    assert not the_seat(decide(room, c.Recall(on=False), "fay", NOW), "mei").invited


def test_nobody_is_invited_who_could_not_speak() -> None:
    """The presenter who sits back, observers, and the holder of the floor are not invited."""
    room = decide(a_room("reflection"), c.GiveFloor("ann"), "fay", NOW)
    for seat in ("mei", "olu", "ann", "gil"):
        assert outcome(room, c.Invite(seat), "fay") == "not_now"
    assert outcome(a_room("presentation"), c.Invite("ann"), "fay") == "not_now"
