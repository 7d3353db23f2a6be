"""Rooms and seats for tests."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from server.room.commands import Command, Debrief, OuterCircle, Present, SeatPresenter
from server.room.due import KEPT_UNCHANGED_MS
from server.room.formats.plan import Format
from server.room.phases import enter_phase
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import DEBRIEF, ENDED, WAITING, Door, Role, Room, Seat
from server.views.refusals import sentence

NOW = 1_800_000_000_000
PHASES = ("arrival", "call", "presentation", "questions", "reflection", "response", "closing")
MOMENTS = (WAITING, *PHASES, DEBRIEF, ENDED)


def a_seat(seat_id: str, role: Role = Role.MEMBER, **more: Any) -> Seat:
    """A seat whose name is its id with a capital letter."""
    return Seat(id=seat_id, name=seat_id.capitalize(), role=role, **more)


OPEN_DOOR = Door(lobby=False, locks_with_case=False, holds_late=False)
"""Everybody who comes is admitted at once."""


def a_room(
    phase: str = WAITING,
    *,
    presenter: str | None = "mei",
    format: str = "classic-60",
    own_plan: Format | None = None,
    **more: Any,
) -> Room:
    """Fay and Gil lead; Ann, Ben, Cem and Mei are members, Olu observes. Mei presents.

    The phase has just begun at NOW, and the floor is with the holder of its first turn. The door is
    open. In the debrief only Fay and Gil are left.
    """
    seats = (
        a_seat("fay", Role.FACILITATOR),
        a_seat("ann"),
        a_seat("ben"),
        a_seat("mei"),
        a_seat("cem"),
        a_seat("gil", Role.FACILITATOR),
        a_seat("olu", Role.OBSERVER),
    )
    room = Room(
        id="circle",
        format=format,
        opened_at=1,
        seats=seats,
        presenter=presenter,
        own_plan=own_plan,
        door=OPEN_DOOR,
    )
    if phase == ENDED:
        room = replace(room, phase=ENDED, ended_at=NOW)
    elif phase == DEBRIEF:
        room = decide(a_room("closing"), Debrief(), "fay", NOW)
    elif phase != WAITING:
        room = enter_phase(room, phase, NOW)
    return replace(room, **more)


def asked_and_seated(room: Room, seat: str, now: int = NOW) -> Room:
    """The room after Fay has asked this person to present and they have accepted."""
    return decide(decide(room, SeatPresenter(seat), "fay", now), Present(yes=True), seat, now)


def two_circles(phase: str = WAITING) -> Room:
    """The same people in two circles: Cem sits in the outer one."""
    room = a_room(format="two-circles-90")
    room = decide(room, OuterCircle("cem", on=True), "fay", NOW)
    return room if phase == WAITING else enter_phase(room, phase, NOW)


def idle_until(room: Room) -> int:
    """When the room ends if nothing changes in it and no other deadline comes first."""
    return room.changed_at + KEPT_UNCHANGED_MS


def outcome(room: Room, command: Command, actor: str | None, now: int = NOW) -> str:
    """`ok`, or the code of the refusal."""
    try:
        decide(room, command, actor, now)
    except Refused as refused:
        return refused.code
    return "ok"


def refusal(room: Room, command: Command, actor: str | None, now: int = NOW) -> Refused:
    """The refusal of a command that must be refused."""
    try:
        decide(room, command, actor, now)
    except Refused as refused:
        return refused
    raise AssertionError(f"{command} was not refused")


def said(room: Room, command: Command, actor: str | None, now: int = NOW) -> str:
    """What the sender of a command that must be refused reads."""
    return sentence(refusal(room, command, actor, now))


def decided(room: Room, command: Command, actor: str | None, now: int = NOW) -> Room:
    """The room after this command, unchanged if the command is refused."""
    try:
        return decide(room, command, actor, now)
    except Refused:
        return room
