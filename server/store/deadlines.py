"""Deadlines: when some process must do something, and about what.

Owns the form of a deadline in Redis: a member KIND:ID of a sorted set. live/deadlines.py does what
is due.
"""

import re
from typing import NamedTuple

from server.store.clock import ServerClock, own_clock
from server.store.scripts import Scripts

DUE_AT_ONCE = 100

ROOM = "room"
"""The kind of a deadline of a room; its id is the circle's."""
REGISTER = "register"
"""The kind of a deadline at which rows of a circle's register go; its id is the circle's."""
PULSE = "pulse"
"""Of the open questions of a circle's pulse; its id is the circle's."""
REMINDER = "reminder"
"""The kind of a deadline of the reminders of a circle; its id is the circle's."""
_MEMBER = re.compile("([a-z]+):(.*)", re.DOTALL)


class Deadline(NamedTuple):
    """A deadline that has passed."""

    kind: str
    id: str
    at: str
    """When (epoch ms), as Redis spells it."""
    member: str

    @property
    def is_ours(self) -> bool:
        """Whether this release would write the member in the same form."""
        return self.member == member_of(self.kind, self.id)


def member_of(kind: str, id_: str) -> str:
    """The member for a deadline.

    A room's is the bare id: the release before knows no other form, and would not keep it.
    """
    return id_ if kind == ROOM else f"{kind}:{id_}"


def deadline_of(member: str, at: str) -> Deadline:
    """The deadline of a member, which another release may have written."""
    kind, id_ = found.groups() if (found := _MEMBER.fullmatch(member)) else (ROOM, member)
    return Deadline(kind, id_, at, member)


class Deadlines:
    """A sorted set of KIND:ID by the time (epoch ms) at which some process must act."""

    def __init__(self, scripts: Scripts, clock: ServerClock) -> None:
        self._scripts = scripts
        self._clock = clock

    async def schedule(self, id_: str, at: int | str, kind: str = ROOM) -> None:
        """Schedules a deadline at this time; an earlier one of this kind and id stays."""
        words = ("ZADD", "due", "LT", at, member_of(kind, id_))
        await self._scripts.command_with_commit("due", *words)

    def in_ms(self, ms: int) -> int:
        """The time so long from now (epoch ms)."""
        return self._clock.now() + ms

    async def due(self) -> list[Deadline]:
        """The deadlines that have passed, the oldest ones first."""
        sent_at = own_clock()
        now, *items = await self._scripts.run("due", ["due"], [DUE_AT_ONCE])
        self._clock.set(sent_at, now)
        words = [item.decode(errors="surrogateescape") for item in items]
        return [deadline_of(*pair) for pair in zip(words[::2], words[1::2], strict=True)]

    async def postpone(self, deadline: Deadline, ms: int) -> None:
        """Moves a deadline to `ms` from now, unless it is another one by now."""
        await self._replace(deadline.member, deadline.at, self._clock.now() + ms)

    async def replace(
        self, id_: str, at: int | str, upcoming: int | None, kind: str = ROOM
    ) -> bool:
        """Replaces the deadline at `at` with the next one; False if it is another one by now."""
        return await self._replace(member_of(kind, id_), at, upcoming)

    async def adopt(self, deadline: Deadline) -> None:
        """Replaces a member that a later release has written by one of our form."""
        await self.schedule(deadline.id, deadline.at, deadline.kind)
        await self._replace(deadline.member, deadline.at, None)

    async def _replace(self, member: str, at: int | str, upcoming: int | None) -> bool:
        word = member.encode(errors="surrogateescape")
        args = [word, at, "" if upcoming is None else upcoming]
        return bool(await self._scripts.run("settle", ["due"], args))
