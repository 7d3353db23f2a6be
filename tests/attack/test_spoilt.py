"""A bad value in Redis harms one room, but neither process nor other rooms, and is kept."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from msgspec.structs import replace

from server.room.due import KEPT_AFTER_END_MS, next_due
from server.room.state import ENDED, SCHEMA, Room, decode, encode
from server.store.keys import channel, stamp_text
from tests.support.client import Caller, ask, call
from tests.support.factories import a_room
from tests.support.metrics import numbers
from tests.support.planted import KEY, plant, seated
from tests.support.processes import Server, StartServer, two_servers_on, wait_until
from tests.support.redis_servers import fresh_redis

NOT_UTF_8 = b"\xff\xfe due"
UNREADABLE = 4411
COME_BACK = 1013


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A Redis for these tests alone, which corrupt it."""
    with fresh_redis() as url:
        yield url


@pytest.fixture(scope="module")
def two_servers(redis_url: str) -> Iterator[tuple[Server, Server]]:
    """Two processes on it that sign with the key of planted cookies."""
    with two_servers_on(redis_url, SECRET_KEY=KEY) as two:
        yield two


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A client that corrupts it."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


def key_of(room: Room) -> str:
    """The key of its value."""
    return f"circle:{{{room.id}}}:room"


def _not_json(client: redis.Redis, room: Room) -> None:
    client.hset(key_of(room), "value", "{")


def _no_text(client: redis.Redis, room: Room) -> None:
    client.hset(key_of(room), "value", b"\xff")


def _newer_member(client: redis.Redis, room: Room) -> None:
    value = encode(room).replace(b'"facilitator"', b'"conductor"')
    client.hset(key_of(room), "value", value)


def _another_type(client: redis.Redis, room: Room) -> None:
    client.delete(key_of(room))
    client.lpush(key_of(room), "value")


def _newer_schema(client: redis.Redis, room: Room) -> None:
    client.hset(key_of(room), "value", of_tomorrow(room))


SPOILT: dict[str, Callable[[redis.Redis, Room], None]] = {
    "not JSON": _not_json,
    "no text": _no_text,
    "a member of an enum that is not known": _newer_member,
    "another type": _another_type,
    "a newer schema": _newer_schema,
}


def of_tomorrow(room: Room) -> bytes:
    """The value of a later release, with a field that is unknown to this one."""
    value = json.loads(encode(room))
    return json.dumps({**value, "schema": SCHEMA + 1, "candle": "lit"}).encode()


def held(client: redis.Redis, room: Room) -> Any:
    """All of Redis' data about the room. Any: the type depends on the key."""
    return client.dump(key_of(room))


def is_over(client: redis.Redis, room: Room) -> bool:
    """Whether its silence has ended."""
    value = client.hget(key_of(room), "value")
    assert isinstance(value, bytes)
    return b"silence_until" not in value


def ends_a_silence(redis_url: str, client: redis.Redis) -> None:
    """Asserts that deadlines still run, for a healthy room and for an ended one."""
    now = round(time.time() * 1000)
    well = plant(redis_url, a_room("reflection", silence_until=now))
    ended = plant(redis_url, a_room(ENDED))
    gone = replace(ended, ended_at=now - KEPT_AFTER_END_MS)
    client.hset(key_of(ended), mapping={"stamp": stamp_text(gone), "value": encode(gone)})
    client.zadd("due", {well.id: now, ended.id: now})
    wait_until(lambda: is_over(client, well))
    wait_until(lambda: not client.exists(key_of(ended)))


@pytest.mark.parametrize("kind", SPOILT)
def test_a_room_that_falls_due_and_cannot_be_read_holds_up_nobody(
    kind: str,
    two_servers: tuple[Server, Server],
    redis_url: str,
    client: redis.Redis,
    start_server: StartServer,
) -> None:
    """No process ends or fails to start, and the room is retried less and less often."""
    room = plant(redis_url, a_room("reflection"))
    SPOILT[kind](client, room)
    before = held(client, room)
    client.zadd("due", {room.id: 1})
    ends_a_silence(redis_url, client)
    server = start_server(redis_url, SECRET_KEY=KEY)
    ends_a_silence(redis_url, client)
    for url in (server.url, *(server.url for server in two_servers)):
        assert ask(f"{url}/readyz").text == "ok"
    assert held(client, room) == before
    soon = client.zscore("due", room.id)
    assert isinstance(soon, float)
    assert soon > time.time() * 1000 - 10_000


