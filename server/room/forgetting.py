"""Who is not here, and what becomes of a room whose circle forgets them.

Owns the chairs and the places in the lobby. What the circle itself knows is the store's.
"""

from server.room import commands
from server.room.ending import ended
from server.room.lobby import without
from server.room.people import without_seat
from server.room.refused import Refused
from server.room.state import ENDED, WAITING, Role, Room


def absent(room: Room, connected: frozenset[str]) -> frozenset[str]:
    """The people of this room, and of its lobby, who are away.

    The room's own word counts, since leases are missing for a moment after Redis was away. Where
    nobody at all is connected, nobody has noted who left.
    """
    return frozenset(
        seat.id
        for seat in (*room.seats, *room.lobby)
        if seat.id not in connected and (seat.away_since is not None or not connected)
    )


def forget(room: Room, command: commands.Forget, now: int) -> Room:
    """The room without these people. Its last facilitator keeps the chair while others are there,
    and a session that nobody is left in has ended."""
    going = command.seats
    staying = [seat for seat in (*room.seats, *room.lobby) if seat.id not in going]
    if staying and all(seat.role is not Role.FACILITATOR for seat in staying):
        going -= {seat.id for seat in room.seats if seat.role is Role.FACILITATOR}
    changed = without(room, [seat for seat in room.lobby if seat.id in going])
    for seat in room.seats:
        if seat.id in going:
            changed = without_seat(changed, seat.id, now)
    if changed == room:
        raise Refused("stale", "none of these people is in the room.")
    is_under_way = room.phase not in (WAITING, ENDED)
    return changed if staying or not is_under_way else ended(changed, now)
