"""Who is absent, and the room after its circle has forgotten them.

Owns chairs and places in the lobby. store/erasure.py owns what the circle itself knows.
"""

from server.room import commands
from server.room.ending import ended
from server.room.lobby import with_facilitator_link_renewed, without
from server.room.people import without_seat
from server.room.refused import Refused
from server.room.state import ENDED, Room


def absent(room: Room, connected: frozenset[str]) -> frozenset[str]:
    """The people of this room, and of its lobby, who are away.

    The room's value counts, since leases are missing for a moment after Redis was away. If nobody
    is connected no process notes absence, nor does any after the end.
    """
    is_unnoted = not connected or room.phase == ENDED
    return frozenset(
        seat.id
        for seat in room.people
        if seat.id not in connected and (seat.away_since is not None or is_unnoted)
    )


def lacks_leases(room: Room, connected: frozenset[str]) -> bool:
    """Whether the room shows somebody as here but has no lease, so it may only look empty."""
    return not connected and any(seat.away_since is None for seat in room.people)


def forget(room: Room, command: commands.Forget, now: int) -> Room:
    """The room without these people. A session without people ends."""
    leaving = command.seats
    changed = without(room, [seat for seat in room.lobby if seat.id in leaving])
    for seat in room.seats:
        if seat.id in leaving:
            changed = without_seat(changed, seat.id, now)
    if command.renews_link:
        changed = with_facilitator_link_renewed(changed)
    if changed == room:
        raise Refused("stale", "nobody_to_forget")
    is_empty = not (changed.seats or changed.lobby)
    return ended(changed, now) if is_empty and room.is_under_way else changed
