"""A failover, for the store: the master dies, and a replica takes its place."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import redis
from redis.exceptions import RedisError

from server.circle.changes import choose_format
from server.circle.circle import Circle
from server.redis_client import topology_of
from server.room import commands as c
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import Role, Room, encode
from server.store.keys import channel, stamp_text
from server.store.scripts import NoReplica
from server.store.store import Store
from server.store.subscription import Subscription
from tests.support.client import Caller, call, start_circle
from tests.support.processes import wait_until
from tests.support.redis_servers import KEEPS, Node, data_folder, free_ports
from tests.support.sentinel import replaces_nobody, sentinel
from tests.support.stores import a_circle, led_by_fay, with_stores


def test_a_failover_loses_no_acknowledged_command() -> None:
    """The new master has every acknowledged change, and the room recovers by itself."""

    async def answered(store: Store, circle: Circle) -> Room:
        """The room, as soon as there is a master."""
        while True:
            try:
                held = await store.rooms.load(circle.id)
            except RedisError:
                continue
            assert held
            return held

    async def changed(store: Store, room: Room) -> Room:
        """The first change that is no longer refused for lack of a replica."""
        for number in itertools.count():
            with suppress(Refused):
                return await store.rooms.change(room, c.Prompt(f"after {number}"), "fay")
        raise AssertionError

    async def scene(url: str) -> None:
        store = Store(topology_of(url))
        circle, room = await a_circle(store)
        for number in range(20):
            room = await store.rooms.change(room, c.Prompt(f"before {number}"), "fay")
        master = watched.master
        master.process.kill()
        assert (await answered(store, circle)).prompt == "before 19"
        assert await store.circles.get(circle.id) == circle
        with pytest.raises(Refused) as alone:
            await store.rooms.change(room, c.Prompt("for one alone"), "fay")
        assert alone.value.code == "unavailable"
        with pytest.raises(RedisError):  # Nobody sees it while it may be lost.
            await store.rooms.load_replicated(circle.id)
        master.start()
        after = await changed(store, room)
        assert await store.rooms.load(circle.id) == after
        another = led_by_fay()
        await store.circles.create(another)
        assert await store.circles.get(another.id) == another
        await store.close()

    with data_folder() as path, sentinel(path) as watched:
        asyncio.run(asyncio.wait_for(scene(watched.url), 90))


def test_a_repetition_waits_for_a_replica_as_well(short_dir: Path) -> None:
    """It changes nothing, and comes by another connection, which has written nothing before."""

    async def scene() -> None:
        one, other = Store(topology_of(watched.url)), Store(topology_of(watched.url))
        circle, _ = await a_circle(one)
        another = led_by_fay()
        [replica] = watched.replicas
        replica.process.process.send_signal(signal.SIGSTOP)
        try:
            for store in (one, other):
                with pytest.raises(NoReplica):
                    await store.circles.change(
                        circle.id, partial(choose_format, key="troika", now=0)
                    )
                with pytest.raises(NoReplica):
                    await store.circles.create(another)
        finally:
            replica.process.process.send_signal(signal.SIGCONT)
        await asyncio.to_thread(wait_until, watched.is_whole)
        await other.circles.create(another)
        await other.circles.change(circle.id, partial(choose_format, key="troika", now=0))
        held = await one.circles.get(circle.id)
        assert held is not None
        assert (held.format, held.version) == ("troika", circle.version + 1)
        assert await one.circles.get(another.id) == another
        for store in (one, other):
            await store.close()

    with sentinel(short_dir, watching=replaces_nobody) as watched:
        asyncio.run(scene())


def test_all_connections_leave_a_master_that_does_not_know_that_it_was_replaced(
    short_dir: Path,
) -> None:
    """It stays alive with its connections, publishes nothing more, and its values are stale."""
    heard: list[bytes] = []

    def is_heard(node: Node) -> bool:
        node.client.publish(channel("c"), node.port)
        return str(node.port).encode() in heard

    async def scene() -> None:
        at = topology_of(watched.url)
        subscription = Subscription(
            at, lambda _id, said: heard.append(said), *3 * (lambda *_: None,)
        )
        store = Store(at)
        assert await store.secret.read_or_make("the former master's") == "the former master's"
        other.client.set("secret", "the new master's")
        subscription.subscribe("c")
        tasks = [asyncio.create_task(work) for work in (subscription.run(), at.follow())]
        await asyncio.to_thread(wait_until, lambda: is_heard(watched.master))
        watched.watch_instead(other)
        await asyncio.to_thread(wait_until, lambda: is_heard(other))
        assert await store.secret.held() == "the new master's"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.close()

    with sentinel(short_dir, replicas=0) as watched:
        other = Node(short_dir / "other", free_ports(1)[0], KEEPS)
        try:
            asyncio.run(scene())
        finally:
            other.close()


def test_what_a_failover_took_back_is_put_back_before_the_next_change(redis_url: str) -> None:
    """A process that holds a later value than Redis does not decide on the older one."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one)
        with taken_back(redis_url, circle):
            for name in ("Ann", "Ben"):
                room = await one.rooms.change(room, c.Enter(name, name, Role.MEMBER), None)
        room = await one.rooms.change(room, c.Prompt("What if?"), "fay")
        after = await one.rooms.load(circle.id)
        assert after == room
        assert [seat.name for seat in room.seats] == ["Fay", "Ann", "Ben"]
        assert (await one.circles.get_with_role(circle.id, "Ben"))[1] is Role.MEMBER

    with_stores(redis_url, scene)


