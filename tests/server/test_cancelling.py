"""Background tasks end, even if they swallow a cancellation."""

from __future__ import annotations

import asyncio
from pathlib import Path

from server.cancelling import cancel_all
from server.redis_client import topology_of
from tests.support.client import PATIENCE_S
from tests.support.sentinel import replaces_nobody, sentinel

TURNS = 12
"""More turns of the event loop than one question to Sentinel takes."""


def test_a_task_that_swallows_a_cancellation_ends() -> None:
    """The error of another task is dropped."""

    async def goes_on() -> None:
        for _ in range(2):
            try:
                await asyncio.sleep(PATIENCE_S)
            except asyncio.CancelledError:
                continue
        await asyncio.sleep(PATIENCE_S)

    async def fails() -> None:
        try:
            await asyncio.sleep(PATIENCE_S)
        finally:
            raise OSError

    async def end() -> None:
        tasks = [asyncio.create_task(goes_on()), asyncio.create_task(fails())]
        await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE_S):
            await cancel_all(tasks)
        assert all(task.done() for task in tasks)

    asyncio.run(end())


def test_whoever_follows_sentinel_ends_in_each_turn_of_a_question(short_dir: Path) -> None:
    """redis-py sends it by asyncio.wait_for, which swallows a cancellation in some of them."""

    async def end(url: str) -> None:
        at = topology_of(url)
        for turns in range(TURNS):
            await at.rediscover()
            task = asyncio.create_task(at.follow())
            for _ in range(turns):
                await asyncio.sleep(0)
            async with asyncio.timeout(PATIENCE_S):
                await cancel_all([task])
        await at.close()

    with sentinel(short_dir, watching=replaces_nobody) as watched:
        asyncio.run(end(watched.url))
