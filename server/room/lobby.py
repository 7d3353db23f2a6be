"""The lobby: how people leave it, which seats the room remembers, and what renewing links changes.

Seats in `room.lobby` have no place in `room.seats` (door.py). The room remembers seat ids alone,
within bounds and until the session ends.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from server.room.refused import Refused
from server.room.state import PutOut, Role, Room, Seat

MAX_WAITING = 20
"""Strangers. They take no place from people whom the circle knows."""
MAX_KNOWN_WAITING = 52
"""As many as a room has places for: chairs, the outer circle and observers."""
MAX_LAPSED = 40
"""A link that is pressed again and again by a browser without cookies fills no memory."""
MAX_PUT_OUT = 40
"""Also of `came_again`, which has one seat for each of these."""


def check_place(room: Room, newcomer: Seat) -> None:
    """Refuses where the lobby has no place for one more stranger, or for one more person whom the
    circle knows."""
    is_guest = newcomer.role is Role.GUEST
    most = MAX_WAITING if is_guest else MAX_KNOWN_WAITING
    if sum((seat.role is Role.GUEST) == is_guest for seat in room.lobby) >= most:
        raise Refused("full", f"{most} people wait already, as many as fit.")


def at_door(room: Room, seat_id: str) -> Seat:
    """The seat with this id, which waits; raises Refused where it does not."""
    seat = room.waiting(seat_id)
    if seat is None:
        raise Refused("unknown_seat", "that person does not wait at the door any more.")
    return seat


def still_waiting(room: Room, seen: tuple[str, ...]) -> list[Seat]:
    """The people among these who are still waiting; raises Refused where there is none."""
    if len(seen) > MAX_WAITING + MAX_KNOWN_WAITING:
        raise Refused("too_long", f"{MAX_WAITING + MAX_KNOWN_WAITING} people wait at most.")
    if not seen:
        unsaid = "your page did not say whom you saw; please press again."
        raise Refused("stale", unsaid if room.lobby else "nobody is at the door.")
    if not (waiting := [seat for seat in room.lobby if seat.id in seen]):
        gone = "the people you saw are no longer waiting; please check who is there now."
        raise Refused("stale", gone)
    return waiting


def without(room: Room, leaving: Iterable[Seat]) -> Room:
    """The room in which these people no longer wait. Their marks are kept."""
    ids = {seat.id for seat in leaving}
    return replace(room, lobby=tuple(seat for seat in room.lobby if seat.id not in ids))


def put_out_as(room: Room, seat_id: str) -> str:
    """The seat by which `room.put_out` knows this person, if it knows them."""
    return dict(room.came_again).get(seat_id, seat_id)


def how_put_out(room: Room, seat_id: str) -> PutOut | None:
    """How this person was put out earlier in this session, if they were."""
    return dict(room.put_out).get(put_out_as(room, seat_id))


def remembering(room: Room, seat_id: str, how: PutOut) -> Room:
    """The room that marks this person when they knock again.

    People have one mark each, by whichever seat they come. Strangers who are declined take no mark
    from people who were removed.
    """
    marked = put_out_as(room, seat_id)
    others = [known for known in room.put_out if known[0] != marked]
    if dict(room.put_out).get(marked) is PutOut.REMOVED:
        how = PutOut.REMOVED
    if len(others) == MAX_PUT_OUT:
        declined = [known for known in others if known[1] is PutOut.DECLINED]
        if how is PutOut.DECLINED and not declined:
            return room
        others.remove((declined or others)[0])
    put_out = (*others, (marked, how))
    seats = dict(put_out)
    came_again = tuple(pair for pair in room.came_again if pair[1] in seats)
    return replace(room, put_out=put_out, came_again=came_again)


def coming_again(room: Room, seat_id: str, former: str) -> Room:
    """The room that knows this seat as that of somebody who was put out by another one.

    Only the newest seat of each person: a dead cookie that sends the form again and again fills no
    memory.
    """
    marked = put_out_as(room, former)
    if marked not in dict(room.put_out):
        return room
    others = (pair for pair in room.came_again if pair[1] != marked)
    return replace(room, came_again=(*others, (seat_id, marked)))


def lapsed(room: Room, seat_id: str) -> Room:
    """The room in which this person waits no more; a guest may come back until the session ends."""
    seat = at_door(room, seat_id)
    guests = (seat_id,) if seat.role is Role.GUEST else ()
    may_return = (*room.lapsed, *guests)[-MAX_LAPSED:]
    return replace(without(room, [seat]), lapsed=may_return)


def with_links_renewed(room: Room) -> Room:
    """The room whose earlier invitations are void. Guests who came by them no longer wait."""
    room = without(room, [seat for seat in room.lobby if seat.role is Role.GUEST])
    return replace(_with_nobody_to_lead(room), lapsed=(), links=room.links + 1)


def with_facilitator_link_renewed(room: Room) -> Room:
    """The room whose earlier facilitator link is void. People who came by it ask to lead no more,
    and wait as ordinary guests: they may have the members' link as well."""
    return replace(_with_nobody_to_lead(room), facilitator_links=room.facilitator_links + 1)


def _with_nobody_to_lead(room: Room) -> Room:
    lobby = (replace(seat, by_facilitator_link=False) for seat in room.lobby)
    seats = (replace(seat, by_facilitator_link=False) for seat in room.seats)
    return replace(room, lobby=tuple(lobby), seats=tuple(seats))
