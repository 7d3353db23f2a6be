"""The end of background tasks."""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_AFTER_S = 1.0


async def cancel_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels these tasks until all have ended; what they return or raise is dropped.

    More than once, since asyncio.wait_for may swallow a cancellation (Python 3.11), and redis-py
    sends by it where it has a timeout of its own. Such a task must not wait for tasks that go on
    for ever: a TaskGroup passes on only the first cancellation.
    """
    all_of_them = set(tasks)
    running = all_of_them
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_AFTER_S)
    await asyncio.gather(*all_of_them, return_exceptions=True)
