"""Rate limits that all processes share."""

from typing import NamedTuple

from server.store.scripts import Scripts


class RateLimit(NamedTuple):
    """A token bucket: `at_once` is its size, and every `every_ms` it gains a token."""

    what: str
    at_once: int
    every_ms: int


class Limits:
    """Token buckets in Redis."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def has_counted(self, limit: RateLimit, who: str) -> bool:
        """Whether a token was taken, and the bucket is not full again."""
        key = f"limit:{limit.what}:{who}"
        return await self._scripts.command(key, "HGET", key, "left") is not None

    async def count(self, limit: RateLimit, who: str) -> int:
        """Takes a token; returns 0, or in how many ms there will be one."""
        keys = [f"limit:{limit.what}:{who}"]
        wait_ms = await self._scripts.run("limit", keys, [limit.at_once, limit.every_ms])
        return int(wait_ms)
