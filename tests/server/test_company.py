"""Dropping out, over the wire: the group waits, and a member holds the room."""

from __future__ import annotations

import asyncio
import time

import redis
from msgspec.structs import replace

from server.room.due import AWAY_KEEPS_PLACE_MS
from server.room.state import Clock, Door, Role, Room, Wait
from tests.support.client import Caller, ask, call
from tests.support.factories import a_room, a_seat
from tests.support.planted import plant, seated
from tests.support.processes import Server

LEADS = 'data-do="advance"'
"""In the dock of people who may lead."""


def nearly_given_up() -> Room:
    """A room whose facilitators dropped out nearly two minutes ago."""
    now = int(time.time() * 1000)
    room = a_room("reflection")
    left = [
        replace(s, away_since=now - 119_500) if s.role == "facilitator" else s for s in room.seats
    ]
    return replace(
        room,
        seats=tuple(left),
        wait=Wait("fay", now + 500, paused=True),
        clock=Clock(now + 600_000, paused_at=now),
    )


def test_a_member_holds_the_room_until_a_facilitator_is_back(
    keyed_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Everybody sees that the room waits, the stand-in, and the returning facilitator."""
    room = plant(redis_url, nearly_given_up())
    ann, ben = (
        seated(s.url, room, who) for s, who in zip(keyed_servers, ("ann", "ben"), strict=True)
    )

    async def scene() -> None:
        async with call(ann) as one, call(ben) as two:
            first, second = Caller(one), Caller(two)
            for person in (first, second):
                await person.until(lambda me: me.state.get("wait") == "asks")
                assert person.state["clock"] == "paused"
                assert 'data-do="hold_room"' in person.regions["attention"]
            await first.send(do="hold_room")
            for person in (first, second):
                await person.until(lambda me: "data-stand-in" in me.chair("ann"))
                assert person.state["clock"] == "running"
                assert 'data-do="hold_room"' not in person.regions["attention"]
            assert LEADS in first.regions["dock"]
            assert "data-invite" not in first.regions["dock"]
            assert LEADS not in second.regions["dock"]
            await second.send(do="hold_room")
            assert await second.refused() == "not_now"
            async with call(seated(keyed_servers[1].url, room, "gil")) as connection:
                gil = Caller(connection)
                await gil.until(lambda me: LEADS in me.regions.get("dock", ""))
                await first.until(lambda me: "data-stand-in" not in me.chair("ann"))
                assert LEADS not in first.regions["dock"]
                await first.send(do="advance", **{"from": "reflection"})
                assert await first.refused() == "not_allowed"

    asyncio.run(scene())


def test_who_was_away_from_the_door_for_a_minute_comes_back_to_it(
    keyed_servers: tuple[Server, Server], redis_url: str
) -> None:
    """A locked phone loses its place, and then its page shows the lobby again."""
    now = int(time.time() * 1000)
    dan = a_seat("dan", Role.GUEST, away_since=now - AWAY_KEEPS_PLACE_MS + 5_000)
    room = plant(redis_url, a_room("arrival", lobby=(dan,), door=Door()))
    with redis.Redis.from_url(redis_url) as client:
        client.zadd("due", {room.id: now + 5_000})
    fay, guest = (
        seated(keyed_servers[0].url, room, "fay"),
        seated(keyed_servers[1].url, room, "dan"),
    )

    async def scene() -> None:
        async with call(fay) as one:
            leads = Caller(one)
            await leads.until(lambda me: "Dan" in me.regions.get("dock", ""))
            await leads.until(lambda me: "Dan" not in me.regions["dock"])
            page = await asyncio.to_thread(ask, guest.room, cookie=guest.cookie)
            assert (page.status, 'data-phase="lobby"' in page.text) == (200, True)
            async with call(guest) as two:
                waits = Caller(two)
                await waits.until(lambda me: me.state.get("phase") == "lobby")
                await leads.until(lambda me: "Dan" in me.regions["dock"])
                await leads.send(do="admit", seat="dan")
                await waits.until(lambda me: me.state["phase"] == "arrival")

    asyncio.run(scene())
