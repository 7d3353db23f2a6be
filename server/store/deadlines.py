"""Deadlines: which circles' rooms have to be looked at, and when.

What is done then is for live/deadlines.py.
"""

from server.store.clock import ServerClock, own_clock
from server.store.scripts import Scripts

DUE_AT_ONCE = 100


class Deadlines:
    """A sorted set of circle ids by the time (epoch ms) at which some process must act."""

    def __init__(self, scripts: Scripts, clock: ServerClock) -> None:
        self._scripts = scripts
        self._clock = clock

    async def expect(self, circle_id: str, at: int) -> None:
        """Some process will look at this room at this time, or earlier."""
        await self._scripts.ask("due", "ZADD", "due", "LT", at, circle_id)

    async def due(self) -> list[tuple[str, str]]:
        """The circles in whose rooms something may have fallen due, and since when: whatever
        stands among the deadlines, as Redis spells it."""
        asked = own_clock()
        now, *items = await self._scripts.run("due", ["due"], [DUE_AT_ONCE])
        self._clock.set(asked, now)
        words = [item.decode(errors="surrogateescape") for item in items]
        return list(zip(words[::2], words[1::2], strict=True))

    async def postpone(self, circle_id: str, at: str, ms: int) -> None:
        """What could not be done at its time is looked at again in so many ms."""
        member = circle_id.encode(errors="surrogateescape")
        await self._scripts.run("settle", ["due"], [member, at, self._clock.now() + ms])

    async def settle(self, circle_id: str, at: int | str, upcoming: int | None) -> bool:
        """Puts the next deadline in the place of the one at `at`; False where another one stands
        there by now."""
        args = [circle_id, at, "" if upcoming is None else upcoming]
        return bool(await self._scripts.run("settle", ["due"], args))
