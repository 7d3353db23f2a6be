"""Runs the deadlines of erasures: of circles, of seats, of files, and of the daily look after all.

Owns when an erasure waits; store/ owns its steps.
"""

from collections.abc import Awaitable, Callable, Mapping

from server.circle import erasing
from server.circle.kept import people
from server.identity import is_circle_id
from server.store.circle_erasure import ERASE, LEAVING, LEFT, REWRITE
from server.store.store import Store
from server.store.unreadable import Unreadable, count_unreadable
from server.store.upkeep import UPKEEP

SESSION_GOES_ON_MS = 10 * 60_000
"""A circle in a session is looked at again after so long: nobody is thrown out in the middle."""


class DueErasures:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.run_by_kind: Mapping[str, Callable[[str, int | str], Awaitable[None]]] = {
            ERASE: self.erase,
            LEFT: self.leave,
            LEAVING: self.leave_room,
            REWRITE: store.circle_erasure.rewrite,
            UPKEEP: self.look_after,
        }

    async def erase(self, circle_id: str, at: int | str) -> None:
        """Erases a circle whose time has come, or the rest of one that has gone."""
        check_id(circle_id)
        now = self._store.clock.now()
        circle = await self._store.circles.get(circle_id)
        upcoming: int | None = None
        if circle is None or erasing.is_due(circle, now):
            room = await self._store.rooms.load(circle_id)
            if room is None or not room.is_under_way:
                await self._store.circle_erasure.erase_unchanged(circle_id, circle, room)
                return
            upcoming = now + SESSION_GOES_ON_MS
        elif circle.erase_at:
            upcoming = circle.erase_at
        await self._store.deadlines.replace(circle_id, at, upcoming, ERASE)

    async def leave(self, place: str, _at: int | str) -> None:
        """Erases a seat, `CIRCLE.SEAT`."""
        await self._store.erasure.resume(*_place(place))

    async def leave_room(self, place: str, at: int | str) -> None:
        """Erases the seat of a person who has asked for it in the room, once they have left it."""
        circle_id, seat = _place(place)
        room = await self._store.rooms.load(circle_id)
        goes_on = room is not None and room.is_under_way and seat in people(room)
        is_done = not goes_on and await self._store.erasure.resume(circle_id, seat)
        upcoming = None if is_done else self._store.clock.now() + SESSION_GOES_ON_MS
        await self._store.deadlines.replace(place, at, upcoming, LEAVING)

    async def look_after(self, _all: str, at: int | str) -> None:
        self._store.upkeep.begin(at)


def _place(text: str) -> tuple[str, str]:
    """The circle and the seat in `CIRCLE.SEAT`."""
    circle_id, _, seat = text.partition(".")
    check_id(circle_id)
    return circle_id, seat


def check_id(circle_id: str) -> None:
    """Raises Unreadable, and counts it, if this is no circle's id."""
    if not is_circle_id(circle_id):
        error = ValueError("no circle's id")
        count_unreadable(circle_id, error)
        raise Unreadable from error
