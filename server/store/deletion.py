"""The deletion of ended rooms, from memory and from disk."""

from collections.abc import Awaitable, Callable

from server.room.state import Room
from server.store.append_only import AppendOnlyFiles
from server.store.keys import (
    channel,
    circle_key,
    here_key,
    room_key,
    stamp_text,
    stamps_begin,
)
from server.store.scripts import Scripts

NO_SESSION = "-"
"""The prefix of no stamp."""


class Deletion:
    def __init__(self, scripts: Scripts, files: AppendOnlyFiles) -> None:
        self._scripts = scripts
        self._files = files

    async def delete(self, room: Room) -> bool:
        """Deletes a room that has ended, and publishes that; False if Redis has another value."""
        keys = [room_key(room.id), here_key(room.id), circle_key(room.id)]
        return bool(await self._scripts.run("forget", keys, (stamp_text(room), channel(room.id))))

    async def rewrite(
        self,
        circle_id: str,
        room: Room | None,
        afterwards: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Rewrites the append-only file without a room that was deleted or has expired (None).

        Only values of its session count, since the circle may have opened another room meanwhile.
        Runs `afterwards` when it is done.
        """
        gone = stamps_begin(room) if room else NO_SESSION
        await self._files.rewrite(room_key(circle_id), gone, afterwards)
