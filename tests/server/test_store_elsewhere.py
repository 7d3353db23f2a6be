"""The store's own tests again, on a Redis Cluster and on a master found by Sentinel; a failover."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from server.circle.circle import Circle
from server.redis_at import redis_at
from server.room import commands as c
from server.room.refused import Refused
from server.room.state import Room
from server.store import Store
from tests.redises import KEEPS, Node, cluster, sentinel
from tests.server.test_store import (  # noqa: F401 - collected here once more
    a_circle,
    test_a_circle_learns_roles_and_links_in_the_same_commit,
    test_the_same_press_twice_has_one_effect,
    test_two_changes_of_one_value_both_take_effect,
)


@pytest.fixture(scope="module", params=["cluster", "sentinel"])
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """In the place of the one Redis of the other tests."""
    with tempfile.TemporaryDirectory(prefix="bc-") as path:
        if request.param == "cluster":
            with cluster(Path(path)) as (url, _nodes):
                yield url
        else:
            with sentinel(Path(path)) as (url, _master, _replica):
                yield url


def test_a_failover_loses_no_acknowledged_command() -> None:
    """What was said to be done stands in the new master, and the room goes on by itself."""

    codes: set[str] = set()

    async def answered(store: Store, circle: Circle) -> Room:
        """The room, as soon as there is a master."""
        while True:
            try:
                held = await store.load(circle.id)
            except RedisError:
                continue
            assert held
            return held

    async def changed(store: Store, room: Room, text: str) -> Room:
        """The change, as soon as it is not refused any more for want of a replica."""
        while True:
            try:
                return await store.change(room, c.Prompt(text), "fay")
            except Refused as refused:
                codes.add(refused.code)

    async def scene(url: str) -> None:
        store = Store(redis_at(url))
        circle, room = await a_circle(store)
        for number in range(20):
            room = await store.change(room, c.Prompt(f"before {number}"), "fay")
        master.process.kill()
        assert (await answered(store, circle)).prompt == "before 19"
        with pytest.raises(Refused):
            await store.change(room, c.Prompt("for one alone"), "fay")
        old = Node(Path(path) / "master", master.port, *KEEPS)
        try:
            after = await changed(store, room, "after")
            assert codes <= {"unavailable"}
            assert await store.load(circle.id) == after
        finally:
            old.close()
        await store.close()

    with (
        tempfile.TemporaryDirectory(prefix="bc-") as path,
        sentinel(Path(path)) as (url, master, _replica),
    ):
        asyncio.run(asyncio.wait_for(scene(url), 90))
