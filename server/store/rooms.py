"""Rooms: loaded, and changed by an optimistic commit that publishes the new value.

Rooms are values; what changes them is decided in server/room.
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
"""Later than the room's own end (due.KEPT_UNCHANGED_MS), which takes its names off the disk."""
NO_SESSION = "-"
"""No stamp begins like this."""
TRIES = 50
"""How often a change is decided anew on a newer value before it gives up."""
MARK_BITS = 48

RestsOn = tuple[str, ...]
"""Fields of the circle and their values, in turn, which a change of the room takes for granted."""
NOTHING: RestsOn = ()


class RoomGone(Exception):
    """The room has expired or was forgotten; a command on it means nothing any more."""


class SeatChanged(Exception):
    """What a change rests on, such as the role of an arrival, is another one by now."""


class IsHere(Exception):
    """A person whom the circle was about to forget has a lease by now."""


class Rooms:
    """The rooms that Redis holds, one for a circle."""

    def __init__(
        self, at: Topology, scripts: Scripts, clock: ServerClock, deadlines: Deadlines
    ) -> None:
        self._at = at
        self._scripts = scripts
        self._clock = clock
        self._deadlines = deadlines
        self._proposed: dict[bytes, Room] = {}

    async def load(self, circle_id: str) -> Room | None:
        """The room of this circle, or None while there is none."""
        value = await self._value(circle_id)
        return None if value is None else self.decoded(circle_id, value)

    async def load_replicated(self, circle_id: str) -> Room | None:
        """The same, once no failover can take it back; raises RedisError as long as one can."""
        room = await self.load(circle_id)
        if self._at.waits_for_replicas:
            # Whatever is written now is kept only with all that was written before.
            nobody = (-1, ":nobody")
            keys = [room_key(circle_id), here_key(circle_id)]
            with reading(keys[0]):
                await self._scripts.run_replicated("sweep", keys, nobody)
        return room

    async def _value(self, circle_id: str) -> bytes | None:
        key = room_key(circle_id)
        with reading(key):
            return cast("bytes | None", await self._scripts.ask(key, "HGET", key, "value"))

    async def change(self, room: Room, command: Command, actor: str | None) -> Room:
        """The room after this command, stored and published.

        `room` is the value that the caller holds; where a newer one stands in Redis, the command is
        decided anew on that. Raises Refused (also where Redis does not answer) or RoomGone.
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
        """The same, which leaves a Redis that does not answer to the caller (RedisError).

        Raises SeatChanged where a field that the change rests on has another value by now.
        """
        for _ in range(TRIES):
            changed = self.decided(room, command, actor)
            stored = await self.commit(room, changed, rests_on)
            if stored is not None:
                return stored
            metrics.COMMIT_CONFLICTS.inc()
            held = await self.load(room.id)
            if held is None:
                raise RoomGone
            if held.stamp < room.stamp:
                await self.restore(held, room)
            else:
                room = held
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
        """Stores and publishes the value; None where another one was stored meanwhile.

        The circle forgets these people in the same step. Raises SeatChanged where a field of the
        circle has another value than the change rests on, Refused where nobody would lead the
        circle any more, and IsHere where one of the forgotten has a lease.
        """
        due, expected = next_due(changed), next_due(seen) if seen else None
        if due is not None and (expected is None or due < expected):
            # Before the commit, so that no crash loses it: what falls due too early does nothing,
            # and is followed by what is next.
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
            "" if self._at.waits_for_replicas else channel(changed.id),
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
            stored = 1  # The change was made, and only its answer was lost.
            if self._at.waits_for_replicas:  # Stored once more, it is kept as well.
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
        if self._at.waits_for_replicas:
            # Only now: nobody should have seen what a failover can still take back.
            said = (channel(changed.id), published(changed))
            with suppress(RedisError):  # It is done; whoever does not hear it finds it soon.
                await self._scripts.run("publish", keys[:1], said)
        return changed

    def decoded(self, circle_id: str, value: bytes) -> Room:
        """The room that was published; our own changes mostly come back before their answers."""
        if ours := self._proposed.get(value):
            return ours
        with reading(room_key(circle_id)):
            return state.decode(value)

    async def restore(self, older: Room, room: Room) -> None:
        """Puts a value that people have seen in the place of the older one that stands in Redis.

        A master that was replaced may have taken its last changes with it.
        """
        if (due := next_due(room)) is not None:
            await self._deadlines.expect(room.id, due)
        await self.commit(older, room)

    async def delete(self, room: Room) -> bool:
        """Deletes a room that has ended, and publishes that; False where another value stands."""
        keys = [room_key(room.id), here_key(room.id)]
        return bool(await self._scripts.run("forget", keys, (stamp_text(room), channel(room.id))))

    async def rewrite(
        self,
        circle_id: str,
        room: Room | None,
        afterwards: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Has the disk rewritten without a room that was deleted, or that has expired (None).

        By its session, since the circle may have opened another one meanwhile. Runs `afterwards`
        when it is done.
        """
        gone = stamps_begin(room) if room else NO_SESSION
        await self._scripts.rewrite(room_key(circle_id), gone, afterwards)

    async def signal(self, circle_id: str, sender: str, to: str, text: bytes) -> None:
        """Sends a text of one seat to every page of another, at whichever process that is."""
        words = (signals(circle_id), f"{to} {sender}\n".encode() + text)
        await self._scripts.run("publish", [room_key(circle_id)], words)
