"""Rate limits: token buckets in Redis."""

from __future__ import annotations

import asyncio

import redis

from server.redis_client import topology_of
from server.store.limits import RateLimit
from server.store.store import Store

LONG_MS = 60_000


def test_a_bucket_whose_clock_is_ahead_shuts_nobody_out(redis_url: str) -> None:
    """After a failover the clock may be another master's, and behind."""
    limit = RateLimit("ahead", 2, 60_000)

    async def scene() -> list[bool]:
        store = Store(topology_of(redis_url))
        with redis.Redis.from_url(redis_url) as client:
            at = client.time()[0] * 1000 + LONG_MS
            client.hset("limit:ahead:ann", mapping={"left": 0, "at": at})
        waits = [await store.limits.count(limit, "ann") for _ in range(3)]
        await store.close()
        return [wait > 0 for wait in waits]

    assert asyncio.run(scene()) == [False, False, True]


def test_a_bucket_is_kept_no_longer_than_until_it_is_full_again(redis_url: str) -> None:
    """For an address that comes once this is the time of one token."""
    limit = RateLimit("short", 20, 60_000)

    async def scene() -> list[int]:
        store = Store(topology_of(redis_url))
        lasts = []
        with redis.Redis.from_url(redis_url) as client:
            for _ in range(3):
                await store.limits.count(limit, "ann")
                lasts.append(client.pttl("limit:short:ann"))
        await store.close()
        return lasts

    for taken, lasts in enumerate(asyncio.run(scene()), 1):
        assert (taken - 1) * 60_000 < lasts <= taken * 60_000
