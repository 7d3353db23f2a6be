"""Runs the deadlines of registers: rows whose months are over go."""

from functools import partial

from server.circle.registering import next_pruning, pruned_at
from server.store.deadlines import REGISTER
from server.store.store import Store


class DueRegisters:
    def __init__(self, store: Store) -> None:
        self._clock = store.clock
        self._circles = store.circles
        self._deadlines = store.deadlines
        self._deletion = store.deletion

    async def run(self, circle_id: str, at: int | str) -> None:
        """Deletes what is due in this circle's register, also from disk; idempotent."""
        await self._circles.change(circle_id, partial(pruned_at, now=self._clock.now()))
        circle = await self._circles.get(circle_id)
        upcoming = next_pruning(circle) if circle else None
        if await self._deadlines.replace(circle_id, at, upcoming, REGISTER):
            await self._deletion.rewrite(circle_id, None)
