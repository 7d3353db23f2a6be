"""Presence: heartbeats and leases of the connections to this process.

A peer is here while something arrives from it; heartbeats (pings) see to that. A lease in Redis,
which sweeps renew, makes it known to all processes; a killed process renews none. A sweep also
compares versions, since a publication may be lost, and schedules near deadlines again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import monotonic

import structlog
from redis.exceptions import RedisError

from server.live.connection import Connection, closing_of
from server.live.room import LiveRoom
from server.live.windows import over_limit, seats_in_two_tabs
from server.room.commands import NotePresence
from server.room.due import next_due
from server.room.refused import Refused
from server.room.state import ENDED, Room
from server.store.keys import stamp_text
from server.store.leases import LeaseReport
from server.store.rooms import RoomGone
from server.store.store import Store
from server.store.unreadable import Unreadable

log = structlog.stdlib.get_logger(__name__)

SWEEP_S = 2.0
PING_S = 5.0
LEASE_MS = 11_000
"""The lease of a connection, from the time when something last arrived from it."""
ALIVE_WITHIN_S, RENEWED_MS = 7.0, 8_000
"""If something has lately arrived from every peer of a settled room (they have answered a ping),
one script renews all its leases, for a shorter time."""
SWEPT_AT_ONCE, PINGED_AT_ONCE, PAUSE_S = 20, 100, 0.005
"""After so many there is a pause for commands."""
SOON_MS = 6_000
"""A deadline within this time is scheduled again, since another master may not have it."""
GONE_MS = -1
GRACE_MS = 4_000
"""The lease of a closed connection, so that a reload is no absence."""


class Presence:
    """Who is in the rooms of this process. `reload` loads a room whose value has changed."""

    def __init__(
        self,
        store: Store,
        rooms: Callable[[], Iterable[LiveRoom]],
        reload: Callable[[LiveRoom], Awaitable[None]],
    ) -> None:
        self._clock = store.clock
        self._deadlines = store.deadlines
        self._leases = store.leases
        self._stored = store.rooms
        self._rooms = rooms
        self._reload = reload
        self._ignores_absence_until = 0.0

    async def sweep_for_ever(self) -> None:
        """Sweeps all rooms, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_S)
            rooms = tuple(self._rooms())
            async with asyncio.TaskGroup() as sweeps:
                for first in range(0, len(rooms), SWEPT_AT_ONCE):
                    some = rooms[first : first + SWEPT_AT_ONCE]
                    sweeps.create_task(self._try_to_sweep_all(some))
                    await asyncio.sleep(PAUSE_S)

    def allow_for_failover(self) -> None:
        """Ignores absence for two sweeps: leases expire while Redis is away."""
        self._ignores_absence_until = monotonic() + 2 * SWEEP_S

    async def ping_for_ever(self) -> None:
        """Pings all connections, many at once: answers that arrive together cost the least."""
        while True:
            await asyncio.sleep(PING_S)
            connections = [c for live in self._rooms() for c in live.connections]
            for number, connection in enumerate(connections, 1):
                connection.peer.ping()
                if number % PINGED_AT_ONCE == 0:
                    await asyncio.sleep(PAUSE_S)

    async def _try_to_sweep_all(self, rooms: Sequence[LiveRoom]) -> None:
        """Renews the leases of settled rooms, nearly all, at once, and sweeps each other room."""
        try:
            renewed = await self._renew_settled(rooms)
        except Exception as error:  # noqa: BLE001 - each sweep may do what this one could not
            log_error(error)
            renewed = set()
        await asyncio.gather(*(self._try_to_sweep(live) for live in rooms if live not in renewed))

    async def _renew_settled(self, rooms: Sequence[LiveRoom]) -> set[LiveRoom]:
        """Renews the leases of the quiet rooms; returns those that need no sweep besides."""
        since = asyncio.get_running_loop().time() - ALIVE_WITHIN_S
        quiet = [live for live in rooms if live.is_quiet and _all_alive(live, since)]
        if not quiet:
            return set()
        reports = await self._leases.renew([live.room.id for live in quiet], RENEWED_MS)
        return {
            live
            for live, (stamp, here) in zip(quiet, reports, strict=True)
            if stamp == stamp_text(live.room)
            and live.is_still_settled(here)
            and self._due_soon(live.room) is None
        }

    async def _try_to_sweep(self, live: LiveRoom) -> None:
        try:
            await self.sweep(live, live.connections)
        except Unreadable as error:
            live.close(closing_of(error))
        except (RedisError, OSError) as error:
            self.allow_for_failover()
            log_error(error)
        except Exception as error:  # noqa: BLE001 - a fault of one room must not harm others
            log_error(error)

    async def sweep(self, live: LiveRoom, connections: Iterable[Connection]) -> LeaseReport:
        """Renews leases, compares versions, notes who is here, schedules near deadlines."""
        leases = {c.lease: ms for c in connections if (ms := _lease_ms(c))}
        report = await self._leases.sweep(live.room.id, leases)
        if not report.matches(live.room):
            await self._reload(live)
        await self._note_presence(live, report)
        due = self._due_soon(live.room)
        if due is not None and report.stamp:
            await self._deadlines.schedule(live.room.id, due)
        return report

    def _due_soon(self, room: Room) -> int | None:
        due = next_due(room)
        return due if due is not None and due < self._clock.now() + SOON_MS else None

    async def connected(self, live: LiveRoom, connection: Connection, report: LeaseReport) -> None:
        """Takes the report of a new connection's lease. Raises TooManyWindows or Crowded."""
        await self._note_presence(live, report)
        if too_many := over_limit(live.room, connection.person.seat, report.leases):
            await self._leases.sweep(live.room.id, {connection.lease: GONE_MS})
            raise too_many

    async def disconnected(self, live: LiveRoom, connection: Connection) -> None:
        """Ends the lease of a closed connection; its seat has a short one instead."""
        # One lease for all closed connections of a person, which counts as no window.
        left = f"{connection.person.seat}:left"
        grace = min(GRACE_MS, _lease_ms(connection))
        swept = await self._leases.sweep(live.room.id, {connection.lease: GONE_MS, left: grace})
        due = next_due(live.room)
        if due is not None and swept.stamp and not live.connections:
            # No process sweeps it from now on, and another master may not have the deadline.
            await self._deadlines.schedule(live.room.id, due)

    async def _note_presence(self, live: LiveRoom, report: LeaseReport) -> None:
        """Notes who is here, one report at a time and only the newest: an older one, decided again
        on a newer room, would mark people away who have come since."""
        live.newest_report = max(live.newest_report, report.number)
        async with live.noting:
            is_newest = report.number == live.newest_report
            if is_newest and live.room.phase != ENDED and not live.is_settled(report.leases):
                await self._note(live, report.leases)

    async def _note(self, live: LiveRoom, leases: dict[str, int]) -> None:
        live.mark_dirty()
        people = live.room.people
        seats = {seat.id for seat in people}
        away = {seat.id for seat in people if seat.away_since is not None}
        doubled = {seat.id for seat in people if seat.in_two_tabs}
        here = frozenset(lease.partition(":")[0] for lease in leases)
        first = {lease: live.first_leases.get(lease, end) for lease, end in leases.items()}
        live.first_leases = first
        in_two_tabs = seats_in_two_tabs(first, leases) & seats
        if monotonic() < self._ignores_absence_until:
            here |= seats - away
        if away == seats - here and doubled == in_two_tabs:
            # One open window each: nothing changes as long as the leases are the same.
            if len(here) == len(leases):
                ours = {lease for lease in leases if self._leases.is_ours(lease)}
                if ours == {c.lease for c in live.connections}:
                    live.mark_settled()
            return
        try:
            live.receive(
                await self._stored.change(live.room, NotePresence(here, in_two_tabs), None)
            )
        except Refused:
            return  # Another process has noted the same.
        except RoomGone:
            await self._reload(live)


def _all_alive(live: LiveRoom, since: float) -> bool:
    """Whether something has arrived from each peer since then, on the event loop's clock."""
    return all(c.peer.last_received > since for c in live.connections)


def _lease_ms(connection: Connection) -> int:
    """The rest of this connection's lease."""
    return max(0, LEASE_MS - connection.peer.silent_ms())


def log_error(error: BaseException | None) -> None:
    """Logs an error of Redis as a warning, any other, a bug, with its traceback."""
    if isinstance(error, RedisError | OSError):
        log.warning("Redis did not answer", error=type(error).__name__)
    elif error is not None:
        log.error("unexpected", exc_info=error)
