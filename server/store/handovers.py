"""Hand-overs of seats to other devices, by the digest of their code. Each expires by itself."""

from collections.abc import Callable
from typing import cast

import msgspec
from redis.exceptions import RedisError

from server.circle.handover import LASTS_MS, Handover, validated
from server.store.commit import TRIES
from server.store.keys import handover_key
from server.store.scripts import Scripts
from server.store.unreadable import reading

_handover = msgspec.json.Decoder(Handover)


class Handovers:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def begin(self, circle_id: str, digest: str, handover: Handover) -> None:
        """Stores a new hand-over."""
        await self._swap(handover_key(circle_id, digest), b"", msgspec.json.encode(handover))

    async def get(self, circle_id: str, digest: str) -> Handover | None:
        """The hand-over with this code; None if it is over."""
        return (await self._held(handover_key(circle_id, digest)))[1]

    async def change(
        self, circle_id: str, digest: str, change: Callable[[Handover], Handover | None]
    ) -> Handover | None:
        """The changed hand-over; None if it is over. A change to None ends it.

        Decides again on each newer value; raises what `change` raises.
        """
        key = handover_key(circle_id, digest)
        for _ in range(TRIES):
            text, held = await self._held(key)
            if held is None:
                return None
            after = change(held)
            if await self._swap(key, text, msgspec.json.encode(after) if after else b""):
                return after
        raise RedisError("this hand-over changes too often")

    async def end(self, circle_id: str, digest: str) -> None:
        """Ends the hand-over with this code, if there is one."""
        await self.change(circle_id, digest, lambda _held: None)

    async def _held(self, key: str) -> tuple[bytes, Handover | None]:
        text = cast("bytes | None", await self._scripts.command(key, "GET", key))
        if text is None:
            return b"", None
        with reading(key):
            return text, validated(_handover.decode(text))

    async def _swap(self, key: str, before: bytes, after: bytes) -> bool:
        """Replicated, so that no failover makes a used code new again."""
        return bool(await self._scripts.run_replicated("swap", [key], [before, after, LASTS_MS]))
