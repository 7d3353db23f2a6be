"""A change of when a circle meets reaches its room in the same commit, and its reminders."""

from contextlib import suppress

from redis.exceptions import RedisError

from server.circle.circle import Circle
from server.circle.coming import coming
from server.room.commands import Meet
from server.room.refused import Refused
from server.room.state import Room
from server.store.circles import Circles
from server.store.clock import ServerClock
from server.store.commit import CircleChange, CircleChanged
from server.store.keys import stamp_text
from server.store.reminders import AT_ONCE_MS, Reminders
from server.store.rooms import Rooms
from server.store.scripts import Scripts
from server.store.unreadable import Unreadable


class CirclesAndRooms(Circles):
    """Circles whose rooms know when they meet next, whoever changes that."""

    def __init__(
        self, scripts: Scripts, clock: ServerClock, rooms: Rooms, reminders: Reminders
    ) -> None:
        super().__init__(scripts, clock)
        self._reminders = reminders
        self._rooms = rooms

    async def commit_change(self, change: CircleChange) -> None:
        """Commits the circle, and its room if it meets at other times or for another length."""
        if _meetings(change.before) == _meetings(change.after):
            await super().commit_change(change)
            return
        before, after = change.before, change.after
        moves = (before.schedule, before.time_zone) != (after.schedule, after.time_zone)
        if moves:
            await self._reminders.look_soon(before.id)
        await self._commit_meetings(change)
        if moves:
            with suppress(RedisError):  # The first deadline is there in any case.
                await self._reminders.look_soon(before.id, AT_ONCE_MS)

    async def _commit_meetings(self, change: CircleChange) -> None:
        try:
            room = await self._rooms.load(change.before.id)
        except Unreadable:  # The circle changes all the same; such a room says so.
            await super().commit_change(change)
            return
        renewed = self._renewed(room, change.after)
        if renewed:
            is_done = await self._rooms.store(room, renewed, change) is not None
        else:
            is_done = await self.commit(change, stamp_text(room) if room else "")
        if not is_done:
            raise CircleChanged  # The room has: decided again, on the newer value.

    def _renewed(self, room: Room | None, circle: Circle) -> Room | None:
        """The room that knows when this circle meets; None if it knows already."""
        try:
            meet = Meet(coming(circle, self._clock.now()))
            return self._rooms.decided(room, meet, None) if room else None
        except Refused:
            return None


def _meetings(circle: Circle) -> tuple[object, ...]:
    """All that meetings are computed from."""
    return circle.schedule, circle.time_zone, circle.plan
