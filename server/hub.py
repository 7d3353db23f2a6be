"""The hub: the rooms that this process serves, and who is connected to them.

A room's value comes from Redis, by the subscription or by a load; a newer one replaces the one in
hand, an older one is dropped. Each value is shown to every connection by way of its outbox, so no
browser waits for another. The hub decides nothing about rooms and keeps nothing of them.
"""

import asyncio
import random
import secrets
from collections.abc import Coroutine
from contextlib import suppress
from time import monotonic
from typing import Any

import structlog
from redis.exceptions import RedisError, ResponseError

from server import metrics
from server.circle.circle import Circle
from server.identity import Person
from server.news import News
from server.outbox import Closing, Outbox
from server.redis_at import RedisAt
from server.room.commands import Command, NotePresence
from server.room.people import next_due
from server.room.refused import Refused
from server.room.state import ENDED, Role, Room
from server.store import RoomGone, Store, Swept, stamp_of
from server.views import Invite, Rendering, Viewer
from server.wire import Line

log = structlog.stdlib.get_logger(__name__)

SWEEP_S = 2.0
PING_S = 3.0
PINGS_AT_ONCE = 500
LEASE_MS = 8_000
"""A connection counts as here for so long after it was last heard of."""
GONE_MS = -1
GRACE_MS = 4_000
"""A connection that closed counts as here for so long: a reload is no absence."""

MAX_A_SEAT, MAX_A_ROOM = 16, 256
"""Connections of one person (tabs, machines), and in a room, to all processes. Those of a process
that was killed count until their leases run out."""
DRAINS_WITHIN_S = 2.0

RESTARTS = Closing(1012, "the server restarts, come back")
NO_SEAT = Closing(4401, "you have no seat in this circle")
ROOM_GONE = Closing(4410, "this session is over")


class TooManyWindows(Exception):
    """More connections of one seat, or in one room, than a circle of people ever has."""


class Connection:
    """One browser, or one tab of it, in a room."""

    def __init__(self, person: Person, base: str, line: Line) -> None:
        self.person = person
        self.base = base
        self.outbox = Outbox(line)
        line.when_free = self.outbox.flush
        self.lease = f"{person.seat}:{secrets.token_hex(6)}"
        self.line = line

    @property
    def lease_ms(self) -> int:
        """How long this connection still counts as here."""
        return max(0, LEASE_MS - self.line.silent_ms())


