"""People who were removed or declined, and knock again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.arrival import comes_in_later
from server.room.door import is_let_in_together
from server.room.due import AWAY_KEEPS_PLACE_MS
from server.room.lobby import MAX_PUT_OUT, MAX_WAITING
from server.room.rules import decide
from server.room.state import WAITING, Door, PutOut, Room, decode, encode
from tests.support.at_door import (
    FACILITATOR,
    GUEST,
    MEMBER,
    a_door,
    a_stranger,
    knocks_again,
    lobby_of,
    nobody_leads,
    opens_the_lobby,
    put_out,
    somebody_known,
    where,
    with_strangers,
)
from tests.support.factories import NOW, a_room, outcome


@pytest.mark.parametrize("how", PutOut)
def test_who_was_put_out_and_knocks_again_is_marked(how: PutOut) -> None:
    """The mark stays until they are let in by name; admitting all skips them."""
    room = with_strangers(put_out(a_door(), how), "dan")
    room = knocks_again(room)
    assert {seat.id: seat.put_out for seat in room.lobby} == {"dan": None, "eve": how}
    assert [seat.id for seat in room.lobby if is_let_in_together(seat)] == ["dan"]
    several = decide(room, c.Admit(seats=("dan", "eve")), "fay", NOW)
    assert lobby_of(several) == ["eve"]
    assert outcome(several, c.Admit(seats=("eve",)), "fay") == "stale"
    alone = decide(several, c.Admit("eve"), "fay", NOW)
    assert (alone.seats[-1].id, alone.seats[-1].put_out) == ("eve", None)


@pytest.mark.parametrize("how", PutOut)
@pytest.mark.parametrize("phase", [WAITING, "presentation", "questions"])
def test_who_was_put_out_is_let_in_by_somebody_whatever_the_door_does(
    how: PutOut, phase: str
) -> None:
    """Neither an open lobby nor the next phase admits them."""
    room = replace(put_out(a_door(), how), door=Door(lobby=False))
    room = knocks_again(replace(room, phase=phase))
    assert lobby_of(room) == ["eve"]
    assert not comes_in_later(room, room.lobby[0])


@pytest.mark.parametrize("how", PutOut)
@pytest.mark.parametrize("change", [opens_the_lobby, nobody_leads])
@pytest.mark.parametrize("waits", [False, True])
def test_who_was_put_out_does_not_come_in_by_the_facilitators_link(
    how: PutOut, change: Callable[[Room], Room], waits: bool
) -> None:
    """Anybody else would lead at once. The mark also holds in the lobby."""
    room = put_out(a_door(), how)
    room = change(knocks_again(room) if waits else room)
    former = "" if waits else "eva"
    room = decide(room, c.Enter("eve", "Eve", GUEST, FACILITATOR, former=former), None, NOW)
    assert [(s.id, s.put_out, s.by_facilitator_link) for s in room.lobby] == [("eve", how, True)]
    assert not any(is_let_in_together(seat) for seat in room.lobby)
    assert where(room, a_stranger("lea", FACILITATOR)) == "in"
    admitted = decide(room, c.Admit("eve"), "fay", NOW)
    assert (admitted.lobby, admitted.seats[-1].role) == ((), FACILITATOR)


def test_a_member_who_was_declined_leads_only_once_they_are_let_in_by_name() -> None:
    """The circle knows them as a member. Anybody else would be seated, or lead an unled room."""
    by_link = c.Enter("dan", "Dan", MEMBER, FACILITATOR)
    assert decide(nobody_leads(a_door()), by_link, None, NOW).seats[-1].role is FACILITATOR
    room = decide(a_door(knows=False), somebody_known(), None, NOW)
    room = decide(decide(room, c.Decline("dan"), "fay", NOW), by_link, None, NOW)
    assert [(s.role, s.put_out) for s in room.lobby] == [(MEMBER, PutOut.DECLINED)]
    assert decide(room, c.Admit("dan"), "fay", NOW).seats[-1].role is FACILITATOR


def test_a_member_who_holds_the_room_makes_nobody_a_facilitator() -> None:
    """A removed person who asks to lead while all facilitators are away comes in as a member.
    The stand-in is not shown that they were removed."""
    room = nobody_leads(put_out(a_door("questions"), PutOut.REMOVED))
    assert room.wait is not None
    room = decide(decide(room, c.FallDue(), None, room.wait.until), c.HoldRoom(), "ann", NOW)
    room = decide(room, c.Enter("eve", "Eve", GUEST, FACILITATOR, former="eva"), None, NOW)
    assert lobby_of(room) == ["eve"]
    assert decide(room, c.Admit("eve"), "ann", NOW).seats[-1].role is MEMBER


def test_somebody_who_was_removed_and_let_in_by_a_stand_in_does_not_lead_by_the_link() -> None:
    """They open the link once more from their chair; a facilitator decides later."""
    by_link = c.Enter("eve", "Eve", GUEST, FACILITATOR, former="eva")
    room = nobody_leads(put_out(a_door("questions"), PutOut.REMOVED))
    assert room.wait is not None
    room = decide(decide(room, c.FallDue(), None, room.wait.until), c.HoldRoom(), "ann", NOW)
    room = decide(decide(room, by_link, None, NOW), c.Admit("eve"), "ann", NOW)
    again = c.Enter("eve", "Eve", MEMBER, FACILITATOR)
    room = decide(room, again, None, NOW)
    assert (room.seats[-1].role, room.seats[-1].by_facilitator_link) == (MEMBER, True)
    assert outcome(room, again, None) == "stale"


def test_a_member_who_was_declined_is_marked_when_they_come_by_their_cookie() -> None:
    """The circle still knows them by their former seat."""
    room = decide(a_door(knows=False), somebody_known(), None, NOW)
    room = decide(decide(room, c.Decline("dan"), "fay", NOW), c.SetDoor(knows=True), "fay", NOW)
    room = decide(room, somebody_known(), None, NOW)
    assert [seat.put_out for seat in room.lobby] == [PutOut.DECLINED]


@pytest.mark.parametrize("how", PutOut)
@pytest.mark.parametrize("leaves", ["declined", "away for a minute", "the links were renewed"])
def test_a_mark_outlasts_the_place_in_the_lobby(how: PutOut, leaves: str) -> None:
    """It holds for every way of leaving the lobby, and for each of their seats."""
    room = knocks_again(put_out(a_door(), how))
    if leaves == "declined":
        room = decide(room, c.Decline("eve"), "fay", NOW)
    elif leaves == "the links were renewed":
        room = decide(room, c.RenewLinks(), "fay", NOW)
    else:
        here = frozenset(seat.id for seat in room.seats)
        room = decide(room, c.NotePresence(here), None, NOW)
        room = decide(room, c.FallDue(), None, NOW + AWAY_KEEPS_PLACE_MS)
    assert room.lobby == ()
    assert knocks_again(room, "evi", "eve").lobby[0].put_out is how
    assert knocks_again(room, "eve", "").lobby[0].put_out is how


def test_a_browser_without_the_cookie_is_nobody_we_know() -> None:
    """The room recognises people only by their cookie; an invented seat gets no mark."""
    room = put_out(a_door(), PutOut.REMOVED)
    for former in ("", "made-up"):
        assert knocks_again(room, former=former).lobby[0].put_out is None


def test_a_name_that_is_mended_takes_no_mark_away() -> None:
    """The form is sent again while they wait."""
    room = knocks_again(put_out(a_door(), PutOut.DECLINED))
    room = decide(room, c.Enter("eve", "Eva", GUEST), None, NOW)
    assert [(seat.name, seat.put_out) for seat in room.lobby] == [("Eva", PutOut.DECLINED)]


def test_what_a_stand_in_declines_leaves_no_mark() -> None:
    """A stand-in's decisions at the door are temporary, except removals; earlier marks stay."""
    room = a_room("questions", door=Door())
    led = (replace(s, away_since=NOW) if s.role is FACILITATOR else s for s in room.seats)
    room = replace(room, seats=tuple(led), stand_in="ann")
    room = knocks_again(put_out(with_strangers(room, "dan", "ned"), PutOut.REMOVED))
    room = decide(room, c.Decline("dan"), "ann", NOW)
    room = decide(room, c.Decline(seats=("ned", "eve")), "ann", NOW)
    assert (room.lobby, room.put_out) == ((), (("eva", PutOut.REMOVED),))
    room = decide(knocks_again(room, "evi", "eve"), c.Remove("ben"), "ann", NOW)
    assert room.lobby[0].put_out is PutOut.REMOVED
    assert room.put_out[-1] == ("ben", PutOut.REMOVED)