def test_a_hundred_of_them_are_no_more_than_one(
    two_servers: tuple[Server, Server], redis_url: str, client: redis.Redis
) -> None:
    """They are the earliest, and as many as one batch."""
    for _ in range(120):
        room = plant(redis_url, a_room("reflection"))
        _not_json(client, room)
        client.zadd("due", {room.id: 1})
    ends_a_silence(redis_url, client)
    assert all(ask(f"{server.url}/healthz").status == 200 for server in two_servers)


@pytest.mark.parametrize("member", [NOT_UTF_8, b"", b"{", b"a" * 5000, b"reminder:{abc}"])
@pytest.mark.parametrize("score", [float("-inf"), -1e300, 0.5, float("inf")])
def test_what_is_no_circle_among_the_deadlines_is_passed_over(
    member: bytes,
    score: float,
    two_servers: tuple[Server, Server],
    redis_url: str,
    client: redis.Redis,
    start_server: StartServer,
) -> None:
    """This holds for running processes, and for one that starts."""
    client.zadd("due", {member: score})
    try:
        ends_a_silence(redis_url, client)
        if score == float("-inf"):
            server = start_server(redis_url, SECRET_KEY=KEY)
            assert ask(f"{server.url}/healthz").status == 200
        assert all(ask(f"{server.url}/readyz").text == "ok" for server in two_servers)
        assert client.zscore("due", member) is not None, "it may be another release's"
    finally:
        client.zrem("due", member)


@pytest.mark.parametrize("score", [float("-inf"), 1.5, -1e300])
def test_a_deadline_at_no_time_is_met_once(
    score: float, two_servers: tuple[Server, Server], redis_url: str, client: redis.Redis
) -> None:
    """The next deadline of the room replaces it."""
    room = plant(redis_url, a_room("reflection", silence_until=1))
    client.zadd("due", {room.id: score})
    wait_until(lambda: is_over(client, room))
    value = client.hget(key_of(room), "value")
    assert isinstance(value, bytes)
    wait_until(lambda: client.zscore("due", room.id) == next_due(decode(value)))
    assert all(server.process.poll() is None for server in two_servers)


@pytest.mark.parametrize(
    "said",
    [b"", b"\xff", b"1.99.1\n{", b"x.y\n{}", b"9" * 5000 + b".1\n{}", b"99999999999999.1.1\n\xff"],
)
def test_a_bad_word_on_the_channel_cuts_nobody_off(
    said: bytes, two_servers: tuple[Server, Server], redis_url: str, client: redis.Redis
) -> None:
    """Redis' value counts, not the published one, and all other rooms still receive theirs."""
    room, other = plant(redis_url, a_room()), plant(redis_url, a_room())
    one, two = two_servers

    async def scene() -> None:
        async with (
            call(seated(one.url, room, "fay")) as fay_line,
            call(seated(one.url, other, "fay")) as here,
            call(seated(two.url, other, "gil")) as there,
        ):
            fay, near, far = Caller(fay_line), Caller(here), Caller(there)
            for me in (fay, near, far):
                await me.until(lambda me: "dock" in me.regions)
            before = numbers(one)["balint_resubscriptions_total"]
            if said:
                client.publish(channel(room.id), said)
            client.publish(channel(room.id).replace("news", "signals"), said)
            await near.send(do="prompt", text="The others hear on")
            await far.until(lambda me: "hear on" in me.regions["stage"])
            await fay.send(do="prompt", text="So do we")
            await fay.until(lambda me: "So do we" in me.regions["stage"])
            assert numbers(one)["balint_resubscriptions_total"] == before

    asyncio.run(scene())


@pytest.mark.parametrize("kind", SPOILT)
def test_whoever_is_in_a_room_that_spoils_is_told_and_others_are_not(
    kind: str, two_servers: tuple[Server, Server], redis_url: str, client: redis.Redis
) -> None:
    """The connection ends, the page explains it, and an absence in another room is still seen."""
    room, other = plant(redis_url, a_room()), plant(redis_url, a_room())
    client.delete(f"circle:{{{other.id}}}:here")  # only people who really come
    one, two = two_servers

    async def scene() -> None:
        async with (
            call(seated(one.url, room, "fay")) as fay_line,
            call(seated(two.url, other, "gil")) as there,
        ):
            fay, far = Caller(fay_line), Caller(there)
            async with call(seated(one.url, other, "fay")) as here:
                await Caller(here).until(lambda me: "dock" in me.regions)
                for me in (fay, far):
                    await me.until(lambda me: "dock" in me.regions)
                SPOILT[kind](client, room)
                if kind != "another type":
                    client.hset(key_of(room), "stamp", "9.9.9")
                before = held(client, room)
                code = COME_BACK if kind == "a newer schema" else UNREADABLE
                assert await fay.closed() == code
            await far.until(lambda me: 'data-away="yes"' in me.chair("fay"))
            assert held(client, room) == before

    asyncio.run(scene())
    before = held(client, room)
    for server in two_servers:
        answer = ask(f"{server.url}/circles/{room.id}/room", cookie=seated("", room, "fay").cookie)
        expected = (503, "too_new") if kind == "a newer schema" else (500, "unreadable")
        assert (answer.status, answer.message) == expected
        assert "Traceback" not in server.log
    assert held(client, room) == before


