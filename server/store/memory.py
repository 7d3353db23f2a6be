"""Refuses new circles when Redis is nearly full, so that existing ones never run out of memory.

Counts and logs each refusal. A Redis without `maxmemory` has no bound.
"""

from collections.abc import Mapping
from time import monotonic
from typing import Any

import structlog
from redis.exceptions import ResponseError

from server import metrics
from server.store.scripts import Scripts

log = structlog.stdlib.get_logger(__name__)

MOST_USED = 0.8
"""The share of `maxmemory` above which new circles are refused."""
LOGGED_EVERY_S = 600.0


class NoRoom(Exception):
    """Redis is too full for a new circle. Existing circles are not affected."""


class Memory:
    """The memory of the Redis, or of the masters of a Cluster."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._logs_from: dict[str, float] = {}

    async def check(self, key: str) -> None:
        """Raises NoRoom if the Redis for this new key is too full."""
        try:
            used = share_used(await self._scripts.command(key, "INFO", "memory"))
        except ResponseError as error:  # The Redis user has only the rights of an earlier release.
            self._warn("Redis does not tell how full it is", error=type(error).__name__)
            return
        if used > MOST_USED:
            metrics.TURNED_AWAY.labels("memory").inc()
            self._warn("no new circles: Redis is nearly full (maxmemory)", used=round(used, 2))
            raise NoRoom

    def _warn(self, event: str, **more: str | float) -> None:
        """Logs an event at most once in ten minutes, so that a flood does not fill the log."""
        if monotonic() >= self._logs_from.get(event, 0.0):
            self._logs_from[event] = monotonic() + LOGGED_EVERY_S
            log.warning(event, **more)


def share_used(info: Mapping[str, Any]) -> float:
    """The used share of `maxmemory`, from `INFO memory`; 0 without a bound. Any: of all kinds."""
    most = info.get("maxmemory", 0)
    return float(info.get("used_memory", 0) / most) if most else 0.0
