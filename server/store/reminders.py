"""The reminders that people have asked for, and the deadlines by which they are sent.

mail/sending.py sends them; circle/reminders.py says which are due. Each value is replaced as a
whole, if it is still the one that was read: so a mail has one sender, and *stop* comes first.
"""

from enum import IntEnum
from typing import cast

from server.circle import reminders
from server.circle.circle import FOUNDER_KEEPS_MS
from server.circle.reminders import Reminder
from server.redis_client.connection import Word
from server.store.deadlines import REMINDER, Deadlines
from server.store.keys import circle_key, mail_key
from server.store.scripts import Scripts
from server.store.unreadable import reading

SOON_MS = 10_000
"""Longer than a commit takes."""
AT_ONCE_MS = 500


class Replaced(IntEnum):
    """The outcome of a replacement; the numbers are those of remind.lua."""

    DONE = 1
    OTHER_VALUE = 0
    NO_SEAT = -1


class Reminders:
    def __init__(self, scripts: Scripts, deadlines: Deadlines) -> None:
        self._scripts = scripts
        self._deadlines = deadlines

    async def everybody(self, circle_id: str) -> dict[str, Reminder]:
        """The reminders in this circle, by seat. Raises Unreadable if one of them is."""
        key = mail_key(circle_id)
        with reading(key):
            held = await self._scripts.command(key, "HGETALL", key)
            found = cast("dict[bytes, bytes]", held)
            return {seat.decode(): reminders.decode(text) for seat, text in found.items()}

    async def seats(self, circle_id: str) -> list[str]:
        """The seats with reminders, also those with values that cannot be read."""
        key = mail_key(circle_id)
        with reading(key):
            held = cast("dict[bytes, bytes]", await self._scripts.command(key, "HGETALL", key))
            return [seat.decode() for seat in held]

    async def of(self, circle_id: str, seat: str) -> Reminder | None:
        """The reminders of this person."""
        key = mail_key(circle_id)
        with reading(key):
            text = cast("bytes | None", await self._scripts.command(key, "HGET", key, seat))
            return reminders.decode(text) if text else None

    async def replace(
        self, circle_id: str, seat: str, before: Reminder | None, after: Reminder | None
    ) -> Replaced:
        """Replaces the reminders of this person, once replicated; None: none.

        Idempotent, as long as `after` differs from any other value.
        """
        keys = [circle_key(circle_id), mail_key(circle_id)]
        texts = [reminders.encode(one) if one else "" for one in (before, after)]
        with reading(keys[1]):
            args: list[Word] = [seat, *texts, FOUNDER_KEEPS_MS]
            return Replaced(await self._scripts.run_replicated("remind", keys, args))

    async def erase(self, circle_id: str, *seats: str) -> None:
        """Erases the reminders of these people, also values that cannot be read."""
        key = mail_key(circle_id)
        await self._scripts.command(key, "HDEL", key, *seats)

    async def erase_all(self, circle_id: str) -> None:
        """For a circle that is gone."""
        await self._scripts.command(mail_key(circle_id), "DEL", mail_key(circle_id))

    async def look_soon(self, circle_id: str, ms: int = SOON_MS) -> None:
        """Schedules a look at what is due in this circle, if anybody has asked for reminders."""
        key = mail_key(circle_id)
        if await self._scripts.command(key, "HGETALL", key):
            await self._deadlines.schedule(circle_id, self._deadlines.in_ms(ms), REMINDER)
