"""The socket: who may connect, what ends a connection, and who reads a refusal."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import AsyncExitStack

import pytest
import redis

from server.room.state import DEBRIEF, Room
from tests.support.client import Caller, Visit, ask, both, call, join, start_circle
from tests.support.factories import a_room
from tests.support.planted import plant, seated
from tests.support.processes import Server


async def close_code(visit: Visit, *, origin: str | None = None) -> int | None:
    """The close code for a connection that the server refuses."""
    async with call(visit, origin=origin) as connection:
        return await Caller(connection).closed()


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
    ("room", "role"),
    [
        (a_room(locked=True, lapsed=("dan",)), "guest"),
        (a_room(DEBRIEF), "member"),
    ],
    ids=["locked", "over"],
)
def test_whoever_cannot_come_in_now_is_not_told_that_they_have_no_seat(
    room: Room, role: str, keyed_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Their phone slept at the door, or until the end. The page says why, and the cookie stays."""
    room = plant(redis_url, room)
    with redis.Redis.from_url(redis_url) as client:
        client.hset(f"circle:{{{room.id}}}", "seat:dan", role)
    dan = seated(keyed_servers[0].url, room, "dan")
    assert asyncio.run(close_code(dan)) == 4414
    assert ask(dan.room, cookie=dan.cookie).status == 409


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
            assert "Only facilitators can do this." in two.regions["notice"]
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
        async with call(ben) as connection:
            two = Caller(connection)
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


def test_the_clock_is_asked_for(url: str) -> None:
    """The answer to a ping has the ping's time and the servers' clock."""
    fay = start_circle(url)

    async def scene() -> None:
        async with call(fay) as connection:
            me = Caller(connection)
            await me.send(do="ping", t=12.5)
            await me.until(lambda me: bool(me.answers))
            assert me.answers[0]["pong"] == 12.5
            assert me.answers[0]["now"] > 1_700_000_000_000

    asyncio.run(scene())


def test_whoever_asks_too_fast_is_told_so(url: str) -> None:
    """There is no other consequence."""
    fay = start_circle(url)

    async def scene() -> None:
        async with call(fay) as connection:
            me = Caller(connection)
            for _ in range(100):
                await me.send(do="pause")
            await me.until(lambda me: me.code == "too_fast")

    asyncio.run(scene())


def test_the_first_page_is_what_the_socket_sends(url: str) -> None:
    """There is one renderer: each region in the page is identical to its frame."""
    fay = start_circle(url)
    page = ask(fay.room, cookie=fay.cookie).text

    async def scene() -> dict[str, str]:
        async with call(fay) as connection:
            me = Caller(connection)
            await me.until(lambda me: "dock" in me.regions)
            return me.regions

    for name, html in asyncio.run(scene()).items():
        if name != "state":
            assert html in page, name
