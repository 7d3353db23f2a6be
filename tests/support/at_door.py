"""People at the door of a room."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from server.room import commands as c
from server.room.rules import decide
from server.room.state import WAITING, Door, PutOut, Role, Room
from tests.support.factories import NOW, a_room, outcome

GUEST, MEMBER, FACILITATOR, OBSERVER = Role.GUEST, Role.MEMBER, Role.FACILITATOR, Role.OBSERVER

CLOSED = {"lobby": True}
OPEN = {"lobby": False}
BY_HAND: dict[str, Any] = {"locked": "by hand"}
BY_CASE: dict[str, Any] = {"locked": "by case"}


def a_stranger(seat: str = "dan", invited: Role = MEMBER) -> c.Enter:
    """Somebody unknown to the circle comes by a link."""
    return c.Enter(seat, seat.capitalize(), None, invited)


def somebody_known(role: Role = MEMBER) -> c.Enter:
    """Somebody from an earlier session comes again."""
    return c.Enter("dan", "Dan", role)


def a_door(phase: str = WAITING, *, locked: str = "", **door: Any) -> Room:
    """A room whose door has its defaults, except for these settings. Any: bool, except one str.

    `locked`: `by hand`, or `by case`.
    """
    room = a_room(phase, door=Door(**door))
    return replace(room, locked=locked == "by hand", locked_by_case=locked == "by case")


def where(room: Room, enter: c.Enter) -> str:
    """`in`, `waits`, `late` or `refused`."""
    if outcome(room, enter, None) != "ok":
        return "refused"
    room = decide(room, enter, None, NOW)
    waiting = room.waiting(enter.seat)
    if waiting is None:
        return "in"
    assert room.seat(enter.seat) is None
    return "late" if waiting.comes_late else "waits"


def with_strangers(room: Room, *seats: str) -> Room:
    """The room with these strangers waiting at its door."""
    for seat in seats:
        room = decide(room, a_stranger(seat), None, NOW)
    return room


def lobby_of(room: Room) -> list[str]:
    """The seats in the lobby."""
    return [seat.id for seat in room.lobby]


def put_out(room: Room, how: PutOut, seat: str = "eva") -> Room:
    """The room after this person was removed, or declined at its door."""
    room = with_strangers(room, seat)
    if how is PutOut.DECLINED:
        return decide(room, c.Decline(seat), "fay", NOW)
    return decide(decide(room, c.Admit(seat), "fay", NOW), c.Remove(seat), "fay", NOW)


def knocks_again(room: Room, seat: str = "eve", former: str = "eva") -> Room:
    """They join again in the browser that has their revoked cookie."""
    return decide(room, c.Enter(seat, "Eve", GUEST, former=former), None, NOW)


def nobody_leads(room: Room) -> Room:
    """The room after its facilitators have dropped out and everybody else stayed."""
    here = (seat for seat in (*room.seats, *room.lobby) if seat.role is not FACILITATOR)
    return decide(room, c.NotePresence(frozenset(seat.id for seat in here)), None, NOW)


def opens_the_lobby(room: Room) -> Room:
    """The room in which newcomers need nobody's permission."""
    return decide(room, c.Lobby(on=False), "fay", NOW)
