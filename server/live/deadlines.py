"""What falls due when nobody presses anything: the end of a silence, of a kept turn, of a room.

Deadlines stand in Redis (store/), so they outlive every process. Each process looks; whoever
comes first acts, and `decide` makes the second harmless. One that cannot be met holds up no other:
it is put off, for longer each time.
"""

import asyncio
import re
from collections import Counter

import structlog
from redis.exceptions import RedisError

from server.room.commands import FallDue
from server.room.due import next_due
from server.room.refused import Refused
from server.room.state import Room
from server.store.rooms import RoomGone
from server.store.store import Store
from server.store.unreadable import TooNew, Unreadable, count_unreadable

log = structlog.stdlib.get_logger(__name__)

LOOK_S = 0.5
PUT_OFF_MS, LONGEST_MS = 2_000, 5 * 60_000
MOST_COUNTED = 10_000
MOST_DOUBLED = 10
CLAIM_MS = 90_000
"""How long other processes leave an ended room to the one that is forgetting it: until it has given
up asking for a rewrite (store/scripts.py), and more."""
CIRCLE_ID = re.compile("[a-z2-7]{16}")
"""What identity.new_circle_id makes."""


async def keep(store: Store) -> None:
    """Looks for what has fallen due, until cancelled."""
    await _Keeper(store).keep()


class DueRooms:
    """Does what has fallen due in a room."""

    def __init__(self, store: Store) -> None:
        self._clock = store.clock
        self._rooms = store.rooms
        self._deadlines = store.deadlines

    async def forget(self, room: Room, due: int = 0) -> None:
        """Deletes a room that has ended, publishes that, and rewrites what stands on disk.

        Its deadline, which is at `due` now, stays until that is done: where this process ends
        before, another one goes on.
        """
        if not await self._rooms.delete(room):
            await self._settle(room.id, due, room, None)
            return
        await self._rooms.rewrite(room.id, room, lambda: self._settle(room.id, due, room, None))

    async def run(self, circle_id: str, at: int | str) -> None:
        """Does what has fallen due in this room; harmless when several processes do it.

        Raises Unreadable where the room cannot be read, or is none that this release knows.
        """
        if not CIRCLE_ID.fullmatch(circle_id):
            error = ValueError("no circle's id")
            count_unreadable(circle_id, error)
            raise Unreadable from error
        room = await self._rooms.load(circle_id)
        upcoming = next_due(room) if room else None
        if room and upcoming is not None and upcoming <= self._clock.now():
            if room.ended_at is not None:
                # Claimed first: a process that finds no room any more would take it for expired.
                until = self._clock.now() + CLAIM_MS
                if not await self._deadlines.settle(circle_id, at, until):
                    return
                await self.forget(room, until)
                return
            try:
                upcoming = next_due(await self._rooms.decide_and_commit(room, FallDue(), None))
            except (Refused, RoomGone):
                return  # Another process was first; the next look settles it.
        await self._settle(circle_id, at, room, upcoming)

    async def _settle(
        self, circle_id: str, at: int | str, room: Room | None, upcoming: int | None
    ) -> None:
        """The deadline at `at` is done with; the room as it was found, and what falls due next."""
        if upcoming is not None:
            await self._deadlines.settle(circle_id, at, upcoming)
            return
        is_done = await self._deadlines.settle(circle_id, at, None)
        if is_done and room is None:
            # It has expired while no process was there to forget it.
            await self._rooms.rewrite(circle_id, None)
        # A room that was opened meanwhile took this deadline for an earlier one of its own.
        opened = await self._rooms.load(circle_id)
        due = next_due(opened) if opened else None
        if due is not None:
            await self._deadlines.expect(circle_id, due)


class _Keeper:
    def __init__(self, store: Store) -> None:
        self._deadlines = store.deadlines
        self._due_rooms = DueRooms(store)
        self._failures: Counter[str] = Counter()

    async def keep(self) -> None:
        while True:
            try:
                # Side by side: a master of a Cluster that is away holds up its own circles alone.
                await asyncio.gather(*(self._meet(*due) for due in await self._deadlines.due()))
            except (RedisError, OSError) as error:
                log.warning("deadlines could not be kept", error=type(error).__name__)
            await asyncio.sleep(LOOK_S)

    async def _meet(self, circle_id: str, at: str) -> None:
        try:
            await self._due_rooms.run(circle_id, at)
        except TooNew:
            await self._put_off(circle_id, at, PUT_OFF_MS)  # For the process that can read it.
        except Unreadable:
            await self._put_off(circle_id, at, self._longer(circle_id))
        except (RedisError, OSError) as error:
            log.warning("a deadline could not be kept", error=type(error).__name__)
        except Exception as error:  # What is wrong with one room is not with others.
            log.error("a deadline could not be met", exc_info=error)
            await self._put_off(circle_id, at, self._longer(circle_id))
        else:
            self._failures.pop(circle_id, None)

    async def _put_off(self, circle_id: str, at: str, ms: int) -> None:
        try:
            await self._deadlines.postpone(circle_id, at, ms)
        except (RedisError, OSError) as error:
            log.warning("a deadline could not be put off", error=type(error).__name__)

    def _longer(self, circle_id: str) -> int:
        """Twice as long as the last time."""
        if len(self._failures) > MOST_COUNTED:
            self._failures.clear()
        doubled = min(self._failures[circle_id], MOST_DOUBLED)
        self._failures[circle_id] += 1
        return int(min(PUT_OFF_MS * 2**doubled, LONGEST_MS))
