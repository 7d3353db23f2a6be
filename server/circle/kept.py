"""The fields that a circle keeps of a change of its room: people's roles and the settings.

Pure. Fields are those of the circle in Redis (server/store/keys.py): name, value; '' deletes.
"""

from collections.abc import Iterable

import msgspec

from server.room.state import Role, Room, Seat


def kept_fields(before: Room | None, after: Room) -> Iterable[str]:
    """The circle's fields that change with the room: people's roles and the settings."""
    if before is None or (before.seats, before.lobby) != (after.seats, after.lobby):
        old, new = people(before), people(after)
        for seat in {**old, **new}:
            if seat in new:
                yield from _known(old.get(seat), new[seat])
            elif before and not _stays_known(before, old[seat], after):
                yield from without_seats([seat])
    if before is None:
        return
    for seat in before.lapsed:
        if seat not in after.lapsed and not (after.seat(seat) or after.waiting(seat)):
            yield from (f"seat:{seat}", "")
    if before.links != after.links:
        yield from ("links", str(after.links))
    if before.facilitator_links != after.facilitator_links:
        yield from ("facilitator_links", str(after.facilitator_links))
    if before.elsewhere != after.elsewhere:
        yield from ("elsewhere", after.elsewhere)
    if before.door != after.door:
        yield from ("door", msgspec.json.encode(after.door).decode())


def without_seats(seats: Iterable[str]) -> Iterable[str]:
    """The fields that forget these people."""
    for seat in seats:
        yield from (f"seat:{seat}", "", f"presented:{seat}", "")


def people(room: Room | None) -> dict[str, Seat]:
    """All people seated in this room or in its lobby, by seat id."""
    return {seat.id: seat for seat in room.people} if room else {}


def known_people(room: Room) -> int:
    """The number of these people whom the circle knows."""
    return sum(seat.role is not Role.GUEST for seat in room.people)


def _stays_known(before: Room, seat: Seat, after: Room) -> bool:
    """Whether the circle still knows a person who no longer has a place in the room.

    It knows members who left before the debrief or were not let in today, and guests whose place
    in the lobby has lapsed, since a locked phone may wake up.
    """
    comes_again = seat.id in after.gone or seat.id in after.lapsed
    return comes_again or (seat in before.lobby and seat.role is not Role.GUEST)


def _known(old: Seat | None, new: Seat) -> Iterable[str]:
    """The changed fields of a person: their role, and when they last presented."""
    if old is None or old.role is not new.role:
        yield from (f"seat:{new.id}", str(new.role))
    if new.presented_at and (old is None or old.presented_at != new.presented_at):
        yield from (f"presented:{new.id}", str(new.presented_at))
