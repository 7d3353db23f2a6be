"""A Redis that is nearly full."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from server.circle.circle import described
from server.identity import new_circle_id
from server.redis_client import topology_of
from server.room import commands as c
from server.room.state import Role
from server.store.memory import NoRoom, share_used
from server.store.store import Store
from tests.support.redis_servers import Node, cluster, nearly_full
from tests.support.stores import a_new_circle, with_stores


def test_a_redis_that_is_nearly_full_takes_in_no_new_circle(each_redis: str) -> None:
    """Existing circles go on: people come, and sessions are opened."""

    async def scene(one: Store, other: Store) -> None:
        circle = await a_new_circle(one)
        with nearly_full(each_redis):
            for store in (one, other):
                with pytest.raises(NoRoom):
                    await store.circles.check_memory(new_circle_id())
            room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
            room = await other.rooms.change(room, c.Lobby(on=False), "fay")
            await other.arrivals.seated(circle, c.Enter("ann", "Ann", None), room)
        await a_new_circle(one)

    with_stores(each_redis, scene)


def test_on_a_cluster_the_node_that_would_keep_the_circle_decides(short_dir: Path) -> None:
    """The other nodes have room."""

    async def scene(url: str, nodes: list[Node]) -> None:
        at = topology_of(url)
        store = Store(at)
        seen: set[bool] = set()
        try:
            with nearly_full(url, nodes[0].port):
                while len(seen) < 2:
                    circle = described(new_circle_id(), "Tuesday", "classic-60", "UTC")
                    address = await at.address(f"circle:{{{circle.id}}}")
                    is_full = address.port == nodes[0].port
                    seen.add(is_full)
                    with pytest.raises(NoRoom) if is_full else nullcontext():
                        await store.circles.check_memory(circle.id)
        finally:
            await store.close()

    with cluster(short_dir) as (url, nodes):
        asyncio.run(scene(url, nodes))


@pytest.mark.parametrize(
    ("info", "share"),
    [
        ({"used_memory": 80, "used_memory_human": "80B", "maxmemory": 100}, 0.8),
        ({"used_memory": 80, "maxmemory": 0}, 0.0),
        ({"used_memory": 80}, 0.0),
        ({}, 0.0),
    ],
)
def test_how_full_a_redis_is_stands_in_what_it_tells(info: dict[str, Any], share: float) -> None:
    """Without `maxmemory` it is never full."""
    assert share_used(info) == share
