"""Names that look alike count as the same, and each other name as another."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from server.room import commands as c
from server.room import confusables
from server.room.lookalikes import looks
from server.room.names import person_name
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import Role, Room
from tests.room.confusables import table
from tests.support.factories import NOW, OPEN_DOOR, a_room

LIKE = {"a": "а", "c": "с", "e": "е", "i": "і", "o": "о", "p": "р", "x": "х", "y": "у"}
"""Latin letters, and the Cyrillic ones that look like them."""


def are_alike(one: str, other: str) -> bool:
    """Whether a reader would take one name for the other."""
    return not looks(one).isdisjoint(looks(other))


def shown(room: Room) -> list[str]:
    """The names that all see, in the order of joining."""
    return [seat.shown_name for seat in room.people]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Mei", "Mеi"),  # a Cyrillic e
        ("Mei", "Ｍei"),  # in full width
        ("Mei", "МЕІ"),  # Cyrillic capitals
        ("Mei", "M\u200dei"),  # a joiner, which these letters do not show
        ("Iris", "lris"),
        ("Iris", "iris"),
        ("Al", "AI"),
        ("Pat", "Рат"),
        ("Tim", "Tirn"),
        ("O'Neil", "O’Neil"),
        ("Straße", "STRASSE"),
        ("Zoë", "Zoe\u0308"),
    ],
)
def test_a_newcomer_who_looks_like_somebody_gets_a_number(name: str, other: str) -> None:
    """Admit, Remove and the floor go to the person who is meant."""
    room = Room(id="circle", format="classic-60", door=OPEN_DOOR)
    for seat, typed in (("one", name), ("two", other), ("three", name)):
        person = c.Enter(seat, person_name(typed), Role.MEMBER, Role.MEMBER)
        room = decide(room, person, None, NOW)
    assert shown(room) == [person_name(name), f"{person_name(other)} 2", f"{person_name(name)} 3"]


def test_a_stranger_at_the_door_cannot_look_like_somebody_in_the_room() -> None:
    """Facilitators read the number before they admit anybody."""
    room = a_room(door=replace(OPEN_DOOR, lobby=True))
    room = decide(room, c.Enter("eva", "Аnn", None, Role.MEMBER), None, NOW)
    assert [seat.shown_name for seat in room.lobby] == ["Аnn 2"]


def test_a_person_who_takes_a_name_that_looks_like_one_gets_a_number() -> None:
    """The other one keeps theirs."""
    room = decide(a_room(), c.Rename("Веn"), "ann", NOW)
    assert {"Веn 2", "Ben"} <= set(shown(room))


@pytest.mark.parametrize(
    "names",
    [
        ("Anna", "Anne", "Ann", "Ana", "Hanna"),
        ("Eva", "Ena", "Eve", "Ava"),
        ("Ali", "All", "Alia", "Ai", "Al", "Eli", "Ell"),
        ("Zoë", "Zoe", "Zoé"),
        ("Jose", "José", "Josef"),
        ("Νίκος", "Νίκη", "Άννα", "Αννα"),
        ("Иван", "Ивана", "Анна", "Инна"),
        ("علي", "عمر", "علياء", "ليلى"),
        ("משה", "שרה", "רבקה"),
        ("美", "梅", "明", "美美"),
        ("はな", "はる", "ハナ", "ばな"),
        ("민지", "민서", "지민"),
        ("अनिल", "अनिता", "सुनील"),
    ],
)
def test_names_that_look_different_stay_as_they_are(names: tuple[str, ...]) -> None:
    """Of any script."""
    assert [pair for pair in combinations(names, 2) if are_alike(*pair)] == []


@given(st.text(min_size=1, max_size=12))
def test_case_never_made_a_difference(name: str) -> None:
    """Names that are the same but for their case stay alike."""
    assert looks(name) & looks(name.casefold())


@given(st.text(st.sampled_from("abceiMnopxyT 2"), min_size=1, max_size=12), st.data())
def test_a_name_looks_the_same_in_letters_of_another_script(name: str, data: st.DataObject) -> None:
    """Any letters may be exchanged."""
    other = "".join(data.draw(st.sampled_from([one, LIKE.get(one, one)])) for one in name)
    assert are_alike(name, other)


@given(st.lists(st.text(st.sampled_from("IlіaАеe1ZzＺ 23"), min_size=1, max_size=4), max_size=8))
def test_no_two_people_ever_look_alike(names: list[str]) -> None:
    """Also with numbers that people have typed; a name is changed by a number alone."""
    room = Room(id="circle", format="classic-60", door=OPEN_DOOR)
    for number, typed in enumerate(names):
        try:
            person = c.Enter(f"seat{number}", person_name(typed), Role.MEMBER, Role.MEMBER)
        except Refused:
            continue
        room = decide(room, person, None, NOW)
    assert [pair for pair in combinations(shown(room), 2) if are_alike(*pair)] == []
    assert all(s.shown_name in (s.name, f"{s.name} {s.namesake}") for s in room.people)


def test_the_table_is_as_it_was_made() -> None:
    """A line that somebody edits by hand would be lost with the next release of Unicode."""
    rows = [line.partition(": ") for line in confusables.TABLE.strip().split("\n")]
    alike = {
        chr(int(point, 16)): "".join(chr(int(part, 16)) for part in like.split())
        for like, _, points in rows
        for point in points.split()
    }
    assert table(alike) == confusables.TABLE.strip()
