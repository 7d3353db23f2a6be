"""The store: what Redis holds of circles and rooms, and how it changes.

Owns the keys, the optimistic commit, presence as leases, deadlines and the servers' clock. The
subscription is news.py; no other file knows Redis. Rooms are values: what changes them is decided
in server/room.

Keys, hash-tagged by circle so that they live in one slot of a cluster:
  circle:{id}       hash   name, format, time_zone, links; seat:ID = role
  circle:{id}:room  hash   stamp, value (JSON); gone 12 hours after the last change
  circle:{id}:here  zset   seat:connection by end of lease
  due               zset   circle id by the time at which the server must act
  secret            string signs cookies, where SECRET_KEY is unset
"""

import secrets
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError, ResponseError

from server.circle.circle import Circle
from server.room import state
from server.room.commands import Command, Enter, FallDue
from server.room.people import next_due
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import ENDED, Role, Room

ROOM_EXPIRES_MS = 12 * 3600 * 1000
TRIES = 50
"""How often a change is decided anew on a newer value before it gives up."""
DUE_AT_ONCE = 100
PAGE_LOADS_MS = 4000


class RoomGone(Exception):
    """The room has expired or was forgotten; a command on it means nothing any more."""


class Swept(NamedTuple):
    """What a sweep of a room tells."""

    stamp: str
    """The stamp of the room's value in Redis; empty where there is no room."""
    here: frozenset[str]
    """The seats that are connected, to any process."""


