"""The daily look after all circles: what nobody has come to for very long is erased, and what a
backup has brought back is erased again.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import structlog
from redis.exceptions import RedisError

from server.cancelling import cancel_all
from server.circle import erasing
from server.room.refused import Refused
from server.store.circle_erasure import ERASE, CircleErasure
from server.store.circles import Circles
from server.store.clock import ServerClock
from server.store.deadlines import Deadlines
from server.store.erasure import Erasure
from server.store.keys import circle_key
from server.store.look import Look
from server.store.scripts import Scripts
from server.store.tombstones import Tombstones, hash_of
from server.store.unreadable import Unreadable

log = structlog.stdlib.get_logger(__name__)

UPKEEP = "upkeep"
"""The kind of its deadline; there is one."""
ALL = "circles"
"""The id of that deadline."""
EVERY_MS = 24 * 3_600_000
SEES_TO_IT_S, AWAY_S = 3600, 5
CLAIM_MS = 10 * 60_000
"""The time that a process has for it before another one begins again."""


class Upkeep:
    def __init__(
        self,
        scripts: Scripts,
        clock: ServerClock,
        circles: Circles,
        deadlines: Deadlines,
        look: Look,
        tombstones: Tombstones,
        erasure: CircleErasure,
        seats: Erasure,
    ) -> None:
        self._running: asyncio.Task[None] | None = None
        self._erasure = erasure
        self._seats = seats
        self._scripts = scripts
        self._clock = clock
        self._circles = circles
        self._deadlines = deadlines
        self._look = look
        self._tombstones = tombstones

    async def keep(self) -> None:
        """Has some process do it at each start, since a restore comes before one, and sees to it
        that no failover loses its deadline. Until cancelled."""
        in_ms = 0
        while True:
            with suppress(RedisError, OSError):  # It is away; soon again.
                await self._deadlines.schedule(ALL, self._clock.now() + in_ms, UPKEEP)
                in_ms = EVERY_MS
            await asyncio.sleep(SEES_TO_IT_S if in_ms else AWAY_S)

    def begin(self, at: int | str) -> None:
        """Does it in a task of its own, since it goes through all circles."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run_safely(at))

    async def close(self) -> None:
        """Cancels it; another process begins again when the claim is over."""
        if self._running:
            await cancel_all([self._running])

    async def _run_safely(self, at: int | str) -> None:
        try:
            await self.run(at)
        except (RedisError, OSError) as error:
            log.warning("the daily look was not finished", error=type(error).__name__)
        except Exception as error:  # Begun again when the claim is over.
            log.error("the daily look has failed", exc_info=error)

    async def run(self, at: int | str) -> None:
        """Does it if no other process has claimed it, and schedules the next time."""
        until = self._clock.now() + CLAIM_MS
        if not await self._deadlines.replace(ALL, at, until, UPKEEP):
            return
        forgotten = await self._tombstones.forgotten()
        is_done = True
        async for circle_id in self._look.circle_ids():
            is_done &= await self._look_after(circle_id, forgotten)
        # Only now, and only if nothing is left: the next look finds the rest again.
        await self._tombstones.spread(to_redis=is_done)
        await self._deadlines.replace(ALL, until, self._clock.now() + EVERY_MS, UPKEEP)

    async def _look_after(self, circle_id: str, forgotten: Mapping[str, int]) -> bool:
        """Has erased what is due of this circle, or what a backup has brought back.

        Returns whether nothing is left that a backup has brought back.
        """
        if hash_of(circle_id) in forgotten:
            await self._erasure.erase(circle_id)
            return True
        try:
            circle = await self._circles.get(circle_id)
        except Unreadable:
            return False  # Nobody knows which seats it has.
        now = self._clock.now()
        if circle is None:  # It has expired and left other keys.
            await self._deadlines.schedule(circle_id, now, ERASE)
            return True
        if circle.met_on is None:
            today = erasing.day_of(now).isoformat()
            await self._scripts.run("looked", [circle_key(circle_id)], [today])
        for seat in circle.roles.keys() - circle.seen.keys():
            await self._circles.seen(circle, seat)  # Its months are counted from now on, too.
        if erasing.is_due(circle, now):
            await self._deadlines.schedule(circle_id, now, ERASE)
        elif circle.erase_at:  # A failover may have lost its deadline.
            await self._deadlines.schedule(circle_id, circle.erase_at, ERASE)
        back = {seat for seat in circle.roles if hash_of(circle_id, seat) in forgotten}
        for seat in sorted(erasing.idle_seats(circle, now) | back):
            with suppress(Unreadable, Refused):  # It harms this circle alone; again tomorrow.
                if await self._seats.resume(circle_id, seat):
                    back.discard(seat)
        return not back
