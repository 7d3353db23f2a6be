"""Deadlines run once, by any process, at their time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from server.live import deadlines
from server.live.deadlines import DueRooms
from server.room import commands as c
from server.room.state import Role, Room
from server.store.store import Store
from tests.support.redis_servers import client_of
from tests.support.stores import a_circle, led_by_fay, with_stores


def test_a_silence_ends_by_itself_and_once(each_redis: str) -> None:
    """Two processes check for deadlines; the version rises by one."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        room = await one.rooms.change(room, c.Silence(1), "fay")
        tasks = [asyncio.create_task(deadlines.Poller(store).run()) for store in (one, other)]
        async with asyncio.timeout(15):
            after: Room | None = room
            while after is not None and after.silence_until is not None:
                after = await one.rooms.load(circle.id)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert after is not None
        assert after.version == room.version + 1

    with_stores(each_redis, scene)


def test_a_phase_that_begins_by_itself_begins_once(each_redis: str) -> None:
    """Two processes check for deadlines, and the one that opened the room may be gone."""

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay(plan="troika")
        await one.circles.create(circle)
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        assert room.clock is not None
        room = await one.rooms.change(room, c.Extend(-119, room.clock.ends_at), "fay")
        tasks = [asyncio.create_task(deadlines.Poller(store).run()) for store in (one, other)]
        async with asyncio.timeout(15):
            after: Room | None = room
            while after is not None and after.phase == "telling-1":
                after = await other.rooms.load(circle.id)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert after is not None
        assert after.clock is not None
        assert (after.phase, after.version) == ("asking-1", room.version + 1)
        await DueRooms(other).run(circle.id, after.clock.ends_at)
        assert await one.rooms.load(circle.id) == after

    with_stores(each_redis, scene)


async def polls(store: Store, until: Callable[[], Awaitable[bool]]) -> None:
    """Keeps the deadlines until this holds."""
    task = asyncio.create_task(deadlines.Poller(store).run())
    try:
        async with asyncio.timeout(15):
            while not await until():
                pass
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_the_deadline_of_a_room_in_the_form_of_a_later_release_is_met(each_redis: str) -> None:
    """It is there after a rollback, and is then one of this release."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        room = await one.rooms.change(room, c.Silence(1), "fay")

        async def is_over() -> bool:
            return (await one.rooms.load(circle.id) or room).silence_until is None

        with client_of(each_redis) as client:
            client.zrem("due", circle.id)
            client.zadd("due", {f"room:{circle.id}": 1})
            await polls(one, is_over)
            assert client.zscore("due", f"room:{circle.id}") is None
            assert client.zscore("due", circle.id) is not None

    with_stores(each_redis, scene)


def test_deadlines_of_unknown_kinds_are_left_to_others(each_redis: str) -> None:
    """However many there are, rooms have theirs meanwhile; none is removed, or run at each poll."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        room = await one.rooms.change(room, c.Silence(1), "fay")
        members = [f"reminder:{circle.id}{n}" for n in range(120)]

        async def is_over() -> bool:
            return (await one.rooms.load(circle.id) or room).silence_until is None

        with client_of(each_redis) as client:
            client.zadd("due", dict.fromkeys(members, 1))
            before = one.clock.now()
            try:
                await polls(one, is_over)
                assert all((at or 0) > before for at in client.zmscore("due", members))
            finally:
                client.zrem("due", *members)

    with_stores(each_redis, scene)


def test_whoever_looks_for_what_falls_due_ends_when_told(each_redis: str) -> None:
    """It ends at any point of its loop, while there is always something due."""

    async def scene(one: Store, other: Store) -> None:
        circle, _ = await a_circle(one)
        for steps in range(100):
            await other.deadlines.schedule(circle.id, 1)
            task = asyncio.create_task(deadlines.Poller(one).run())
            for _ in range(steps % 50):
                await asyncio.sleep(0)
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=10)
            assert done == {task}, steps

    with_stores(each_redis, scene)


def test_a_deadline_outlives_every_process(each_redis: str) -> None:
    """It is in Redis, and a later process runs it."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        await one.rooms.change(room, c.Silence(1), "fay")
        async with asyncio.timeout(15):
            due: dict[str, str] = {}
            while circle.id not in due:
                due = {deadline.id: deadline.at for deadline in await other.deadlines.due()}
        await DueRooms(other).run(circle.id, due[circle.id])
        after = await other.rooms.load(circle.id)
        assert after is not None
        assert after.silence_until is None
        assert circle.id not in {deadline.id for deadline in await other.deadlines.due()}

    with_stores(each_redis, scene)
