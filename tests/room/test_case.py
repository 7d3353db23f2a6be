"""The case: offers, the request to present, and when each person last presented."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.formats.plan import OWN
from server.room.rotation import may_present
from server.room.rules import decide
from server.room.state import Role, Room
from tests.support.factories import NOW, a_room, asked_and_seated, outcome, refusal


def offers(room: Room) -> list[str]:
    """The people who have offered a case."""
    return [seat.id for seat in room.seats if seat.offers_case]


def test_only_a_member_is_asked_to_present() -> None:
    """Facilitators are always heard and observers never: neither can sit back."""
    room = a_room("call", presenter=None)
    assert outcome(room, c.SeatPresenter("gil"), "fay") == "not_now"
    assert outcome(room, c.SeatPresenter("olu"), "fay") == "not_now"
    assert outcome(room, c.SeatPresenter("nobody"), "fay") == "unknown_seat"
    assert outcome(room, c.SeatPresenter(""), "fay") == "stale"


def test_nobody_presents_before_they_said_yes() -> None:
    """Only the person who was asked can accept."""
    room = decide(a_room("call", presenter=None), c.SeatPresenter("ann"), "fay", NOW)
    assert (room.asked, room.presenter) == ("ann", None)
    assert outcome(room, c.SeatPresenter("ann"), "gil") == "stale"
    assert outcome(room, c.Present(yes=True), "ben") == "not_now"
    room = decide(room, c.Present(yes=True), "ann", NOW)
    assert (room.asked, room.presenter) == (None, "ann")
    assert outcome(room, c.Present(yes=True), "ann") == "not_now"


def test_who_would_rather_not_is_no_presenter_and_facilitators_see_it() -> None:
    """Declining withdraws their offer; they may be asked, or offer, again."""
    room = decide(a_room("call", presenter=None), c.OfferCase(), "ann", NOW)
    room = decide(room, c.SeatPresenter("ann"), "fay", NOW)
    room = decide(room, c.Present(yes=False), "ann", NOW)
    ann = room.seat("ann")
    assert (room.asked, room.presenter, offers(room)) == (None, None, [])
    assert ann is not None
    assert ann.not_today
    room = decide(room, c.OfferCase(), "ann", NOW)
    assert offers(room) == ["ann"]


def test_another_is_asked_and_the_first_question_is_gone() -> None:
    """One request is open at a time, and it can be withdrawn."""
    room = decide(a_room("call", presenter=None), c.SeatPresenter("ann"), "fay", NOW)
    room = decide(room, c.SeatPresenter("ben"), "fay", NOW)
    assert outcome(room, c.Present(yes=True), "ann") == "not_now"
    room = decide(room, c.SeatPresenter(""), "gil", NOW)
    assert outcome(room, c.Present(yes=True), "ben") == "not_now"


@pytest.mark.parametrize("command", [c.Remove("ann"), c.MakeObserver("ann")])
def test_a_question_ends_with_the_member(command: c.Command) -> None:
    """A person who was removed, or who only observes, is asked nothing."""
    room = decide(a_room("call", presenter=None), c.SeatPresenter("ann"), "fay", NOW)
    assert decide(room, command, "fay", NOW).asked is None


def test_an_offer_of_a_case_is_made_taken_back_and_ends_with_the_choice() -> None:
    """Offers are open until somebody presents."""
    room = decide(a_room("call", presenter=None), c.OfferCase(), "ann", NOW)
    assert outcome(room, c.OfferCase(), "ann") == "stale"
    assert offers(decide(room, c.WithdrawCase(), "ann", NOW)) == []
    assert offers(asked_and_seated(room, "ann")) == []


def test_when_somebody_presented_is_remembered_as_their_telling_ends() -> None:
    """It is recorded once, with the time when the phase ended; nobody else's time changes."""
    room = decide(a_room("presentation"), c.Advance("presentation"), "fay", NOW + 5)
    assert [s.presented_at for s in room.seats if s.id == "mei"] == [NOW + 5]
    assert not any(s.presented_at for s in room.seats if s.id != "mei")
    room = decide(room, c.Advance("questions"), "fay", NOW + 9)
    assert [s.presented_at for s in room.seats if s.id == "mei"] == [NOW + 5]


def test_what_the_circle_knows_of_a_person_comes_in_with_them() -> None:
    """Facilitators see who presented least recently."""
    room = decide(a_room(), c.Enter("dan", "Dan", Role.MEMBER, presented_at=7), None, NOW)
    assert room.seats[-1].presented_at == 7


def test_a_second_case_begins_with_a_new_call() -> None:
    """The first presenter is cleared. A step back from their presentation keeps them."""
    room = decide(a_room("response"), c.Go("call", "response"), "fay", NOW)
    assert room.presenter is None
    assert outcome(room, c.OfferCase(), "ann") == "ok"
    back = decide(a_room("presentation"), c.Back("presentation"), "fay", NOW)
    assert (back.phase, back.presenter) == ("call", "mei")


def test_a_format_without_a_case_asks_for_none() -> None:
    """Nobody can offer one or be asked. A format of one's own may tell a case in open talk."""
    room = a_room("talk", format="conversation-60", presenter=None)
    own = replace(room, own_plan=replace(room.plan, key=OWN))
    assert may_present(own, own.seats[1])
    assert not any(may_present(room, seat) for seat in room.seats)
    for command, actor in ((c.OfferCase(), "ann"), (c.SeatPresenter("ann"), "fay")):
        assert refusal(room, command, actor).reason.id == "no_case_in_format"
