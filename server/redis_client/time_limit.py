"""The time limit of a call to Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LAST_S = 0.5


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError after this time, which is longer than LAST_S.

    The last part of the time begins when this process runs: one that stood still (a closed lid, a
    paused machine, no CPU) finds replies that came meanwhile, and must not take Redis for silent.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        timer = loop.call_later(seconds - LAST_S, lambda: limit.reschedule(loop.time() + LAST_S))
        try:
            yield
        finally:
            timer.cancel()
