"""The signing key that Redis keeps."""

from __future__ import annotations

import asyncio

from server.store.store import Store
from tests.support.redis_servers import full
from tests.support.stores import with_stores


def test_all_processes_sign_with_one_key(each_redis: str) -> None:
    """The first process that needs it creates it."""

    async def scene(one: Store, other: Store) -> None:
        keys = await asyncio.gather(one.secret.read_or_make(), other.secret.read_or_make())
        assert keys[0] == keys[1]
        assert len(keys[0]) >= 32
        with full(each_redis):  # A process that starts meanwhile needs it, too.
            assert await one.secret.read_or_make() == keys[0]

    with_stores(each_redis, scene)
