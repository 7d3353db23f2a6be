"""The door: who is let in by facilitators, its settings, and how people leave the lobby."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.due import AWAY_KEEPS_PLACE_MS, next_due
from server.room.lobby import MAX_KNOWN_WAITING, MAX_LAPSED, MAX_WAITING
from server.room.people import MAX_OBSERVERS
from server.room.rules import decide
from server.room.state import Door, PutOut, Role, decode, encode
from server.views.refusals import sentence
from tests.support.at_door import (
    FACILITATOR,
    GUEST,
    MEMBER,
    a_door,
    a_stranger,
    knocks_again,
    lobby_of,
    put_out,
    somebody_known,
    where,
    with_strangers,
)
from tests.support.factories import NOW, a_room, a_seat, idle_until, outcome, refusal, said


def test_the_lobby_is_there_by_itself() -> None:
    """By default, nobody comes in by the member link unseen."""
    assert Door().lobby


def test_who_waits_is_let_in_by_a_facilitator_and_becomes_a_member() -> None:
    """They are admitted by name; the name may have been corrected meanwhile."""
    room = decide(a_door(), a_stranger(), None, NOW)
    room = decide(room, c.Enter("dan", "Daniel", GUEST), None, NOW)
    assert outcome(room, c.Enter("dan", "Daniel", GUEST), None) == "stale"
    assert outcome(room, c.Admit("dan"), "ann") == "not_allowed"
    room = decide(room, c.Admit("dan"), "fay", NOW)
    assert (room.seats[-1].name, room.seats[-1].role, room.lobby) == ("Daniel", MEMBER, ())
    assert outcome(room, c.Admit("dan"), "gil") == "unknown_seat"


def test_those_who_were_seen_at_the_door_are_let_in_at_once() -> None:
    """Newcomers stay at the door, and people who left meanwhile do not block the others."""
    room = with_strangers(a_door(), "dan", "eva", "flo", "ned")
    room = decide(room, c.Decline("eva"), "gil", NOW)
    room = decide(room, c.Admit(seats=("dan", "eva", "flo")), "fay", NOW)
    assert [seat.id for seat in room.seats[-2:]] == ["dan", "flo"]
    assert lobby_of(room) == ["ned"]
    assert outcome(room, c.Admit(seats=("dan", "eva", "flo")), "gil") == "stale"


def test_those_who_were_seen_at_the_door_are_declined_at_once() -> None:
    """It includes people who are away or who ask to lead. Newcomers still waiting stay."""
    room = with_strangers(a_door(), "dan", "eva", "ned")
    room = decide(room, a_stranger("lea", FACILITATOR), None, NOW)
    here = frozenset(seat.id for seat in (*room.seats, *room.lobby)) - {"eva"}
    room = decide(room, c.NotePresence(here), None, NOW)
    room = decide(room, c.Decline(seats=("dan", "eva", "lea", "gone")), "fay", NOW)
    assert lobby_of(room) == ["ned"]
    assert outcome(room, c.Decline(seats=("dan", "eva", "lea")), "gil") == "stale"


@pytest.mark.parametrize("kind", [c.Admit, c.Decline])
def test_who_names_nobody_has_seen_nobody(kind: type[c.Admit | c.Decline]) -> None:
    """Pages of an earlier release admitted everybody without names, newcomers included."""
    room = with_strangers(a_door(), "dan")
    assert outcome(room, kind(), "fay") == "stale"
    assert outcome(room, kind(seats=("",)), "fay") == "stale"
    everybody = MAX_WAITING + MAX_KNOWN_WAITING
    assert outcome(room, kind(seats=("x",) * everybody), "fay") == "stale"
    assert outcome(room, kind(seats=("x",) * (everybody + 1)), "fay") == "too_long"


def test_a_refusal_at_the_door_says_who_is_still_there() -> None:
    """It says that people have left only about those who did."""
    room = with_strangers(put_out(a_door(), PutOut.REMOVED), "dan")
    room = decide(knocks_again(room), a_stranger("dan", FACILITATOR), None, NOW)
    by_name = said(room, c.Admit(seats=("dan", "eve", "ned")), "fay")
    assert by_name == "Please press “Admit” next to each name."
    for kind in (c.Admit, c.Decline):
        assert said(room, kind(seats=("ned",)), "fay") == (
            "The people you saw are no longer at the door. Please check who is there now."
        )
        bare = said(room, kind(), "fay")
        assert bare == "Your page did not say who was at the door. Please press again."
        assert said(a_door(), kind(), "fay") == "Nobody is at the door."


@pytest.mark.parametrize("kind", [c.Admit, c.Decline])
def test_one_who_is_named_is_the_only_one(kind: type[c.Admit | c.Decline]) -> None:
    """A list in the same command is ignored."""
    room = decide(
        with_strangers(a_door(), "dan", "eva"), kind(seat="dan", seats=("dan", "eva")), "fay", NOW
    )
    assert lobby_of(room) == ["eva"]


def test_a_full_lobby_is_emptied_at_once() -> None:
    """The twenty-first person gets in."""
    crowd = tuple(f"g{number}" for number in range(MAX_WAITING))
    room = with_strangers(a_door(), *crowd)
    assert where(room, a_stranger()) == "refused"
    room = decide(room, c.Decline(seats=crowd), "fay", NOW)
    assert room.lobby == ()
    assert where(room, a_stranger()) == "waits"


def test_who_is_declined_waits_no_more() -> None:
    """They may knock again."""
    room = decide(a_door(), a_stranger(), None, NOW)
    room = decide(room, c.Decline("dan"), "fay", NOW)
    assert room.lobby == ()
    assert outcome(room, c.Decline("dan"), "gil") == "unknown_seat"
    assert where(room, a_stranger()) == "waits"


def test_nothing_may_be_done_from_the_lobby_and_nothing_is_told_of_the_room() -> None:
    """The refusal does not reveal the phase."""
    room = decide(a_door("reflection"), a_stranger(), None, NOW)
    refused = refusal(room, c.RaiseHand(), "dan")
    assert refused.code == "not_allowed"
    assert sentence(refused) == "Please wait until a facilitator lets you in."


def test_whoever_comes_by_the_facilitators_link_is_admitted_by_name() -> None:
    """This holds while somebody leads and can see the request; admitting all promotes nobody."""
    room = decide(a_door(), a_stranger(), None, NOW)
    room = decide(room, a_stranger(invited=FACILITATOR), None, NOW)
    room = decide(room, a_stranger("eva"), None, NOW)
    assert outcome(room, a_stranger(invited=FACILITATOR), None) == "stale"
    room = decide(room, c.Admit(seats=("dan", "eva")), "fay", NOW)
    assert [seat.id for seat in room.lobby] == ["dan"]
    assert outcome(room, c.Admit(seats=("dan",)), "fay") == "stale"
    room = decide(room, c.Admit("dan"), "fay", NOW)
    assert (room.lobby, room.seats[-1].role) == ((), FACILITATOR)
    assert not room.seats[-1].by_facilitator_link


def test_somebody_who_calls_themself_something_else_was_not_seen() -> None:
    """The same holds after another link was opened meanwhile. They may still be declined."""
    room = with_strangers(a_door(), "dan", "eva")
    seen = max(seat.knocked for seat in room.lobby)
    one, several = c.Admit("dan", seen=seen), c.Admit(seats=("dan", "eva"), seen=seen)
    for changed in (c.Enter("dan", "Professor Ng", GUEST), a_stranger("dan", FACILITATOR)):
        after = decide(room, changed, None, NOW)
        assert said(after, one, "fay").endswith("Please look again, then press again.")
        assert lobby_of(decide(after, several, "fay", NOW)) == ["dan"]
        assert outcome(after, c.Decline("dan"), "fay") == "ok"
        again = replace(one, seen=max(seat.knocked for seat in after.lobby))
        let_in = decide(after, again, "fay", NOW)
        assert (let_in.seats[-1].id, let_in.seats[-1].knocked) == ("dan", 0)
    alone = with_strangers(a_door(), "dan")
    admit = c.Admit(seats=("dan",), seen=alone.lobby[0].knocked)
    assert outcome(alone, admit, "fay") == "ok"
    assert outcome(decide(alone, c.Enter("dan", "Ng", GUEST), None, NOW), admit, "fay") == "stale"
    assert outcome(room, several, "fay") == "ok"


def test_somebody_who_comes_back_by_another_name_was_not_seen() -> None:
    """The seat is the same, since it comes from their cookie."""
    room = with_strangers(a_door(), "dan")
    seen = room.lobby[0].knocked
    here = frozenset(seat.id for seat in room.seats)
    room = decide(room, c.NotePresence(here), None, NOW)
    room = decide(room, c.FallDue(), None, NOW + AWAY_KEEPS_PLACE_MS)
    room = decide(room, c.Enter("dan", "Professor Ng", GUEST), None, NOW)
    assert outcome(room, c.Admit("dan", seen=seen), "fay") == "stale"


def test_a_locked_room_lets_back_in_but_nobody_new() -> None:
    """The lock stops strangers; a reload comes back in."""
    room = decide(a_room(), c.Lock(on=True), "fay", NOW)
    assert where(room, a_stranger()) == "refused"
    assert outcome(room, c.Enter("ann", "Anna", MEMBER), None) == "ok"
    assert outcome(room, c.Lock(on=True), "gil") == "stale"


@pytest.mark.parametrize("setting", [True, False])
def test_the_room_locks_itself_as_the_case_begins(setting: bool) -> None:
    """The circle chooses this; a facilitator may unlock the room, or lock it for good."""
    room = a_door("call", locks_with_case=setting)
    room = decide(room, c.Advance("call"), "fay", NOW)
    assert (room.locked, room.locked_by_case) == (False, setting)
    locked = decide(room, c.Lock(on=True), "fay", NOW)
    assert where(locked, a_stranger()) == "refused"
    assert outcome(locked, c.Lock(on=True), "gil") == "stale"
    unlocked = decide(locked, c.Lock(on=False), "fay", NOW)
    assert (unlocked.locked, unlocked.locked_by_case) == (False, False)
    assert outcome(unlocked, c.Lock(on=False), "gil") == "stale"
    assert outcome(room, c.Lock(on=False), "fay") == ("ok" if setting else "stale")


def test_a_lock_from_before_there_were_two_is_the_stricter_one() -> None:
    """A room stored by an earlier release says only that it is locked."""
    room = decode(encode(a_door("reflection", locked="by hand")))
    assert b"locked_by_case" not in encode(room)
    assert where(room, a_stranger()) == "refused"


@pytest.mark.parametrize("setting", ["knows", "locks_with_case", "holds_late"])
def test_what_the_door_does_is_set_one_by_one(setting: str) -> None:
    """The other settings stay; setting the same value again is stale."""
    change: dict[str, Any] = {setting: False}
    room = decide(a_door(), c.SetDoor(**change), "fay", NOW)
    assert room.door == replace(Door(), **change)
    assert outcome(room, c.SetDoor(**change), "gil") == "stale"
    assert outcome(room, c.SetDoor(), "gil") == "stale"


@pytest.mark.parametrize("enter", [a_stranger(), somebody_known()])
def test_who_has_left_the_lobby_gives_up_their_place_after_a_minute(enter: c.Enter) -> None:
    """A person who comes back waits again, and is visible again."""
    room = decide(a_door("presentation"), enter, None, NOW)
    room = decide(room, a_stranger("eva"), None, NOW)
    here = frozenset(seat.id for seat in (*room.seats, *room.lobby)) - {"dan"}
    room = decide(room, c.NotePresence(here), None, NOW)
    until = NOW + AWAY_KEEPS_PLACE_MS
    assert next_due(room) == until
    assert outcome(room, c.FallDue(), None, until - 1) == "stale"
    gone = decide(room, c.FallDue(), None, until)
    assert [seat.id for seat in gone.lobby] == ["eva"]
    assert next_due(gone) == idle_until(gone)
    assert gone.lapsed == (("dan",) if enter.role is None else ())
    assert outcome(gone, c.Admit("dan"), "fay", until) == "unknown_seat"
    again = decide(gone, enter, None, until)
    assert [(seat.id, seat.away_since) for seat in again.lobby] == [("eva", None), ("dan", None)]
    assert again.lapsed == decide(gone, c.End(), "fay", until).lapsed == ()
    back = decide(room, c.NotePresence(here | {"dan"}), None, until - 1)
    assert next_due(back) == idle_until(back)


def test_those_who_have_left_the_lobby_are_remembered_within_bounds() -> None:
    """The newest are kept, since they are the likeliest to come back."""
    room, now = a_door(), NOW
    here = frozenset(seat.id for seat in room.seats)
    for number in range(MAX_LAPSED + 2):
        room = decide(room, a_stranger(f"g{number}"), None, now)
        room = decide(room, c.NotePresence(here), None, now)
        now += AWAY_KEEPS_PLACE_MS
        room = decide(room, c.FallDue(), None, now)
    assert room.lapsed == tuple(f"g{number}" for number in range(2, MAX_LAPSED + 2))


def test_the_lobby_is_switched_for_whoever_comes_next() -> None:
    """People who already wait keep waiting."""
    room = decide(a_door(), a_stranger(), None, NOW)
    room = decide(room, c.Lobby(on=False), "fay", NOW)
    assert [seat.id for seat in room.lobby] == ["dan"]
    assert where(room, a_stranger("eva")) == "in"
    assert outcome(room, c.Lobby(on=False), "fay") == "stale"


@pytest.mark.parametrize("role", [Role.GUEST, Role.MEMBER])
@pytest.mark.parametrize("by_link", [False, True])
def test_a_person_at_the_door_comes_in_as_an_observer(role: Role, by_link: bool) -> None:
    """Whatever they came as; they take no chair, and do not ask to lead."""
    waits = a_seat("gus", role, by_facilitator_link=by_link)
    room = a_room(lobby=(waits,), seats=(*a_room().seats, *(a_seat(f"m{n}") for n in range(6))))
    assert outcome(room, c.Admit("gus"), "fay") == "full"
    gus = decide(room, c.Admit("gus", as_role="observer"), "fay", NOW).seat("gus")
    assert gus is not None
    assert (gus.role, gus.by_facilitator_link) == (Role.OBSERVER, False)


def test_observers_are_let_in_one_by_one_and_by_facilitators() -> None:
    """The role outlasts the time of a stand-in."""
    room = a_room(lobby=(a_seat("gus", Role.GUEST),))
    together = c.Admit(seats=("gus",), as_role="observer")
    assert outcome(room, together, "fay") == "invalid"
    led = a_room("call", lobby=room.lobby, stand_in="ann")
    absent = (replace(s, away_since=NOW if s.role is Role.FACILITATOR else None) for s in led.seats)
    led = replace(led, seats=tuple(absent))
    assert outcome(led, c.Admit("gus", as_role="observer"), "ann") == "not_allowed"
    assert outcome(led, c.Admit("gus"), "ann") == "ok"


def test_observers_have_their_bound_at_the_door_too() -> None:
    """As when somebody is made one."""
    observers = tuple(a_seat(f"o{n}", Role.OBSERVER) for n in range(MAX_OBSERVERS - 1))
    room = a_room(lobby=(a_seat("gus", Role.GUEST),), seats=(*a_room().seats, *observers))
    assert outcome(room, c.Admit("gus", as_role="observer"), "fay") == "full"
