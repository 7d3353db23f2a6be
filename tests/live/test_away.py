"""Who is shown as away, and for how long."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from typing import Any

import redis

from tests.support.client import Caller, both, call, join, start_circle
from tests.support.processes import StartServer, wait_until


def test_leases_that_redis_has_lost_are_there_again(url: str, redis_url: str) -> None:
    """It holds in an idle room too, where all are renewed at once; nobody is shown as away."""
    fay = start_circle(url)
    ben = join(fay, "Ben")
    key = f"circle:{{{fay.circle_id}}}:here"

    async def scene() -> str:
        async with AsyncExitStack() as stack:
            one, _two = await both(stack, fay, ben)
            with redis.Redis.from_url(redis_url) as client:
                await asyncio.to_thread(wait_until, lambda: are_renewed_at_once(client))
                client.delete(key)
                await asyncio.to_thread(wait_until, lambda: are_renewed_at_once(client))
            await one.send(do="start", **{"from": "waiting"})
            await one.until(lambda me: me.state["phase"] == "arrival")
            return "".join(one.received[1:])

    def are_renewed_at_once(client: redis.Redis) -> bool:
        held: Any = client.zrange(key, 0, -1, withscores=True)  # Any: redis-py's own
        ends = [end for _, end in held]
        return len(ends) == 2 and ends[0] == ends[1]

    assert "data-away" not in asyncio.run(scene())


def test_a_seat_is_away_only_when_its_last_tab_has_closed(
    url: str, other_url: str, redis_url: str
) -> None:
    """A second tab on another process counts; the hand outlasts the absence."""
    fay = start_circle(url)
    ben = join(fay, "Ben")

    def has_one_lease(seat: str) -> bool:
        """Whether a sweep has found that the other tabs are gone for good."""
        with redis.Redis.from_url(redis_url) as client:
            held = client.zrange(f"circle:{{{fay.circle_id}}}:here", 0, -1)
        ours = [lease for lease in held if lease.startswith(f"{seat}:".encode())]
        return len(ours) == 1 and not ours[0].endswith(b":left")

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ben)
            seat = two.state["seat"]
            await one.send(do="start", **{"from": "waiting"})
            await two.until(lambda me: me.state["phase"] == "arrival")
            await two.send(do="raise_hand")
            await one.until(lambda me: 'data-hand="1"' in me.chair(seat))
            seen = len(one.received)
            second = await call(ben.at(other_url))
            await two.socket.close()
            third = await call(ben)
            await second.close()
            await asyncio.to_thread(wait_until, lambda: has_one_lease(seat))
            await one.send(do="prompt", text="after the sweep")
            await one.until(lambda me: "after the sweep" in me.regions["stage"])
            assert "data-away" not in "".join(one.received[seen:])
            await third.close()
            await one.until(lambda me: 'data-away="yes"' in me.chair(seat))
            assert 'data-hand="1"' in one.chair(seat)
            async with call(ben):
                await one.until(lambda me: "data-away" not in me.chair(seat))
                assert 'data-hand="1"' in one.chair(seat)

    asyncio.run(scene())


def test_a_closed_lid_is_seen_and_so_is_its_opening(url: str) -> None:
    """A sleeping machine closes nothing: it is away because it answers no ping."""
    fay = start_circle(url)
    ben = join(fay, "Ben")

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ben)
            seat = two.state["seat"]
            two.socket.transport.pause_reading()
            await one.until(lambda me: 'data-away="yes"' in me.chair(seat))
            # Its own line was dropped by then; the page opens a new one on waking.
            async with call(ben):
                await one.until(lambda me: "data-away" not in me.chair(seat))
            two.socket.transport.resume_reading()

    asyncio.run(scene())


IS_AWAY = re.compile(r'<li id="waits-[^>]* data-away[^>]*>.*Dan', re.DOTALL)


def test_whose_page_never_comes_is_gone_from_the_door(url: str) -> None:
    """Their browser keeps no cookie: the facilitator sees them as away, and then no more."""
    fay = start_circle(url, door="closed")

    async def scene() -> None:
        async with call(fay) as connection:
            leads = Caller(connection)
            await leads.until(lambda me: "dock" in me.regions)
            await asyncio.to_thread(join, fay, "Dan")
            await leads.until(lambda me: IS_AWAY.search(me.regions["dock"]) is not None)
            await leads.until(lambda me: "Dan" not in me.regions["dock"], 90)

    asyncio.run(scene())


def test_a_killed_process_leaves_no_ghosts(redis_url: str, start_server: StartServer) -> None:
    """Its people are shown as away, and come back by the other process to the current room."""
    first, second = start_server(redis_url), start_server(redis_url)
    fay = start_circle(first.url)
    ben = join(fay, "Ben").at(second.url)

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ben)
            seat = two.state["seat"]
            await one.send(do="start", **{"from": "waiting"})
            await two.until(lambda me: me.state["phase"] == "arrival")
            await two.send(do="raise_hand")
            await one.until(lambda me: 'data-hand="1"' in me.chair(seat))
            second.kill()
            await one.until(lambda me: 'data-away="yes"' in me.chair(seat))
            again = Caller(await stack.enter_async_context(call(ben.at(first.url))))
            await again.until(lambda me: me.state.get("phase") == "arrival")
            assert 'data-hand="1"' in again.chair(seat)
            await one.until(lambda me: "data-away" not in me.chair(seat))

    asyncio.run(scene())
