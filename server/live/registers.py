"""Runs the deadlines of registers: rows whose months are over go, from the disk as well."""

from functools import partial

from server.circle.registering import next_pruning, pruned_at
from server.store.append_only import CLAIM_MS
from server.store.deadlines import REGISTER
from server.store.store import Store


class DueRegisters:
    def __init__(self, store: Store) -> None:
        self._clock = store.clock
        self._circles = store.circles
        self._deadlines = store.deadlines
        self._deletion = store.deletion

    async def run(self, circle_id: str, at: int | str) -> None:
        """Deletes what is due in this circle's register, from the disk as well; idempotent."""
        circle = await self._circles.get(circle_id)
        prune = partial(pruned_at, now=self._clock.now())
        if circle is None or prune(circle) == circle:
            # Perhaps a process that deleted rows ended before it had the file rewritten.
            upcoming = next_pruning(circle) if circle else None
            if await self._deadlines.replace(circle_id, at, upcoming, REGISTER):
                await self._deletion.rewrite(circle_id, None)
            return
        until = self._clock.now() + CLAIM_MS
        if await self._deadlines.replace(circle_id, at, until, REGISTER):
            await self._circles.change(circle_id, prune)
            await self._deletion.rewrite(circle_id, None, partial(self._finish, circle_id, until))

    async def _finish(self, circle_id: str, until: int) -> None:
        """Replaces the claim by the time of the next rows."""
        circle = await self._circles.get(circle_id)
        upcoming = next_pruning(circle) if circle else None
        await self._deadlines.replace(circle_id, until, upcoming, REGISTER)
