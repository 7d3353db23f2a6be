"""Two circles: an inner one that speaks, and an outer one that listens and speaks later.

Owns who sits in which, and their sizes. hearing.py decides who may be heard.
"""

from msgspec.structs import replace

from server.room import commands
from server.room.refused import Refused
from server.room.state import Role, Room, Seat
from server.room.turns import target, with_seat, without_ineligible

MAX_OUTER = 20


def sits_outside(room: Room, role: Role) -> bool:
    """Whether a newcomer in this role sits in the outer circle, because the inner one is full.

    Raises Refused if both are full.
    """
    if role is not Role.MEMBER or not room.plan.two_circles or _inner(room) < room.plan.chairs:
        return False
    _check_outer_free(room)
    return True


def check_chair_free(room: Room) -> None:
    """Refuses if all chairs of the format are taken."""
    chairs = room.plan.chairs
    if _inner(room) >= chairs:
        raise Refused("full", "chairs_taken", chairs=chairs)


def outer_circle(room: Room, command: commands.OuterCircle, _me: Seat, now: int) -> Room:
    seat = target(room, command.seat)
    if not room.plan.two_circles:
        raise Refused("not_now", "one_circle")
    if seat.role is not Role.MEMBER:
        raise Refused("not_now", "members_sit_in_circles")
    if seat.id == room.presenter:
        raise Refused("not_now", "presenter_sits_inside", name=seat.shown_name)
    if seat.outer == command.on:
        raise Refused("stale", "already_so")
    (_check_outer_free if command.on else check_chair_free)(room)
    # The camera must not come back by surprise.
    seat = replace(seat, outer=command.on, camera_on=seat.camera_on and not command.on)
    return without_ineligible(with_seat(room, seat), now)


def _check_outer_free(room: Room) -> None:
    if sum(seat.outer for seat in room.seats) >= MAX_OUTER:
        raise Refused("full", "both_circles_full", most=MAX_OUTER)


def _inner(room: Room) -> int:
    return sum(seat.speaks and not seat.outer for seat in room.seats)
