"""Presence: who is connected to the rooms of this process, and who has gone.

A peer is here while it is heard of: pings ask each of them. That it is here is told to all
processes by a lease in Redis, which sweeps renew; a process that was killed renews none. A sweep
also compares versions, since a publication may be lost, and re-asserts deadlines that are near.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import monotonic

import structlog
from redis.exceptions import RedisError

from server.live.room import Connection, LiveRoom, closing_of
from server.room.commands import NotePresence
from server.room.due import next_due
from server.room.refused import Refused
from server.room.state import ENDED, Role, Room
from server.store.keys import stamp_text
from server.store.leases import NO_WINDOWS, LeaseReport
from server.store.rooms import RoomGone
from server.store.store import Store
from server.store.unreadable import Unreadable

log = structlog.stdlib.get_logger(__name__)

SWEEP_S = 2.0
PING_S = 5.0
LEASE_MS = 11_000
"""A connection counts as here for so long after it was last heard of."""
HEARD_WITHIN_S, RENEWED_MS = 7.0, 8_000
"""In a room where nothing stirs, and everybody was heard of so lately (they have answered a ping),
all leases are renewed at once, for a shorter while."""
SWEPT_AT_ONCE, PINGED_AT_ONCE, BREATH_S = 20, 100, 0.005
"""After so many, whoever has pressed meanwhile has their turn."""
SOON_MS = 6_000
"""What falls due so soon is expected once more: another master may not know of it."""
GONE_MS = -1
GRACE_MS = 4_000
"""A connection that closed counts as here for so long: a reload is no absence."""

MAX_A_SEAT, MAX_A_ROOM = 16, 256
"""Connections of one person (tabs, machines), and of all who sit in a room, to all processes. Those
of a process that was killed count until their leases run out."""
MAX_A_GUEST, MAX_A_LOBBY = 2, 40
"""The same for people who wait, and for all strangers among them. These limits are separate: people
in the lobby take no connection from people in the room, and strangers none from people whom the
circle knows."""


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
        self._clock = store.clock
        self._deadlines = store.deadlines
        self._leases = store.leases
        self._stored = store.rooms
        self._rooms = rooms
        self._reload = reload
        self._doubts_absence_until = 0.0

    async def sweep_for_ever(self) -> None:
        """Every room, again and again."""
        while True:
            await asyncio.sleep(SWEEP_S)
            rooms = tuple(self._rooms())
            async with asyncio.TaskGroup() as sweeps:
                for first in range(0, len(rooms), SWEPT_AT_ONCE):
                    some = rooms[first : first + SWEPT_AT_ONCE]
                    sweeps.create_task(self._try_to_sweep_all(some))
                    await asyncio.sleep(BREATH_S)

    def allow_for_failover(self) -> None:
        """While Redis was away leases ran out, and whoever looks first would see none."""
        self._doubts_absence_until = monotonic() + 2 * SWEEP_S

    async def ping_for_ever(self) -> None:
        """Every connection; many at once, since answers that come together cost the least."""
        while True:
            await asyncio.sleep(PING_S)
            connections = [c for live in self._rooms() for c in live.connections]
            for number, connection in enumerate(connections, 1):
                connection.peer.ping()
                if number % PINGED_AT_ONCE == 0:
                    await asyncio.sleep(BREATH_S)

    async def _try_to_sweep_all(self, rooms: Sequence[LiveRoom]) -> None:
        """At once where nothing stirs, which is nearly always; all others each by itself."""
        try:
            still = await self._renewed(rooms)
        except Exception as error:  # noqa: BLE001 - each sweep may do what this one could not
            note(error)
            still = set()
        await asyncio.gather(*(self._try_to_sweep(live) for live in rooms if live not in still))

    async def _renewed(self, rooms: Sequence[LiveRoom]) -> set[LiveRoom]:
        """Those of them in which there is nothing but leases to be renewed, which is done."""
        since = asyncio.get_running_loop().time() - HEARD_WITHIN_S
        quiet = [live for live in rooms if live.is_quiet and _all_heard(live, since)]
        if not quiet:
            return set()
        told = await self._leases.renew([live.room.id for live in quiet], RENEWED_MS)
        return {
            live
            for live, (stamp, here) in zip(quiet, told, strict=True)
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
            note(error)
        except Exception as error:  # noqa: BLE001 - what is wrong with one room is not with others
            note(error)

    async def sweep(self, live: LiveRoom, heard_of: Iterable[Connection]) -> LeaseReport:
        """Renews leases, compares versions, notes who came and went, re-asserts deadlines."""
        leases = {c.lease: ms for c in heard_of if (ms := _lease_ms(c))}
        swept = await self._leases.sweep(live.room.id, leases)
        if not swept.matches(live.room):
            await self._reload(live)
        if live.room.phase != ENDED:
            await self._note(live, swept.leases)
        due = self._due_soon(live.room)
        if due is not None and swept.stamp:
            await self._deadlines.expect(live.room.id, due)
        return swept

    def _due_soon(self, room: Room) -> int | None:
        due = next_due(room)
        return due if due is not None and due < self._clock.now() + SOON_MS else None

    async def came(self, live: LiveRoom, connection: Connection) -> None:
        """A connection is there from now on. Raises TooManyWindows."""
        swept = await self.sweep(live, [connection])
        if _is_over_limit(live.room, connection.person.seat, windows_of(swept.leases)):
            await self._leases.sweep(live.room.id, {connection.lease: GONE_MS})
            raise TooManyWindows

    async def left(self, live: LiveRoom, connection: Connection) -> None:
        """A connection is gone; its seat counts as here for a moment longer."""
        # One lease for all that this person has closed: a reload is no absence, nor a window more.
        left = f"{connection.person.seat}:left"
        grace = min(GRACE_MS, _lease_ms(connection))
        swept = await self._leases.sweep(live.room.id, {connection.lease: GONE_MS, left: grace})
        due = next_due(live.room)
        if due is not None and swept.stamp and not live.connections:
            # Nobody sweeps it from now on, and another master may not know when it ends.
            await self._deadlines.expect(live.room.id, due)

    async def _note(self, live: LiveRoom, leases: dict[str, int]) -> None:
        if live.is_settled(leases):
            return
        live.mark_dirty()
        people = (*live.room.seats, *live.room.lobby)
        seats = {seat.id for seat in people}
        away = {seat.id for seat in people if seat.away_since is not None}
        doubled = {seat.id for seat in people if seat.in_two_tabs}
        here = frozenset(lease.partition(":")[0] for lease in leases)
        first = {lease: live.first_leases.get(lease, end) for lease, end in leases.items()}
        live.first_leases = first
        in_two_tabs = in_two_windows(first, leases) & seats
        if monotonic() < self._doubts_absence_until:
            here |= seats - away
        if away == seats - here and doubled == in_two_tabs:
            # Each at one window, none that has closed: so it stays while the same are here.
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
            return  # Another process noted the same.
        except RoomGone:
            await self._reload(live)


def _is_over_limit(room: Room, seat_id: str, windows: Counter[str]) -> bool:
    """Whether this person has one window too many, or all people of their kind have.

    A facilitator is never refused because of others.
    """
    seat = room.seat(seat_id)
    if seat is None:
        known = {seat.id for seat in (*room.seats, *room.lobby) if seat.role is not Role.GUEST}
        strangers = sum(count for other, count in windows.items() if other not in known)
        is_crowded = strangers > MAX_A_LOBBY and seat_id not in known
        return windows[seat_id] > MAX_A_GUEST or is_crowded
    seated = sum(windows[other.id] for other in room.seats)
    is_full = seated > MAX_A_ROOM and seat.role is not Role.FACILITATOR
    return windows[seat_id] > MAX_A_SEAT or is_full


def windows_of(leases: Iterable[str]) -> Counter[str]:
    """How many connections each seat has."""
    parts = (lease.partition(":") for lease in leases)
    return Counter(seat for seat, _, connection in parts if connection not in NO_WINDOWS)


def in_two_windows(first: dict[str, int], leases: dict[str, int]) -> frozenset[str]:
    """The seats that two connections hold at a time.

    `first`: the end of each lease when it was first seen. A browser that comes back has a new
    connection beside what is left of its old one, but that one is not heard of any more. Of leases
    that were first seen with the same end, the one that was renewed last stands for the newest.
    """
    newest: dict[str, str] = {}
    windows: dict[str, str] = {}
    for lease in sorted(leases, key=lambda lease: (first[lease], leases[lease])):
        seat, _, connection = lease.partition(":")
        if connection not in NO_WINDOWS:
            windows[lease] = seat
            newest[seat] = lease
    return frozenset(
        seat
        for lease, seat in windows.items()
        if lease != newest[seat] and first[newest[seat]] < leases[lease]
    )


def _all_heard(live: LiveRoom, since: float) -> bool:
    """Whether each of its connections here was heard of after that, on the event loop's clock."""
    return all(c.peer.last_heard > since for c in live.connections)


def _lease_ms(connection: Connection) -> int:
    """How long this connection still counts as here."""
    return max(0, LEASE_MS - connection.peer.silent_ms())


def note(error: BaseException | None) -> None:
    """A Redis that is away comes back; anything else is a fault of ours, and is said whole."""
    if isinstance(error, RedisError | OSError):
        log.warning("Redis did not answer", error=type(error).__name__)
    elif error is not None:
        log.error("unexpected", exc_info=error)
