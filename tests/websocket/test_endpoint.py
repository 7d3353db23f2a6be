"""The socket: who may connect, what ends a connection, and what people see of each other."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import redis

from server.redis_client import topology_of
from server.room.commands import LowerHand, Prompt, RaiseHand
from server.room.rules import decide
from server.room.state import encode
from server.store.keys import channel, stamp_text
from server.store.store import Store
from tests.support.client import Caller, Visit, ask, call, join, narrow_line, start_circle
from tests.support.processes import Server, StartServer, wait_until
from tests.support.stored import everything_in, stands_in_files


async def close_code(visit: Visit, *, origin: str | None = None) -> int | None:
    """The close code for a connection that the server refuses."""
    async with call(visit, origin=origin) as line:
        return await Caller(line).closed()


async def both(stack: AsyncExitStack, fay: Visit, ben: Visit) -> tuple[Caller, Caller]:
    """Two people who see each other."""
    one = Caller(await stack.enter_async_context(call(fay)))
    two = Caller(await stack.enter_async_context(call(ben)))
    await two.until(lambda me: "seat" in me.state)
    seat = two.state["seat"]
    await one.until(lambda me: bool(me.chair(seat)) and "data-away" not in me.chair(seat))
    return one, two


def test_whoever_has_no_seat_is_told_not_to_come_back(url: str) -> None:
    """No cookie, a forged one, one of another circle; an unknown circle; a foreign page."""
    fay = start_circle(url)
    stranger = start_circle(url, "Eve")
    name, _, value = stranger.cookie.partition("=")
    borrowed = f"circle_{fay.circle_id}={value}"
    nobody = Visit(url, fay.circle_id, "")

    async def codes() -> list[int | None]:
        return [
            await close_code(nobody),
            await close_code(Visit(url, fay.circle_id, borrowed)),
            await close_code(Visit(url, fay.circle_id, fay.cookie[:-2] + "xx")),
            await close_code(Visit(url, "nowhere", f"{name}={value}")),
            await close_code(fay, origin="https://elsewhere.example"),
            await close_code(fay, origin="null"),
            await close_code(fay, origin=""),
        ]

    assert asyncio.run(codes()) == [4401, 4401, 4401, 4404, 4403, 4403, 4403]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"do":"shout"}', 4400),
        ('{"do":"advance","from":7}', 4400),
        ("[" * 30_000, 4400),
        (b"\x00\x01", 4400),
        (json.dumps({"do": "prompt", "text": "x" * 70_000}), 1009),
    ],
    ids=["unknown", "wrong type", "deep", "binary", "too large"],
)
def test_a_bad_frame_ends_that_connection_alone(url: str, frame: str | bytes, code: int) -> None:
    """The others in the room do not notice."""
    fay = start_circle(url)
    ben = join(fay, "Ben")

    async def scene() -> int | None:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ben)
            await two.socket.send(frame)
            ended = await two.closed()
            await one.send(do="start", **{"from": "waiting"})
            await one.until(lambda me: me.state["phase"] == "arrival")
            return ended

    assert asyncio.run(scene()) == code


def test_a_refusal_is_read_by_its_sender_alone(url: str) -> None:
    """It has a code; the others' notices stay empty."""
    fay = start_circle(url)
    ben = join(fay, "Ben")

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ben)
            await two.send(do="start", **{"from": "waiting"})
            assert await two.refused() == "not_allowed"
            assert "asked by a member before the start" in two.regions["notice"]
            await one.send(do="start", **{"from": "waiting"})
            await one.until(lambda me: me.state["phase"] == "arrival")
            assert one.code == ""

    asyncio.run(scene())


def test_the_same_refusal_twice_is_sent_twice(url: str) -> None:
    """Each has an element of its own, so that a page inserts it and a screen reader speaks it."""
    fay = start_circle(url)
    ben = join(fay, "Ben")

    async def scene() -> list[str]:
        async with AsyncExitStack() as stack:
            _one, two = await both(stack, fay, ben)
            notices = []
            for _ in range(2):
                two.regions.pop("notice", None)
                await two.send(do="start", **{"from": "waiting"})
                assert await two.refused() == "not_allowed"
                notices.append(two.regions["notice"])
            return notices

    notices = asyncio.run(scene())
    first, second = (re.sub(r"<[^>]+>", "", html) for html in notices)
    assert first == second
    ids = [re.findall(r' id="([^"]+)"', html) for html in notices]
    assert [len(found) for found in ids] == [2, 2]
    assert ids[0][0] == ids[1][0] == "notice"
    assert ids[0][1] != ids[1][1]


def test_a_refusal_is_told_from_those_before_a_reconnect(url: str) -> None:
    """The page keeps its last notice, so each connection must use other ids."""
    fay = start_circle(url)
    ben = join(fay, "Ben")

    async def notice_of_one_connection() -> str:
        async with call(ben) as line:
            two = Caller(line)
            await two.send(do="start", **{"from": "waiting"})
            assert await two.refused() == "not_allowed"
            return two.regions["notice"]

    async def scene() -> None:
        first, second = [await notice_of_one_connection() for _ in range(2)]
        assert first != second

    asyncio.run(scene())


