"""The door of a room: facilitators admit, decline and remove people, and choose its settings."""

from msgspec.structs import replace

from server.room import chair, commands
from server.room.lobby import (
    at_door,
    remembering,
    still_waiting,
    with_facilitator_link_renewed,
    with_links_renewed,
    without,
)
from server.room.people import (
    check_capacity,
    check_facilitator_stays,
    without_seat,
)
from server.room.refused import Refused
from server.room.state import PutOut, Role, Room, Seat
from server.room.turns import target
from server.room.two_circles import sits_outside


def seated(room: Room, newcomer: Seat, *, leads: bool = False) -> Room:
    """The room with this person on a chair; raises Refused if none is free.

    A person who came by the facilitator link and does not lead yet asks to lead from their chair.
    """
    role = Role.MEMBER if newcomer.role is Role.GUEST else newcomer.role
    if leads:
        role = Role.FACILITATOR
    outer = sits_outside(room, role)
    if not outer:
        check_capacity(room, role)
    seat = replace(
        newcomer,
        role=role,
        comes_late=False,
        knocked=0,
        by_facilitator_link=newcomer.by_facilitator_link and not leads,
        put_out=None,
        outer=outer,
    )
    lobby = tuple(waits for waits in room.lobby if waits.id != seat.id)
    return replace(room, seats=(*room.seats, seat), lobby=lobby)


def locked_with_case(room: Room) -> Room:
    """Locks the room when the case begins, if the circle has this setting."""
    step = room.step
    if step is None or not step.begins_case or not room.door.locks_with_case:
        return room
    return replace(room, locked_by_case=True)


def admit(room: Room, command: commands.Admit, me: Seat, now: int) -> Room:
    if command.seat:
        newcomer = at_door(room, command.seat)
        if not _is_as_seen(newcomer, command):
            raise Refused("stale", "person_changed")
        if command.as_role or command.chair:
            return _admitted_for_good(room, newcomer, me, command, now)
        if me.role is not Role.FACILITATOR:
            # A stand-in cannot give a role that lasts longer than their own.
            newcomer = replace(newcomer, by_facilitator_link=False)
        return seated(room, newcomer, leads=newcomer.by_facilitator_link)
    if command.as_role or command.chair:
        raise Refused("invalid", "admit_these_by_name")
    together = [s for s in still_waiting(room, command.seats) if _comes_in_with_others(s)]
    if not together:
        raise Refused("stale", "admit_by_name")
    together = [seat for seat in together if _is_as_seen(seat, command)]
    if not together:
        raise Refused("stale", "person_changed")
    for seat in together:
        room = seated(room, seat)
    return room


def _admitted_for_good(
    room: Room, newcomer: Seat, me: Seat, command: commands.Admit, now: int
) -> Room:
    """Admitted in a way that a stand-in cannot decide."""
    if me.role is not Role.FACILITATOR:
        raise Refused("not_allowed", "lasts_beyond_session")
    if command.chair:
        return chair.given(room, newcomer, command.chair, now)
    return seated(room, replace(newcomer, role=Role.OBSERVER, by_facilitator_link=False))


def is_let_in_together(seat: Seat) -> bool:
    """Whether *Admit all* lets this person in: they are here and need no check of their own."""
    return seat.away_since is None and _comes_in_with_others(seat)


def decline(room: Room, command: commands.Decline, me: Seat, _now: int) -> Room:
    seen = [at_door(room, command.seat)] if command.seat else still_waiting(room, command.seats)
    room = without(room, seen)
    if me.role is not Role.FACILITATOR:
        return room  # A stand-in's decisions about strangers are not remembered.
    for seat in seen:
        room = remembering(room, seat.id, PutOut.DECLINED)
    return room


def remove(room: Room, command: commands.Remove, me: Seat, now: int) -> Room:
    seat = target(room, command.seat)
    if seat.role is Role.FACILITATOR and me.role is not Role.FACILITATOR:
        raise Refused("not_allowed", "facilitators_stay")
    if command.renew and me.role is not Role.FACILITATOR:
        raise Refused("not_allowed", "invitations_for_facilitators")
    if command.renew:
        _check_links_seen(room, command.links)
    check_facilitator_stays(room, seat)
    room = remembering(without_seat(room, seat.id, now), seat.id, PutOut.REMOVED)
    if seat.role is Role.FACILITATOR:
        room = with_facilitator_link_renewed(room)
    return with_links_renewed(room) if command.renew else room


def lobby(room: Room, command: commands.Lobby, _me: Seat, _now: int) -> Room:
    """Switches the lobby; people who wait already stay there."""
    return _with_door(room, lobby=command.on)


def set_door(room: Room, command: commands.SetDoor, _me: Seat, _now: int) -> Room:
    settings = {name: getattr(command, name) for name in command.__struct_fields__}
    return _with_door(room, **{name: on for name, on in settings.items() if on is not None})


def lock(room: Room, command: commands.Lock, _me: Seat, _now: int) -> Room:
    """Sets the facilitator's lock; unlocking ends the lock of the case, too."""
    by_case = room.locked_by_case and command.on
    if (room.locked, room.locked_by_case) == (command.on, by_case):
        raise Refused("stale", "already_so")
    return replace(room, locked=command.on, locked_by_case=by_case)


def renew_links(room: Room, command: commands.RenewLinks, _me: Seat, _now: int) -> Room:
    _check_links_seen(room, command.links)
    return with_links_renewed(room)


def _check_links_seen(room: Room, seen: int | None) -> None:
    """Refuses if the invitations have been renewed since: new ones may have been sent already."""
    if seen not in (None, room.links):
        raise Refused("stale", "links_renewed")


def _is_as_seen(seat: Seat, command: commands.Admit) -> bool:
    """Whether this person has the name and the link that the facilitator saw."""
    return command.seen is None or seat.knocked <= command.seen


def _comes_in_with_others(seat: Seat) -> bool:
    """Whether this person need not be admitted by name: does not ask to lead, was not put out."""
    return not seat.by_facilitator_link and seat.put_out is None


def _with_door(room: Room, **changed: bool) -> Room:
    door = replace(room.door, **changed)
    if door == room.door:
        raise Refused("stale", "already_so")
    return replace(room, door=door)
