"""Names: what a person may be called, and how people whose names look alike are told apart."""

from msgspec.structs import replace

from server.room import commands
from server.room.lookalikes import looks
from server.room.refused import Refused
from server.room.state import Room, Seat
from server.room.turns import with_seat
from server.room.typed import is_blank, tidied

MAX_NAME = 40


def person_name(typed: str) -> str:
    """A typed name, tidied; raises Refused unless it has 1 to 40 characters."""
    name = tidied(typed)
    if is_blank(name):
        raise Refused("invalid", "your_name_empty", most=MAX_NAME)
    if len(name) > MAX_NAME:
        raise Refused("too_long", "your_name_too_long", length=len(name), most=MAX_NAME)
    return name


def rename(room: Room, command: commands.Rename, me: Seat, _now: int) -> Room:
    name = person_name(command.name)
    if name == me.name:
        raise Refused("stale", "already_so")
    return with_seat(room, replace(me, name=name))


def told_apart(before: Room, room: Room) -> Room:
    """The room in which no two people have shown names that look alike.

    People who had their name `before` keep their number, or keep having none; newcomers and people
    with a new name get the next one. So nobody's name changes because somebody leaves.
    """
    if room.seats is before.seats and room.lobby is before.lobby:
        return room
    # As after most commands. A seat that is made anew has lost its number.
    if _shown(before) == _shown(room):
        return room
    keeps = frozenset((seat.id, seat.name) for seat in before.people)
    taken: set[tuple[int, str]] = set()
    alike: list[Seat] = []
    for seat in room.people:
        shown = looks(seat.shown_name)
        if (seat.id, seat.name) in keeps and taken.isdisjoint(shown):
            taken |= shown
        elif seat.name:
            alike.append(seat)
    changed: dict[str, Seat] = {}
    for seat in alike:
        numbered = _numbered(seat, taken)
        taken |= looks(numbered.shown_name)
        if numbered != seat:
            changed[seat.id] = numbered
    if not changed:
        return room
    return replace(
        room,
        seats=tuple(changed.get(seat.id, seat) for seat in room.seats),
        lobby=tuple(changed.get(seat.id, seat) for seat in room.lobby),
    )


def _shown(room: Room) -> list[tuple[str, str]]:
    return [(seat.id, seat.shown_name) for seat in room.people]


def _numbered(seat: Seat, taken: set[tuple[int, str]]) -> Seat:
    number = 0
    while not taken.isdisjoint(looks((found := replace(seat, namesake=number)).shown_name)):
        number = max(2, number + 1)
    return found
