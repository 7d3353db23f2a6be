"""Rooms: two processes change one value, and Redis keeps what it acknowledged."""

from __future__ import annotations

import asyncio

import pytest

from server.room import commands as c
from server.room.refused import Refused
from server.room.state import Role
from server.store.rooms import ROOM_EXPIRES_MS, RoomGone
from server.store.store import Store
from tests.support.redis_servers import client_of, full
from tests.support.stores import a_circle, with_stores


def test_two_changes_of_one_value_both_take_effect(each_redis: str) -> None:
    """The loser of the race decides again on the newer value."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        await asyncio.gather(
            one.rooms.change(room, c.Prompt("What if?"), "fay"),
            other.rooms.change(room, c.Enter("ann", "Ann", Role.MEMBER), None),
        )
        after = await one.rooms.load(circle.id)
        assert after is not None
        assert after.version == room.version + 2
        assert (after.prompt, after.seats[1].id) == ("What if?", "ann")

    with_stores(each_redis, scene)


def test_the_same_press_twice_has_one_effect(each_redis: str) -> None:
    """Two processes hold the same old value."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        results = await asyncio.gather(
            one.rooms.change(room, c.Start("waiting"), "fay"),
            other.rooms.change(room, c.Start("waiting"), "fay"),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, Refused)]
        assert [r.code for r in refused] == ["not_now"]
        after = await other.rooms.load(circle.id)
        assert after is not None
        assert after.version == room.version + 1

    with_stores(each_redis, scene)


def test_a_room_that_no_process_could_forget_expires_a_day_after_its_last_change(
    each_redis: str,
) -> None:
    """Each change restarts the day."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one)
        key = f"circle:{{{circle.id}}}:room"
        with client_of(each_redis) as client:
            client.pexpire(key, 60_000)
            await one.rooms.change(room, c.Prompt("What if?"), "fay")
            assert ROOM_EXPIRES_MS - 60_000 < client.pttl(key) <= ROOM_EXPIRES_MS
            client.delete(key)
        with pytest.raises(RoomGone):
            await one.rooms.change(room, c.Prompt("And now?"), "fay")

    with_stores(each_redis, scene)


def test_while_redis_takes_no_writes_a_command_is_refused_with_a_sentence(each_redis: str) -> None:
    """No command is acknowledged that was not done."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        with full(each_redis):
            with pytest.raises(Refused) as refused:
                await one.rooms.change(room, c.Prompt("What if?"), "fay")
            assert await other.rooms.load(circle.id) == room
        assert refused.value.code == "unavailable"
        changed = await one.rooms.change(room, c.Prompt("What if?"), "fay")
        assert changed.prompt == "What if?"

    with_stores(each_redis, scene)
