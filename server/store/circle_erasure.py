"""The erasure of a whole circle, and what follows each erasure: nothing of it stays on a disk.

Each step leaves something in Redis from which another process goes on: the deadline of the erasure,
then one that names only a hash.
"""

from collections.abc import Collection, Iterable
from functools import partial

from server.circle import erasing
from server.circle.circle import Circle
from server.room.state import Room
from server.store.append_only import CLAIM_MS, AppendOnlyFiles
from server.store.circles import Circles
from server.store.clock import ServerClock
from server.store.deadlines import Deadlines, member_of
from server.store.keys import channel, circle_key, room_key, stamp_text
from server.store.look import Look
from server.store.scripts import Scripts
from server.store.tombstones import Tombstones, hash_of

ERASE, LEFT, LEAVING, REWRITE = "erase", "left", "leaving", "rewrite"
"""The kinds of deadlines: a circle is erased; a seat (CIRCLE.SEAT) is, if a process has ended while
it did that, or once its person has left the room; the files are rewritten afterwards (a hash)."""
AGAIN_MS = 10 * 60_000
"""The time after which the files are rewritten again if a Redis, such as a replica, was away."""


class CircleErasure:
    def __init__(
        self,
        scripts: Scripts,
        clock: ServerClock,
        circles: Circles,
        deadlines: Deadlines,
        files: AppendOnlyFiles,
        look: Look,
        tombstones: Tombstones,
    ) -> None:
        self._scripts = scripts
        self._clock = clock
        self._circles = circles
        self._deadlines = deadlines
        self._files = files
        self._look = look
        self._tombstones = tombstones

    async def ask(self, circle: Circle, typed_name: str) -> None:
        """Has this circle erased in a week. Raises Refused for another name."""
        now = self._clock.now()
        # First, so that a crash loses none: a deadline of a circle that stays does nothing.
        at = erasing.asked(circle, typed_name, now).erase_at
        await self._deadlines.schedule(circle.id, at, ERASE)
        await self._circles.change(
            circle.id, partial(erasing.asked, typed_name=typed_name, now=now)
        )

    async def take_back(self, circle_id: str) -> None:
        """The circle stays. Its deadline finds nothing to do."""
        await self._circles.change(circle_id, erasing.taken_back)

    async def expect_seats(self, circle_id: str, seats: Iterable[str]) -> None:
        """Call it before seats are erased: if this process ends meanwhile, another one does it."""
        at = self._clock.now() + CLAIM_MS
        for seat in seats:
            await self._deadlines.schedule(f"{circle_id}.{seat}", at, LEFT)

    async def seats_stay(self, circle_id: str, seats: Iterable[str]) -> None:
        """Call it if they were not erased after all."""
        for seat in seats:
            await self._remove(member_of(LEFT, f"{circle_id}.{seat}"))

    async def seat_goes_later(self, circle_id: str, seat: str) -> None:
        """Call it before a seat is emptied whose person is in the room: the seat itself is erased
        when they have left it."""
        at = self._clock.now() + CLAIM_MS
        await self._deadlines.schedule(f"{circle_id}.{seat}", at, LEAVING)

    async def seat_emptied(self, circle_id: str, seat: str) -> None:
        """Call it afterwards: remembers that, and has the files rewritten. A backup then brings
        back neither the seat nor what was known of it."""
        await self._finish(circle_id, f"seen:{seat}", [hash_of(circle_id, seat)], [])

    async def seats_erased(self, circle_id: str, seats: Collection[str]) -> None:
        """Call it after seats were erased: remembers that, and has the files rewritten."""
        members = [member_of(LEFT, f"{circle_id}.{seat}") for seat in seats]
        hashes = [hash_of(circle_id, seat) for seat in seats]
        await self._finish(circle_id, f"seat:{min(seats)}", hashes, members)

    async def erase(self, circle_id: str) -> None:
        """Erases this circle, or what a process has left of it. Idempotent."""
        await self._delete(circle_id)
        await self._forget(circle_id)

    async def erase_unchanged(
        self, circle_id: str, circle: Circle | None, room: Room | None
    ) -> None:
        """The same, if Redis still has these values; else nothing, since somebody has kept the
        circle meanwhile, or a session has begun."""
        version = circle.version if circle else 0
        if await self._delete(circle_id, version, stamp_text(room) if room else ""):
            await self._forget(circle_id)

    async def _delete(self, circle_id: str, *unchanged: int | str) -> bool:
        """In one step, so that nobody finds half a circle; False if something has changed."""
        # They share a slot.
        keys = dict.fromkeys((circle_key(circle_id), room_key(circle_id)))
        keys |= dict.fromkeys(await self._look.keys_of(circle_id))
        words = [channel(circle_id), *unchanged]
        return int(await self._scripts.run_replicated("erase", list(keys), words)) >= 0

    async def _forget(self, circle_id: str) -> None:
        """Removes its deadlines, remembers that it was erased, and has the files rewritten."""
        members = [due.member for due in await self._look.deadlines_of(circle_id)]
        await self._finish(circle_id, "name", [hash_of(circle_id)], members)

    async def rewrite(self, of: str, at: int | str) -> None:
        """Rewrites the files after an erasure, if the process that began it has ended."""
        until = self._clock.now() + AGAIN_MS
        if await self._deadlines.replace(of, at, until, REWRITE):
            await self._rewrite(of, "name", of, until)

    async def _finish(
        self, circle_id: str, field: str, hashes: list[str], members: list[str]
    ) -> None:
        """Remembers these hashes, removes these deadlines, which name the circle, and has the files
        rewritten once the circle has lost this field."""
        await self._tombstones.put(hashes)
        until = self._clock.now() + CLAIM_MS
        await self._deadlines.schedule(hashes[0], until, REWRITE)
        for member in members:
            await self._remove(member)
        await self._rewrite(circle_id, field, hashes[0], until)

    async def _rewrite(self, circle_id: str, field: str, of: str, until: int) -> None:
        async def done() -> None:
            await self._deadlines.replace(of, until, None, REWRITE)

        await self._files.rewrite_everywhere(circle_key(circle_id), field, done)

    async def _remove(self, member: str) -> None:
        word = member.encode(errors="surrogateescape")
        await self._scripts.command("due", "ZREM", "due", word)
