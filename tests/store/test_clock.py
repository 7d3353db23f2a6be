"""The servers' clock, which is that of Redis."""

from __future__ import annotations

import asyncio
import time

from server.store.store import Store
from tests.support.processes import wait_until
from tests.support.redis_servers import client_of
from tests.support.stores import with_stores


def test_the_servers_clock_is_redis_clock(each_redis: str) -> None:
    """Two stores agree within a few milliseconds."""

    async def scene(one: Store, other: Store) -> None:
        wait_until(lambda: abs(one.clock.now() - other.clock.now()) < 100)
        with client_of(each_redis) as client:
            seconds, micros = client.time()
        assert abs(one.clock.now() - (seconds * 1000 + micros // 1000)) < 1000

    with_stores(each_redis, scene)


def test_an_answer_that_waits_does_not_set_the_clock_back(each_redis: str) -> None:
    """This machine's clock is Redis' clock, so a delayed answer must not change the offset."""

    async def scene(one: Store, _other: Store) -> None:
        for _ in range(5):
            asking = asyncio.ensure_future(one.deadlines.due())
            await asyncio.sleep(0)
            busy_until = time.monotonic() + 0.1
            while time.monotonic() < busy_until:
                pass
            await asking
            before, now, after = time.time(), one.clock.now(), time.time()
            assert int(before * 1000) <= now <= int(after * 1000)

    with_stores(each_redis, scene)
