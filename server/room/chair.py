"""*This is Anna's chair*: a stranger at the door takes the chair of somebody who is away.

For a person who comes by another browser, where nothing knows them. Their new seat takes the place
of the old one, with its role and everything of this session; the circle then knows the old seat no
more (circle/kept.py), so its cookie is void.
"""

from msgspec.structs import replace

from server.room.lobby import with_facilitator_link_renewed
from server.room.news import back
from server.room.refused import Refused
from server.room.state import Role, Room, Seat
from server.room.turns import target

MOST_OFFERED = 6
"""How many chairs a facilitator is offered for a person at the door."""


def offered(room: Room, newcomer: Seat) -> list[Seat]:
    """The chairs that this person may be given; those of somebody of their name come first."""
    if newcomer.role is not Role.GUEST:
        return []
    absent = [seat for seat in room.seats if seat.away_since is not None]
    return sorted(absent, key=lambda seat: not _are_namesakes(seat, newcomer))[:MOST_OFFERED]


def given(room: Room, newcomer: Seat, chair_id: str, now: int) -> Room:
    """The room in which this person from the lobby has this chair.

    Raises Refused if its person is here, or if the circle knows the newcomer by a seat of their
    own. The facilitator link is renewed if the chair leads: the old device has seen it.
    """
    chair = target(room, chair_id)
    if newcomer.role is not Role.GUEST:
        raise Refused("not_now", "has_own_chair", name=newcomer.shown_name)
    if chair.away_since is None:
        raise Refused("stale", "chair_is_taken", name=chair.shown_name)
    seat = replace(
        back(chair, now),
        id=newcomer.id,
        took=chair.id,
        name=newcomer.name,
        namesake=chair.namesake if _are_namesakes(chair, newcomer) else newcomer.namesake,
        away_since=newcomer.away_since,
        in_two_tabs=newcomer.in_two_tabs,
        by_facilitator_link=newcomer.by_facilitator_link and chair.role is not Role.FACILITATOR,
        sound="",
        mic_on=False,
        muted_by_facilitator=False,
        camera_on=False,
        bad_line=False,
    )
    room = _renamed(room, chair.id, seat.id)
    seats = tuple(seat if held.id == chair.id else held for held in room.seats)
    lobby = tuple(waits for waits in room.lobby if waits.id != seat.id)
    room = replace(room, seats=seats, lobby=lobby)
    return with_facilitator_link_renewed(room) if seat.role is Role.FACILITATOR else room


def _are_namesakes(one: Seat, other: Seat) -> bool:
    return one.name.casefold() == other.name.casefold()


def _renamed(room: Room, old: str, new: str) -> Room:
    """The room in which everything that was this seat's is the other one's, but for the chair."""

    def of(seat_id: str) -> str:
        return new if seat_id == old else seat_id

    def of_one(seat_id: str | None) -> str | None:
        return None if seat_id is None else of(seat_id)

    def of_all(seats: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(of, seats))

    floor, answer, wait = room.floor, room.answer, room.wait
    return replace(
        room,
        timekeeper=of_one(room.timekeeper),
        stand_in=of_one(room.stand_in),
        wait=wait and replace(wait, seat=of(wait.seat)),
        without=of_all(room.without),
        asked=of_one(room.asked),
        answer=answer and replace(answer, seat=of(answer.seat)),
        presenter=of_one(room.presenter),
        return_seen=of_one(room.return_seen),
        floor=floor and replace(floor, seat=of(floor.seat)),
        hands=of_all(room.hands),
        turns_taken=of_all(room.turns_taken),
        questions=of_all(room.questions),
    )
