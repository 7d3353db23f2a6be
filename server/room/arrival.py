"""Arrivals: who comes in at once, who waits in the lobby, who comes in with a later phase; and
presence, which leases tell.

People who wait have a seat in `room.lobby` and none in `room.seats`: no rule of the room applies to
them, and they see nothing of it.
"""

from msgspec.structs import replace

from server.room import commands
from server.room.door import seated
from server.room.formats.plan import Phase
from server.room.lobby import check_place, coming_again, how_put_out
from server.room.news import back
from server.room.people import leads_unasked, returned
from server.room.refused import Refused
from server.room.state import DEBRIEF, ENDED, Role, Room, Seat


def enter(room: Room, command: commands.Enter, now: int) -> Room:
    """Seats a person, puts them into the lobby, or returns them to their seat."""
    if room.phase == DEBRIEF:
        raise Refused("not_now", "debrief_goes_on")
    if not room.is_live:
        raise Refused("not_now", "just_ended")
    # The links may have been renewed after the form was sent. A greater number is no void link:
    # serials only rise, and a process of an earlier release drops one of the room's two.
    invited = command.invited
    if invited and command.serial is not None and command.serial < room.serial(invited):
        raise Refused("not_allowed", "old_link")
    if seat := room.seat(command.seat):
        return returned(room, seat, command, now)
    by_link = command.role is not Role.FACILITATOR and invited is Role.FACILITATOR
    waits = room.waiting(command.seat)
    mark = (
        (waits and waits.put_out)
        or how_put_out(room, command.seat)
        or how_put_out(room, command.former)  # the seat of their void cookie
    )
    leads = command.role is Role.FACILITATOR or (
        by_link and not mark and leads_unasked(room, command.seat)
    )
    if waits and not leads:
        return _waits_again(room, waits, command, by_link=by_link)
    if command.seat in room.lapsed:
        room = replace(room, lapsed=tuple(s for s in room.lapsed if s != command.seat))
    newcomer = Seat(
        id=command.seat,
        name=command.name,
        role=command.role or Role.GUEST,
        by_facilitator_link=by_link,
        presented_at=command.presented_at,
        put_out=mark,
    )
    if newcomer.role is Role.GUEST and room.locked:
        raise Refused("not_now", "room_locked")
    if not leads and _is_asked_first(room, newcomer):
        return _with_waiting(coming_again(room, command.seat, command.former), newcomer)
    if not leads and _is_late(room, newcomer):
        return _with_waiting(room, replace(newcomer, comes_late=True))
    return seated(room, newcomer, leads=leads)


def is_in(room: Room, person: commands.Enter) -> bool:
    """Whether this person has a place in the room, or had one before the members left, so that
    their arrival changes nothing."""
    if person.seat in room.gone:
        return True
    place = room.seat(person.seat) or room.waiting(person.seat)
    if place is None:
        return False
    if person.invited is None:
        # Only the form changes a name. Otherwise two cookies of one seat would change the room in
        # turns, with each page that is loaded.
        return True
    by_link = person.invited is Role.FACILITATOR and place.role is not Role.FACILITATOR
    # A person who has asked to lead does so by the link once no facilitator is here.
    has_asked = place.by_facilitator_link and (
        place.put_out is not None or not leads_unasked(room, person.seat)
    )
    return not room.is_live or (place.name == person.name and (has_asked or not by_link))


def is_of_another_session(room: Room, person: commands.Enter) -> bool:
    """Whether a guest comes with only a cookie, which this room does not know: they waited in an
    earlier session, and the links may have been renewed since."""
    is_guest = person.role is Role.GUEST and person.invited is None
    return is_guest and person.seat not in room.lapsed


def let_in_late(room: Room) -> Room:
    """Seats latecomers if the phase that begins allows it.

    Without a chair for them, they wait for a facilitator from then on.
    """
    if room.step is None or room.step.holds_late:
        return room
    for seat in room.lobby:
        if seat.away_since is None and _waits_for_phase(room, seat):
            room = _seated_or_asked_for(room, seat)
    return room


def note_presence(room: Room, command: commands.NotePresence, now: int) -> Room:
    """Marks who is away and who is back, by the leases in the store.

    A latecomer who was away when a phase let the others in comes in when they are back.
    """
    seats = tuple(_present(seat, command, now) for seat in room.seats)
    lobby = tuple(_present(seat, command, now) for seat in room.lobby)
    if (seats, lobby) == (room.seats, room.lobby) or room.phase == ENDED:
        raise Refused("stale", "nobody_came_or_left")
    noted = replace(room, seats=seats, lobby=lobby)
    for seat in lobby:
        is_here = seat.away_since is None
        if room.step and is_here and _waits_for_phase(room, seat) and not _is_held(room, seat):
            noted = _seated_or_asked_for(noted, seat)
    return noted


def comes_in_later(room: Room, seat: Seat) -> bool:
    """Whether this person in the lobby is let in by a later phase, without a facilitator."""
    return _waits_for_phase(room, seat) and phase_for_latecomers(room) is not None


def phase_for_latecomers(room: Room) -> Phase | None:
    """The next phase that lets latecomers in; None if there is none."""
    return next((phase for phase in room.to_come if not phase.holds_late), None)


def _waits_for_phase(room: Room, seat: Seat) -> bool:
    return seat.comes_late and not room.locked and not _is_asked_first(room, seat)


def _seated_or_asked_for(room: Room, seat: Seat) -> Room:
    try:
        return seated(room, seat)
    except Refused:
        return _with_waiting_again(room, replace(seat, comes_late=False))


def _present(seat: Seat, noted: commands.NotePresence, now: int) -> Seat:
    is_here, in_two_tabs = seat.id in noted.here, seat.id in noted.in_two_tabs
    if is_here is (seat.away_since is not None):
        seat = back(seat, now) if is_here else replace(seat, away_since=now)
    return seat if in_two_tabs is seat.in_two_tabs else replace(seat, in_two_tabs=in_two_tabs)


def _is_asked_first(room: Room, newcomer: Seat) -> bool:
    """Whether a facilitator must let this person in."""
    if newcomer.put_out:
        return True
    if newcomer.role is Role.GUEST:
        return room.door.lobby or (room.locked_by_case and not room.door.holds_late)
    return room.locked or (room.door.lobby and not room.door.knows)


def _is_late(room: Room, newcomer: Seat) -> bool:
    """Whether this person waits for a later phase; guests also once the case locks the room."""
    return room.door.holds_late and _is_held(room, newcomer)


def _is_held(room: Room, newcomer: Seat) -> bool:
    """Whether this phase lets this person in by a facilitator alone."""
    is_closed = room.step is not None and room.step.holds_late
    return is_closed or (newcomer.role is Role.GUEST and room.locked_by_case)


def _waits_again(room: Room, seat: Seat, command: commands.Enter, *, by_link: bool) -> Room:
    by_link |= seat.by_facilitator_link
    if (seat.name, seat.by_facilitator_link) == (command.name, by_link):
        raise Refused("stale", "waits_already")
    changed = replace(
        seat, name=command.name, by_facilitator_link=by_link, knocked=room.version + 1
    )
    return _with_waiting_again(room, changed)


def _with_waiting_again(room: Room, changed: Seat) -> Room:
    """The room with this seat in the lobby instead of the one with the same id."""
    return replace(room, lobby=tuple(changed if s.id == changed.id else s for s in room.lobby))


def _with_waiting(room: Room, newcomer: Seat) -> Room:
    check_place(room, newcomer)
    newcomer = replace(newcomer, knocked=room.version + 1)
    return replace(room, lobby=(*room.lobby, newcomer))