def test_those_who_were_put_out_are_remembered_within_bounds_until_the_session_ends() -> None:
    """The newest are kept."""
    room = a_door()
    for number in range(MAX_PUT_OUT + 2):
        room = put_out(room, PutOut.DECLINED, f"g{number}")
    assert [seat for seat, _ in room.put_out] == [f"g{n}" for n in range(2, MAX_PUT_OUT + 2)]
    assert decode(encode(room)) == room
    assert decide(room, c.End(), "fay", NOW).put_out == ()


def test_strangers_who_are_declined_take_no_mark_from_people_who_were_removed() -> None:
    """Twice a full lobby is declined; a removal still replaces a declined guest's oldest mark."""
    room = put_out(a_door(), PutOut.REMOVED)
    for visit in range(3):
        crowd = tuple(f"g{visit}-{number}" for number in range(MAX_WAITING))
        room = decide(with_strangers(room, *crowd), c.Decline(seats=crowd), "fay", NOW)
    assert room.put_out[0] == ("eva", PutOut.REMOVED)
    assert len(room.put_out) == MAX_PUT_OUT
    assert knocks_again(room).lobby[0].put_out is PutOut.REMOVED
    room = put_out(room, PutOut.REMOVED, "ida")
    assert len(room.put_out) == MAX_PUT_OUT
    assert room.put_out[0] == ("eva", PutOut.REMOVED)
    assert room.put_out[-1] == ("ida", PutOut.REMOVED)


