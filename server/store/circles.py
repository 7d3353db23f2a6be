"""Circles: loaded, and changed by an optimistic commit.

Circles are values; server/circle decides how one changes.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import cast

from redis.exceptions import RedisError, ResponseError

from server import metrics
from server.circle import stored
from server.circle.changes import lasting
from server.circle.circle import FOUNDER_KEEPS_MS, Circle
from server.circle.erasing import month_of
from server.redis_client.connection import Word
from server.room.state import Role
from server.store.clock import ServerClock
from server.store.commit import (
    ANY_ROOM,
    SAME_ROOM,
    TRIES,
    CircleChange,
    CircleChanged,
    flat,
    run_commit,
)
from server.store.keys import circle_key, mail_key
from server.store.memory import Memory
from server.store.scripts import Scripts
from server.store.unreadable import reading


class Circles:
    def __init__(self, scripts: Scripts, clock: ServerClock) -> None:
        self._scripts = scripts
        self._clock = clock
        self._memory = Memory(scripts)

    async def create(self, circle: Circle, expires_s: int | None = None) -> None:
        """Stores a new circle. One that is there already stays as it is.

        It expires after `expires_s`, or, while its founder is alone in it, when they stay away.
        Call `check_memory` first.
        """
        expiry: Word = "" if expires_s is None else expires_s * 1000
        if circle.founder_alone:
            expiry = FOUNDER_KEEPS_MS
        args = [expiry, *flat(stored.encode(circle))]
        await self._scripts.run_replicated("create", [circle_key(circle.id)], args)

    async def check_memory(self, circle_id: str) -> None:
        """Raises NoRoom if the Redis that would keep this circle is too full for a new one.

        Call it before anything of a new circle is stored, including the count of its rate limit.
        """
        await self._memory.check(circle_key(circle_id))

    async def get(self, circle_id: str) -> Circle | None:
        return (await self.get_with_role(circle_id, ""))[0]

    async def get_with_role(self, circle_id: str, seat: str) -> tuple[Circle | None, Role | None]:
        """The circle with this id, and the role of this seat in it; None for what is missing.

        A removed seat has no role, and neither has an invented one.
        """
        key = circle_key(circle_id)
        with reading(key):
            held = await self._scripts.command(key, "HGETALL", key)
            circle = stored.decode(circle_id, cast("dict[bytes, bytes]", held))
            return circle, circle.role(seat) if circle else None

    async def change(self, circle_id: str, change: Callable[[Circle], Circle]) -> None:
        """Changes the circle, unless it has expired; decides again on each newer value.

        Raises what `change` raises, and RedisError if there is always a newer value.
        """
        for _ in range(TRIES):
            circle = await self.get(circle_id)
            if circle is None:
                return
            try:
                await self.commit_change(CircleChange(circle, change(circle)))
            except CircleChanged:
                metrics.COMMIT_CONFLICTS.inc()
            else:
                return
        raise RedisError("this circle changes too often")

    async def commit_change(self, change: CircleChange) -> None:
        """Commits this change of the circle alone; raises CircleChanged."""
        await self.commit(change)

    async def commit(self, change: CircleChange, stamp: str = ANY_ROOM) -> bool:
        """Stores the circle's next value; False if its room does not have this stamp.

        Raises CircleChanged, and IsHere if somebody who is to be forgotten has a lease.
        """
        return await run_commit(self._scripts, change.before.id, (stamp, *SAME_ROOM), change)

    async def seen(self, circle: Circle, seat: str) -> None:
        """Notes that this person is here, once a month. It is no change on which others rest."""
        month = month_of(self._clock.now())
        if circle.seen.get(seat) != month:
            with suppress(ResponseError):  # A full Redis takes no writes; the page is shown anyway.
                await self._scripts.run("seen", [circle_key(circle.id)], [seat, month])

    async def visited(self, circle: Circle, role: Role) -> None:
        """A person of this role has visited: a circle with nobody but its founder expires later.

        It becomes permanent if a process of an earlier release has seated somebody without noting
        it.
        """
        if not circle.founder_alone or role is Role.GUEST:
            return
        with suppress(ResponseError):  # A full Redis takes no writes; the page is shown anyway.
            permanent = lasting(circle)
            if permanent == circle:
                keys = [circle_key(circle.id), mail_key(circle.id)]
                await self._scripts.run("visited", keys, [FOUNDER_KEEPS_MS])
                return
            with suppress(CircleChanged):  # The next visit tries again.
                await self.commit(CircleChange(circle, permanent))