class Store:
    """Redis, as the rest of the house sees it. Times are epoch ms on Redis' clock."""

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=32,
            timeout=2,
            socket_timeout=2,
            socket_connect_timeout=1,
            retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 3),
        )
        self._redis: Redis = Redis.from_pool(pool)
        self._offset_ms = 0
        lua = Path(__file__).parent / "lua"
        self._lua: dict[str, AsyncScript] = {
            path.stem: self._redis.register_script(path.read_text())
            for path in sorted(lua.glob("*.lua"))
        }

    async def close(self) -> None:
        """Closes every connection to Redis."""
        await self._redis.aclose()

    async def ping(self) -> None:
        """Raises RedisError unless Redis answers."""
        await self._redis.ping()

    def now(self) -> int:
        """The servers' clock, which is Redis': epoch ms."""
        return round(time.time() * 1000) + self._offset_ms

    async def secret_key(self) -> str:
        """The key that signs cookies: made once, the same for all processes on this Redis."""
        await self._redis.set("secret", secrets.token_urlsafe(32), nx=True)
        return cast("bytes", await self._redis.get("secret")).decode()

    # Circles

    async def found(self, circle: Circle, facilitator: str) -> None:
        """Stores a new circle, with the seat of the facilitator who started it."""
        fields = ["name", circle.name, "format", circle.format, "time_zone", circle.time_zone]
        fields += ["links", str(circle.links), f"seat:{facilitator}", Role.FACILITATOR]
        await self._redis.hset(_circle_key(circle.id), items=fields)

    async def circle(self, circle_id: str) -> Circle | None:
        """The circle with this id, or None."""
        names = ("name", "format", "time_zone", "links")
        held = cast("list[bytes | None]", await self._redis.hmget(_circle_key(circle_id), names))
        if None in held:
            return None
        name, plan, time_zone, links = (value.decode() for value in held if value is not None)
        return Circle(circle_id, name, plan, time_zone, int(links))

    async def choose_format(self, circle_id: str, plan: str) -> None:
        """From the next session on the circle follows this format."""
        await self._redis.hset(_circle_key(circle_id), "format", plan)

    async def role(self, circle_id: str, seat: str) -> Role | None:
        """The role of this seat in its circle; None for a removed or made-up one."""
        held = await self._redis.hget(_circle_key(circle_id), f"seat:{seat}")
        role = cast("bytes | None", held)
        return None if role is None else Role(role.decode())

    # Rooms

    async def load(self, circle_id: str) -> Room | None:
        """The room of this circle, or None while there is none."""
        value = cast("bytes | None", await self._redis.hget(_room_key(circle_id), "value"))
        return None if value is None else state.decode(value)

    async def open_room(self, circle: Circle) -> Room:
        """The room of this circle; a new one where there is none."""
        room = await self.load(circle.id)
        if room is not None:
            return room
        return await self._commit(None, circle.opened(self.now())) or await self.open_room(circle)

    async def seated(self, circle: Circle, seat: str, name: str, role: Role) -> Room:
        """The circle's room, opened if need be, with this person in their seat.

        An ended room is given as it is to those who were in it. Raises Refused, with the reason.
        """
        room = await self.open_room(circle)
        known = room.seat(seat)
        if known and (room.phase == ENDED or (known.name, known.role) == (name, role)):
            return room
        try:
            return await self._change(room, Enter(seat, name, role), None)
        except RoomGone:
            return await self.seated(circle, seat, name, role)

    async def expect(self, circle_id: str, seat: str) -> None:
        """This person's page is loading: their seat counts as here until it has connected."""
        await self.sweep(circle_id, {f"{seat}:page": PAGE_LOADS_MS})

    async def change(self, room: Room, command: Command, actor: str | None) -> Room:
        """The room after this command, stored and published.

        `room` is the value that the caller holds; where a newer one stands in Redis, the command is
        decided anew on that. Raises Refused (also where Redis does not answer) or RoomGone.
        """
        try:
            return await self._change(room, command, actor)
        except RedisError:
            raise Refused(
                "unavailable", "The room is paused for a moment. Please try again."
            ) from None

    async def _change(self, room: Room, command: Command, actor: str | None) -> Room:
        for _ in range(TRIES):
            changed = decide(room, command, actor, self.now())
            stored = await self._commit(room, changed)
            if stored is not None:
                return stored
            newer = await self.load(room.id)
            if newer is None:
                raise RoomGone
            room = newer
        raise Refused("too_fast", "Too much happens at once. Please try again.")

    async def _commit(self, seen: Room | None, changed: Room) -> Room | None:
        """Stores and publishes the value; None where another one was stored meanwhile."""
        due = next_due(changed)
        if due is not None and (seen is None or due != next_due(seen)):
            # Before the commit, so that no crash loses it: what falls due too early does nothing.
            await self.expect_due(changed.id, due)
        stored = await self._lua["commit"](
            keys=[_room_key(changed.id), _circle_key(changed.id)],
            args=[
                "" if seen is None else _stamp(seen),
                _stamp(changed),
                state.encode(changed),
                ROOM_EXPIRES_MS,
                channel(changed.id),
                *_kept_by_circle(seen, changed),
            ],
        )
        return changed if stored == 1 else None

    async def forget(self, room: Room) -> None:
        """Deletes a room that has ended, tells everybody, and rewrites what stands on disk."""
        keys = [_room_key(room.id), _here_key(room.id)]
        if await self._lua["forget"](keys=keys, args=[_stamp(room), channel(room.id)]):
            try:
                await self._redis.bgrewriteaof()
            except ResponseError:
                # A rewrite is under way, or this Redis lets nobody ask for one: not ours to insist.
                return

    # Presence

    async def sweep(self, circle_id: str, leases: Mapping[str, int]) -> Swept:
        """Renews the leases (ms) of these 'seat:connection's and tells who is here."""
        args = [item for connection, ms in leases.items() for item in (ms, connection)]
        keys = [_room_key(circle_id), _here_key(circle_id)]
        now, stamp, *connections = await self._lua["sweep"](keys=keys, args=args)
        self._set_clock(now)
        here = frozenset(c.decode().partition(":")[0] for c in connections)
        return Swept(stamp.decode(), here)

    # Deadlines

    async def expect_due(self, circle_id: str, at: int) -> None:
        """Some process will look at this room at this time, or earlier."""
        await self._redis.zadd("due", {circle_id: at}, lt=True)

    async def due(self) -> list[tuple[str, int]]:
        """The circles in whose rooms something may have fallen due, and since when."""
        now, *items = await self._lua["due"](keys=["due"], args=[DUE_AT_ONCE])
        self._set_clock(now)
        pairs = zip(items[::2], items[1::2], strict=True)
        return [(circle_id.decode(), int(float(at))) for circle_id, at in pairs]

    async def meet(self, circle_id: str, at: int) -> None:
        """Does what has fallen due in this room; harmless when several processes do it."""
        room = await self.load(circle_id)
        upcoming = next_due(room) if room else None
        if room and upcoming is not None and upcoming <= self.now():
            if room.ended_at is not None:
                await self.forget(room)
                upcoming = None
            else:
                try:
                    upcoming = next_due(await self._change(room, FallDue(), None))
                except (Refused, RoomGone):
                    return  # Another process was first; the next look settles it.
        settled = "" if upcoming is None else upcoming
        await self._lua["settle"](keys=["due"], args=[circle_id, at, settled])

    def _set_clock(self, redis_now: int) -> None:
        self._offset_ms = redis_now - round(time.time() * 1000)


def channel(circle_id: str) -> str:
    """Where the new values of this circle's room are published."""
    return f"circle:{{{circle_id}}}:news"


def _circle_key(circle_id: str) -> str:
    return f"circle:{{{circle_id}}}"


def _room_key(circle_id: str) -> str:
    return f"circle:{{{circle_id}}}:room"


def _here_key(circle_id: str) -> str:
    return f"circle:{{{circle_id}}}:here"


def _stamp(room: Room) -> str:
    return "{}.{}".format(*room.stamp)


def same_value(swept: Swept, room: Room) -> bool:
    """Whether the value in Redis is the one in hand."""
    return swept.stamp == _stamp(room)


def _kept_by_circle(before: Room | None, after: Room) -> Iterable[str]:
    """The circle's fields that change with the room: roles of seats, serial of the links."""
    old = {seat.id: str(seat.role) for seat in before.seats} if before else {}
    new = {seat.id: str(seat.role) for seat in after.seats}
    for seat in {**old, **new}:
        if old.get(seat) != new.get(seat):
            yield from (f"seat:{seat}", new.get(seat, ""))
    if before is not None and before.links != after.links:
        yield from ("links", str(after.links))
