"""Two circles: who sits in which, and how many chairs each has."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.attention.table import attention
from server.room.hearing import may_be_seen
from server.room.rules import decide
from server.room.state import Role, Room
from server.room.two_circles import MAX_OUTER
from server.views.language import ENGLISH
from server.views.refusals import sentence
from server.views.turn import my_turn
from server.views.words import chair_words
from tests.support.factories import MOMENTS, NOW, a_room, a_seat, outcome, refusal, two_circles

IN, OUT = c.OuterCircle("cem", on=False), c.OuterCircle("ann", on=True)


def full() -> Room:
    """A room with twelve people in the inner circle and one in the outer."""
    room = two_circles("arrival")
    for number in range(7):
        room = decide(room, c.Enter(f"m{number}", f"M{number}", Role.MEMBER), None, NOW)
    return room


def outer(room: Room) -> list[str]:
    """The people in the outer circle."""
    return [seat.id for seat in room.seats if seat.outer]


@pytest.mark.parametrize("actor", ["fay", "gil"])
def test_a_facilitator_asks_people_in_and_out(actor: str) -> None:
    """It works in every phase; repeating it is stale."""
    room = two_circles()
    assert outer(decide(room, OUT, actor, NOW)) == ["ann", "cem"]
    assert outer(decide(room, IN, actor, NOW)) == []
    assert outcome(room, c.OuterCircle("cem", on=True), actor) == "stale"
    assert outcome(room, c.OuterCircle("nobody", on=True), actor) == "unknown_seat"


@pytest.mark.parametrize("actor", ["ann", "cem", "mei", "olu"])
def test_nobody_else_does(actor: str) -> None:
    """Only people who lead decide where others sit."""
    assert outcome(two_circles("reflection"), OUT, actor) == "not_allowed"


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_format_with_one_circle_has_no_outer_one(moment: str) -> None:
    """This holds in every phase."""
    assert outcome(a_room(moment), OUT, "fay") == "not_now"


@pytest.mark.parametrize("seat", ["mei", "gil", "olu"])
def test_presenter_facilitators_and_observers_have_their_own_places(seat: str) -> None:
    """Only members who do not present sit in the outer circle."""
    assert outcome(two_circles("reflection"), c.OuterCircle(seat, on=True), "fay") == "not_now"


def test_whoever_sits_outside_does_not_present() -> None:
    """They have to be asked in first."""
    refused = refusal(two_circles("call"), c.SeatPresenter("cem"), "fay")
    assert sentence(refused).startswith("Cem sits in the outer circle. ")


def test_the_thirteenth_sits_down_in_the_outer_circle() -> None:
    """One link admits more than twelve people; a facilitator would need a chair inside."""
    room = full()
    assert outer(room) == ["cem"]
    later = decide(room, c.Enter("late", "Late", Role.MEMBER), None, NOW)
    assert outer(later) == ["cem", "late"]
    assert outcome(room, c.Enter("lea", "Lea", Role.FACILITATOR), None) == "full"
    assert outcome(room, IN, "fay") == "full"
    assert outcome(room, c.MakeFacilitator("cem"), "fay") == "full"


def test_twelve_inside_and_twenty_outside_are_all() -> None:
    """The next person reads a sentence."""
    room = full()
    for number in range(MAX_OUTER - 1):
        room = decide(room, c.Enter(f"o{number}", f"O{number}", Role.MEMBER), None, NOW)
    refused = refusal(room, c.Enter("late", "Late", Role.MEMBER), None)
    assert refused.code == "full"
    assert sentence(refused) == "Both circles are full. 20 people already sit in the outer one."
    assert outcome(room, OUT, "fay") == "full"


def test_another_role_is_another_place() -> None:
    """A person who becomes a facilitator or an observer leaves the outer circle."""
    for command in (c.MakeFacilitator("cem"), c.MakeObserver("cem")):
        assert outer(decide(two_circles(), command, "fay", NOW)) == []


def test_the_floor_and_the_hand_stay_behind() -> None:
    """A person who moves out gives up the floor, since they would not be heard."""
    room = decide(two_circles("reflection"), c.GiveFloor("ann"), "fay", NOW)
    assert decide(room, OUT, "fay", NOW).holder is None
    room = decide(two_circles("reflection"), c.RaiseHand(), "ann", NOW)
    assert decide(room, OUT, "fay", NOW).hands == ()


def test_the_outer_circle_is_not_seen() -> None:
    """The outer circle has no chairs for video, and a camera does not come on again by itself."""
    room = decide(two_circles("arrival"), c.Camera(on=True), "ann", NOW)
    room = decide(room, OUT, "fay", NOW)
    refused = refusal(room, c.Camera(on=True), "ann")
    assert sentence(refused) == "Your camera stays off while you sit in the outer circle."
    room = decide(room, c.OuterCircle("ann", on=False), "fay", NOW)
    ann = room.seat("ann")
    assert ann is not None
    assert may_be_seen(room, ann)
    assert not ann.camera_on


def test_a_chair_says_that_it_stands_in_the_outer_circle() -> None:
    """Chairs describe their state in words."""
    room = two_circles()
    assert chair_words(ENGLISH, room, a_seat("cem", outer=True)) == "outer circle"


@pytest.mark.parametrize(
    ("phase", "seat", "sentence", "reason"),
    [
        ("reflection", "cem", "outer circle is asked in later", "when the outer circle is asked"),
        ("presentation", "cem", "asked in later", "when the outer circle is asked in"),
        ("presentation", "ann", "has the floor", "after the presentation"),
        ("questions", "cem", "asked in later", "when the outer circle is asked in"),
        ("outer", "ann", "The outer circle speaks", "after the outer circle"),
        ("outer", "cem", "unmute to speak", ""),
        ("outer", "mei", "while you sit back", ""),
    ],
)
def test_each_reads_whether_and_why_they_are_heard(
    phase: str, seat: str, sentence: str, reason: str
) -> None:
    """The outer circle cannot before it is asked in; the inner circle cannot meanwhile."""
    room = two_circles(phase)
    me = room.seat(seat)
    assert me is not None
    turn = my_turn(ENGLISH, room, me, attention(room, me))
    assert sentence in turn.sentence
    assert reason in turn.hand_reason
    if reason:
        assert outcome(two_circles(phase), c.RaiseHand(), seat) == "not_now"


@pytest.mark.parametrize("phase", ["response", "closing"])
def test_the_outer_circle_is_promised_no_floor_that_does_not_come(phase: str) -> None:
    """It has been asked in before, and is not again."""
    for room in (two_circles(phase), replace(two_circles(phase), floor=None)):
        me = room.seat("cem")
        assert me is not None
        turn = my_turn(ENGLISH, room, me, attention(room, me))
        assert (turn.hand, turn.hand_reason) == ("", "")
        assert turn.sentence == "Your microphone is off for now."
