"""The tables of docs/architecture.md agree with the code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from server.room.formats.shipped import FORMATS
from server.room.hearing import may_be_heard, may_take_floor
from server.room.state import ENDED, WAITING, Floor, Room
from tests.support.factories import NOW, PHASES, a_room
from tests.support.processes import ROOT
from tests.test_imports import ALLOWED

DOCUMENT = ROOT / "docs" / "architecture.md"
WITHOUT_ARROWS = {"__init__"}


class Situation(NamedTuple):
    """What differs within a phase: the holder of the floor, and one voice at a time."""

    holder: str | None
    one_voice: bool


Row = tuple[str, ...]
PRESENTER, MEMBER, SPEAKER, FACILITATOR, OBSERVER = "mei", "cem", "ann", "fay", "olu"
SITUATIONS = [Situation(*both) for both in product((None, PRESENTER, SPEAKER), (False, True))]


def heard_when(situations: Iterable[Situation]) -> dict[frozenset[Situation], str]:
    """The words of a cell, by the situations in which the person is heard."""
    every = frozenset(situations)
    open_talk = frozenset(s for s in every if not s.one_voice)
    after_presenter = frozenset(s for s in open_talk if s.holder != PRESENTER)
    return {
        after_presenter: "once the presenter has yielded, unless one voice",
        open_talk: "unless one voice",
        frozenset(): "no",
        every: "yes",
    }


def in_situation(room: Room, situation: Situation) -> Room:
    """The room with this holder, and with or without one voice at a time."""
    floor = Floor(situation.holder, NOW) if situation.holder else None
    return replace(room, floor=floor, one_voice=situation.one_voice)


def cell(room: Room, seat_id: str) -> str:
    """Whether this person is heard in this phase without holding the floor."""
    seat = room.seat(seat_id)
    if seat is None:
        return "has left"
    possible = [s for s in SITUATIONS if s.holder != seat_id and _is_possible(room, s)]
    heard = frozenset(s for s in possible if may_be_heard(in_situation(room, s), seat))
    return heard_when(possible)[heard]


def _is_possible(room: Room, situation: Situation) -> bool:
    holder = room.seat(situation.holder) if situation.holder else None
    return situation.holder is None or (holder is not None and may_take_floor(room, holder))


def may_hold_floor(room: Room) -> str:
    """Who may take the floor, in the words of the last column."""
    people = {"facilitators": FACILITATOR, "presenter": PRESENTER, "members": MEMBER}
    people["observers"] = OBSERVER
    able = [
        name
        for name, seat_id in people.items()
        if (seat := room.seat(seat_id)) and may_take_floor(room, seat)
    ]
    return ", ".join(able) or "nobody"


def row(title: str, room: Room) -> Row:
    """A row of the table: the rights of each kind of person in `room`."""
    people = (FACILITATOR, PRESENTER, MEMBER, OBSERVER)
    return (title, *(cell(room, seat) for seat in people), may_hold_floor(room))


def hearing_table() -> list[Row]:
    """Who may be heard in each phase of the classic format, and before and after it."""
    plan = FORMATS["classic-60"]
    assert tuple(phase.key for phase in plan.phases) == PHASES
    rows = [row("Before the start", a_room(WAITING))]
    for phase in plan.phases:
        rows.append(row(phase.title, a_room(phase.key)))
        if phase.heard.sits_back:
            recalled = a_room(phase.key, recalled=True)
            rows.append(row(f"{phase.title}, the presenter brought back", recalled))
    rows.append(row("Debrief", a_room("debrief")))
    rows.append(row("Ended", a_room(ENDED)))
    return rows


def table_under(heading: str) -> list[Row]:
    """The cells of the table with this first heading."""
    text = DOCUMENT.read_text()
    found = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, heading
    return [
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in found[1].splitlines()
    ]


def test_who_may_be_heard_in_each_phase() -> None:
    """The expected table is generated from server/room/hearing.py for the classic hour."""
    assert table_under("Phase") == hearing_table()


@pytest.mark.parametrize("phase", PHASES)
def test_in_a_silence_the_table_does_not_hold(phase: str) -> None:
    """The sentence under the table: only facilitators are heard then, not even the holder."""
    room = a_room(phase, silence_until=NOW + 1)
    situations = [in_situation(room, s) for s in SITUATIONS if _is_possible(room, s)]
    heard = {seat.id for r in situations for seat in r.seats if may_be_heard(r, seat)}
    assert heard == {"fay", "gil"}


def test_whoever_holds_the_floor_is_heard() -> None:
    """The sentence above the table: its columns are about people who do not hold the floor."""
    for phase, situation in product(PHASES, SITUATIONS):
        room = a_room(phase)
        if situation.holder and _is_possible(room, situation):
            seat = room.seat(situation.holder)
            assert seat
            assert may_be_heard(in_situation(room, situation), seat)


def test_the_arrows_are_those_that_hold() -> None:
    """The row of each module names its permitted imports (tests/test_imports.py)."""
    written = {
        module.strip("`"): set(re.findall(r"`(\w+)`", arrows))
        for module, _what, arrows in table_under("Package or module")
    }
    assert written == {name: to for name, to in ALLOWED.items() if name not in WITHOUT_ARROWS}


def test_the_picture_has_words() -> None:
    """The picture exists and has a text for people who cannot see it."""
    assert re.search(r"!\[[^\]]{40,}\]\(architecture\.svg\)", DOCUMENT.read_text())
    assert DOCUMENT.with_name("architecture.svg").is_file()
