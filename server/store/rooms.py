"""Rooms: loaded, and changed by an optimistic commit that publishes the new value.

Rooms are values; server/room decides how a command changes one.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import getrandbits
from typing import cast

from msgspec.structs import replace
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from server import metrics
from server.circle.kept import kept_fields, without_seats
from server.redis_client import Topology
from server.redis_client.connection import Word
from server.room import state
from server.room.commands import Command
from server.room.due import next_due
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import Room
from server.store.clock import ServerClock
from server.store.deadlines import Deadlines
from server.store.keys import (
    channel,
    circle_key,
    here_key,
    published,
    room_key,
    signals,
    stamp_text,
    stamps_begin,
)
from server.store.scripts import Scripts
from server.store.unreadable import reading

ROOM_EXPIRES_MS = 24 * 3600 * 1000
"""Later than the room's own end (due.KEPT_UNCHANGED_MS), which erases its names from disk."""
NO_SESSION = "-"
"""The prefix of no stamp."""
TRIES = 50
"""How often a command is decided, each time on a newer value, before it is refused."""
MARK_BITS = 48

RestsOn = tuple[str, ...]
"""The circle's fields that a change of the room depends on: name, value, name, value …"""
NOTHING: RestsOn = ()


class RoomGone(Exception):
    """The room has expired or has been deleted, so a command has nothing to change."""


class SeatChanged(Exception):
    """A field that a change rests on, such as a role, has another value by now."""


class IsHere(Exception):
    """A person whom the circle was about to forget has a lease by now."""


