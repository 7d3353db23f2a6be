"""Stores of two processes on one Redis, and circles in them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from server.circle.changes import with_founder
from server.circle.circle import Circle, described
from server.identity import new_circle_id
from server.redis_client import topology_of
from server.room import commands as c
from server.room.state import Role, Room
from server.store.store import Store


def with_stores(redis_url: str, scene: Callable[[Store, Store], Awaitable[None]]) -> None:
    """The stores of two processes on one Redis, for the duration of the scene."""

    async def run() -> None:
        one, other = Store(topology_of(redis_url)), Store(topology_of(redis_url))
        try:
            await one.deadlines.due()  # sets its clock
            await other.deadlines.due()
            await scene(one, other)
        finally:
            await one.close()
            await other.close()

    asyncio.run(run())


def led_by_fay(
    *members: str, name: str = "Tuesday", plan: str = "classic-60", zone: str = "UTC"
) -> Circle:
    """A circle that knows these members and its facilitator Fay."""
    roles = {"fay": Role.FACILITATOR} | dict.fromkeys(members, Role.MEMBER)
    return Circle(new_circle_id(), name, plan, zone, roles=roles)


async def a_circle(store: Store, *members: str) -> tuple[Circle, Room]:
    """A circle that knows these members; its facilitator Fay has opened the room."""
    circle = led_by_fay(*members)
    await store.circles.create(circle)
    return circle, await store.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))


async def a_new_circle(store: Store) -> Circle:
    """A circle as the page starts one: only Fay has been there."""
    circle = with_founder(described(new_circle_id(), "Tuesday", "classic-60", "UTC"), "fay")
    await store.circles.create(circle)
    return circle
