"""Arrivals: a person comes to a room, which is opened if need be, and has a seat or waits.

The commit compares the circle that an arrival rests on: the seat's role, and the links.
"""

from contextlib import suppress
from typing import NamedTuple

from msgspec.structs import replace
from redis.exceptions import ResponseError

from server.circle.circle import Circle
from server.circle.coming import opened as opened_by
from server.room.arrival import is_in, is_of_another_session
from server.room.commands import Enter
from server.room.refused import Refused
from server.room.state import Room
from server.store.circles import Circles
from server.store.clock import ServerClock
from server.store.commit import TRIES, CircleChanged
from server.store.leases import LeaseReport, Leases
from server.store.rooms import RoomGone, Rooms

PAGE_LOADS_MS = 4000


class SeatGone(Exception):
    """This person has no seat in the circle any more."""


class Arrival(NamedTuple):
    """A room with a person in it, or at its door."""

    room: Room
    report: LeaseReport | None
    """Who is here, with this person; None if Redis is full."""


class Arrivals:
    def __init__(self, clock: ServerClock, circles: Circles, rooms: Rooms, leases: Leases) -> None:
        self._clock = clock
        self._circles = circles
        self._rooms = rooms
        self._leases = leases

    async def open_room(self, circle: Circle) -> Room:
        """The room of this circle. A new one has the circle's current links and format.

        Raises SeatGone if the circle has expired, and Refused if it changes all the time.
        """
        for _ in range(TRIES):
            if (room := await self._rooms.load(circle.id)) is not None:
                return room
            opening = opened_by(circle, self._clock.now())
            try:
                opened = await self._rooms.commit(None, opening, circle)
            except CircleChanged:
                newer = await self._circles.get(circle.id)
                if newer is None:
                    raise SeatGone from None
                circle = newer
            else:
                if opened is not None:
                    return opened
        raise Refused("too_fast", "too_much_at_once")

    async def seated(self, circle: Circle, person: Enter, held: Room | None = None) -> Room:
        """The circle's room, opened if need be, with this person in their seat or in its lobby.

        `circle` is the value against which their link was checked; `held` is the caller's value of
        the room, if any. It may be old: what it refuses is decided again on the newest value.
        People who have left the session get the room as it is. Raises Refused with the reason (also
        if the link has been renewed since `circle` was read), or SeatGone if this person has been
        removed or declined meanwhile.
        """
        person = _by_link_of(circle, person)
        if held is not None:
            with suppress(Refused, SeatGone):
                return await self._seated(circle, person, held)
        return await self._seated(circle, person, None)

    async def _seated(self, circle: Circle, person: Enter, held: Room | None) -> Room:
        for _ in range(TRIES):
            room = held or await self.open_room(circle)
            if is_in(room, person):
                return room
            if is_of_another_session(room, person):
                raise SeatGone
            enter = replace(person, presented_at=circle.presented.get(person.seat) or None)
            held = None
            try:
                return await self._rooms.decide_and_commit(
                    room, enter, None, circle, (person.seat,)
                )
            except RoomGone:
                continue
            except CircleChanged:
                circle, person = await self._still_known(circle, person)
            except Refused as refused:
                # Sent twice: the other request has seated this person.
                newer = await self._rooms.load(circle.id) if refused.code == "stale" else None
                if newer is None or not is_in(newer, person):
                    raise
                return newer
        raise Refused("too_fast", "too_much_at_once")

    async def _still_known(self, circle: Circle, person: Enter) -> tuple[Circle, Enter]:
        """The newest value of the circle, and the person with the role that they have by now.

        Raises SeatGone if the circle does not know them any more, Refused if their link is void.
        """
        newer, role = await self._circles.get_with_role(circle.id, person.seat)
        if newer is None or (role is None and person.role is not None):
            raise SeatGone
        invited, serial = person.invited, person.serial
        if invited and serial is not None and serial < newer.serial(invited):
            raise Refused("not_allowed", "old_link")
        return newer, replace(person, role=role)

    async def arrived(self, circle: Circle, person: Enter, held: Room | None = None) -> Room:
        """The circle's room with this person in it, for their page. A short lease holds their seat
        until the page connects. Raises as `with_lease` does.
        """
        page = f"{person.seat}:page"
        return (await self.with_lease(circle, person, held, page, PAGE_LOADS_MS)).room

    async def with_lease(
        self, circle: Circle, person: Enter, held: Room | None, lease: str, ms: int
    ) -> Arrival:
        """The circle's room with this person in it, who has this lease from then on.

        `held` is the caller's value of the room, however old: the report of the lease shows whether
        Redis still has it. Raises Refused or SeatGone as `seated` does, and SeatGone if the circle
        forgot this person before they had the lease.
        """
        room = await self.seated(circle, person, held)
        report = None
        with suppress(ResponseError):  # A full Redis takes no writes; the room is shown anyway.
            report = await self._leases.sweep(circle.id, {lease: ms})
        if report.matches(room) if report else room is not held:
            return Arrival(room, report)
        newer = await self._rooms.load(circle.id)
        if newer is not None and is_in(newer, replace(person, invited=None)):
            return Arrival(newer, report)
        known, role = await self._circles.get_with_role(circle.id, person.seat)
        if known is None or role is None:
            raise SeatGone
        again = replace(_by_link_of(circle, person), role=role)
        return await self.with_lease(known, again, None, lease, ms)


def _by_link_of(circle: Circle, person: Enter) -> Enter:
    """The person with the serial number of the link against which theirs was checked."""
    if person.invited is None or person.serial is not None:
        return person
    return replace(person, serial=circle.serial(person.invited))
