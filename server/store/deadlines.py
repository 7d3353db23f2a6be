"""Deadlines: when some process must look at which circle's room.

live/deadlines.py does what is due then.
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
        """Schedules a look at this room at this time; an earlier deadline stays."""
        await self._scripts.command("due", "ZADD", "due", "LT", at, circle_id)

    async def due(self) -> list[tuple[str, str]]:
        """The circles whose deadline has passed, and that deadline, both as Redis spells them."""
        sent_at = own_clock()
        now, *items = await self._scripts.run("due", ["due"], [DUE_AT_ONCE])
        self._clock.set(sent_at, now)
        words = [item.decode(errors="surrogateescape") for item in items]
        return list(zip(words[::2], words[1::2], strict=True))

    async def postpone(self, circle_id: str, at: str, ms: int) -> None:
        """Moves a deadline whose work has failed to `ms` from now."""
        member = circle_id.encode(errors="surrogateescape")
        await self._scripts.run("settle", ["due"], [member, at, self._clock.now() + ms])

    async def settle(self, circle_id: str, at: int | str, upcoming: int | None) -> bool:
        """Replaces the deadline at `at` with the next one; False if it is another one by now."""
        args = [circle_id, at, "" if upcoming is None else upcoming]
        return bool(await self._scripts.run("settle", ["due"], args))
