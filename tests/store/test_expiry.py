"""How long a circle is kept."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from msgspec.structs import replace

from server.circle.changes import choose_format
from server.circle.circle import FOUNDER_KEEPS_MS
from server.room import commands as c
from server.room.state import Role, Room
from server.store.arrivals import SeatGone
from server.store.store import Store
from tests.support.redis_servers import client_of
from tests.support.stores import a_circle, a_new_circle, led_by_fay, with_stores


def test_nothing_of_a_circle_that_has_expired_comes_back(each_redis: str) -> None:
    """Its room lives on for a while, and people still change their roles in it."""

    async def scene(one: Store, _other: Store) -> None:
        circle = led_by_fay("ann", name="Rehearsal", plan="practice-3")
        await one.circles.create(circle, expires_s=600)
        assert await one.circles.get_with_role(circle.id, "ann") == (circle, Role.MEMBER)
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        key = f"circle:{{{circle.id}}}"
        with client_of(each_redis) as client:
            assert 590 < client.ttl(key) <= 600
            client.delete(key)
        await one.rooms.change(room, c.Enter("ben", "Ben", Role.MEMBER), None)
        with client_of(each_redis) as client:
            assert not client.exists(key)

    with_stores(each_redis, scene)


def expires_in(redis_url: str, circle_id: str, ms: int | None = None) -> int:
    """The time to live of the circle in ms, -1 for none; `ms` sets it first."""
    key = f"circle:{{{circle_id}}}"
    with client_of(redis_url) as client:
        if ms is not None:
            client.pexpire(key, ms)
        return int(client.pttl(key))


SOON_MS = 600_000


def test_a_circle_of_its_founder_alone_goes_when_they_stay_away(each_redis: str) -> None:
    """The limit is sixty days; each visit postpones it, and a guest at the door does not."""

    async def scene(one: Store, other: Store) -> None:
        circle = await a_new_circle(one)
        assert FOUNDER_KEEPS_MS - SOON_MS < expires_in(each_redis, circle.id) <= FOUNDER_KEEPS_MS
        assert await other.circles.get_with_role(circle.id, "fay") == (circle, Role.FACILITATOR)
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        room = await one.arrivals.seated(circle, c.Enter("dan", "Dan", None), room)
        assert [seat.id for seat in room.lobby] == ["dan"]
        expires_in(each_redis, circle.id, SOON_MS)
        held, role = await other.circles.get_with_role(circle.id, "dan")
        assert held is not None
        assert (held.founder_alone, role) == (True, Role.GUEST)
        await other.circles.visited(held, Role.GUEST)
        assert expires_in(each_redis, circle.id) <= SOON_MS
        await other.circles.visited(held, Role.FACILITATOR)
        assert expires_in(each_redis, circle.id) > FOUNDER_KEEPS_MS - SOON_MS
        await one.circles.change(circle.id, partial(choose_format, key="troika", now=0))
        assert expires_in(each_redis, circle.id) > FOUNDER_KEEPS_MS - SOON_MS

    with_stores(each_redis, scene)


@pytest.mark.parametrize("by", ["admitted", "link", "facilitator link"])
def test_with_the_second_seat_a_circle_lasts(each_redis: str, by: str) -> None:
    """This holds after that person is removed, and for concurrent page loads of the founder."""

    async def scene(one: Store, other: Store) -> None:
        circle = await a_new_circle(one)
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        if by == "link":
            room = await one.rooms.change(room, c.Lobby(on=False), "fay")
        invited = Role.FACILITATOR if by == "facilitator link" else Role.MEMBER
        coming = c.Enter("ann", "Ann", None, invited)

        async def comes_in() -> Room:
            after = await other.arrivals.seated(circle, coming, room)
            return await other.rooms.change(after, c.Admit("ann"), "fay") if after.lobby else after

        async def visits() -> None:
            for _ in range(20):
                await one.circles.visited(circle, Role.FACILITATOR)

        room, _ = await asyncio.gather(comes_in(), visits())
        await one.circles.visited(circle, Role.FACILITATOR)
        assert expires_in(each_redis, circle.id) == -1
        if by != "facilitator link":
            await one.rooms.change(room, c.Remove("ann"), "fay")
        held = await one.circles.get(circle.id)
        assert held is not None
        assert not held.founder_alone
        await one.circles.visited(circle, Role.FACILITATOR)
        assert expires_in(each_redis, circle.id) == -1

    with_stores(each_redis, scene)


def test_whoever_comes_as_the_circle_expires_is_in_it_or_nowhere(each_redis: str) -> None:
    """Their seat and the circle's expiry are decided in one step; no part of it comes back."""

    async def scene(one: Store, other: Store) -> None:
        for _ in range(10):
            circle = await a_new_circle(one)
            room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
            room = await one.rooms.change(room, c.Lobby(on=False), "fay")
            expires_in(each_redis, circle.id, 3)
            try:
                await other.arrivals.seated(circle, c.Enter("ann", "Ann", None), room)
            except SeatGone:
                assert await one.rooms.load(circle.id) == room
                assert await one.circles.get(circle.id) is None
            else:
                assert expires_in(each_redis, circle.id) == -1
                assert (await one.circles.get_with_role(circle.id, "ann"))[1] is Role.MEMBER
        with client_of(each_redis) as client:
            client.delete(f"circle:{{{circle.id}}}")
            with pytest.raises(SeatGone):
                await other.arrivals.seated(circle, c.Enter("ben", "Ben", None))
            await one.circles.change(circle.id, partial(choose_format, key="troika", now=0))
            await one.circles.visited(circle, Role.FACILITATOR)
            assert not client.exists(f"circle:{{{circle.id}}}")

    with_stores(each_redis, scene)


def test_a_circle_of_an_earlier_release_lasts_and_so_does_whom_that_release_seats(
    each_redis: str,
) -> None:
    """Its circles do not say that the founder is alone, and it seats people without noting it."""

    async def scene(one: Store, _other: Store) -> None:
        former, _ = await a_circle(one)
        await one.circles.visited(replace(former, founder="fay"), Role.FACILITATOR)
        assert expires_in(each_redis, former.id) == -1
        circle = await a_new_circle(one)
        with client_of(each_redis) as client:
            client.hset(f"circle:{{{circle.id}}}", "seat:ann", "member")
        held = await one.circles.get(circle.id)
        assert held is not None
        await one.circles.visited(held, Role.FACILITATOR)
        assert expires_in(each_redis, circle.id) == -1
        assert (await one.circles.get_with_role(circle.id, "ann"))[1] is Role.MEMBER

    with_stores(each_redis, scene)
