"""Presence: who is connected to the rooms of this process, and who has gone.

A peer is here while it is heard of: pings ask each of them. That it is here is told to all
processes by a lease in Redis, which sweeps renew; a process that was killed renews none. A sweep
also compares versions, since a publication may be lost, and re-asserts deadlines.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic

import structlog
from redis.exceptions import RedisError

from server.live import ROOM_GONE, Connection, LiveRoom
from server.room.commands import NotePresence
from server.room.people import next_due
from server.room.refused import Refused
from server.room.state import ENDED
from server.store import RoomGone, Store, Swept

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


class TooManyWindows(Exception):
    """More connections of one seat, or in one room, than a circle of people ever has."""


class Presence:
    """Who is here, in these rooms. `reload` loads a room whose value in Redis is another one."""

    def __init__(
        self,
        store: Store,
        rooms: Callable[[], Iterable[LiveRoom]],
        reload: Callable[[LiveRoom], Awaitable[None]],
    ) -> None:
        self._store = store
        self._rooms = rooms
        self._reload = reload
        self._doubts_absence_until = 0.0

    async def sweep_for_ever(self) -> None:
        """Every room, again and again."""
        while True:
            await asyncio.sleep(SWEEP_S)
            sweeps = [self.sweep(live) for live in tuple(self._rooms())]
            for result in await asyncio.gather(*sweeps, return_exceptions=True):
                if isinstance(result, BaseException):
                    self.doubt_absence()
                    note(result)

    def doubt_absence(self) -> None:
        """While Redis was away leases ran out, and whoever looks first would see none."""
        self._doubts_absence_until = monotonic() + 2 * SWEEP_S

    async def ping_for_ever(self) -> None:
        """Every connection; all at once, since answers that come together cost the least."""
        while True:
            await asyncio.sleep(PING_S)
            connections = [c for live in self._rooms() for c in live.connections]
            for number, connection in enumerate(connections):
                connection.line.ping()
                if number % PINGS_AT_ONCE == 0:
                    await asyncio.sleep(0)

    async def sweep(self, live: LiveRoom) -> Swept:
        """Renews leases, compares versions, notes who came and went, re-asserts deadlines."""
        leases = {c.lease: ms for c in live.connections if (ms := _lease_ms(c))}
        swept = await self._store.sweep(live.room.id, leases)
        if not swept.found(live.room):
            await self._reload(live)
        if live.room.phase != ENDED:
            await self._note(live, swept.here)
        due = next_due(live.room)
        if due is not None and swept.stamp:
            await self._store.expect_due(live.room.id, due)
        return swept

    async def came(self, live: LiveRoom, connection: Connection) -> None:
        """A connection is there from now on. Raises TooManyWindows."""
        swept = await self.sweep(live)
        windows = swept.connections
        if windows[connection.person.seat] > MAX_A_SEAT or windows.total() > MAX_A_ROOM:
            await self._store.sweep(live.room.id, {connection.lease: GONE_MS})
            raise TooManyWindows

    async def left(self, live: LiveRoom, connection: Connection) -> None:
        """A connection is gone; its seat counts as here for a moment longer."""
        # One lease for all that this person has closed: a reload is no absence, nor a window more.
        left = f"{connection.person.seat}:left"
        grace = min(GRACE_MS, _lease_ms(connection))
        await self._store.sweep(live.room.id, {connection.lease: GONE_MS, left: grace})

    async def _note(self, live: LiveRoom, here: frozenset[str]) -> None:
        seats = {seat.id for seat in live.room.seats}
        away = {seat.id for seat in live.room.seats if seat.away_since is not None}
        if monotonic() < self._doubts_absence_until:
            here |= seats - away
        if away == seats - here:
            return
        try:
            live.receive(await self._store.change(live.room, NotePresence(here), None))
        except Refused:
            return  # Another process noted the same.
        except RoomGone:
            live.close(ROOM_GONE)


def _lease_ms(connection: Connection) -> int:
    """How long this connection still counts as here."""
    return max(0, LEASE_MS - connection.line.silent_ms())


def note(error: BaseException | None) -> None:
    """A Redis that is away comes back; anything else is a fault of ours, and is said whole."""
    if isinstance(error, RedisError | OSError):
        log.warning("Redis did not answer", error=type(error).__name__)
    elif error is not None:
        log.error("unexpected", exc_info=error)
