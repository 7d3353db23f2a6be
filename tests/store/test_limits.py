"""The limits of one person, one room and one address, and that others are not affected."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
import redis
from starlette.requests import HTTPConnection
from websockets.exceptions import ConnectionClosed

from server.http.addresses import network_of
from server.identity import Identity
from server.live.token_bucket import for_commands, for_signalling
from server.live.windows import MAX_A_GUEST, MAX_A_LOBBY, MAX_A_ROOM, MAX_A_SEAT
from server.pages.join import JOINS
from server.pages.start import STARTS
from server.redis_client import topology_of
from server.store.limits import RateLimit
from server.store.store import Store
from tests.support.client import PATIENCE_S, Caller, Visit, ask, call, join, start_circle
from tests.support.processes import StartServer

LONG_MS = 60_000


async def comes_in(visit: Visit, stack: AsyncExitStack) -> Caller | int | None:
    """One more window; returns the close code if it is refused."""
    me = Caller(await stack.enter_async_context(call(visit)))
    try:
        await me.until(lambda me: "seat" in me.state)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None
    return me


async def alone(visit: Visit) -> Caller | int | None:
    """The same, closed at once."""
    async with AsyncExitStack() as stack:
        return await comes_in(visit, stack)


def test_a_seat_has_so_many_windows_and_no_more(url: str, other_url: str) -> None:
    """All processes count together; others go on, and closing one allows another."""
    fay = start_circle(url)
    ben = join(fay, "Ben")

    async def scene() -> None:
        async with AsyncExitStack() as others:
            host = await comes_in(fay, others)
            assert isinstance(host, Caller)
            async with AsyncExitStack() as stack:
                for place in range(MAX_A_SEAT):
                    window = await comes_in(ben.at((url, other_url)[place % 2]), stack)
                    assert isinstance(window, Caller)
                assert await comes_in(ben, stack) == 1013
                assert await comes_in(ben.at(other_url), stack) == 1013
                await host.send(do="prompt", text="and the others go on")
                await host.until(lambda me: "go on" in me.regions["stage"])
            async with asyncio.timeout(PATIENCE_S):  # Their close is reported a moment later.
                while await comes_in(ben, others) == 1013:
                    pass

    asyncio.run(scene())


def taken(client: redis.Redis, visit: Visit, windows: dict[str, int]) -> None:
    """Opens so many windows of these seats, at other processes."""
    ends = client.time()[0] * 1000 + LONG_MS
    leases = {f"{seat}:window{n}": ends for seat, count in windows.items() for n in range(count)}
    client.zadd(f"circle:{{{visit.circle_id}}}:here", leases)


def test_those_who_sit_in_a_room_have_so_many_windows_and_no_more(url: str, redis_url: str) -> None:
    """The limit is for all of them together; a facilitator is admitted regardless of others."""
    fay = start_circle(url)
    ben, ida = join(fay, "Ben"), join(fay, "Ida")
    with redis.Redis.from_url(redis_url) as client:
        taken(client, fay, {ida.seat: MAX_A_ROOM})
        assert asyncio.run(alone(ben)) == 1013
        assert isinstance(asyncio.run(alone(fay)), Caller)


def test_whoever_waits_uses_up_nothing_of_the_room(url: str, redis_url: str) -> None:
    """They have two windows each and forty in all; seated people come and go as before."""
    fay = start_circle(url, door="closed")
    eve, joe = join(fay, "Eve"), join(fay, "Joe")
    with redis.Redis.from_url(redis_url) as client:
        taken(client, fay, {eve.seat: MAX_A_GUEST})
        assert asyncio.run(alone(eve)) == 1013
        assert isinstance(asyncio.run(alone(joe)), Caller)
        taken(client, fay, {f"guest{n}": MAX_A_GUEST for n in range(MAX_A_LOBBY)})
        assert asyncio.run(alone(joe)) == 1013
        assert isinstance(asyncio.run(alone(fay)), Caller)


def test_pings_take_nothing_from_what_one_may_press(url: str) -> None:
    """Each kind has a bucket of its own."""
    fay = start_circle(url)

    async def scene() -> None:
        async with call(fay) as line:
            me = Caller(line)
            pings = for_signalling().at_once + 20
            for number in range(pings):
                await me.send(do="ping", t=number)
            for number in range(for_commands().at_once // 2):
                await me.send(do="prompt", text=f"sentence {number}")
            await me.until(lambda me: f"sentence {number}" in me.regions.get("stage", ""))
            assert [answer["pong"] for answer in me.answers] == list(range(pings))
            assert me.code == ""

    asyncio.run(scene())


def test_many_windows_press_no_faster_than_one(url: str) -> None:
    """Each change goes to everybody, and concurrent commands have to be decided again."""
    fay = start_circle(url)
    some = for_commands().at_once // 2

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            windows = [Caller(await stack.enter_async_context(call(fay))) for _ in range(4)]
            for window in windows:
                await window.until(lambda me: "seat" in me.state)
            for number in range(some):
                for place, window in enumerate(windows):
                    await window.send(do="prompt", text=f"sentence {number} of {place}")
            assert await windows[-1].refused() == "too_fast"

    asyncio.run(scene())


def flood(url: str, address: str, path: str, form: dict[str, str], times: int) -> list[int]:
    """The statuses of so many forms from this address."""
    return [ask(url + path, form, forwarded_for=address).status for _ in range(times)]


def test_a_flood_of_joins_waits_and_others_come_in(url: str) -> None:
    """The limit is by the address that the trusted proxy reports."""
    fay = start_circle(url)
    form = {"token": fay.token(), "your_name": "", "agree": "yes"}
    codes = flood(url, "192.0.2.77", "/join", form, JOINS.at_once + 20)
    assert codes[: JOINS.at_once] == [400] * JOINS.at_once
    assert 429 in codes
    assert flood(url, "192.0.2.78", "/join", form, 1) == [400]
    assert join(fay, "Ben").cookie


@pytest.mark.parametrize("address", ["192.0.2.80:{}", "[2001:db8:80::1]:{}"])
def test_a_port_that_a_proxy_writes_makes_no_other_address(url: str, address: str) -> None:
    """Azure's gateways add a port, which differs for each connection of one person."""
    ports = range(4000, 4000 + JOINS.at_once + 20)
    codes = [joined(url, address.format(port)) for port in ports]
    assert codes[: JOINS.at_once] == [403] * JOINS.at_once
    assert 429 in codes


