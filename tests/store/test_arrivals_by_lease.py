"""A process that serves a room takes people in by the value that it holds, which may be old."""

from __future__ import annotations

import pytest

from server.room import commands as c
from server.room.refused import Refused
from server.room.state import Role
from server.store.arrivals import SeatGone
from server.store.keys import here_key, room_key
from server.store.store import Store
from tests.support.redis_servers import client_of
from tests.support.stores import a_circle, with_stores

ANN = c.Enter("ann", "Ann", Role.MEMBER)
LEASE, MS = "ann:1", 60_000


def test_who_is_in_the_newest_value_comes_in_without_another_load(redis_url: str) -> None:
    """The value is the one that the process holds, and the lease is there."""

    async def scene(one: Store, _other: Store) -> None:
        circle, _ = await a_circle(one, "ann")
        held = await one.arrivals.seated(circle, ANN)
        arrival = await one.arrivals.with_lease(circle, ANN, held, LEASE, MS)
        assert arrival.room is held
        assert arrival.report is not None
        assert LEASE in arrival.report.leases

    with_stores(redis_url, scene)


def test_what_has_changed_since_is_shown(redis_url: str) -> None:
    """The report of the lease shows that there is a newer value."""

    async def scene(one: Store, other: Store) -> None:
        circle, _ = await a_circle(one, "ann")
        held = await one.arrivals.seated(circle, ANN)
        await other.rooms.change(held, c.Prompt("What if?"), "fay")
        assert (await one.arrivals.arrived(circle, ANN, held)).prompt == "What if?"

    with_stores(redis_url, scene)


def test_who_was_removed_since_is_refused(redis_url: str) -> None:
    """Even if the circle was read before, and the held value still has their chair."""

    async def scene(one: Store, other: Store) -> None:
        circle, _ = await a_circle(one, "ann")
        held = await one.arrivals.seated(circle, ANN)
        await other.rooms.change(held, c.Remove("ann"), "fay")
        with pytest.raises(SeatGone):
            await one.arrivals.with_lease(circle, ANN, held, LEASE, MS)

    with_stores(redis_url, scene)


def test_who_was_put_into_the_lobby_since_is_found_there(redis_url: str) -> None:
    """Another process has taken the form, and the redirect leads to this one."""

    async def scene(one: Store, other: Store) -> None:
        circle, held = await a_circle(one)
        waiting = await other.arrivals.seated(circle, c.Enter("eve", "Eve", None, Role.MEMBER))
        assert waiting.waiting("eve")
        by_cookie = c.Enter("eve", "Eve", Role.GUEST)
        assert await one.arrivals.arrived(circle, by_cookie, held) == waiting

    with_stores(redis_url, scene)


def test_a_session_that_has_ended_since_is_not_taken_for_the_room(redis_url: str) -> None:
    """Another one is opened, and the lease is one of its own."""

    async def scene(one: Store, _other: Store) -> None:
        circle, _ = await a_circle(one, "ann")
        held = await one.arrivals.seated(circle, ANN)
        with client_of(redis_url) as client:
            client.delete(room_key(circle.id), here_key(circle.id))
        arrival = await one.arrivals.with_lease(circle, ANN, held, LEASE, MS)
        assert [seat.id for seat in arrival.room.seats] == ["ann"]
        assert await one.rooms.load(circle.id) == arrival.room
        assert arrival.report is not None
        assert LEASE in arrival.report.leases

    with_stores(redis_url, scene)


def test_a_lock_that_is_newer_than_the_held_value_holds(redis_url: str) -> None:
    """A change of the room rests on its newest value."""

    async def scene(one: Store, other: Store) -> None:
        circle, held = await a_circle(one)
        await other.rooms.change(held, c.Lock(on=True), "fay")
        with pytest.raises(Refused, match="locked"):
            await one.arrivals.arrived(circle, c.Enter("eve", "Eve", None, Role.MEMBER), held)

    with_stores(redis_url, scene)
