"""Who is here, on a real Redis: the final state of the room."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from server.live.presence import GONE_MS, Presence
from server.live.room import LiveRoom
from server.live.windows import seats_in_two_tabs
from server.redis_client import topology_of
from server.room.commands import Enter, Prompt
from server.room.state import Role, Room
from server.store.rooms import Rooms
from server.store.store import Store
from tests.support.stores import led_by_fay

LONG_MS, SHORT_MS = 60_000, 5_000


class Interrupted(Rooms):
    """Loses Redis once, just before a change."""

    loses = False

    async def change(self, *asked: object) -> Room:
        """The usual change, except for that failure."""
        if self.loses:
            Interrupted.loses = False
            raise RedisConnectionError("the connection to Redis was lost")
        return await super().change(*asked)  # type: ignore[arg-type]  # passed on as they are


def test_whoever_left_while_redis_was_lost_is_noted_afterwards(redis_url: str) -> None:
    """The sweep that noticed it could not record it, and the next one sees no difference."""

    async def scene(store: Store) -> None:
        live, presence = await two_people(store)
        room = live.room
        await store.leases.sweep(room.id, {"fay:1": LONG_MS, "ann:2": LONG_MS})
        while away(live):
            await presence.sweep(live, [])
        assert (await presence.sweep(live, [])).leases.keys() == {"fay:1", "ann:2"}
        await store.leases.sweep(room.id, {"ann:2": GONE_MS})
        Interrupted.loses = True
        with pytest.raises(RedisConnectionError):
            await presence.sweep(live, [])
        await presence.sweep(live, [])
        assert away(live) == {"ann"}

    with_store(redis_url, scene)


def test_no_lease_outlives_its_connection(redis_url: str) -> None:
    """This holds even when Redis could not be informed of the close."""

    async def scene(store: Store) -> None:
        live, presence = await two_people(store)
        await store.leases.sweep(
            live.room.id, {"fay:1": LONG_MS, store.leases.lease("ann"): SHORT_MS}
        )
        while away(live):
            await presence.sweep(live, [])
        sweeps = asyncio.create_task(presence.sweep_for_ever())
        async with asyncio.timeout(30):
            while not away(live):
                await store.deadlines.due()
        assert away(live) == {"ann"}
        sweeps.cancel()

    with_store(redis_url, scene)


def test_an_older_report_is_not_noted_after_a_newer_one(redis_url: str) -> None:
    """While the room is loaded for the older one, Ann comes, and the newer one has her."""

    async def scene(store: Store) -> None:
        live, _ = await two_people(store)

        async def reload_slowly(_live: LiveRoom) -> None:
            newest = await store.rooms.load(live.room.id)
            assert newest is not None
            live.receive(newest)
            await store.leases.sweep(live.room.id, {"ann:2": LONG_MS})
            await presence.sweep(live, [])
            assert away(live) == set()

        presence = Presence(store, lambda: [live], reload_slowly)
        await store.leases.sweep(live.room.id, {"fay:1": LONG_MS})
        await store.rooms.change(live.room, Prompt("What if?"), "fay")
        await presence.sweep(live, [])
        assert away(live) == set()

    with_store(redis_url, scene)


@pytest.mark.parametrize(
    ("first", "now", "doubled"),
    [
        ({"ann:1": 10, "ann:2": 15}, {"ann:1": 20, "ann:2": 20}, {"ann"}),
        ({"ann:1": 10, "ann:2": 15}, {"ann:1": 15, "ann:2": 20}, set()),
        ({"ann:1": 10, "ann:2": 15}, {"ann:1": 10, "ann:2": 15}, set()),
        # Leases that one script has renewed end in the same millisecond.
        ({"ann:1": 10, "ann:2": 10}, {"ann:1": 20, "ann:2": 20}, {"ann"}),
        ({"ann:1": 10, "ann:2": 10}, {"ann:1": 10, "ann:2": 20}, set()),
        ({"ann:1": 10, "ann:left": 10}, {"ann:1": 20, "ann:left": 20}, set()),
        ({"ann:1": 10, "ben:1": 10}, {"ann:1": 20, "ben:1": 20}, set()),
    ],
)
def test_a_seat_is_in_two_tabs_while_both_are_heard_of(
    first: dict[str, int], now: dict[str, int], doubled: set[str]
) -> None:
    """The order does not matter; events of a cut connection are ignored."""
    assert seats_in_two_tabs(first, now) == doubled


def with_store(redis_url: str, scene: Callable[[Store], Awaitable[None]]) -> None:
    """The store of a process, for the duration of the scene."""

    async def run() -> None:
        at = topology_of(redis_url)
        store = Store(at)
        parts = (store.scripts, store.clock, store.deadlines, store.circles, store.pulses)
        store.rooms = Interrupted(at, *parts)
        try:
            await store.deadlines.due()  # sets its clock
            await scene(store)
        finally:
            await store.close()

    asyncio.run(run())


async def two_people(store: Store) -> tuple[LiveRoom, Presence]:
    """Fay's room with Ann in it, in a process without connections."""
    circle = led_by_fay("ann")
    await store.circles.create(circle)
    await store.arrivals.seated(circle, Enter("fay", "Fay", Role.FACILITATOR))
    room = await store.arrivals.seated(circle, Enter("ann", "Ann", Role.MEMBER))
    live = LiveRoom(room, store.clock.now, lambda *_: "")
    return live, Presence(store, lambda: [live], reload)


async def reload(_live: LiveRoom) -> None:
    """The reaction of a sweep to a changed value."""
    raise AssertionError("nobody else changes this room")


def away(live: LiveRoom) -> set[str]:
    """The people who are shown as away."""
    return {seat.id for seat in live.room.seats if seat.away_since is not None}
