"""Who is here, on a real Redis: what the room says of it in the end."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from server.circle.circle import Circle
from server.identity import new_circle_id
from server.live import LiveRoom
from server.presence import GONE_MS, Presence
from server.redis_at import redis_at
from server.room.state import Role, Room
from server.store import Coming, Store

LONG_MS = 60_000


class Interrupted(Store):
    """Loses Redis just as a change is to be made, once."""

    loses = False

    async def change(self, *asked: object) -> Room:
        """As ever, but for that."""
        if self.loses:
            self.loses = False
            raise RedisConnectionError("the connection to Redis was lost")
        return await super().change(*asked)  # type: ignore[arg-type]  # passed on as they are


def test_whoever_left_while_redis_was_lost_is_noted_afterwards(redis_url: str) -> None:
    """The sweep that saw it could not write it down, and the next one sees nothing new."""

    async def scene(store: Store) -> None:
        await store.due()  # sets its clock
        circle = Circle(new_circle_id(), "Tuesday", "classic-60", "UTC")
        await store.found(circle, "fay")
        await store.seated(circle, Coming("fay", "Fay", Role.FACILITATOR))
        room = await store.seated(circle, Coming("ann", "Ann", Role.MEMBER, Role.FACILITATOR))
        live = LiveRoom(room, store.now, lambda *_: "")
        presence = Presence(store, lambda: [live], reload)
        await store.sweep(room.id, {"fay:1": LONG_MS, "ann:2": LONG_MS})
        while away(live):
            await presence.sweep(live, [])
        assert (await presence.sweep(live, [])).leases.keys() == {"fay:1", "ann:2"}
        await store.sweep(room.id, {"ann:2": GONE_MS})
        Interrupted.loses = True
        with pytest.raises(RedisConnectionError):
            await presence.sweep(live, [])
        await presence.sweep(live, [])
        assert away(live) == {"ann"}

    async def reload(_live: LiveRoom) -> None:
        raise AssertionError("nobody else changes this room")

    async def run() -> None:
        store = Interrupted(redis_at(redis_url))
        try:
            await scene(store)
        finally:
            await store.close()

    asyncio.run(run())


def away(live: LiveRoom) -> set[str]:
    """Who is shown as away."""
    return {seat.id for seat in live.room.seats if seat.away_since is not None}