class Rooms:
    """The rooms that Redis holds, one for a circle."""

    def __init__(
        self, topology: Topology, scripts: Scripts, clock: ServerClock, deadlines: Deadlines
    ) -> None:
        self._topology = topology
        self._scripts = scripts
        self._clock = clock
        self._deadlines = deadlines
        self._proposed: dict[bytes, Room] = {}

    async def load(self, circle_id: str) -> Room | None:
        value = await self._value(circle_id)
        return None if value is None else self.decoded(circle_id, value)

    async def load_replicated(self, circle_id: str) -> Room | None:
        """The same, once it is replicated, so that no failover undoes it; else RedisError."""
        room = await self.load(circle_id)
        if self._topology.waits_for_replicas:
            # A replica that has this write has all earlier writes, too.
            nobody = (-1, ":nobody")
            keys = [room_key(circle_id), here_key(circle_id)]
            with reading(keys[0]):
                await self._scripts.run_replicated("sweep", keys, nobody)
        return room

    async def _value(self, circle_id: str) -> bytes | None:
        key = room_key(circle_id)
        with reading(key):
            return cast("bytes | None", await self._scripts.command(key, "HGET", key, "value"))

    async def change(self, room: Room, command: Command, actor: str | None) -> Room:
        """The room after this command, stored and published.

        `room` is the caller's value; if Redis has a newer one, the command is decided again on
        that. Raises Refused (also if Redis does not answer) or RoomGone.
        """
        try:
            return await self.decide_and_commit(room, command, actor)
        except RedisError:
            raise Refused(
                "unavailable", "The room is paused for a moment. Please try again."
            ) from None

    async def decide_and_commit(
        self, room: Room, command: Command, actor: str | None, rests_on: RestsOn = NOTHING
    ) -> Room:
        """The same, but raises RedisError if Redis does not answer.

        Raises SeatChanged if a field that the change rests on has another value by now.
        """
        for _ in range(TRIES):
            changed = self.decided(room, command, actor)
            stored = await self.commit(room, changed, rests_on)
            if stored is not None:
                return stored
            metrics.COMMIT_CONFLICTS.inc()
            current = await self.load(room.id)
            if current is None:
                raise RoomGone
            if current.stamp < room.stamp:
                await self.restore(current, room)
            else:
                room = current
        raise Refused("too_fast", "Too much happens at once. Please try again.")

    def decided(self, room: Room, command: Command, actor: str | None) -> Room:
        """The room after this command, with a mark of its own; raises Refused."""
        changed = decide(room, command, actor, self._clock.now())
        return replace(changed, mark=getrandbits(MARK_BITS))

    async def commit(
        self,
        seen: Room | None,
        changed: Room,
        rests_on: RestsOn = NOTHING,
        forgotten: frozenset[str] = frozenset(),
    ) -> Room | None:
        """Stores and publishes `changed`, an optimistic commit: None if Redis no longer has `seen`.

        The circle forgets the people in `forgotten` in the same step. Raises SeatChanged if a field
        that the change rests on has another value, Refused if nobody would lead the circle any
        more, and IsHere if one of `forgotten` has a lease.
        """
        due, scheduled = next_due(changed), next_due(seen) if seen else None
        if due is not None and (scheduled is None or due < scheduled):
            # Before the commit, so that a crash does not lose it. A deadline that comes too early
            # does nothing and is replaced by the next one.
            await self._deadlines.expect(changed.id, due)
        keys = [room_key(changed.id), circle_key(changed.id)]
        keys += [here_key(changed.id)] if forgotten else []
        value = state.encode(changed)
        kept = (*kept_fields(seen, changed), *without_seats(forgotten))
        args: tuple[Word, ...] = (
            "" if seen is None else stamp_text(seen),
            stamp_text(changed),
            value,
            ROOM_EXPIRES_MS,
            "" if self._topology.waits_for_replicas else channel(changed.id),
            len(rests_on),
            *rests_on,
            *kept,
        )
        self._proposed[value] = changed
        try:
            with reading(keys[0]):
                stored = await self._scripts.run_replicated("commit", keys, args)
        except RedisConnectionError:
            if await self._value(changed.id) != value:
                raise
            stored = 1  # Committed; only the reply was lost.
            if self._topology.waits_for_replicas:  # Stored again, to wait for the replicas.
                again = (stamp_text(changed), *args[1:5], 0, *kept)
                await self._scripts.run_replicated("commit", keys[:2], again)
        finally:
            self._proposed.pop(value, None)
        if stored == -1:
            raise SeatChanged
        if stored == -2:
            raise Refused("not_now", "nobody else leads this circle; name a facilitator first.")
        if stored == -3:
            raise IsHere
        if stored != 1:
            return None
        if self._topology.waits_for_replicas:
            # Only now: nobody should see a change that a failover can still undo.
            message = (channel(changed.id), published(changed))
            with suppress(RedisError):  # It is committed; sweeps find an unpublished value.
                await self._scripts.run("publish", keys[:1], message)
        return changed

    def decoded(self, circle_id: str, value: bytes) -> Room:
        """The room in this published value. Our own changes mostly arrive before their replies."""
        if ours := self._proposed.get(value):
            return ours
        with reading(room_key(circle_id)):
            return state.decode(value)

    async def restore(self, older: Room, room: Room) -> None:
        """Replaces the older value in Redis with one that people have already seen.

        A failover may have lost the last changes.
        """
        if (due := next_due(room)) is not None:
            await self._deadlines.expect(room.id, due)
        await self.commit(older, room)

    async def delete(self, room: Room) -> bool:
        """Deletes a room that has ended, and publishes that; False if Redis has another value."""
        keys = [room_key(room.id), here_key(room.id)]
        return bool(await self._scripts.run("forget", keys, (stamp_text(room), channel(room.id))))

    async def rewrite(
        self,
        circle_id: str,
        room: Room | None,
        afterwards: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Rewrites the append-only file without a room that was deleted or has expired (None).

        Only values of its session count, since the circle may have opened another room meanwhile.
        Runs `afterwards` when it is done.
        """
        gone = stamps_begin(room) if room else NO_SESSION
        await self._scripts.rewrite(room_key(circle_id), gone, afterwards)

    async def signal(self, circle_id: str, sender: str, to: str, text: bytes) -> None:
        """Publishes a text from one seat to every page of another, at any process."""
        words = (signals(circle_id), f"{to} {sender}\n".encode() + text)
        await self._scripts.run("publish", [room_key(circle_id)], words)
