"""Changes reach everybody in a room, on every process."""

from __future__ import annotations

import asyncio
import queue
import socket
from contextlib import AsyncExitStack

import redis
from starlette.types import Receive, Scope, Send

from server.identity import Identity, Person
from server.live.connection import Connection
from server.live.hub import Hub
from server.redis_client import topology_of
from server.room.commands import LowerHand, Prompt, RaiseHand
from server.room.rules import decide
from server.room.state import Role, encode
from server.store.keys import channel, stamp_text
from server.store.store import Store
from server.views.language import ENGLISH
from tests.support.client import Caller, both, call, join, narrow_line, start_circle
from tests.support.factories import a_room
from tests.support.planted import KEY, plant
from tests.support.processes import Server, wait_until
from tests.support.serving import HANDSHAKE, serving

TOO_SLOW = "did not take its frames in time"


def test_versions_only_rise_and_all_end_on_the_same(url: str, other_url: str) -> None:
    """Two people on two processes make thirty changes."""
    fay = start_circle(url)
    gil = join(fay, "Gil", "facilitator").at(other_url)

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, gil)
            start = one.versions[-1]
            for number in range(15):
                await one.send(do="prompt", text=f"one {number}")
                await two.send(do="prompt", text=f"two {number}")
            for person in (one, two):
                await person.reaches(start + 30)
                assert person.versions == sorted(person.versions)
                assert person.versions[-1] == start + 30
            assert one.regions["stage"] == two.regions["stage"]

    asyncio.run(scene())


def test_a_lost_message_heals(url: str, redis_url: str) -> None:
    """A stored value that was never published is found by comparing versions."""
    fay = start_circle(url)

    async def scene() -> None:
        store = Store(topology_of(redis_url))
        async with call(fay) as connection:
            me = Caller(connection)
            await me.until(lambda me: "seat" in me.state)
            room = await store.rooms.load(fay.circle_id)
            assert room is not None
            changed = decide(room, Prompt("Unheard of"), me.state["seat"], store.clock.now())
            key = f"circle:{{{fay.circle_id}}}:room"
            with redis.Redis.from_url(redis_url) as client:
                client.hset(key, mapping={"stamp": stamp_text(changed), "value": encode(changed)})
            await me.until(lambda me: "Unheard of" in me.regions["stage"])
        await store.close()

    asyncio.run(scene())


def test_a_room_that_everybody_has_left_is_let_go(url: str, redis_url: str) -> None:
    """A quick return sees what changed meanwhile; in the end the subscription is cancelled."""
    fay = start_circle(url)

    async def scene() -> None:
        store = Store(topology_of(redis_url))
        async with call(fay) as connection:
            me = Caller(connection)
            await me.until(lambda me: "seat" in me.state)
            await me.send(do="start", **{"from": "waiting"})
            await me.until(lambda me: me.state["phase"] == "arrival")
        room = await store.rooms.load(fay.circle_id)
        assert room is not None
        await store.rooms.change(room, Prompt("While you were away"), me.state["seat"])
        async with call(fay) as connection:
            await Caller(connection).until(
                lambda me: "While you were" in me.regions.get("stage", "")
            )
        await store.close()

    asyncio.run(scene())
    with redis.Redis.from_url(redis_url) as client:
        wait_until(lambda: client.pubsub_numsub(channel(fay.circle_id))[0][1] == 0)


def test_a_killed_subscription_heals(url: str, other_url: str, redis_url: str) -> None:
    """Redis drops the subscriptions during changes; everybody ends with the last value."""
    fay = start_circle(url)
    ben = join(fay, "Ben").at(other_url)

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ben)
            start = one.versions[-1]
            with redis.Redis.from_url(redis_url) as client:
                for number in range(20):
                    await one.send(do="prompt", text=f"number {number}")
                    if number % 5 == 0:
                        client.client_kill_filter(_type="pubsub")
            await two.reaches(start + 20)
            assert "number 19" in two.regions["stage"]

    asyncio.run(scene())


def test_whoever_does_not_read_delays_nobody(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """One person's line is full: the others get the latest state, and that line is dropped."""
    server = two_servers[0]
    fay = start_circle(server.url)
    gil, ida = join(fay, "Gil", "facilitator"), join(fay, "Ida")

    async def scene() -> None:
        store = Store(topology_of(redis_url))
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ida)
            await one.send(do="start", **{"from": "waiting"})
            await two.until(lambda me: me.state["phase"] == "arrival")
            stalled = await stack.enter_async_context(call(gil, sock=narrow_line(server.url)))
            await stalled.recv()
            stalled.transport.pause_reading()
            before = server.log.count(TOO_SLOW)
            room = await store.rooms.load(fay.circle_id)
            assert room is not None
            # Each hand changes some 10 KB of a facilitator's page, until both buffers are full and
            # the deadline for reading has passed.
            while server.log.count(TOO_SLOW) == before:
                for command in (RaiseHand(), LowerHand()):
                    room = await store.rooms.change(room, command, two.state["seat"])
                await asyncio.gather(one.reaches(room.version), two.reaches(room.version))
            stalled.transport.resume_reading()
            assert await Caller(stalled).closed() is None
        await store.close()

    asyncio.run(scene())


def test_a_hub_finishes_what_it_asks_of_redis(redis_url: str) -> None:
    """Whoever leaves as the process ends has no lease any more but that of a reload."""
    room = plant(redis_url, a_room())
    finished: queue.Queue[bool] = queue.Queue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        topology = topology_of(redis_url)
        store = Store(topology)
        hub = Hub(store, topology, Identity(KEY).link)
        fay, peer = Person(room.id, "fay", "Fay"), scope["extensions"]["peer"]
        connection = Connection(fay, "", peer, "fay:1", ENGLISH)
        circle = await store.circles.get(room.id)
        assert circle is not None
        await hub.join(circle, Role.FACILITATOR, connection)
        hub.leave(connection)
        await hub.finish()
        await store.close()
        finished.put(True)

    with serving(app) as port, socket.create_connection(("127.0.0.1", port)) as page:
        page.sendall(HANDSHAKE.encode())
        assert finished.get(timeout=10)
    with redis.Redis.from_url(redis_url) as client:
        held = client.zrange(f"circle:{{{room.id}}}:here", 0, -1)
    assert b"fay:left" in held
    assert b"fay:1" not in held


def test_the_room_of_an_erased_circle_closes_as_what_it_is(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """People who wait for the session, and those who reconnect, are told that it was erased."""
    fay = start_circle(two_servers[0].url)
    ben = join(fay, "Ben").at(two_servers[1].url)

    async def scene() -> list[int | None]:
        store = Store(topology_of(redis_url))
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ben)
            await store.circle_erasure.erase(fay.circle_id)
            codes = [await one.closed(), await two.closed()]
            again = await stack.enter_async_context(call(fay))
            codes.append(await Caller(again).closed())
        await store.close()
        return codes

    assert asyncio.run(scene()) == [4413, 4413, 4413]
