"""The people of a room: who has a seat, and in which role."""

from msgspec.structs import replace

from server.room import commands
from server.room.lobby import how_put_out, with_facilitator_link_renewed
from server.room.refused import Refused
from server.room.state import Role, Room, Seat
from server.room.turns import (
    hand_on,
    target,
    with_seat,
    without_hand,
    without_ineligible,
)
from server.room.two_circles import check_chair_free

MAX_OBSERVERS = 20


def make_facilitator(room: Room, command: commands.MakeFacilitator, _me: Seat, now: int) -> Room:
    _check_role_seen(room, command)
    return _with_role(room, command.seat, Role.FACILITATOR, now)


def make_member(room: Room, command: commands.MakeMember, _me: Seat, now: int) -> Room:
    _check_role_seen(room, command)
    return _with_role(room, command.seat, Role.MEMBER, now)


def make_observer(room: Room, command: commands.MakeObserver, _me: Seat, now: int) -> Room:
    _check_role_seen(room, command)
    return _with_role(room, command.seat, Role.OBSERVER, now)


def returned(room: Room, seat: Seat, command: commands.Enter, now: int) -> Room:
    """The room with a seated person back, perhaps with another name or invitation."""
    by_link = command.invited is Role.FACILITATOR and seat.role is not Role.FACILITATOR
    leads = by_link and leads_unasked(room, seat.id)
    asks = (by_link or seat.by_facilitator_link) and not leads
    if not leads and (seat.name, seat.by_facilitator_link) == (command.name, asks):
        raise Refused("stale", "sits_already")
    if leads:
        room = _with_role(room, seat.id, Role.FACILITATOR, now)
    back = replace(target(room, seat.id), name=command.name, by_facilitator_link=asks)
    return with_seat(room, back)


def leads_unasked(room: Room, seat_id: str) -> bool:
    """Whether the facilitator link lets this person lead at once. It does not if they were put out
    earlier in this session, or if there is a lobby and a facilitator is here to decide."""
    if how_put_out(room, seat_id):
        return False
    leaders = (s for s in room.seats if s.role is Role.FACILITATOR and s.away_since is None)
    return not (room.door.lobby and any(leaders))


def _with_role(room: Room, seat_id: str, role: Role, now: int) -> Room:
    seat = target(room, seat_id)
    _check_role(room, seat, role)
    if seat.role is role and not seat.by_facilitator_link:
        raise Refused("stale", "has_role_already", name=seat.shown_name, role=role)
    if seat.role is role:  # Asked to lead, and is refused that way.
        return with_seat(room, replace(seat, by_facilitator_link=False))
    if room.holder != seat.id or role is Role.OBSERVER:
        room = without_turn(room, seat.id, now)
    room = replace(room, timekeeper=None) if room.timekeeper == seat.id else room
    room = without_presenter(room, seat.id)
    if seat.role is Role.FACILITATOR:
        room = with_facilitator_link_renewed(room)
    changed = replace(
        target(room, seat_id),
        role=role,
        by_facilitator_link=False,
        offers_case=False,
        outer=False,
    )
    if not changed.speaks:
        changed = replace(changed, mic_on=False, muted_by_facilitator=False, camera_on=False)
    return without_ineligible(with_seat(room, changed), now)


def _check_role_seen(
    room: Room, command: commands.MakeFacilitator | commands.MakeMember | commands.MakeObserver
) -> None:
    """Refuses if another facilitator has changed the role of this person meanwhile."""
    seat = target(room, command.seat)
    if command.from_role not in (None, seat.role):
        raise Refused("stale", "has_role_by_now", name=seat.shown_name, role=seat.role)


def _check_role(room: Room, seat: Seat, role: Role) -> None:
    """Raises Refused if this seat may not have this role now."""
    if seat.role is role:
        return
    if seat.id == room.presenter:
        raise Refused("not_now", "presents_now", name=seat.shown_name)
    check_facilitator_stays(room, seat)
    if seat.outer or seat.speaks != (role is not Role.OBSERVER):
        check_capacity(room, role)


def check_facilitator_stays(room: Room, leaving: Seat) -> None:
    """Refuses if this is the last facilitator."""
    others = [s for s in room.seats if s.role is Role.FACILITATOR and s.id != leaving.id]
    if leaving.role is Role.FACILITATOR and not others:
        raise Refused("not_now", "last_facilitator")


def check_capacity(room: Room, role: Role) -> None:
    """Refuses if there is no free chair for this role."""
    if role is Role.OBSERVER:
        if sum(not seat.speaks for seat in room.seats) >= MAX_OBSERVERS:
            raise Refused("full", "observers_full", most=MAX_OBSERVERS)
    else:
        check_chair_free(room)


def with_presenter(room: Room, seat_id: str | None) -> Room:
    """The room with this presenter (None: nobody), and nobody asked to present."""
    return replace(
        room,
        presenter=seat_id,
        presenter_done=False,
        asked=None,
        recalled=False,
        return_asked=False,
        return_seen=None,
    )


def without_presenter(room: Room, seat_id: str) -> Room:
    """The room in which this person neither presents nor is asked to present."""
    if room.presenter == seat_id:
        return with_presenter(room, None)
    return replace(room, asked=None) if room.asked == seat_id else room


def without_turn(room: Room, seat_id: str, now: int) -> Room:
    """The room in which this seat neither holds the floor nor asks for it."""
    room = without_hand(room, seat_id)
    if room.holder == seat_id:
        room = hand_on(room, now)
    return room


def without_seat(room: Room, seat_id: str, now: int) -> Room:
    """The room without this seat, its turn and its case."""
    room = without_presenter(without_turn(room, seat_id, now), seat_id)
    return replace(room, seats=tuple(seat for seat in room.seats if seat.id != seat_id))
