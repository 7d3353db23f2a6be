"""What falls due when nobody presses anything: the end of a silence, of a kept turn, of a room.

Deadlines stand in Redis (store/), so they outlive every process. Each process looks; whoever
comes first acts, and `decide` makes the second harmless. One that cannot be met holds up no other:
it is put off, for longer each time.
"""

import asyncio
from collections import Counter

import structlog
from redis.exceptions import RedisError

from server.store.store import Store
from server.store.unreadable import TooNew, Unreadable

log = structlog.stdlib.get_logger(__name__)

LOOK_S = 0.5
PUT_OFF_MS, LONGEST_MS = 2_000, 5 * 60_000
MOST_COUNTED = 10_000
MOST_DOUBLED = 10


async def keep(store: Store) -> None:
    """Looks for what has fallen due, until cancelled."""
    await _Deadlines(store).keep()


class _Deadlines:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._failures: Counter[str] = Counter()

    async def keep(self) -> None:
        while True:
            try:
                # Side by side: a master of a Cluster that is away holds up its own circles alone.
                await asyncio.gather(*(self._meet(*due) for due in await self._store.due()))
            except (RedisError, OSError) as error:
                log.warning("deadlines could not be kept", error=type(error).__name__)
            await asyncio.sleep(LOOK_S)

    async def _meet(self, circle_id: str, at: str) -> None:
        try:
            await self._store.run_deadline(circle_id, at)
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
            await self._store.postpone(circle_id, at, ms)
        except (RedisError, OSError) as error:
            log.warning("a deadline could not be put off", error=type(error).__name__)

    def _longer(self, circle_id: str) -> int:
        """Twice as long as the last time."""
        if len(self._failures) > MOST_COUNTED:
            self._failures.clear()
        doubled = min(self._failures[circle_id], MOST_DOUBLED)
        self._failures[circle_id] += 1
        return int(min(PUT_OFF_MS * 2**doubled, LONGEST_MS))
