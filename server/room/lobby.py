"""The lobby: how people leave it, which seats the room remembers, and the renewal of links.

Seats in `room.lobby` have no place in `room.seats` (arrival.py). The room remembers only seat ids,
within bounds and until the session ends.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from server.room.refused import Refused
from server.room.state import PutOut, Role, Room, Seat

MAX_WAITING = 20
"""Strangers, who take no place from people whom the circle knows."""
MAX_KNOWN_WAITING = 52
"""All places of a room: chairs, the outer circle and observers."""
MAX_LAPSED = 40
"""Bounded, since a browser without cookies may open a link again and again."""
MAX_PUT_OUT = 40
"""Also the bound of `came_again`, which has one seat for each of these."""


def check_place(room: Room, newcomer: Seat) -> None:
    """Refuses if the lobby has no place for another stranger, or for another person whom the
    circle knows."""
    is_guest = newcomer.role is Role.GUEST
    most = MAX_WAITING if is_guest else MAX_KNOWN_WAITING
    if sum((seat.role is Role.GUEST) == is_guest for seat in room.lobby) >= most:
        raise Refused("full", "lobby_full", most=most)


def at_door(room: Room, seat_id: str) -> Seat:
    """The seat with this id in the lobby; raises Refused without one."""
    seat = room.waiting(seat_id)
    if seat is None:
        raise Refused("unknown_seat", "not_at_door")
    return seat


def still_waiting(room: Room, seen: tuple[str, ...]) -> list[Seat]:
    """The people of `seen` who still wait; raises Refused if nobody does."""
    if len(seen) > MAX_WAITING + MAX_KNOWN_WAITING:
        raise Refused("too_long", "too_many_named", most=MAX_WAITING + MAX_KNOWN_WAITING)
    if not seen:
        if not room.lobby:
            raise Refused("stale", "nobody_at_door")
        raise Refused("stale", "nobody_named")
    if not (waiting := [seat for seat in room.lobby if seat.id in seen]):
        raise Refused("stale", "no_longer_waiting")
    return waiting


def without(room: Room, leaving: Iterable[Seat]) -> Room:
    """The room without these people in the lobby. Marks in `put_out` stay."""
    ids = {seat.id for seat in leaving}
    return replace(room, lobby=tuple(seat for seat in room.lobby if seat.id not in ids))


def put_out_as(room: Room, seat_id: str) -> str:
    """The seat that `room.put_out` has for this person, if it has one."""
    return dict(room.came_again).get(seat_id, seat_id)


def how_put_out(room: Room, seat_id: str) -> PutOut | None:
    """How this person was put out earlier in this session, or None."""
    return dict(room.put_out).get(put_out_as(room, seat_id))


def remembering(room: Room, seat_id: str, how: PutOut) -> Room:
    """The room with a mark for this person, which facilitators see if they knock again.

    Each person has one mark, even if they come by another seat. Declined strangers take no place
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
    """The room that knows `seat_id` as a new seat of a person who was put out as `former`.

    Only the newest seat of each person is kept, since a browser may send the form again and
    again.
    """
    marked = put_out_as(room, former)
    if marked not in dict(room.put_out):
        return room
    others = (pair for pair in room.came_again if pair[1] != marked)
    return replace(room, came_again=(*others, (seat_id, marked)))


def lapsed(room: Room, seat_id: str) -> Room:
    """The room without this person in the lobby; a guest may return until the session ends."""
    seat = at_door(room, seat_id)
    guests = (seat_id,) if seat.role is Role.GUEST else ()
    may_return = (*room.lapsed, *guests)[-MAX_LAPSED:]
    return replace(without(room, [seat]), lapsed=may_return)


def with_links_renewed(room: Room) -> Room:
    """The room with new invitations. Guests who came by old ones no longer wait."""
    room = without(room, [seat for seat in room.lobby if seat.role is Role.GUEST])
    return replace(_with_nobody_to_lead(room), lapsed=(), links=room.links + 1)


def with_facilitator_link_renewed(room: Room) -> Room:
    """The room with a new facilitator link. People who came by the old one no longer ask to lead,
    and wait as ordinary guests, since they may have the members' link as well."""
    return replace(_with_nobody_to_lead(room), facilitator_links=room.facilitator_links + 1)


def _with_nobody_to_lead(room: Room) -> Room:
    lobby = (replace(seat, by_facilitator_link=False) for seat in room.lobby)
    seats = (replace(seat, by_facilitator_link=False) for seat in room.seats)
    return replace(room, lobby=tuple(lobby), seats=tuple(seats))
