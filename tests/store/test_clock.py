"""The servers' clock, which is that of Redis."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.store.clock import ServerClock, own_clock
from server.store.store import Store
from tests.support.moved_clock import MovedRedis
from tests.support.redis_servers import url_of
from tests.support.stores import with_stores

MINUTE, HOUR = 60_000, 3_600_000


@pytest.mark.parametrize("ahead", [HOUR, -HOUR, 0])
def test_a_clock_is_set_by_what_redis_says(ahead: int) -> None:
    """Redis' clock was read after the question."""
    clock = ServerClock()
    for offset in (ahead, 0):
        clock.set(own_clock(), own_clock() + offset)
        before, now, after = own_clock(), clock.now(), own_clock()
        assert before + offset - MINUTE <= now <= after + offset + MINUTE


def test_the_servers_clock_is_redis_clock(short_dir: Path) -> None:
    """A day ahead of this machine's."""

    async def scene(one: Store, other: Store) -> None:
        tomorrow = own_clock() + 24 * HOUR
        for store in (one, other):
            assert abs(store.clock.now() - tomorrow) < MINUTE

    with closing(MovedRedis(short_dir / "redis")) as redis:
        redis.go_to(datetime.now(UTC) + timedelta(days=1))
        with_stores(url_of(redis.address), scene)


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
