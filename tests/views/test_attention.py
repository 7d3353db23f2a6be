"""The words of the one voice of the stage."""

from __future__ import annotations

import re

import pytest

from server.room import commands as c
from server.room.attention import ROWS, attention
from server.room.rules import decide
from server.room.state import WAITING, Role
from server.views.attention import CALLS, SENTENCES, SIMPLE, voice
from server.views.language import ENGLISH
from server.views.rendering import Rendering, Viewer
from tests.support.factories import NOW, PHASES, a_room, a_seat
from tests.support.rendered import FULL, invite, regions_of, viewers

KINDS = {row.kind for row in ROWS}


def test_each_kind_has_its_sentences_once() -> None:
    """No kind is forgotten, and none has two places for its words."""
    assert SIMPLE.keys() | SENTENCES.keys() == KINDS
    assert not SIMPLE.keys() & SENTENCES.keys()
    assert CALLS.keys() <= KINDS


@pytest.mark.parametrize("phase", [WAITING, *PHASES])
def test_everybody_is_told_one_thing_in_whole_sentences(phase: str) -> None:
    """Also in a room in which everything happens at once; nothing of a template is left over."""
    for room in (a_room(phase), a_room(phase, **FULL)):
        for viewer in viewers(room):
            seat = room.seat(viewer.seat)
            if seat is None:
                continue
            told = voice(ENGLISH, room, seat, attention(room, seat))
            assert told.lines[0]
            html = regions_of(Rendering(room, NOW, invite), viewer)["attention"].decode()
            assert html.count('class="says"') == 1
            assert not re.search(r"[{}]", re.sub(r"hx-vals='[^']*'", "", html))


def test_the_dock_does_not_offer_again_what_the_stage_offers() -> None:
    """A control stands once, but for the dock's first button."""
    room = a_room("reflection", hands=("ben", "cem"))
    regions = regions_of(Rendering(room, NOW, invite), Viewer("fay", "http://one", ENGLISH))
    gives = re.compile(rb'data-do="give_floor" data-about="(\w+)"')
    assert gives.findall(regions["attention"]) == [b"ben"]
    offered = gives.findall(regions["dock"])
    assert b"ben" not in offered
    assert b"cem" in offered


def test_a_pause_is_told_to_all() -> None:
    """Whoever leads may end it."""
    seats = (a_seat("fay", Role.FACILITATOR), a_seat("ann"))
    room = decide(a_room("reflection", seats=seats), c.Pause(), "fay", NOW)
    for who, resumes in (("fay", True), ("ann", False)):
        told = regions_of(Rendering(room, NOW, invite), Viewer(who, "http://one", ENGLISH))
        assert b'data-kind="paused"' in told["attention"]
        assert (b'data-do="resume"' in told["attention"]) == resumes