def test_where_all_marks_are_of_people_who_were_removed_the_oldest_goes() -> None:
    """A declined guest is not marked then."""
    room = a_door()
    for number in range(MAX_PUT_OUT + 1):
        room = put_out(room, PutOut.REMOVED, f"g{number}")
    assert [seat for seat, _ in room.put_out] == [f"g{n}" for n in range(1, MAX_PUT_OUT + 1)]
    assert put_out(room, PutOut.DECLINED).put_out == room.put_out


@pytest.mark.parametrize("leaves", ["declined", "away for a minute"])
def test_one_person_who_knocks_again_and_again_takes_no_mark_from_others(leaves: str) -> None:
    """One revoked cookie sends the form three times as often as the lobby has places."""
    room = put_out(put_out(a_door(), PutOut.REMOVED), PutOut.REMOVED, "dan")
    for visit in range(3):
        copies = tuple(f"d{visit}-{number}" for number in range(MAX_WAITING))
        for copy in copies:
            room = knocks_again(room, copy, "dan")
        assert {seat.put_out for seat in room.lobby} == {PutOut.REMOVED}
        if leaves == "declined":
            room = decide(room, c.Decline(seats=copies), "fay", NOW)
        else:
            here = frozenset(seat.id for seat in room.seats)
            room = decide(room, c.NotePresence(here), None, NOW)
            room = decide(room, c.FallDue(), None, NOW + AWAY_KEEPS_PLACE_MS)
        assert room.lobby == ()
        for seat, former in (("eve", "eva"), ("evi", "dan"), (copies[-1], "")):
            assert knocks_again(room, seat, former).lobby[0].put_out is PutOut.REMOVED


def test_who_comes_again_and_is_removed_again_has_one_mark() -> None:
    """The stronger mark is kept for whichever of their seats they use."""
    room = knocks_again(put_out(a_door(), PutOut.DECLINED))
    room = decide(decide(room, c.Admit("eve"), "fay", NOW), c.Remove("eve"), "fay", NOW)
    assert room.put_out == (("eva", PutOut.REMOVED),)
    room = decide(knocks_again(room, "evi", "eve"), c.Decline("evi"), "fay", NOW)
    assert room.put_out == (("eva", PutOut.REMOVED),)
    assert decode(encode(room)) == room
    assert knocks_again(room, "eva", "").lobby[0].put_out is PutOut.REMOVED
    assert knocks_again(room, "emi", "evi").lobby[0].put_out is PutOut.REMOVED
    assert decide(room, c.End(), "fay", NOW).came_again == ()


def test_marks_that_an_earlier_release_has_stored_are_good() -> None:
    """It marked each seat by which somebody came again, without linking the seats."""
    room = put_out(put_out(a_door(), PutOut.REMOVED), PutOut.REMOVED, "eve")
    held = encode(knocks_again(room, "evi", "eve")).replace(b',"came_again":[["evi","eve"]]', b"")
    room = decide(decode(held), c.Decline("evi"), "fay", NOW)
    for seat, former in (("a", "eva"), ("b", "eve"), ("c", "evi")):
        assert knocks_again(room, seat, former).lobby[0].put_out is not None
