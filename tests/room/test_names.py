"""People of the same name are told apart, and everybody can rename themself."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.names import MAX_NAME
from server.room.rules import decide
from server.room.state import Door, Role, Room
from tests.support.factories import MOMENTS, NOW, OPEN_DOOR, a_room, a_seat, outcome, said


def shown_names(room: Room) -> dict[str, str]:
    """The name of each person in the room and its lobby by which all others know them."""
    return {seat.id: seat.shown_name for seat in room.people}


def came(room: Room, seat: str, name: str) -> Room:
    """The room after this person has come by the form."""
    person = c.Enter(seat, name, Role.MEMBER, Role.MEMBER)
    return decide(room, person, None, NOW)


def claras() -> Room:
    """Three people of the same name, two of them in other letters."""
    room = Room(id="circle", format="classic-60", door=OPEN_DOOR)
    for seat, name in (("one", "Clara"), ("two", "clara"), ("three", "CLARA")):
        room = came(room, seat, name)
    return room


def test_people_of_the_same_name_get_numbers_in_the_order_of_joining() -> None:
    """The first keeps the bare name."""
    assert shown_names(claras()) == {"one": "Clara", "two": "clara 2", "three": "CLARA 3"}


def test_nobody_is_renamed_because_somebody_leaves() -> None:
    """A newcomer of the same name may have the bare one again."""
    room = decide(claras(), c.Forget(frozenset({"one"})), None, NOW)
    assert shown_names(room) == {"two": "clara 2", "three": "CLARA 3"}
    room = came(room, "four", "Clara")
    assert shown_names(room) == {"two": "clara 2", "three": "CLARA 3", "four": "Clara"}


def test_a_number_that_somebody_has_typed_is_taken() -> None:
    """Otherwise two people would look the same."""
    room = Room(id="circle", format="classic-60", door=OPEN_DOOR)
    for seat, name in (("one", "Clara 2"), ("two", "Clara"), ("three", "Clara")):
        room = came(room, seat, name)
    assert shown_names(room) == {"one": "Clara 2", "two": "Clara", "three": "Clara 3"}


def test_people_at_the_door_are_told_apart_too_and_keep_their_number() -> None:
    """Facilitators see whom they admit, and then everybody sees the same name."""
    room = a_room(door=replace(OPEN_DOOR, lobby=True))
    room = decide(room, c.Enter("eva", "Ann", None, Role.MEMBER), None, NOW)
    assert shown_names(room)["eva"] == "Ann 2"
    room = decide(room, c.Admit("eva"), "fay", NOW)
    assert (shown_names(room)["ann"], shown_names(room)["eva"]) == ("Ann", "Ann 2")


@pytest.mark.parametrize("moment", [moment for moment in MOMENTS if moment != "ended"])
@pytest.mark.parametrize("seat", ["fay", "ann", "olu"])
def test_everybody_can_rename_themself(moment: str, seat: str) -> None:
    """As long as the room lives; in the debrief the facilitators alone are there."""
    if (room := a_room(moment)).seat(seat):
        room = decide(room, c.Rename("  Bea \u202e "), seat, NOW)
        assert shown_names(room)[seat] == "Bea"


def test_a_person_who_takes_the_name_of_somebody_gets_a_number() -> None:
    """And loses it with the next name."""
    room = decide(a_room(), c.Rename("Ben"), "ann", NOW)
    assert (shown_names(room)["ann"], shown_names(room)["ben"]) == ("Ben 2", "Ben")
    assert shown_names(decide(room, c.Rename("Eva"), "ann", NOW))["ann"] == "Eva"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "invalid"),
        ("\u200b", "invalid"),
        ("x" * MAX_NAME, "ok"),
        ("\U0001fae8", "ok"),  # of Unicode 15, which Python 3.11 does not have
        ("x" * (MAX_NAME + 1), "too_long"),
        ("Ann", "stale"),
    ],
)
def test_a_new_name_has_the_bounds_of_the_door(name: str, code: str) -> None:
    """The same name again is stale."""
    assert outcome(a_room(), c.Rename(name), "ann") == code


def test_a_refusal_names_a_person_as_everybody_sees_them() -> None:
    """Of two people called Ben, one has a number."""
    room = decide(a_room("reflection"), c.Rename("Ben"), "ann", NOW)
    room = decide(room, c.GiveFloor("ann"), "fay", NOW)
    assert said(room, c.GiveFloor("ann"), "fay") == "Ben 2 already has the floor."


def test_a_guest_who_comes_in_another_way_keeps_their_number() -> None:
    """The circle has made them a facilitator meanwhile, so their seat is made anew."""
    guest = a_seat("gus", Role.GUEST, namesake=2, knocked=1)
    room = a_room(lobby=(replace(guest, name="Ann"),), door=Door())
    room = decide(room, c.Enter("gus", "Ann", Role.FACILITATOR, Role.MEMBER), None, NOW)
    assert room.seat("gus") is not None
    assert shown_names(room)["gus"] == "Ann 2"