@pytest.mark.parametrize("garbage", ["192.0.2.81:http", "[2001:db8:81::1", "nobody:80"])
def test_what_is_no_address_has_no_bucket(url: str, garbage: str) -> None:
    """It may stand for many people."""
    assert {joined(url, garbage) for _ in range(JOINS.at_once + 20)} == {403}


def joined(url: str, address: str) -> int:
    """The status of a form with an invalid invitation from this address."""
    return ask(f"{url}/join", {"token": ""}, forwarded_for=address).status


def test_a_bucket_whose_clock_is_ahead_shuts_nobody_out(redis_url: str) -> None:
    """After a failover the clock may be another master's, and behind."""
    limit = RateLimit("ahead", 2, 60_000)

    async def scene() -> list[bool]:
        store = Store(topology_of(redis_url))
        with redis.Redis.from_url(redis_url) as client:
            at = client.time()[0] * 1000 + LONG_MS
            client.hset("limit:ahead:ann", mapping={"left": 0, "at": at})
        waits = [await store.limits.count(limit, "ann") for _ in range(3)]
        await store.close()
        return [wait > 0 for wait in waits]

    assert asyncio.run(scene()) == [False, False, True]


def test_a_bucket_is_kept_no_longer_than_until_it_is_full_again(redis_url: str) -> None:
    """For an address that comes once this is the time of one token."""
    limit = RateLimit("short", 20, 60_000)

    async def scene() -> list[int]:
        store = Store(topology_of(redis_url))
        lasts = []
        with redis.Redis.from_url(redis_url) as client:
            for _ in range(3):
                await store.limits.count(limit, "ann")
                lasts.append(client.pttl("limit:short:ann"))
        await store.close()
        return lasts

    for taken, lasts in enumerate(asyncio.run(scene()), 1):
        assert (taken - 1) * 60_000 < lasts <= taken * 60_000


def test_an_address_that_nobody_trusted_has_said_counts_for_nothing(
    redis_url: str, start_server: StartServer
) -> None:
    """Otherwise a flood would use another address for each form."""
    url = start_server(redis_url, FORWARDED_ALLOW_IPS="192.0.2.200").url
    form = {"circle_name": "Tuesday", "your_name": "Fay"}
    codes = flood(url, "192.0.2.79", "/circles", form, STARTS.at_once + 2)
    assert codes == [303] * len(codes)  # All of them come from this machine, which has no bucket.


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
    ],
)
def test_addresses_are_told_apart_as_people_have_them(one: str, other: str, *, same: bool) -> None:
    """One IPv4 address, or one /64 of IPv6; dual-stack sockets map the former into the latter."""
    digests = [
        Identity("key").address_digest(HTTPConnection({"type": "http", "client": (address, 1)}))
        for address in (one, other)
    ]
    assert (digests[0] == digests[1]) == same


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "", "unix:"])
def test_what_stands_for_many_people_is_counted_by_no_address(host: str) -> None:
    """It has neither a bucket nor a limit of connections; a proxy has none in any spelling."""
    assert (
        Identity("key").address_digest(HTTPConnection({"type": "http", "client": (host, 1)})) == ""
    )
    assert network_of(host) == b""
    for proxy in ("192.0.2.9", "::ffff:192.0.2.9"):
        assert network_of(proxy, {"192.0.2.9"}) == b"" != network_of(proxy)


def test_strangers_use_up_no_window_of_somebody_the_circle_knows(url: str, redis_url: str) -> None:
    """Ben waits because the room is locked, and has two windows like everybody who waits."""
    fay = start_circle(url)
    ben = join(fay, "Ben")
    key = f"circle:{{{fay.circle_id}}}"

    async def locks() -> None:
        async with AsyncExitStack() as stack:
            host = await comes_in(fay, stack)
            assert isinstance(host, Caller)
            await host.send(do="end")
            await host.until(lambda me: me.state.get("phase") == "ended")

    asyncio.run(locks())
    with redis.Redis.from_url(redis_url) as client:
        client.delete(f"{key}:room", f"{key}:here")  # the next session

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            host = await comes_in(fay, stack)
            assert isinstance(host, Caller)
            await host.send(do="lock", on=True)
            await host.until(lambda me: '{"do":"lock","on":false}' in me.regions["dock"])
            with redis.Redis.from_url(redis_url) as client:
                taken(client, fay, {f"guest{n}": MAX_A_GUEST for n in range(MAX_A_LOBBY)})
            for _ in range(MAX_A_GUEST):
                window = await comes_in(ben, stack)
                assert isinstance(window, Caller)
                assert window.state["phase"] == "lobby"
            assert await comes_in(ben, stack) == 1013

    asyncio.run(scene())
