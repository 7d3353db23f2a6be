"""Rooms as they are rendered, for everybody in them."""

from __future__ import annotations

from typing import Any

from server.circle.rhythm import DAY_MS
from server.room.coming import MOVED, Coming
from server.room.state import Answer, Door, Farewell, Floor, PutOut, Role, Room, Wait
from server.views.language import ENGLISH
from server.views.rendering import Rendering, Viewer
from tests.support.factories import NOW, a_seat


def invite(base: str, circle_id: str, role: Role, links: int) -> str:
    """A link that shows its ingredients."""
    return f"{base}/{circle_id}/{role}/{links}"


def viewers(room: Room) -> list[Viewer]:
    """Everybody in the room, and a facilitator who comes by another address."""
    people = [seat.id for seat in (*room.seats, *room.lobby)]
    here = [Viewer(seat_id, "http://one", ENGLISH) for seat_id in (*people, *room.gone)]
    return [*here, Viewer("fay", "http://two", ENGLISH)] if room.seat("fay") else here


def regions_of(rendering: Rendering, viewer: Viewer) -> dict[str, bytes]:
    """The regions of this viewer, who has a place in the room."""
    regions = rendering.regions(viewer)
    assert regions is not None
    return regions


FULL: dict[str, Any] = {
    "recalled": True,
    "return_asked": True,
    "return_seen": "fay",
    "presenter_done": True,
    "floor": Floor("ann", NOW),
    "hands": ("ben", "cem"),
    "turns_taken": ("gil",),
    "one_voice": True,
    "silence_until": NOW + 1,
    "silence_open": True,
    "prompt": "Zweifel",
    "voices_only": True,
    "locked": True,
    "locked_by_case": True,
    "links": 3,
    "registers": True,
    "facilitator_links": 2,
    "asked": "ann",
    "answer": Answer("ben", yes=True),
    "questions": ("ben",),
    "timekeeper": "gil",
    "stand_in": "cem",
    "wait": Wait("olu", NOW + 1),
    "without": ("ben",),
    "lapsed": ("eve",),
    "put_out": (("flo", PutOut.REMOVED),),
    "came_again": (("hua", "flo"),),
    "lobby": (
        a_seat("dan", Role.GUEST),
        a_seat("eva"),
        a_seat("ida", Role.GUEST, put_out=PutOut.DECLINED),
    ),
    "door": Door(knows=False),
    "coming": Coming(
        "Europe/Berlin", "2027-01-18", NOW + 3 * DAY_MS, NOW + 3 * DAY_MS + 1, MOVED, NOW
    ),
    "farewell": Farewell(
        NOW, "UTC", 9, asks=("ann", "olu"), number=3, next_on="2026-12-01", next_at=NOW
    ),
    "ended_at": NOW,
}
"""A room in which every field that shows is set, but `elsewhere`, which hides the sound. Any: each
field has its own type."""
