"""The end of a session: for all at once, or with a debrief for the facilitators."""

from msgspec.structs import replace

from server.room import commands
from server.room.news import without_loss
from server.room.state import DEBRIEF, ENDED, Clock, Role, Room, Seat

DEBRIEF_MS = 10 * 60_000


def end(room: Room, _command: commands.End, _me: Seat, now: int) -> Room:
    return ended(room, now)


def ended(room: Room, now: int) -> Room:
    """The room after the session: only seat ids and roles stay, nothing that people typed."""
    seats = tuple(Seat(id=seat.id, name="", role=seat.role) for seat in room.seats)
    return replace(_emptied(room), phase=ENDED, seats=seats, ended_at=now)


def debrief(room: Room, _command: commands.Debrief, _me: Seat, now: int) -> Room:
    """Sends all but the facilitators out; only the ids of their seats stay in the room."""
    staying = tuple(seat for seat in room.seats if seat.role is Role.FACILITATOR)
    return replace(
        _emptied(room),
        phase=DEBRIEF,
        seats=tuple(
            replace(without_loss(seat), spoken_ms=0, absent_ms=0, invited=False) for seat in staying
        ),
        gone=tuple(seat.id for seat in room.seats if seat not in staying),
        clock=Clock(now + DEBRIEF_MS),
        timekeeper=room.timekeeper,
    )


def _emptied(room: Room) -> Room:
    """The room with only its identity and the fields of the circle."""
    return Room(
        id=room.id,
        format=room.format,
        opened_at=room.opened_at,
        version=room.version,
        gone=room.gone,
        links=room.links,
        facilitator_links=room.facilitator_links,
        door=room.door,
        elsewhere=room.elsewhere,
        prompts=room.prompts,
        turns=room.turns,
        own_plan=room.own_plan,
        farewell=room.farewell,
    )