def test_two_values_of_one_stamp_are_told_apart(redis_url: str) -> None:
    """A change was rolled back and replaced by another one, which counts."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        with taken_back(redis_url, circle):
            lost = await one.rooms.change(room, c.Prompt("Taken back"), "fay")
        kept = await other.rooms.change(room, c.Enter("ann", "Ann", Role.MEMBER), None)
        assert lost.stamp == kept.stamp
        swept = await one.leases.sweep(circle.id, {})
        assert (swept.matches(kept), swept.matches(lost)) == (True, False)
        after = await one.rooms.change(lost, c.Start("waiting"), "fay")
        assert (after.prompt, [seat.id for seat in after.seats]) == ("", ["fay", "ann"])

    with_stores(redis_url, scene)


def test_a_page_comes_to_show_the_value_that_counts(url: str, redis_url: str) -> None:
    """Redis has another value with the stamp of the displayed one: a sweep finds it."""
    fay = start_circle(url)

    async def scene() -> None:
        store = Store(topology_of(redis_url))
        async with call(fay) as connection:
            me = Caller(connection)
            await me.until(lambda me: "seat" in me.state)
            circle = await store.circles.get(fay.circle_id)
            assert circle
            with taken_back(redis_url, circle):
                await me.send(do="prompt", text="Taken back")
                await me.until(lambda me: "Taken back" in me.regions["stage"])
            room = await store.rooms.load(fay.circle_id)
            assert room
            counts = decide(room, c.Prompt("This counts"), me.state["seat"], store.clock.now())
            with redis.Redis.from_url(redis_url) as client:
                fields = {"stamp": stamp_text(counts), "value": encode(counts)}
                client.hset(f"circle:{{{fay.circle_id}}}:room", mapping=fields)
            await me.until(lambda me: "This counts" in me.regions["stage"])
        await store.close()

    asyncio.run(scene())


@contextmanager
def taken_back(redis_url: str, circle: Circle) -> Iterator[None]:
    """Rolls back all changes that are made meanwhile, as a failover may."""
    keys = [f"circle:{{{circle.id}}}", f"circle:{{{circle.id}}}:room"]
    with redis.Redis.from_url(redis_url) as client:
        before = {key: client.dump(key) for key in keys}
        yield
        for key, value in before.items():
            client.restore(key, 0, value, replace=True)
