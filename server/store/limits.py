"""Limits: how often something may be done, counted for all processes together."""

from typing import NamedTuple

from server.store.scripts import Scripts


class RateLimit(NamedTuple):
    """How often something may be done: so many at once, and one more every so many ms."""

    what: str
    at_once: int
    every_ms: int


class Limits:
    """Token buckets in Redis."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def count(self, limit: RateLimit, who: str) -> int:
        """Counts one of what is limited; 0, or after how many ms there is room for one."""
        keys = [f"limit:{limit.what}:{who}"]
        waits = await self._scripts.run("limit", keys, [limit.at_once, limit.every_ms])
        return int(waits)