def test_a_command_from_a_stale_page_has_one_effect(url: str, other_url: str) -> None:
    """Sent twice, late, and to two processes at once, it changes the phase once."""
    fay = start_circle(url)
    gil = join(fay, "Gil", "facilitator").at(other_url)

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, gil)
            await one.send(do="start", **{"from": "waiting"})
            await two.until(lambda me: me.state["phase"] == "arrival")
            version = two.versions[-1]
            advance = {"do": "advance", "from": "arrival"}
            await asyncio.gather(one.send(**advance), two.send(**advance), two.send(**advance))
            await two.reaches(version + 1)
            assert await two.refused() == "stale"
            await one.send(do="pause")
            await two.reaches(version + 2)
            assert (two.state["phase"], two.state["version"]) == ("call", str(version + 2))

    asyncio.run(scene())


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
        async with call(fay) as line:
            me = Caller(line)
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


def test_a_room_that_everybody_has_left_is_let_go(url: str, redis_url: str) -> None:
    """A quick return sees what changed meanwhile; in the end the subscription is cancelled."""
    fay = start_circle(url)

    async def scene() -> None:
        store = Store(topology_of(redis_url))
        async with call(fay) as line:
            me = Caller(line)
            await me.until(lambda me: "seat" in me.state)
            await me.send(do="start", **{"from": "waiting"})
            await me.until(lambda me: me.state["phase"] == "arrival")
        room = await store.rooms.load(fay.circle_id)
        assert room is not None
        await store.rooms.change(room, Prompt("While you were away"), me.state["seat"])
        async with call(fay) as line:
            await Caller(line).until(lambda me: "While you were" in me.regions.get("stage", ""))
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
            room = await store.rooms.load(fay.circle_id)
            assert room is not None
            # Each hand changes some 10 KB of a facilitator's page, until both buffers are full and
            # the deadline for reading has passed.
            while "did not take its frames in time" not in server.log:
                for command in (RaiseHand(), LowerHand()):
                    room = await store.rooms.change(room, command, two.state["seat"])
                await asyncio.gather(one.reaches(room.version), two.reaches(room.version))
            stalled.transport.resume_reading()
            assert await Caller(stalled).closed() is None
        await store.close()

    asyncio.run(scene())


def test_a_seat_is_away_only_when_its_last_tab_has_closed(url: str, other_url: str) -> None:
    """A second tab on another process counts; the hand outlasts the absence."""
    fay = start_circle(url)
    ben = join(fay, "Ben")

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ben)
            seat = two.state["seat"]
            await one.send(do="start", **{"from": "waiting"})
            await two.until(lambda me: me.state["phase"] == "arrival")
            await two.send(do="raise_hand")
            await one.until(lambda me: 'data-hand="1"' in me.chair(seat))
            second = await call(ben.at(other_url))
            await two.socket.close()
            third = await call(ben)
            await second.close()
            assert "data-away" not in one.chair(seat)
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


def test_a_removed_person_is_out_for_good(url: str) -> None:
    """This holds for the socket, the page and a new connection."""
    fay = start_circle(url)
    ben = join(fay, "Ben")

    async def scene() -> tuple[int | None, int | None]:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ben)
            await one.send(do="remove", seat=two.state["seat"])
            return await two.closed(), await close_code(ben)

    assert asyncio.run(scene()) == (4401, 4401)
    assert ask(ben.room, cookie=ben.cookie).status == 401


def test_a_session_that_has_ended_is_gone_within_a_minute(url: str, redis_url: str) -> None:
    """Names and prompts go at once, the room half a minute later, also from Redis' file."""
    fay = start_circle(url, "Leaving-Fay")
    ben = join(fay, "Leaving-Ben")

    async def scene() -> int | None:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ben)
            await one.send(do="prompt", text="Leaving-Prompt")
            await two.until(lambda me: "Leaving-Prompt" in me.regions["stage"])
            await one.send(do="end")
            await two.until(lambda me: me.state["phase"] == "ended")
            assert "Leaving-" not in "".join(two.regions.values())
            # Asserts separately, because a failed comparison would print all of Redis' data.
            left = "Leaving-" in everything_in(redis_url)
            assert not left, "a name or a prompt is left in Redis"
            return await two.closed(60)

    assert asyncio.run(scene()) == 4410
    with redis.Redis.from_url(redis_url) as client:
        assert not client.exists(f"circle:{{{fay.circle_id}}}:room")
        folder = Path(client.config_get("dir")["dir"])
    wait_until(lambda: not stands_in_files(folder, b"Leaving-"))
    assert ask(fay.room, cookie=fay.cookie).status == 200


def test_the_clock_is_asked_for(url: str) -> None:
    """The answer to a ping has the ping's time and the servers' clock."""
    fay = start_circle(url)

    async def scene() -> None:
        async with call(fay) as line:
            me = Caller(line)
            await me.send(do="ping", t=12.5)
            await me.until(lambda me: bool(me.answers))
            assert me.answers[0]["pong"] == 12.5
            assert me.answers[0]["now"] > 1_700_000_000_000

    asyncio.run(scene())


def test_whoever_asks_too_fast_is_told_so(url: str) -> None:
    """There is no other consequence."""
    fay = start_circle(url)

    async def scene() -> None:
        async with call(fay) as line:
            me = Caller(line)
            for _ in range(60):
                await me.send(do="pause")
            await me.until(lambda me: me.code == "too_fast")

    asyncio.run(scene())


def test_the_first_page_is_what_the_socket_sends(url: str) -> None:
    """There is one renderer: each region in the page is identical to its frame."""
    fay = start_circle(url)
    page = ask(fay.room, cookie=fay.cookie).text

    async def scene() -> dict[str, str]:
        async with call(fay) as line:
            me = Caller(line)
            await me.until(lambda me: "dock" in me.regions)
            return me.regions

    for name, html in asyncio.run(scene()).items():
        if name != "state":
            assert html in page, name