class LiveRoom:
    """A room with connections to this process."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.connections: set[Connection] = set()
        self.rendering: Rendering | None = None
        self.waits_for_refresh = False


class Hub:
    """All live rooms of this process."""

    def __init__(self, store: Store, at: RedisAt, invite: Invite) -> None:
        self._store = store
        self._invite = invite
        self._rooms: dict[str, LiveRoom] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._doubts_absence_until = 0.0
        self.draining = False
        """This process is about to end: nobody comes in any more."""
        metrics.ROOMS.set_function(lambda: len(self._rooms))
        metrics.CONNECTIONS.set_function(lambda: len(self._connections()))
        self._news = News(at, changed=self._hear, subscribed=self._reload_soon)

    async def run(self) -> None:
        """Listens and sweeps until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._news.run())
            group.create_task(self._sweep_for_ever())
            group.create_task(self._ping_for_ever())

    def why_not_ready(self) -> list[str]:
        """Why nobody should be sent to this process; empty while it can serve."""
        reasons = ["this process is about to end"] if self.draining else []
        return reasons if self._news.listens else [*reasons, "no subscription to Redis"]

    async def drain(self) -> None:
        """Has everybody move over to another process, spread over a while; ends when they went."""
        self.draining = True
        leaving = self._connections()
        random.shuffle(leaving)
        if leaving:
            log.info("draining", connections=len(leaving))
            loop = asyncio.get_running_loop()
            for place, connection in enumerate(leaving):
                after_s = DRAINS_WITHIN_S * place / len(leaving)
                loop.call_later(after_s, connection.outbox.close, RESTARTS)
            await asyncio.sleep(DRAINS_WITHIN_S)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)

    async def join(self, circle: Circle, role: Role, connection: Connection) -> None:
        """Registers, subscribes, loads, seats and shows: the same for a newcomer and a return.

        Raises Refused where the person cannot be seated, TooManyWindows, and RedisError where Redis
        does not answer.
        """
        seat, name = connection.person.seat, connection.person.name
        live = self._rooms.get(circle.id)
        room = await self._store.seated(circle, seat, name, role, live.room if live else None)
        live = self._rooms.setdefault(circle.id, LiveRoom(room))
        live.connections.add(connection)
        try:
            self._news.follow(circle.id)
            self.receive(room)
            with suppress(ResponseError):  # A Redis that is full lets nobody write: they may look.
                _check_room_for(await self._sweep(live), seat)
        except TooManyWindows:
            self._drop(live, connection)
            await self._store.sweep(circle.id, {connection.lease: GONE_MS})
            raise
        except BaseException:
            self._drop(live, connection)
            raise
        self._refresh_soon(live)

    def leave(self, connection: Connection) -> None:
        """The connection is gone; its seat counts as here for a moment longer."""
        live = self._rooms.get(connection.person.circle)
        if live is None or connection not in live.connections:
            return
        self._drop(live, connection)
        self._soon(self._note_leaving(live, connection))

    async def ask(self, connection: Connection, command: Command) -> None:
        """Puts a person's command to the room. Raises Refused."""
        live = self._rooms.get(connection.person.circle)
        if live is None:
            raise Refused("not_now", "This session is over.")
        try:
            changed = await self._store.change(live.room, command, connection.person.seat)
        except RoomGone:
            self._forget(live)
            raise Refused("not_now", "This session is over.") from None
        # The publication brings the same value again; whichever comes second is dropped.
        self.receive(changed)

    def receive(self, room: Room) -> None:
        """A value of a room, from wherever: the newest is kept and shown."""
        live = self._rooms.get(room.id)
        if live is not None and room.stamp > live.room.stamp:
            live.room = room
            self._refresh_soon(live)

    # Showing

    def _refresh_soon(self, live: LiveRoom) -> None:
        if not live.waits_for_refresh:
            live.waits_for_refresh = True
            asyncio.get_running_loop().call_soon(self._refresh, live)

    def _refresh(self, live: LiveRoom) -> None:
        live.waits_for_refresh = False
        now = self._store.now()
        rendering = live.rendering = Rendering(live.room, now, self._invite, live.rendering)
        seats = {seat.id: seat for seat in live.room.seats}
        for connection in tuple(live.connections):
            seat = seats.get(connection.person.seat)
            if seat is None:
                connection.outbox.close(NO_SEAT)
                continue
            viewer = Viewer(seat.id, seat.role, connection.base)
            connection.outbox.show(rendering.regions(viewer))

    # Hearing

    def _hear(self, circle_id: str, published: bytes) -> None:
        live = self._rooms.get(circle_id)
        if live is None:
            return
        stamp, _, value = published.partition(b"\n")
        if not stamp:
            self._forget(live)
        elif stamp_of(stamp) > live.room.stamp:
            self.receive(self._store.decoded(value))

    def _reload_soon(self, circle_id: str) -> None:
        if live := self._rooms.get(circle_id):
            self._soon(self._reload(live))

    async def _reload(self, live: LiveRoom) -> None:
        room = await self._store.load(live.room.id)
        if room is None:
            self._forget(live)
        elif room.stamp < live.room.stamp:
            await self._store.restore(room, live.room)
        else:
            self.receive(room)

    def _forget(self, live: LiveRoom) -> None:
        for connection in live.connections:
            connection.outbox.close(ROOM_GONE)

    # Who is here

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            sweeps = [self._sweep(live) for live in tuple(self._rooms.values())]
            for result in await asyncio.gather(*sweeps, return_exceptions=True):
                if isinstance(result, BaseException):
                    # While Redis was away leases ran out, and whoever looks first would see none.
                    self._doubts_absence_until = monotonic() + 2 * SWEEP_S
                    _note(result)

    async def _ping_for_ever(self) -> None:
        while True:
            for number, connection in enumerate(self._connections()):
                connection.line.ping()
                if number % PINGS_AT_ONCE == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(PING_S)

    async def _sweep(self, live: LiveRoom) -> Swept:
        """Renews leases, compares versions, notes who came and went, re-asserts deadlines."""
        leases = {c.lease: c.lease_ms for c in live.connections if c.lease_ms}
        swept = await self._store.sweep(live.room.id, leases)
        if swept.stamp != live.room.stamp:
            await self._reload(live)
        if live.room.phase != ENDED:
            await self._note_presence(live, swept.here)
        due = next_due(live.room)
        if due is not None and swept.stamp:
            await self._store.expect_due(live.room.id, due)
        return swept

    async def _note_presence(self, live: LiveRoom, here: frozenset[str]) -> None:
        away = {seat.id for seat in live.room.seats if seat.away_since is not None}
        if monotonic() < self._doubts_absence_until:
            here |= {seat.id for seat in live.room.seats} - away
        if away == {seat.id for seat in live.room.seats} - here:
            return
        try:
            self.receive(await self._store.change(live.room, NotePresence(here), None))
        except Refused:
            return  # Another process noted the same.
        except RoomGone:
            self._forget(live)

    async def _note_leaving(self, live: LiveRoom, connection: Connection) -> None:
        circle_id = live.room.id
        # One lease for all that this person has closed: a reload is no absence, nor a window more.
        left = f"{connection.person.seat}:left"
        await self._store.sweep(
            circle_id, {connection.lease: GONE_MS, left: min(GRACE_MS, connection.lease_ms)}
        )
        if circle_id not in self._rooms:
            self._news.unfollow(circle_id)

    # Coming and going

    def _connections(self) -> list[Connection]:
        return [c for live in self._rooms.values() for c in live.connections]

    def _drop(self, live: LiveRoom, connection: Connection) -> None:
        live.connections.discard(connection)
        connection.outbox.forget_deadline()
        if not live.connections:
            self._rooms.pop(live.room.id, None)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            _note(task.exception())


def _check_room_for(swept: Swept, seat: str) -> None:
    windows = swept.connections
    if windows[seat] > MAX_A_SEAT or windows.total() > MAX_A_ROOM:
        raise TooManyWindows


def _note(error: BaseException | None) -> None:
    """A Redis that is away comes back; anything else is a fault of ours, and is said whole."""
    if isinstance(error, RedisError | OSError):
        log.warning("Redis did not answer", error=type(error).__name__)
    elif error is not None:
        log.error("unexpected", exc_info=error)
