"""News: what is shown to a person until they have read it, and by what it goes.

An answer goes with the next command of somebody who leads, a loss with the next press of the person
who has lost their turn: they act, so they have read it. Both go with the phase.
"""

from msgspec.structs import replace

from server.room import commands
from server.room.refused import Refused
from server.room.state import Room, Seat
from server.room.turns import with_seat

BY_PAGE = (
    *(commands.Sound, commands.Line, commands.Spoke),
    *(commands.Mute, commands.Unmute, commands.Camera),
)
"""Commands that a page also sends without a press of its person, as after a phone call."""


def back(seat: Seat, now: int) -> Seat:
    """The seat of an absent person who is back; what they have lost has the length of its
    absence."""
    if seat.lost is None or seat.away_ms or seat.away_since is None:
        return replace(seat, away_since=None)
    return replace(seat, away_since=None, away_ms=max(1, now - seat.away_since))


def without_loss(seat: Seat) -> Seat:
    return replace(seat, lost=None, away_ms=0)


def seen(room: Room, command: commands.Seen, me: Seat, _now: int) -> Room:
    if command.what == "loss":
        if me.lost is None:
            raise Refused("stale", "nothing_to_see")
        return with_seat(room, without_loss(me))
    if not room.leads(me):
        raise Refused("not_allowed", "for_facilitators")
    if command.what == "answer":
        if room.answer is None:
            raise Refused("stale", "nothing_to_see")
        return replace(room, answer=None)
    if not room.return_asked or room.return_seen is not None:
        raise Refused("stale", "nothing_to_see")
    return replace(room, return_seen=me.id)


def read_by(room: Room, command: commands.Command, actor: str, *, leading: bool) -> Room:
    """The room without the news that the sender of this command has read.

    `leading`: only people who lead may send such a command.
    """
    if leading and room.answer is not None:
        room = replace(room, answer=None)
    seat = room.seat(actor)
    if seat is None or seat.lost is None or isinstance(command, BY_PAGE):
        return room
    return with_seat(room, without_loss(seat))
