"""The whole store."""

from __future__ import annotations

import asyncio

from server.live.deadlines import DueRooms
from server.store.store import Store
from tests.support.stores import a_circle, with_stores


def test_a_store_that_is_closed_uses_redis_no_more(each_redis: str) -> None:
    """This includes waiting for a rewrite of the files."""

    async def scene(one: Store, _other: Store) -> None:
        _, room = await a_circle(one)
        await DueRooms(one).forget(room)
        before = asyncio.all_tasks()
        await one.close()
        assert asyncio.all_tasks() < before

    with_stores(each_redis, scene)
