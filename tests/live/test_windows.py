"""The limits of one person's windows, and of all in a room; others are not affected."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import redis
from websockets.exceptions import ConnectionClosed

from server.live.token_bucket import for_commands, for_signalling
from server.live.windows import MAX_A_GUEST, MAX_A_LOBBY, MAX_A_ROOM, MAX_A_SEAT
from tests.support.client import PATIENCE_S, Caller, Visit, call, join, start_circle

LONG_MS = 60_000
TOO_MANY, CROWDED = 4300, 1013
"""The close codes for too many windows of one person, and of all."""


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
                assert await comes_in(ben, stack) == TOO_MANY
                assert await comes_in(ben.at(other_url), stack) == TOO_MANY
                await host.send(do="prompt", text="and the others go on")
                await host.until(lambda me: "go on" in me.regions["stage"])
            async with asyncio.timeout(PATIENCE_S):  # Their close is reported a moment later.
                while await comes_in(ben, others) == TOO_MANY:
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
        assert asyncio.run(alone(ben)) == CROWDED
        assert isinstance(asyncio.run(alone(fay)), Caller)


def test_whoever_waits_uses_up_nothing_of_the_room(url: str, redis_url: str) -> None:
    """They have two windows each and forty in all; seated people come and go as before."""
    fay = start_circle(url, door="closed")
    eve, joe = join(fay, "Eve"), join(fay, "Joe")
    with redis.Redis.from_url(redis_url) as client:
        taken(client, fay, {eve.seat: MAX_A_GUEST})
        assert asyncio.run(alone(eve)) == TOO_MANY
        assert isinstance(asyncio.run(alone(joe)), Caller)
        taken(client, fay, {f"guest{n}": MAX_A_GUEST for n in range(MAX_A_LOBBY)})
        assert asyncio.run(alone(joe)) == CROWDED
        assert isinstance(asyncio.run(alone(fay)), Caller)


def test_pings_take_nothing_from_what_one_may_press(url: str) -> None:
    """Each kind has a bucket of its own."""
    fay = start_circle(url)

    async def scene() -> None:
        async with call(fay) as connection:
            me = Caller(connection)
            pings = for_signalling().at_once + 20
            for number in range(pings):
                await me.send(do="ping", t=number)
            for number in range(for_commands().at_once // 2):
                await me.send(do="prompt", text=f"sentence {number}")
            await me.until(lambda me: f"sentence {number}" in me.regions.get("stage", ""))
            assert [answer["pong"] for answer in me.answers] == list(range(pings))
            assert me.code == ""

    asyncio.run(scene())


def test_two_windows_press_no_faster_than_one(url: str) -> None:
    """Each change goes to everybody, and concurrent commands have to be decided again.

    These commands are refused at once: a slow room takes as long over changes as the limit does.
    """
    fay = start_circle(url)

    async def scene() -> None:
        async with call(fay) as one, call(fay) as other:
            most = for_commands().at_once
            for window, presses in ((Caller(one), most - 1), (Caller(other), 2 * most)):
                for _ in range(presses):
                    await window.send(do="advance", **{"from": "closing"})
                await window.send(do="ping", t=1)
                await window.until(lambda me: bool(me.answers) or me.code == "too_fast")
            assert window.code == "too_fast"

    asyncio.run(scene())


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
            assert await comes_in(ben, stack) == TOO_MANY

    asyncio.run(scene())
