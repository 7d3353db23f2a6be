"""The people of a room: arrivals, roles, the presenter, being away, and deadlines."""

from __future__ import annotations

import pytest

from server.room import commands as c
from server.room.due import KEPT_AFTER_END_MS, next_due
from server.room.hearing import may_take_floor
from server.room.rules import decide
from server.room.state import ENDED, Role, Room
from server.room.turns import AWAY_KEEPS_TURN_MS
from server.views.refusals import sentence
from tests.support.factories import NOW, a_room, asked_and_seated, idle_until, outcome, refusal

MEMBER, FACILITATOR, OBSERVER = Role.MEMBER, Role.FACILITATOR, Role.OBSERVER


def role(room: Room, seat_id: str) -> Role:
    """The role of this seat."""
    seat = room.seat(seat_id)
    assert seat is not None
    return seat.role


def everybody_but(room: Room, *ids: str) -> c.NotePresence:
    """A report that everybody except these people is here."""
    return c.NotePresence(frozenset(seat.id for seat in room.seats) - set(ids))


def test_a_newcomer_gets_a_seat_at_the_end() -> None:
    """Seats are in order of arrival, even in the middle of a session."""
    room = decide(a_room("reflection"), c.Enter("dan", "Dan", MEMBER), None, NOW)
    assert room.seats[-1].name == "Dan"


def test_who_comes_back_keeps_the_seat_and_may_come_with_another_name() -> None:
    """No second seat is made for them."""
    room = decide(a_room(), c.Enter("ann", "Anna", MEMBER), None, NOW)
    assert [s.id for s in room.seats] == [s.id for s in a_room().seats]
    assert room.seats[1].name == "Anna"
    assert outcome(room, c.Enter("ann", "Anna", MEMBER), None) == "stale"


def test_a_member_who_comes_by_the_facilitators_link_becomes_one() -> None:
    """A presenter stays a member, since a facilitator may always be heard."""
    by_link = c.Enter("ann", "Ann", FACILITATOR, invited=FACILITATOR)
    assert role(decide(a_room(), by_link, None, NOW), "ann") is FACILITATOR
    mei = c.Enter("mei", "Mei", FACILITATOR, invited=FACILITATOR)
    assert outcome(a_room(), mei, None) == "not_now"


def test_a_cookie_raises_nobody() -> None:
    """It carries an earlier role, and the room may have a newer one."""
    room = decide(a_room(), c.Enter("ann", "Anna", FACILITATOR), None, NOW)
    assert role(room, "ann") is MEMBER


def test_twelve_chairs_and_twenty_observers_are_all() -> None:
    """The next person reads a sentence."""
    room = a_room()
    for number in range(6):
        room = decide(room, c.Enter(f"m{number}", f"M{number}", MEMBER), None, NOW)
    refused = refusal(room, c.Enter("late", "Late", MEMBER), None)
    assert (refused.code, sentence(refused)) == ("full", "All 12 chairs are taken.")
    assert outcome(room, c.MakeMember("olu"), "fay") == "full"
    for number in range(19):
        room = decide(room, c.Enter(f"o{number}", f"O{number}", OBSERVER), None, NOW)
    assert outcome(room, c.Enter("late", "Late", OBSERVER), None) == "full"
    assert outcome(room, c.MakeObserver("ann"), "fay") == "full"


def test_the_last_facilitator_cannot_step_down_or_be_removed() -> None:
    """A room always has a facilitator."""
    room = decide(a_room(), c.Remove("gil"), "fay", NOW)
    for command in (c.MakeMember("fay"), c.MakeObserver("fay"), c.Remove("fay")):
        assert outcome(room, command, "fay") == "not_now"


def test_two_facilitators_who_answer_at_once_do_not_undo_each_other() -> None:
    """One accepts and the other declines; the second answer names a role that is out of date."""
    room = decide(a_room(), c.MakeFacilitator("ann", MEMBER), "fay", NOW)
    for stale in (c.MakeMember("ann", MEMBER), c.MakeObserver("ann", MEMBER)):
        refused = refusal(room, stale, "gil")
        assert (refused.code, "has just become a facilitator" in sentence(refused)) == (
            "stale",
            True,
        )
    assert room.facilitator_links == 0
    assert outcome(room, c.MakeMember("ann", FACILITATOR), "gil") == "ok"
    assert outcome(room, c.MakeMember("ann"), "gil") == "ok"


