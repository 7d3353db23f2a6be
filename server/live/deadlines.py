"""Runs deadlines by their kind; of a room: the end of a silence, of a kept turn, of the room.

Deadlines are in Redis (store/), so they outlive every process. Each process polls them; the first
one acts, and a second run is harmless (idempotent, by `decide`). A deadline that fails delays no
other: it is postponed, with exponential backoff.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import structlog
from redis.exceptions import RedisError

from server.live.erasures import DueErasures, check_id
from server.live.registers import DueRegisters
from server.room.commands import FallDue
from server.room.due import next_due
from server.room.refused import Refused
from server.room.state import Room
from server.store.append_only import CLAIM_MS
from server.store.deadlines import PULSE, REGISTER, ROOM, Deadline
from server.store.rooms import RoomGone
from server.store.store import Store
from server.store.unreadable import TooNew, Unreadable

log = structlog.stdlib.get_logger(__name__)

LOOK_S = 0.5
PUT_OFF_MS, LONGEST_MS = 2_000, 5 * 60_000
MOST_COUNTED = 10_000
MOST_DOUBLED = 10


class DueRooms:
    def __init__(self, store: Store) -> None:
        self._clock = store.clock
        self._rooms = store.rooms
        self._deadlines = store.deadlines
        self._deletion = store.deletion
        self._pulses = store.pulses

    async def forget(self, room: Room, due: int = 0) -> None:
        """Deletes a room that has ended, publishes that, and rewrites the append-only file.

        Its deadline, now at `due`, stays until that is done: if this process ends before, another
        one continues. The questions about its session are open from then on at the latest.
        """
        with suppress(Unreadable):
            await self._pulses.ask(room)
        if not await self._deletion.delete(room):
            await self._finish(room.id, due, room, None)
            return
        await self._deletion.rewrite(room.id, room, lambda: self._finish(room.id, due, room, None))

    async def run(self, circle_id: str, at: int | str) -> None:
        """Does what is due in this room; idempotent, since several processes may do it.

        Raises Unreadable if the room cannot be decoded or the id is no circle's.
        """
        check_id(circle_id)
        room = await self._rooms.load(circle_id)
        upcoming = next_due(room) if room else None
        if room and upcoming is not None and upcoming <= self._clock.now():
            if room.ended_at is not None:
                # Claimed first: another process would take the deleted room for an expired one.
                until = self._clock.now() + CLAIM_MS
                if not await self._deadlines.replace(circle_id, at, until):
                    return
                await self.forget(room, until)
                return
            try:
                upcoming = next_due(await self._rooms.decide_and_commit(room, FallDue(), None))
            except (Refused, RoomGone):
                return  # Another process was first; the next poll settles it.
        await self._finish(circle_id, at, room, upcoming)

    async def _finish(
        self, circle_id: str, at: int | str, room: Room | None, upcoming: int | None
    ) -> None:
        """Replaces the finished deadline at `at` with `upcoming`; `room` as it was loaded."""
        if upcoming is not None:
            await self._deadlines.replace(circle_id, at, upcoming)
            return
        is_done = await self._deadlines.replace(circle_id, at, None)
        if is_done and room is None:
            # It expired while no process was there to delete it.
            await self._deletion.rewrite(circle_id, None)
        # A room that was opened meanwhile has taken this deadline for its own.
        opened = await self._rooms.load(circle_id)
        due = next_due(opened) if opened else None
        if due is not None:
            await self._deadlines.schedule(circle_id, due)


class DuePulses:
    """Closes the questions after a session, and has the append-only file rewritten."""

    def __init__(self, store: Store) -> None:
        self._clock = store.clock
        self._rooms = store.rooms
        self._deadlines = store.deadlines
        self._pulses = store.pulses

    async def run(self, circle_id: str, at: int | str) -> None:
        """Idempotent. Closes them after their time, or as soon as the next session has started."""
        asks = (await self._pulses.get(circle_id)).open
        if asks is None:
            # Perhaps a process that closed them ended before it had the file rewritten.
            if await self._deadlines.replace(circle_id, at, None, PULSE):
                await self._pulses.rewrite(circle_id, 0)
            return
        room = await self._rooms.load(circle_id)
        # A debrief is of the session that is asked about.
        is_starting = room is not None and room.step is not None
        if not is_starting and asks.closes_at > self._clock.now():
            await self._deadlines.replace(circle_id, at, asks.closes_at, PULSE)
            return
        until = self._clock.now() + CLAIM_MS
        if await self._deadlines.replace(circle_id, at, until, PULSE):
            await self._pulses.close(circle_id, asks.number, starting=is_starting)
            await self._pulses.rewrite(
                circle_id, asks.number, lambda: self._finish(circle_id, until)
            )

    async def _finish(self, circle_id: str, until: int) -> None:
        """Replaces the claim by the deadline of questions that were opened meanwhile."""
        await self._deadlines.replace(circle_id, until, None, PULSE)
        pulse = await self._pulses.get(circle_id)
        if pulse.open is not None:
            await self._deadlines.schedule(circle_id, pulse.open.closes_at, PULSE)


Run = Callable[[str, str], Awaitable[None]]
"""Runs a deadline, by its id and time. Others wait for it, so it starts a task for what is slow."""


class Poller:
    def __init__(self, store: Store, others: Mapping[str, Run] | None = None) -> None:
        """`others` run the deadlines of other kinds than rooms."""
        self._deadlines = store.deadlines
        self._run_by_kind: dict[str, Run] = {
            ROOM: DueRooms(store).run,
            REGISTER: DueRegisters(store).run,
            PULSE: DuePulses(store).run,
            **DueErasures(store).run_by_kind,
            **(others or {}),
        }
        """What runs a deadline of each kind, by its id and time."""
        self._failures: Counter[str] = Counter()

    async def run(self) -> None:
        while True:
            try:
                # Concurrently: a master of a Cluster that is away delays its own circles alone.
                await asyncio.gather(*(self._run(due) for due in await self._deadlines.due()))
            except (RedisError, OSError) as error:
                log.warning("deadlines could not be kept", error=type(error).__name__)
            await asyncio.sleep(LOOK_S)

    async def _run(self, due: Deadline) -> None:
        try:
            if run := self._run_by_kind.get(due.kind):
                await (run(due.id, due.at) if due.is_ours else self._deadlines.adopt(due))
            else:
                # For a process of the release that knows this kind. Out of the way until then,
                # since each poll reads only the oldest ones.
                await self._postpone(due, self._backoff_ms(due))
                return
        except TooNew:
            await self._postpone(due, PUT_OFF_MS)  # For the process that can read it.
        except Unreadable:
            await self._postpone(due, self._backoff_ms(due))
        except (RedisError, OSError) as error:
            log.warning("a deadline could not be kept", error=type(error).__name__)
        except Exception as error:  # A fault of one room must not harm others.
            log.error("a deadline could not be met", exc_info=error)
            await self._postpone(due, self._backoff_ms(due))
        else:
            self._failures.pop(due.member, None)

    async def _postpone(self, due: Deadline, ms: int) -> None:
        try:
            await self._deadlines.postpone(due, ms)
        except (RedisError, OSError) as error:
            log.warning("a deadline could not be put off", error=type(error).__name__)

    def _backoff_ms(self, due: Deadline) -> int:
        """Exponential backoff, by the number of failures."""
        if len(self._failures) > MOST_COUNTED:
            self._failures.clear()
        doubled = min(self._failures[due.member], MOST_DOUBLED)
        self._failures[due.member] += 1
        return int(min(PUT_OFF_MS * 2**doubled, LONGEST_MS))
