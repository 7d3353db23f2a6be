"""Schedules: a circle's schedule changes, and in the same commit what its room says of it."""

from collections.abc import Callable

from server.circle.circle import Circle
from server.circle.coming import coming
from server.room.commands import Meet
from server.room.refused import Refused
from server.room.state import Room
from server.store.circles import Circles
from server.store.clock import ServerClock
from server.store.commit import TRIES, CircleChange, CircleChanged
from server.store.keys import stamp_text
from server.store.rooms import Rooms


class Schedules:
    def __init__(self, clock: ServerClock, circles: Circles, rooms: Rooms) -> None:
        self._clock = clock
        self._circles = circles
        self._rooms = rooms

    async def change(self, circle_id: str, change: Callable[[Circle], Circle]) -> Circle | None:
        """The circle after a change of when, or how long, it meets; None if it has expired.

        Decides again on each newer value. Raises what `change` raises, and Refused if there is
        always a newer value.
        """
        for _ in range(TRIES):
            room, circle = await self._rooms.load(circle_id), await self._circles.get(circle_id)
            if circle is None:
                return None
            after = change(circle)
            if await self._commit(room, CircleChange(circle, after)):
                return after
        raise Refused("too_fast", "too_much_at_once")

    async def _commit(self, room: Room | None, change: CircleChange) -> bool:
        """Stores both; False if either has changed meanwhile."""
        renewed = self._renewed(room, change.after)
        try:
            if renewed:
                return await self._rooms.store(room, renewed, change) is not None
            return await self._circles.commit(change, stamp_text(room) if room else "")
        except CircleChanged:
            return False

    def _renewed(self, room: Room | None, circle: Circle) -> Room | None:
        """The room that knows when this circle meets; None if it knows already."""
        try:
            meet = Meet(coming(circle, self._clock.now()))
            return self._rooms.decided(room, meet, None) if room else None
        except Refused:
            return None