@pytest.mark.parametrize("command", [c.MakeFacilitator("mei"), c.MakeObserver("mei")])
def test_the_presenter_stays_a_member(command: c.Command) -> None:
    """Another presenter has to be seated first."""
    assert outcome(a_room("reflection"), command, "fay") == "not_now"


def test_a_new_presenter_in_the_reflection_sits_back_at_once() -> None:
    """They lose the floor and their raised hand."""
    room = a_room("reflection")
    room = decide(room, c.GiveFloor("ann"), "fay", NOW)
    room = decide(room, c.RaiseHand(), "ben", NOW)
    assert asked_and_seated(room, "ann").holder is None
    assert asked_and_seated(room, "ben").hands == ()


def test_an_observer_loses_hand_and_floor() -> None:
    """An observer makes no requests; in a round the turn moves on."""
    room = decide(a_room("questions"), c.RaiseHand(), "ann", NOW)
    assert decide(room, c.MakeObserver("ann"), "fay", NOW).hands == ()
    room = decide(a_room("arrival"), c.Yield(), "fay", NOW)
    assert decide(room, c.MakeObserver("ann"), "fay", NOW).holder == "ben"


def test_a_removed_person_is_out_of_everything() -> None:
    """Their seat, hand, floor and case are free."""
    room = decide(a_room("presentation"), c.Remove("mei"), "fay", NOW)
    assert room.seat("mei") is None
    assert (room.presenter, room.holder) == (None, None)


def test_who_is_away_is_noted_once_and_comes_back() -> None:
    """Several processes may report the same presence: the repetition is stale."""
    room = a_room("reflection")
    gone = decide(room, everybody_but(room, "ann"), None, NOW)
    assert gone.seats[1].away_since == NOW
    assert outcome(gone, everybody_but(room, "ann"), None) == "stale"
    assert decide(gone, everybody_but(room), None, NOW).seats[1].away_since is None


def test_a_hand_is_kept_for_two_minutes() -> None:
    """After that the place in the order is lost."""
    room = decide(a_room("questions"), c.RaiseHand(), "ann", NOW)
    room = decide(room, everybody_but(room, "ann"), None, NOW)
    due = next_due(room)
    assert due == NOW + AWAY_KEEPS_TURN_MS
    assert outcome(room, c.FallDue(), None, due - 1) == "stale"
    room = decide(room, c.FallDue(), None, due)
    assert room.hands == ()
    assert next_due(room) == idle_until(room)


def test_the_floor_of_somebody_away_goes_on_after_two_minutes() -> None:
    """In a round it goes to the next seat."""
    room = decide(a_room("arrival"), c.Yield(), "fay", NOW)
    room = decide(room, everybody_but(room, "ann"), None, NOW)
    assert decide(room, c.FallDue(), None, NOW + AWAY_KEEPS_TURN_MS).holder == "ben"


def test_what_falls_due_is_the_earliest_of_all() -> None:
    """Candidates are the end of a silence, a kept turn, and the forgetting of an ended room."""
    assert next_due(a_room("reflection")) is None
    room = decide(a_room("reflection"), c.Silence(5), "fay", NOW)
    assert next_due(room) == NOW + 5_000
    assert next_due(decide(room, c.End(), "fay", NOW)) == NOW + KEPT_AFTER_END_MS


def test_whoever_is_back_in_time_keeps_the_place_in_the_hands() -> None:
    """When they drop out again, the two minutes restart."""
    room = decide(a_room("questions"), c.RaiseHand(), "ann", NOW)
    room = decide(room, c.RaiseHand(), "ben", NOW)
    room = decide(room, everybody_but(room, "ann"), None, NOW)
    room = decide(room, everybody_but(room), None, NOW + AWAY_KEEPS_TURN_MS - 1)
    assert (room.hands, next_due(room)) == (("ann", "ben"), idle_until(room))
    room = decide(room, everybody_but(room, "ann"), None, NOW + AWAY_KEEPS_TURN_MS)
    assert next_due(room) == NOW + 2 * AWAY_KEEPS_TURN_MS


def test_what_has_fallen_due_is_done_once() -> None:
    """Any process may claim a deadline: the second claim is stale."""
    room = decide(a_room("reflection"), c.Silence(5), "fay", NOW)
    room = decide(room, c.FallDue(), None, NOW + 5_000)
    assert room.silence_until is None
    assert outcome(room, c.FallDue(), None, NOW + 5_000) == "stale"


