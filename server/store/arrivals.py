"""Arrivals: a person comes to a room, which is opened if need be, and has a seat or waits.

What an arrival rests on, such as the seat's role in the circle, is compared in the commit.
"""

from contextlib import suppress
from typing import NamedTuple

from redis.exceptions import ResponseError

from server.circle.circle import Circle
from server.room.commands import Enter
from server.room.people import leads_unasked
from server.room.refused import Refused
from server.room.state import Role, Room
from server.store.circles import Circles
from server.store.clock import ServerClock
from server.store.leases import LeaseReport, Leases
from server.store.rooms import RoomGone, Rooms, SeatChanged

PAGE_LOADS_MS = 4000


class SeatGone(Exception):
    """This person has no seat in the circle any more."""


class Coming(NamedTuple):
    """Somebody who comes to a room: by what they call themself, and as the circle knows them."""

    seat: str
    name: str
    known: Role | None
    """As the circle had it when it was asked; None for somebody new."""
    invited: Role | None = None
    """What the link invites to by which they come; None for a cookie alone."""
    former: str = ""
    """The seat of the dead cookie that their browser had, if it had one."""

    def is_in(self, room: Room) -> bool:
        """Whether this person has their place in it, or had one before the members left."""
        if self.seat in room.gone:
            return True
        place = room.seat(self.seat) or room.waiting(self.seat)
        if place is None:
            return False
        if self.invited is None:
            # A name changes by the form alone. Two cookies of one seat would take turns, with a
            # change of the room for each page that is loaded.
            return True
        by_link = self.invited is Role.FACILITATOR and place.role is not Role.FACILITATOR
        # A person who has asked leads by the link all the same, once nobody is here to answer.
        has_asked = place.by_facilitator_link and (
            place.put_out is not None or not leads_unasked(room, self.seat)
        )
        return not room.is_live or (place.name == self.name and (has_asked or not by_link))

    def is_of_another_session(self, room: Room) -> bool:
        """Whether a guest comes by a cookie alone that this room knows nothing of: they waited in a
        session that nobody ended, and the links may have been renewed since."""
        is_guest = self.known is Role.GUEST and self.invited is None
        return is_guest and self.seat not in room.lapsed

    def enter(self, circle: Circle, presented_at: int | None) -> Enter:
        """The command that seats them.

        `circle` is the value against which their link was checked.
        """
        serial = circle.serial(self.invited) if self.invited else None
        role, invited = self.known or Role.GUEST, self.invited or Role.MEMBER
        return Enter(self.seat, self.name, role, invited, presented_at, self.former, serial)


class Arrivals:
    """How people come to rooms."""

    def __init__(self, clock: ServerClock, circles: Circles, rooms: Rooms, leases: Leases) -> None:
        self._clock = clock
        self._circles = circles
        self._rooms = rooms
        self._leases = leases

    async def open_room(self, circle: Circle) -> Room:
        """The room of this circle; opened if need be, with the links and the format that the circle
        has at that moment.

        Raises SeatGone where the circle has expired.
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

    async def seated(self, circle: Circle, coming: Coming, held: Room | None = None) -> Room:
        """The circle's room, opened if need be, with this person in their seat or in its lobby.

        `held` is the room's value that the caller has in hand, if any. A room whose members have
        left is given as it is to those who were in it. Raises Refused, with the reason (also where
        the link has been renewed since `circle` was read), or SeatGone where this person was
        removed or declined meanwhile.
        """
        room = held or await self.open_room(circle)
        if coming.is_in(room):
            return room
        if coming.is_of_another_session(room):
            raise SeatGone
        presented_at = await self._circles.presented_at(circle.id, coming.seat)
        rests_on = (f"seat:{coming.seat}", str(coming.known or ""))
        try:
            return await self._rooms.decide_and_commit(
                room, coming.enter(circle, presented_at), None, rests_on
            )
        except RoomGone:
            return await self.seated(circle, coming)
        except SeatChanged:
            _, known = await self._circles.get_with_role(circle.id, coming.seat)
            if known is None:
                raise SeatGone from None
            return await self.seated(circle, coming._replace(known=known))
        except Refused as refused:
            # Pressed twice: the same person has come in meanwhile.
            newer = await self._rooms.load(circle.id) if refused.code == "stale" else None
            if newer is None or not coming.is_in(newer):
                raise
            return newer

    async def arrived(self, circle: Circle, coming: Coming) -> Room:
        """The circle's room with this person in it, whose page is loading. A short lease holds
        their seat until the page connects.

        Raises Refused or SeatGone as `seated` does, and SeatGone where the circle forgot this
        person before the lease stood.
        """
        room = await self.seated(circle, coming)
        held = await self._hold_seat(circle.id, coming.seat)
        if held is None or held.matches(room):
            return room
        newer = await self._rooms.load(circle.id)
        if newer is not None and coming._replace(invited=None).is_in(newer):
            return newer
        _, known = await self._circles.get_with_role(circle.id, coming.seat)
        if known is None:
            raise SeatGone
        return await self.seated(circle, coming._replace(known=known))

    async def _hold_seat(self, circle_id: str, seat: str) -> LeaseReport | None:
        with suppress(ResponseError):  # A Redis that is full lets nobody write: they may look.
            return await self._leases.sweep(circle_id, {f"{seat}:page": PAGE_LOADS_MS})
        return None
