"""The pulse of each circle: loaded, and changed by an optimistic commit.

server/circle/pulse.py decides what changes. This module knows when it is due to close, and has the
append-only file rewritten then, in which each answer has left its own counts.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError

from server import metrics
from server.circle import pulse as pulses
from server.circle.pulse import Pulse
from server.room.state import Role, Room
from server.store.append_only import AppendOnlyFiles
from server.store.clock import ServerClock
from server.store.commit import TRIES
from server.store.deadlines import PULSE, Deadlines
from server.store.keys import circle_key, pulse_key
from server.store.scripts import Scripts
from server.store.unreadable import Unreadable, reading


class Pulses:
    def __init__(
        self,
        scripts: Scripts,
        clock: ServerClock,
        deadlines: Deadlines,
        files: AppendOnlyFiles,
    ) -> None:
        self._scripts = scripts
        self._clock = clock
        self._deadlines = deadlines
        self._files = files

    async def get(self, circle_id: str) -> Pulse:
        """The pulse of this circle; an empty one if nobody was ever asked."""
        key = pulse_key(circle_id)
        with reading(key):
            return pulses.decode(await self._value(key))

    async def ask(self, room: Room | None) -> None:
        """Opens the questions about the session of this room, if it has ended; idempotent."""
        farewell = room.farewell if room else None
        if room is None or farewell is None or not farewell.number:
            return
        day = datetime.fromtimestamp(farewell.at / 1000, ZoneInfo(farewell.zone)).date()
        number, at, seats = farewell.number, farewell.at, farewell.asks
        # Before the questions are open, so that a crash does not leave them open.
        await self._deadlines.schedule(room.id, at + pulses.OPEN_MS, PULSE)
        await self._change(room.id, lambda pulse: pulses.asked(pulse, number, day, at, seats))

    async def answer(
        self, circle_id: str, seat: str, role: Role, typed: Mapping[str, str], number: int | None
    ) -> None:
        """Counts the answers of this person. Raises Refused."""
        now = self._clock.now()

        def answered(pulse: Pulse) -> Pulse:
            return pulses.answered(pulse, seat, role, typed, now, number=number)

        await self._change(circle_id, answered)

    async def forget(self, circle_id: str, seats: Iterable[str]) -> None:
        """These people may not answer any more, so that nothing is kept of them.

        A pulse that cannot be read stays as it is, and holds up nobody's erasure.
        """
        leaving = tuple(seats)
        with suppress(Unreadable):
            await self._change(circle_id, lambda pulse: pulses.without(pulse, leaving))

    async def schedule_close(self, circle_id: str) -> None:
        """The next session starts: schedules the closing of the questions for now.

        Suppresses errors: they close after their time, or with the next questions.
        """
        with suppress(RedisError):
            if (await self.get(circle_id)).open is not None:
                await self._deadlines.schedule(circle_id, self._clock.now(), PULSE)

    async def close(self, circle_id: str, number: int, *, starting: bool) -> None:
        """Closes the questions of this number, if it is time or the next session is `starting`;
        idempotent."""
        now = self._clock.now()

        def closed(pulse: Pulse) -> Pulse:
            if pulse.open is None or pulse.open.number != number:
                return pulse
            return pulses.closed(pulse, now, starting=starting)

        await self._change(circle_id, closed)

    async def rewrite(
        self,
        circle_id: str,
        number: int,
        afterwards: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Rewrites the append-only file without the open questions of this number.

        Runs `afterwards` when it is done.
        """
        await self._files.rewrite(pulse_key(circle_id), f"open.{number}.", afterwards)

    async def _value(self, key: str) -> bytes | None:
        return cast("bytes | None", await self._scripts.command(key, "HGET", key, "value"))

    async def _change(self, circle_id: str, change: Callable[[Pulse], Pulse]) -> None:
        """Changes the pulse; decides again on each newer value. Does nothing without a circle.

        Raises what `change` raises, and RedisError if there is always a newer value.
        """
        key = pulse_key(circle_id)
        for _ in range(TRIES):
            with reading(key):
                held = await self._value(key)
                before = pulses.decode(held)
            after = change(before)
            if after == before:
                return
            is_open = after.open is not None
            stamp = f"{'open' if is_open else 'closed'}.{after.sessions}."
            args = (held or b"", stamp, pulses.encode(after))
            with reading(key):
                stored = await self._scripts.run_replicated(
                    "pulse", [key, circle_key(circle_id)], args
                )
            if stored:
                return
            metrics.COMMIT_CONFLICTS.inc()
        raise RedisError("this pulse changes too often")