def test_several_things_fall_due_at_once() -> None:
    """One change does everything that is due, and later deadlines remain."""
    room = decide(a_room("questions"), c.RaiseHand(), "ann", NOW)
    room = decide(room, c.RaiseHand(), "ben", NOW)
    room = decide(room, c.GiveFloor("cem"), "fay", NOW)
    room = decide(room, everybody_but(room, "ann", "cem"), None, NOW)
    room = decide(room, everybody_but(room, "ann", "ben", "cem"), None, NOW + 60_000)
    room = decide(room, c.Silence(100), "fay", NOW + 1)
    room = decide(room, c.FallDue(), None, NOW + AWAY_KEEPS_TURN_MS)
    assert (room.silence_until, room.holder, room.hands) == (None, None, ("ben",))
    assert next_due(room) == NOW + 60_000 + AWAY_KEEPS_TURN_MS


def test_after_the_end_nobody_comes_in_and_nobody_is_noted_away() -> None:
    """An ended room no longer changes."""
    room = a_room(ENDED)
    assert outcome(room, c.Enter("dan", "Dan", MEMBER), None) == "not_now"
    assert outcome(room, c.Enter("ann", "Anna", MEMBER), None) == "not_now"
    assert outcome(room, everybody_but(room, "ann"), None) == "stale"
    assert outcome(room, c.FallDue(), None, NOW + KEPT_AFTER_END_MS) == "stale"


def test_the_case_goes_from_one_presenter_to_another_and_to_nobody() -> None:
    """Repeating it is stale; being brought back in does not carry over to a new presenter."""
    room = decide(a_room("reflection"), c.Recall(), "fay", NOW)
    room = asked_and_seated(room, "ann")
    assert (room.presenter, room.recalled) == ("ann", False)
    assert outcome(room, c.SeatPresenter("ann"), "gil") == "stale"
    assert decide(room, c.SeatPresenter(""), "fay", NOW).presenter is None


def test_a_facilitator_with_the_floor_in_a_presentation_loses_it_with_the_role() -> None:
    """A member may not be heard in that phase, and so may not hold the floor."""
    room = decide(a_room("presentation"), c.GiveFloor("gil"), "fay", NOW)
    room = decide(room, c.MakeMember("gil"), "fay", NOW)
    assert room.holder is None


@pytest.mark.parametrize("following", ["ann", ""])
def test_the_hand_of_a_former_presenter_goes_down_in_a_presentation(following: str) -> None:
    """Otherwise the floor would go to somebody who may not be heard."""
    room = decide(a_room("presentation"), c.ClearFloor(), "fay", NOW)
    room = decide(room, c.RaiseHand(), "mei", NOW)
    if following:
        room = asked_and_seated(room, following)
    else:
        room = decide(room, c.SeatPresenter(""), "fay", NOW)
    assert room.hands == ()


def test_who_is_seated_as_presenter_during_the_presentation_has_the_floor() -> None:
    """The presenter holds the floor in this phase, even when seated late."""
    room = asked_and_seated(a_room("presentation", presenter=None), "ann")
    assert room.holder == "ann"
    room = asked_and_seated(a_room("presentation"), "ann")
    assert room.holder == "ann"


def test_a_round_goes_on_when_the_presenter_changes_or_goes() -> None:
    """The case does not affect whose turn it is."""
    room = a_room("arrival")
    while room.holder != "mei":
        room = decide(room, c.Yield(), room.holder, NOW)
    assert asked_and_seated(room, "ann").holder == "mei"
    assert decide(room, c.Remove("mei"), "fay", NOW).holder == "cem"


@pytest.mark.parametrize("command", [c.MakeObserver("ann"), c.Remove("ann")])
def test_the_floor_of_whoever_leaves_goes_to_the_next_hand(command: c.Command) -> None:
    """Their own hand goes down, and the other hands keep their order."""
    room = decide(a_room("questions"), c.GiveFloor("ann"), "fay", NOW)
    for seat_id in ("ben", "cem"):
        room = decide(room, c.RaiseHand(), seat_id, NOW)
    room = decide(room, command, "fay", NOW)
    assert (room.holder, room.hands) == ("ben", ("cem",))


def test_a_member_who_becomes_a_facilitator_asks_no_longer_and_keeps_the_floor() -> None:
    """Facilitators speak when they like, so they have no hands."""
    room = decide(a_room("questions"), c.GiveFloor("ann"), "fay", NOW)
    room = decide(room, c.RaiseHand(), "ben", NOW)
    for seat_id in ("ann", "ben"):
        room = decide(room, c.MakeFacilitator(seat_id), "fay", NOW)
    assert (room.holder, room.hands) == ("ann", ())
    ann = room.seat("ann")
    assert ann
    assert may_take_floor(room, ann)
