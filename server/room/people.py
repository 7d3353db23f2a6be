"""The people of a room: who has a seat, in which role, who presents, who is here."""

from msgspec.structs import replace

from server.room import commands
from server.room.formats import Turns
from server.room.refused import Refused
from server.room.state import ENDED, Role, Room, Seat
from server.room.turns import (
    AWAY_KEEPS_TURN_MS,
    end_silence,
    entitled,
    grant,
    hand_on,
    target,
    with_seat,
    without_hand,
)

MAX_SPEAKERS = 12
MAX_OBSERVERS = 20
KEPT_AFTER_END_MS = 30_000
"""How long an ended room stays for its last page; then nothing of it is left."""


def next_due(room: Room) -> int | None:
    """When the server itself must act on this room (epoch ms), or None."""
    if room.ended_at is not None:
        return room.ended_at + KEPT_AFTER_END_MS
    due = list(_turns_kept_until(room).values())
    if room.silence_until is not None:
        due.append(room.silence_until)
    return min(due, default=None)


def fall_due(room: Room, _command: commands.FallDue, now: int) -> Room:
    """Ends a silence whose time is over, and the turn of whoever was away for two minutes."""
    before = room
    if room.silence_until is not None and room.silence_until <= now:
        room = end_silence(room, now)
    for seat_id, until in _turns_kept_until(room).items():
        if until <= now:
            room = _without_turn(room, seat_id, now)
    if room == before:
        raise Refused("stale", "nothing has fallen due.")
    return room


def enter(room: Room, command: commands.Enter, now: int) -> Room:
    """Seats a newcomer, or finds the seat of somebody who comes back."""
    if room.phase == ENDED:
        raise Refused("not_now", "This session has just ended. Please come back in a minute.")
    seat = room.seat(command.seat)
    if seat is not None:
        return _returned(room, seat, command, now)
    if room.locked:
        raise Refused("not_now", "The room is locked: nobody new comes in for now.")
    seat = Seat(id=command.seat, name=command.name, role=command.role)
    _check_capacity(room, seat.role)
    return replace(room, seats=(*room.seats, seat))


def note_presence(room: Room, command: commands.NotePresence, now: int) -> Room:
    """Marks who is away and who is back; presence itself is known to the store."""
    seats = tuple(_present(seat, seat.id in command.here, now) for seat in room.seats)
    if seats == room.seats or room.phase == ENDED:
        raise Refused("stale", "everybody is where they were.")
    return replace(room, seats=seats)


def seat_presenter(room: Room, command: commands.SeatPresenter, _me: Seat, now: int) -> Room:
    if not command.seat:
        if room.presenter is None:
            raise Refused("stale", "nobody presents.")
        return entitled(_with_presenter(room, None), now)
    seat = target(room, command.seat)
    if seat.id == room.presenter:
        raise Refused("stale", f"{seat.name} presents already.")
    if seat.role is not Role.MEMBER:
        raise Refused("not_now", f"a member presents; {seat.name} is {described(seat.role)}.")
    vacant = room.holder is None or room.holder == room.presenter
    room = _with_presenter(with_seat(room, replace(seat, offers_case=False)), seat.id)
    if vacant and room.step is not None and room.step.turns is Turns.PRESENTER:
        room = grant(room, seat.id, now)
    return entitled(room, now)


def offer_case(room: Room, _command: commands.OfferCase, me: Seat, _now: int) -> Room:
    if room.presenter is not None:
        raise Refused("not_now", "somebody presents already.")
    if me.offers_case:
        raise Refused("stale", "the facilitators have seen your offer.")
    return with_seat(room, replace(me, offers_case=True))


def withdraw_case(room: Room, _command: commands.WithdrawCase, me: Seat, _now: int) -> Room:
    if not me.offers_case:
        raise Refused("stale", "you have not offered a case.")
    return with_seat(room, replace(me, offers_case=False))


def make_facilitator(room: Room, command: commands.MakeFacilitator, _me: Seat, now: int) -> Room:
    return _with_role(room, command.seat, Role.FACILITATOR, now)


def make_member(room: Room, command: commands.MakeMember, _me: Seat, now: int) -> Room:
    return _with_role(room, command.seat, Role.MEMBER, now)