def test_a_value_of_a_newer_schema_is_not_written_with_less(
    two_servers: tuple[Server, Server], redis_url: str, client: redis.Redis
) -> None:
    """Processes with an older value command, sweep and load; the later release's value stays."""
    room = plant(redis_url, a_room())

    async def scene() -> None:
        async with call(seated(two_servers[0].url, room, "fay")) as connection:
            fay = Caller(connection)
            await fay.until(lambda me: "dock" in me.regions)
            newer = replace(room, version=room.version + 1)
            value = of_tomorrow(newer)
            client.hset(key_of(room), mapping={"stamp": stamp_text(newer), "value": value})
            await fay.send(do="prompt", text="from an older value")
            assert await fay.closed() == COME_BACK
            assert client.hget(key_of(room), "value") == value

    asyncio.run(scene())


SPOILT_CIRCLES: dict[str, dict[str, str | bytes]] = {
    "links": {"links": "many"},
    "name": {"name": b"\xff"},
    "door": {"door": "{"},
    "own": {"own": '{"key":1}'},
    "role": {"seat:fay": "conductor"},
}


@pytest.mark.parametrize("field", SPOILT_CIRCLES)
def test_a_circle_that_cannot_be_read_has_a_kind_page(
    field: str, two_servers: tuple[Server, Server], redis_url: str, client: redis.Redis
) -> None:
    """All of its addresses have it, and the socket ends for good."""
    room = plant(redis_url, a_room())
    client.hset(f"circle:{{{room.id}}}", mapping=SPOILT_CIRCLES[field])  # type: ignore[arg-type]  # bytes or text
    for server in two_servers:
        fay = seated(server.url, room, "fay")
        answer = ask(fay.room, cookie=fay.cookie)
        assert (answer.status, answer.message) == (500, "unreadable")

        async def code(fay: Any = fay) -> int | None:
            async with call(fay) as connection:
                return await Caller(connection).closed()

        assert asyncio.run(code()) == UNREADABLE


def test_a_circle_of_a_newer_schema_is_left_alone(
    two_servers: tuple[Server, Server], redis_url: str, client: redis.Redis
) -> None:
    """Its people come back later, to a process that can read it; who is in the room goes on, also
    past the presentation, whose date the circle then lacks."""
    room = plant(redis_url, a_room(phase="presentation", presenter="ann"))
    key = f"circle:{{{room.id}}}"

    async def scene() -> None:
        async with call(seated(two_servers[0].url, room, "fay")) as connection:
            fay = Caller(connection)
            await fay.until(lambda me: "dock" in me.regions)
            client.hset(key, "schema", 99)
            await fay.send(do="prompt", text="still here")
            await fay.until(lambda me: "still here" in me.regions.get("stage", ""))
            await fay.send(**{"do": "advance", "from": "presentation"})
            await fay.until(lambda me: me.state["phase"] == "questions")
            async with call(seated(two_servers[1].url, room, "gil")) as late:
                assert await Caller(late).closed() == COME_BACK

    asyncio.run(scene())
    before = client.hgetall(key)
    for server in two_servers:
        fay = seated(server.url, room, "fay")
        assert ask(fay.room, cookie=fay.cookie).status == 503
        assert ask(fay.room.removesuffix("/room"), cookie=fay.cookie).status == 503
    assert client.hgetall(key) == before


def test_what_cannot_be_read_is_counted_and_logged_without_its_name(
    redis_url: str, client: redis.Redis, start_server: StartServer
) -> None:
    """The log has a hash of its key and the type of the error: the operator finds the key by it."""
    server = start_server(redis_url, SECRET_KEY=KEY)
    room = plant(redis_url, a_room())
    _not_json(client, room)
    ask(f"{server.url}/circles/{room.id}/room", cookie=seated("", room, "fay").cookie)
    server.says("cannot be read")
    assert numbers(server)['balint_unreadable_total{what="room"}'] > 0
    server.stop()
    assert room.id not in server.log
    assert "Fay" not in server.log
