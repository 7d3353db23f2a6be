"""Connecting to a Redis that is silent, refuses, or is gone."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from server.identity import new_circle_id
from server.redis_client import Topology, topology_of
from server.redis_client.errors import why_refused
from server.store.keys import circle_key
from server.store.scripts import COMMAND_WITHIN_S, LIBRARY_AT_ONCE
from server.store.store import Store
from tests.support.processes import wait_until
from tests.support.redis_servers import client_of, cluster, fresh_redis


def with_redis(url: str, scene: Callable[[Topology], Awaitable[None]]) -> None:
    """The app's topology for this Redis, for the duration of the scene."""

    async def run() -> None:
        at = topology_of(url)
        try:
            await scene(at)
        finally:
            await at.close()

    asyncio.run(run())


def test_a_frozen_redis_is_not_taken_for_one_that_answers() -> None:
    """The kernel accepts every connection; all waiting callers share one attempt."""

    async def scene(at: Topology) -> None:
        wanted = (at.connection("due") for _ in range(20))
        found = await asyncio.gather(*wanted, return_exceptions=True)
        assert {type(one) for one in found} == {RedisConnectionError}

    async def rare(at: Topology) -> None:
        wanted = (Store(at).secret.held() for _ in range(2 * LIBRARY_AT_ONCE))
        found = await asyncio.gather(*wanted, return_exceptions=True)
        assert {type(one) for one in found} == {RedisConnectionError}

    with closing(socket.create_server(("127.0.0.1", 0))) as frozen:
        with_redis(f"redis://127.0.0.1:{frozen.getsockname()[1]}", scene)
        frozen.setblocking(False)
        frozen.accept()[0].close()
        with pytest.raises(BlockingIOError):
            frozen.accept()
        frozen.setblocking(True)
        with_redis(f"redis://127.0.0.1:{frozen.getsockname()[1]}", rare)


def test_a_refused_password_leaves_no_connection_open() -> None:
    """Repeated attempts would otherwise use up all connections of Redis."""
    with fresh_redis() as redis_url, client_of(redis_url) as client:
        before = len(client.client_list())

        async def scene(at: Topology) -> None:
            for _ in range(5):
                with pytest.raises(ResponseError):
                    await at.connection("due")
                with pytest.raises(RedisError) as refused:
                    await Store(at).secret.held()
                assert "does not let us in" in why_refused(refused.value)
            await asyncio.to_thread(wait_until, lambda: len(client.client_list()) == before)

        with_redis(redis_url.replace("unix://", "unix://nobody:wrong@"), scene)


def test_a_cluster_that_is_gone_is_a_redis_error_and_comes_back(short_dir: Path) -> None:
    """redis-py raises another kind of error, which would end the process."""

    async def scene(at: Topology) -> None:
        store = Store(at)
        key = await store.secret.read_or_make()
        for node in nodes:
            node.process.kill()
        with pytest.raises(RedisError):
            await store.secret.read_or_make()
        with pytest.raises(RedisError):
            await store.deadlines.due()
        with pytest.raises(RedisError):
            await at.rediscover()
        for node in nodes:
            await asyncio.to_thread(node.start)
        async with asyncio.timeout(30):
            while True:
                try:
                    await store.deadlines.due()
                    assert await store.secret.read_or_make() == key
                    break
                except RedisError:
                    continue

    with cluster(short_dir) as (url, nodes):
        with_redis(url, scene)


def test_a_silent_master_of_a_cluster_delays_its_own_circles_alone(short_dir: Path) -> None:
    """However many ask for these meanwhile."""

    async def scene(at: Topology) -> None:
        store = Store(at)
        ids = [new_circle_id() for _ in range(12 * LIBRARY_AT_ONCE)]
        kept_by = {one: (await at.address(circle_key(one))).port for one in ids}
        # One by one, since all at once may take a busy machine longer than a command may take.
        for one in ids:
            assert await store.circles.get(one) is None
        silent = nodes[0]
        silent.process.process.send_signal(signal.SIGSTOP)
        try:
            delayed = [one for one in ids if kept_by[one] == silent.port]
            waiting = asyncio.gather(*map(store.circles.get, delayed), return_exceptions=True)
            for one in ids:
                if one not in delayed:
                    assert await store.circles.get(one) is None
            async with asyncio.timeout(3 * COMMAND_WITHIN_S):
                assert all(isinstance(found, RedisError) for found in await waiting)
        finally:
            silent.process.process.send_signal(signal.SIGCONT)
        await store.close()

    with cluster(short_dir) as (url, nodes):
        with_redis(url, scene)
