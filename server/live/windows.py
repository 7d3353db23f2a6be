"""The windows of a room, by its leases: their limits, and who has the room open in two tabs."""

from collections import Counter
from collections.abc import Iterable

from server.room.state import Role, Room
from server.store.leases import NO_WINDOWS

MAX_A_SEAT, MAX_A_ROOM = 16, 256
"""Connections of one person (tabs, machines), and of all people seated in a room, to all processes.
Those of a killed process count until their leases expire."""
MAX_A_GUEST, MAX_A_LOBBY = 2, 40
"""The same for people in the lobby, and for all strangers among them. Separate limits: people in
the lobby take no connection from people in the room, and strangers none from people whom the circle
knows."""


class TooManyWindows(Exception):
    """One person has more connections than anybody needs."""


class Crowded(Exception):
    """A room, or its door, has more connections than a circle of people ever needs."""


def over_limit(
    room: Room, seat_id: str, leases: Iterable[str]
) -> type[TooManyWindows | Crowded] | None:
    """What to raise if this person, or their group in the room, has too many windows.

    Other people's windows never count against a facilitator.
    """
    parts = (lease.partition(":") for lease in leases)
    windows = Counter(seat for seat, _, connection in parts if connection not in NO_WINDOWS)
    seat = room.seat(seat_id)
    if seat is None:
        known = {seat.id for seat in room.people if seat.role is not Role.GUEST}
        strangers = sum(count for other, count in windows.items() if other not in known)
        is_crowded = strangers > MAX_A_LOBBY and seat_id not in known
    else:
        seated = sum(windows[other.id] for other in room.seats)
        is_crowded = seated > MAX_A_ROOM and seat.role is not Role.FACILITATOR
    if windows[seat_id] > (MAX_A_SEAT if seat else MAX_A_GUEST):
        return TooManyWindows
    return Crowded if is_crowded else None


def seats_in_two_tabs(first: dict[str, int], leases: dict[str, int]) -> frozenset[str]:
    """The seats with two live connections at the same time.

    `first`: the end of each lease when it was first seen. A browser that reconnects has a new lease
    beside its old one, which is no longer renewed. Of leases that were first seen with the same
    end, the one that was renewed last counts as the newest.
    """
    newest: dict[str, str] = {}
    windows: dict[str, str] = {}
    for lease in sorted(leases, key=lambda lease: (first[lease], leases[lease])):
        seat, _, connection = lease.partition(":")
        if connection not in NO_WINDOWS:
            windows[lease] = seat
            newest[seat] = lease
    return frozenset(
        seat
        for lease, seat in windows.items()
        if lease != newest[seat] and first[newest[seat]] < leases[lease]
    )
