"""What a simulated member reads from the frames of the real renderer."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from server.practice.page import Page, Sees
from server.room.state import DEBRIEF, ENDED, Role, Room
from server.views.language import ENGLISH
from server.views.rendering import Rendering, Viewer
from tests.support.factories import MOMENTS, NOW, a_room


def shown(room: Room, seat: str) -> Sees:
    """The page of this seat's person; Fay and Gil are facilitators."""
    rendering = Rendering(room, NOW, lambda *_: "https://example.org/join#token")
    page = Page()
    for region in (rendering.regions(Viewer(seat, "", ENGLISH)) or {}).values():
        page.take(region.decode())
    return page.sees


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_phase_is_read(moment: str) -> None:
    """It is read before the session, in every phase and after it; members never see a debrief."""
    assert shown(a_room(moment), "ann").phase == (ENDED if moment == DEBRIEF else moment)


def test_what_my_turn_offers_is_read() -> None:
    """Ann holds the floor in a round, Ben may raise his hand, and Mei, who presents, sits back."""
    room = a_room("arrival", presenter=None)
    assert room.floor
    room = replace(room, floor=replace(room.floor, seat="ann"))
    assert {o["do"] for o in shown(room, "ann").offers} == {"yield", "pass", "offer_case"}
    assert shown(room, "ben").offered("raise_hand") == {"do": "raise_hand"}
    assert shown(room, "ben").offered("yield") is None
    sitting = shown(a_room("reflection"), "mei")
    assert (sitting.sits, sitting.heard) == (True, False)
    assert sitting.offered("ask_return")
    assert shown(a_room("presentation"), "ann").offered("raise_hand") is None


def test_whether_anybody_leads_is_read_from_the_chairs() -> None:
    """One facilitator is enough; nobody leads if all are away or removed, or after the session."""
    room = a_room("questions")
    leads = [seat.role is Role.FACILITATOR for seat in room.seats]
    fay, *others = room.seats
    assert shown(replace(room, seats=(replace(fay, away_since=NOW), *others)), "ann").led
    alone = [
        replace(seat, away_since=NOW) if led else seat
        for seat, led in zip(room.seats, leads, strict=True)
    ]
    assert not shown(replace(room, seats=tuple(alone)), "ann").led
    members = [seat for seat, led in zip(room.seats, leads, strict=True) if not led]
    assert not shown(replace(room, seats=tuple(members)), "ann").led
    assert not shown(a_room(ENDED), "ann").led


@pytest.mark.parametrize("moment", MOMENTS)
def test_no_words_are_read(moment: str) -> None:
    """A page in another language, or without any words, means the same."""
    room = a_room(moment)
    for seat in room.seats:
        regions = (
            Rendering(room, NOW, lambda *_: "link").regions(Viewer(seat.id, "", ENGLISH)) or {}
        )
        page = Page()
        for region in regions.values():
            page.take(re.sub(r">[^<]+<", "><", region.decode()))
        assert page.sees == shown(room, seat.id)


def test_what_is_no_region_is_left_alone() -> None:
    """Answers to pings are ignored, and so is a page before its first frame."""
    page = Page()
    page.take('{"pong": 5, "now": 6}')
    assert page.sees == Sees("", heard=False, sits=False, led=True, offers=())