def make_observer(room: Room, command: commands.MakeObserver, _me: Seat, now: int) -> Room:
    return _with_role(room, command.seat, Role.OBSERVER, now)


def remove(room: Room, command: commands.Remove, _me: Seat, now: int) -> Room:
    seat = target(room, command.seat)
    _check_facilitator_stays(room, seat)
    room = _without_turn(room, seat.id, now)
    if seat.id == room.presenter:
        room = _with_presenter(room, None)
    return replace(room, seats=tuple(s for s in room.seats if s.id != seat.id))


def lock(room: Room, command: commands.Lock, _me: Seat, _now: int) -> Room:
    if room.locked == command.on:
        raise Refused("stale", "it is so already.")
    return replace(room, locked=command.on)


def renew_links(room: Room, _command: commands.RenewLinks, _me: Seat, _now: int) -> Room:
    return replace(room, links=room.links + 1)


def _returned(room: Room, seat: Seat, command: commands.Enter, now: int) -> Room:
    if (seat.name, seat.role) == (command.name, command.role):
        raise Refused("stale", "this person sits here already.")
    if seat.role is not command.role:
        room = _with_role(room, seat.id, command.role, now)
    return with_seat(room, replace(target(room, seat.id), name=command.name))


def _with_role(room: Room, seat_id: str, role: Role, now: int) -> Room:
    seat = target(room, seat_id)
    room = _checked_role(room, seat, role)
    if seat.role is role:
        raise Refused("stale", f"{seat.name} is {described(role)} already.")
    if room.holder != seat.id or role is Role.OBSERVER:
        room = _without_turn(room, seat.id, now)
    changed = replace(target(room, seat_id), role=role, offers_case=False)
    if not changed.speaks:
        changed = replace(changed, mic_on=False, hushed=False, camera_on=False)
    return entitled(with_seat(room, changed), now)


def _checked_role(room: Room, seat: Seat, role: Role) -> Room:
    """The room itself, unless this seat may not take this role now."""
    if seat.role is role:
        return room
    if seat.id == room.presenter:
        raise Refused("not_now", f"{seat.name} presents; seat another presenter first.")
    _check_facilitator_stays(room, seat)
    if seat.speaks != (role is not Role.OBSERVER):
        _check_capacity(room, role)
    return room


def _check_facilitator_stays(room: Room, leaving: Seat) -> None:
    others = [s for s in room.seats if s.role is Role.FACILITATOR and s.id != leaving.id]
    if leaving.role is Role.FACILITATOR and not others:
        raise Refused("not_now", "a room needs a facilitator; name another one first.")


def _check_capacity(room: Room, role: Role) -> None:
    if role is Role.OBSERVER:
        if sum(not seat.speaks for seat in room.seats) >= MAX_OBSERVERS:
            raise Refused("full", f"{MAX_OBSERVERS} people observe already, as many as fit.")
    elif sum(seat.speaks for seat in room.seats) >= MAX_SPEAKERS:
        raise Refused("full", f"All {MAX_SPEAKERS} chairs of this circle are taken.")


def _with_presenter(room: Room, seat_id: str | None) -> Room:
    return replace(room, presenter=seat_id, recalled=False, return_asked=False)


def _without_turn(room: Room, seat_id: str, now: int) -> Room:
    room = without_hand(room, seat_id)
    if room.holder == seat_id:
        room = hand_on(room, now)
    return room


def _present(seat: Seat, here: bool, now: int) -> Seat:
    if here:
        return seat if seat.away_since is None else replace(seat, away_since=None)
    return seat if seat.away_since is not None else replace(seat, away_since=now)


def _turns_kept_until(room: Room) -> dict[str, int]:
    """Until when (epoch ms) the hand or the floor is kept for each seat that is away."""
    return {
        seat.id: seat.away_since + AWAY_KEEPS_TURN_MS
        for seat in room.seats
        if seat.away_since is not None and (seat.id in room.hands or seat.id == room.holder)
    }


def described(role: Role) -> str:
    """The role with its article, for sentences."""
    return {"facilitator": "a facilitator", "member": "a member", "observer": "an observer"}[role]
