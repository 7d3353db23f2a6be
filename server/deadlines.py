"""What falls due when nobody presses anything: the end of a silence, of a kept turn, of a room.

Deadlines stand in Redis (store.py), so they outlive every process. Each process looks; whoever
comes first acts, and `decide` makes the second harmless.
"""

import asyncio

import structlog
from redis.exceptions import RedisError

from server.room.refused import Refused
from server.store import Store

log = structlog.stdlib.get_logger(__name__)

LOOK_S = 0.5


async def keep(store: Store) -> None:
    """Looks for what has fallen due, until cancelled."""
    while True:
        try:
            for circle_id, at in await store.due():
                await store.meet(circle_id, at)
        except (RedisError, Refused, OSError) as error:
            log.warning("deadlines could not be kept", error=type(error).__name__)
        await asyncio.sleep(LOOK_S)
