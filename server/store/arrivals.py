"""Arrivals: a person comes to a room, which is opened if need be, and has a seat or waits.

The commit compares what an arrival rests on, such as the seat's role in the circle.
"""

from contextlib import suppress

from msgspec.structs import replace
from redis.exceptions import ResponseError

from server.circle.circle import Circle
from server.room.commands import Enter
from server.room.door import is_in, is_of_another_session
from server.room.refused import Refused
from server.room.state import Room
from server.store.circles import Circles
from server.store.clock import ServerClock
from server.store.leases import LeaseReport, Leases
from server.store.rooms import RoomGone, Rooms, SeatChanged

PAGE_LOADS_MS = 4000


class SeatGone(Exception):
    """This person has no seat in the circle any more."""


class Arrivals:
    def __init__(self, clock: ServerClock, circles: Circles, rooms: Rooms, leases: Leases) -> None:
        self._clock = clock
        self._circles = circles
        self._rooms = rooms
        self._leases = leases

    async def open_room(self, circle: Circle) -> Room:
        """The room of this circle. A new one has the circle's current links and format.

        Raises SeatGone if the circle has expired.
        """
        room = await self._rooms.load(circle.id)
        if room is not None:
            return room
        links = ("links", str(circle.links), "facilitator_links", str(circle.facilitator_links))
        rests_on = (*links, "format", circle.format)
        try:
            opened = await self._rooms.commit(None, circle.opened(self._clock.now()), rests_on)
        except SeatChanged:
            newer = await self._circles.get(circle.id)
            if newer is None:
                raise SeatGone from None
            return await self.open_room(newer)
        return opened or await self.open_room(circle)

    async def seated(self, circle: Circle, person: Enter, held: Room | None = None) -> Room:
        """The circle's room, opened if need be, with this person in their seat or in its lobby.

        `circle` is the value against which their link was checked; `held` is the caller's value of
        the room, if any. People who have left the session get the room as it is. Raises Refused
        with the reason (also if the link has been renewed since `circle` was read), or SeatGone if
        this person has been removed or declined meanwhile.
        """
        room = held or await self.open_room(circle)
        if is_in(room, person):
            return room
        if is_of_another_session(room, person):
            raise SeatGone
        presented_at = await self._circles.presented_at(circle.id, person.seat)
        serial = circle.serial(person.invited) if person.invited else None
        enter = replace(person, presented_at=presented_at, serial=serial)
        rests_on = (f"seat:{person.seat}", str(person.role or ""))
        try:
            return await self._rooms.decide_and_commit(room, enter, None, rests_on)
        except RoomGone:
            return await self.seated(circle, person)
        except SeatChanged:
            _, role = await self._circles.get_with_role(circle.id, person.seat)
            if role is None:
                raise SeatGone from None
            return await self.seated(circle, replace(person, role=role))
        except Refused as refused:
            # Sent twice: the other request has seated this person.
            newer = await self._rooms.load(circle.id) if refused.code == "stale" else None
            if newer is None or not is_in(newer, person):
                raise
            return newer

    async def arrived(self, circle: Circle, person: Enter) -> Room:
        """The circle's room with this person in it, for their page. A short lease holds their seat
        until the page connects.

        Raises Refused or SeatGone as `seated` does, and SeatGone if the circle forgot this person
        before they had the lease.
        """
        room = await self.seated(circle, person)
        held = await self._hold_seat(circle.id, person.seat)
        if held is None or held.matches(room):
            return room
        newer = await self._rooms.load(circle.id)
        if newer is not None and is_in(newer, replace(person, invited=None)):
            return newer
        _, role = await self._circles.get_with_role(circle.id, person.seat)
        if role is None:
            raise SeatGone
        return await self.seated(circle, replace(person, role=role))

    async def _hold_seat(self, circle_id: str, seat: str) -> LeaseReport | None:
        with suppress(ResponseError):  # A full Redis takes no writes; the page is shown anyway.
            return await self._leases.sweep(circle_id, {f"{seat}:page": PAGE_LOADS_MS})
        return None
