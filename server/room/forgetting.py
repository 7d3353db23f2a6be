"""Who is not here, and what becomes of a room whose circle forgets them.

Owns the chairs and the places in the lobby. What the circle itself knows is the store's.
"""

from server.room import commands
from server.room.ending import ended
from server.room.lobby import with_facilitator_link_renewed, without
from server.room.people import without_seat
from server.room.refused import Refused
from server.room.state import ENDED, WAITING, Role, Room


def absent(room: Room, connected: frozenset[str]) -> frozenset[str]:
    """The people of this room, and of its lobby, who are away.

    The room's own word counts, since leases are missing for a moment after Redis was away. Where
    nobody at all is connected, nobody has noted who left; after the end nobody notes it.
    """
    is_unnoted = not connected or room.phase == ENDED
    return frozenset(
        seat.id
        for seat in (*room.seats, *room.lobby)
        if seat.id not in connected and (seat.away_since is not None or is_unnoted)
    )


def is_doubtful(room: Room, connected: frozenset[str]) -> bool:
    """Whether an empty room may only look so: it shows somebody as here, and no lease stands."""
    people = (*room.seats, *room.lobby)
    return not connected and any(seat.away_since is None for seat in people)


def forget(room: Room, command: commands.Forget, now: int) -> Room:
    """The room without these people. A session that nobody is left in has ended.

    The facilitator link dies with a facilitator, as it does when one is removed.
    """
    going = command.seats
    changed = without(room, [seat for seat in room.lobby if seat.id in going])
    for seat in room.seats:
        if seat.id in going:
            changed = without_seat(changed, seat.id, now)
    led = any(s.role is Role.FACILITATOR for s in (*room.seats, *room.lobby) if s.id in going)
    if led or command.leads:
        changed = with_facilitator_link_renewed(changed)
    if changed == room:
        raise Refused("stale", "none of these people is in the room.")
    is_under_way = room.phase not in (WAITING, ENDED)
    is_empty = not (changed.seats or changed.lobby)
    return ended(changed, now) if is_empty and is_under_way else changed
