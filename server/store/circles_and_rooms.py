"""Changes of a circle that its room has to know are committed with the room: when the circle meets,
and that it keeps no register any more. Reminders follow when it meets, too.
"""

from contextlib import suppress

from redis.exceptions import RedisError

from server.circle.circle import Circle
from server.circle.coming import coming
from server.room.commands import Command, RenewComing, StopRegister
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
    """Circles that commit a change together with the room that depends on it."""

    def __init__(
        self, scripts: Scripts, clock: ServerClock, rooms: Rooms, reminders: Reminders
    ) -> None:
        super().__init__(scripts, clock)
        self._reminders = reminders
        self._rooms = rooms

    async def commit_change(self, change: CircleChange) -> None:
        """Commits the circle, and its room if it meets at other times or for another length, or
        keeps no register any more.
        """
        before, after = change.before, change.after
        if before.register.is_on and not after.register.is_on:
            await self._commit_with_room(change, StopRegister())
            return
        if _meetings(before) == _meetings(after):
            await super().commit_change(change)
            return
        moves = (before.schedule, before.time_zone) != (after.schedule, after.time_zone)
        if moves:
            await self._reminders.look_soon(before.id)
        await self._commit_with_room(change, RenewComing(coming(after, self._clock.now())))
        if moves:
            with suppress(RedisError):  # The first deadline is there in any case.
                await self._reminders.look_soon(before.id, AT_ONCE_MS)

    async def _commit_with_room(self, change: CircleChange, command: Command) -> None:
        try:
            room = await self._rooms.load(change.before.id)
        except Unreadable:  # The circle changes all the same; such a room says so.
            await super().commit_change(change)
            return
        renewed = self._renewed(room, command)
        if renewed:
            is_done = await self._rooms.store(room, renewed, change) is not None
        else:
            is_done = await self.commit(change, stamp_text(room) if room else "")
        if not is_done:
            raise CircleChanged  # The room has: decided again, on the newer value.

    def _renewed(self, room: Room | None, command: Command) -> Room | None:
        """The room after this command; None if it is refused."""
        try:
            return self._rooms.decided(room, command, None) if room else None
        except Refused:
            return None


def _meetings(circle: Circle) -> tuple[object, ...]:
    """All that meetings are computed from."""
    return circle.schedule, circle.time_zone, circle.plan
