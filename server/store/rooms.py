"""Rooms: loaded, and changed by an optimistic commit that publishes the new value.

Rooms are values; server/room decides how a command changes one, and circle/kept.py what lasts of
that in the circle, which is committed in the same step.
"""

from contextlib import suppress
from random import getrandbits
from typing import cast

from msgspec.structs import replace
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from server import metrics
from server.circle import kept
from server.circle.circle import Circle
from server.circle.farewell import farewell, says_farewell
from server.circle.registering import next_pruning
from server.redis_client import Topology
from server.redis_client.connection import Word
from server.room import state
from server.room.commands import Command
from server.room.due import next_due
from server.room.formats.shipped import PRACTICE
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import ENDED, WAITING, Room
from server.store.circles import Circles
from server.store.clock import ServerClock
from server.store.commit import TRIES, CircleChange, CircleChanged, run_commit
from server.store.deadlines import REGISTER, Deadlines
from server.store.keys import (
    channel,
    here_key,
    published,
    room_key,
    stamp_text,
)
from server.store.pulses import Pulses
from server.store.scripts import Scripts
from server.store.unreadable import Unreadable, reading

ROOM_EXPIRES_MS = 24 * 3600 * 1000
"""Later than the room's own end (due.KEPT_UNCHANGED_MS), which erases its names from disk."""
MARK_BITS = 48


class RoomGone(Exception):
    """The room has expired or has been deleted, so a command has nothing to change."""


class Rooms:
    """The rooms that Redis holds, one for a circle."""

    def __init__(
        self,
        topology: Topology,
        scripts: Scripts,
        clock: ServerClock,
        deadlines: Deadlines,
        circles: Circles,
        pulses: Pulses,
    ) -> None:
        self._topology = topology
        self._scripts = scripts
        self._clock = clock
        self._deadlines = deadlines
        self._circles = circles
        self._pulses = pulses
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
            return cast(
                "bytes | None", await self._scripts.command_with_commit(key, "HGET", key, "value")
            )

    async def change(self, room: Room, command: Command, actor: str | None) -> Room:
        """The room after this command, stored and published.

        `room` is the caller's value; if Redis has a newer one, the command is decided again on
        that. Raises Refused (also if Redis does not answer) or RoomGone.
        """
        try:
            return await self.decide_and_commit(room, command, actor)
        except RedisError:
            raise Refused("unavailable", "room_paused") from None

    async def decide_and_commit(
        self,
        room: Room,
        command: Command,
        actor: str | None,
        circle: Circle | None = None,
        seats: tuple[str, ...] = (),
    ) -> Room:
        """The same, but raises RedisError if Redis does not answer.

        The change may rest on `circle`, and on the roles of `seats` in it. Raises CircleChanged if
        it has another value by now: the caller decides again on the newer one.
        """
        for _ in range(TRIES):
            changed = self.decided(room, command, actor)
            if says_farewell(room, changed):
                changed = await self._with_farewell(room, changed)
            stored = await self.commit(room, changed, circle, seats)
            if stored is not None:
                if room.phase == WAITING and stored.step:
                    await self._pulses.schedule_close(room.id)
                return stored
            metrics.COMMIT_CONFLICTS.inc()
            current = await self.load(room.id)
            if current is None:
                raise RoomGone
            if current.stamp < room.stamp:
                await self.restore(current, room)
            else:
                room = current
        raise Refused("too_fast", "too_much_at_once")

    async def _with_farewell(self, room: Room, changed: Room) -> Room:
        """The room after its session, with what its last page tells.

        A session ends in any case, if need be without that; and a rehearsal has none.
        """
        try:
            circle = await self._circles.get(room.id)
            number = (await self._pulses.get(room.id)).sessions + 1
        except Unreadable:
            return changed
        if circle is None or circle.format == PRACTICE:
            return changed
        now = self._clock.now()
        return replace(changed, farewell=farewell(circle, room, changed, number, now))

    def decided(self, room: Room, command: Command, actor: str | None) -> Room:
        """The room after this command, with a mark of its own; raises Refused."""
        changed = decide(room, command, actor, self._clock.now())
        return replace(changed, mark=getrandbits(MARK_BITS))

    async def commit(
        self,
        seen: Room | None,
        changed: Room,
        circle: Circle | None = None,
        seats: tuple[str, ...] = (),
    ) -> Room | None:
        """Stores and publishes `changed`, and what lasts of it in the circle: an optimistic commit.

        Returns None if Redis no longer has `seen`, or the circle has changed meanwhile. If the
        change rests on `circle`, CircleChanged is raised instead. Raises Refused if nobody would
        lead the circle any more.
        """
        if circle is not None:
            after = kept.after(circle, seen, changed)
            return await self.store(seen, changed, CircleChange(circle, after, seats))
        change = await self._what_lasts(seen, changed) if kept.lasts(seen, changed) else None
        try:
            return await self.store(seen, changed, change)
        except CircleChanged:
            return None

    async def _what_lasts(self, seen: Room | None, changed: Room) -> CircleChange | None:
        """The change of the circle; None if it has expired."""
        try:
            circle = await self._circles.get(changed.id)
        except Unreadable:
            if changed.phase != ENDED and not kept.only_presentations(seen, changed):
                raise
            # The session goes on without the date of a presentation, and ends, with its names,
            # even if nothing of it lasts.
            return None
        if circle is None:
            return None
        return CircleChange(circle, kept.after(circle, seen, changed))

    async def store(
        self, seen: Room | None, changed: Room, change: CircleChange | None
    ) -> Room | None:
        """Stores and publishes `changed`, with this change of the circle; None if Redis no longer
        has `seen`. Raises as run_commit does.
        """
        due, scheduled = next_due(changed), next_due(seen) if seen else None
        if due is not None and (scheduled is None or due < scheduled):
            # Before the commit, so that a crash does not lose it. A deadline that comes too early
            # does nothing and is replaced by the next one.
            await self._deadlines.schedule(changed.id, due)
        if change is not None and (at := _first_pruning(change)) is not None:
            await self._deadlines.schedule(changed.id, at, REGISTER)
        value = state.encode(changed)
        room: tuple[Word, ...] = (
            "" if seen is None else stamp_text(seen),
            stamp_text(changed),
            value,
            ROOM_EXPIRES_MS,
            "" if self._topology.waits_for_replicas else channel(changed.id),
        )
        self._proposed[value] = changed
        try:
            is_stored = await run_commit(self._scripts, changed.id, room, change)
        except RedisConnectionError:
            if await self._value(changed.id) != value:
                raise
            is_stored = True  # Only the reply was lost.
            if self._topology.waits_for_replicas:  # Stored again, to wait for the replicas.
                again = (stamp_text(changed), *room[1:])
                await run_commit(self._scripts, changed.id, again, None)
        finally:
            self._proposed.pop(value, None)
        if is_stored and self._topology.waits_for_replicas:
            # Only now: nobody should see a change that a failover can still undo.
            await self._publish(changed)
        return changed if is_stored else None

    async def _publish(self, room: Room) -> None:
        message = (channel(room.id), published(room))
        with suppress(RedisError):  # It is committed; sweeps find an unpublished value.
            await self._scripts.run("publish", [room_key(room.id)], message)

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
            await self._deadlines.schedule(room.id, due)
        await self.commit(older, room)


def _first_pruning(change: CircleChange) -> int | None:
    """When rows of the register go (epoch ms), if this change adds one."""
    is_same = change.before.register.rows == change.after.register.rows
    return None if is_same else next_pruning(change.after)
