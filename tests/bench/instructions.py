"""Instructions of a server's program for a delivery or a join, the same on every machine.

callgrind (valgrind) counts them, without the kernel's part, and without the cost of waking an idle
core: the program's own part of a delivery, not its whole cost.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import redis

from server.store.keys import here_key
from tests.bench.load import Room
from tests.bench.measures import entered, pressing
from tests.bench.mix import Presses
from tests.bench.targets import Target
from tests.support.processes import wait_until

SETTLED_WITHIN_S = 60.0
"""Everything takes many times as long here."""
WRITTEN_WITHIN_S = 20.0


class NoValgrind(Exception):
    """Its message may be shown."""


def under_callgrind(folder: Path) -> list[str]:
    """The prefix of a command to be counted, with counting still off. Raises NoValgrind."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise NoValgrind("Instructions are counted by valgrind: install the package valgrind.")
    counts = (f"--callgrind-out-file={folder / 'counted'}", "--instr-atstart=no")
    # Its control socket is named after HOST, which callgrind_control does not know.
    plain = ("/usr/bin/env", "-u", "HOST")
    return [*plain, valgrind, "--tool=callgrind", *counts, f"--log-file={folder / 'log'}"]


class Counter:
    """Counts the instructions of a target's first server, which runs `under_callgrind`."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._pid = target.servers[0].process.pid
        self._folder = folder
        self._dumps = 0

    async def begin(self) -> None:
        """Counts from now on; slower by half than before."""
        await asyncio.to_thread(_control, self._pid, "--instr=on")

    async def zero(self) -> None:
        """Forgets what it has counted."""
        await asyncio.to_thread(_control, self._pid, "--zero")

    async def counted(self) -> int:
        """The instructions since the last call of this or of `zero`."""
        await asyncio.to_thread(_control, self._pid, "--dump")
        self._dumps += 1
        dumped = self._folder / f"counted.{self._dumps}"
        wait_until(lambda: dumped.exists() and _total(dumped) > 0, WRITTEN_WITHIN_S)
        return _total(dumped)


async def instructions(
    target: Target, folder: Path, rooms: int, seats: int, seconds: float, presses: Presses
) -> float:
    """Instructions for each delivery, with a press every two seconds, pings and sweeps."""
    await _warm(target)
    made = await entered(target, rooms, seats, presses)
    counter = Counter(target, folder)
    async with pressing(made, 2.0):
        await counter.begin()
        # The work of arrivals is not to be counted.
        await _until(lambda: all(room.latencies for room in made))
        await counter.zero()
        before = sum(room.deliveries for room in made)
        await asyncio.sleep(seconds)
        deliveries = sum(room.deliveries for room in made) - before
        counted = await counter.counted()
    _check(made)
    return counted / deliveries


class Joins(NamedTuple):
    """Instructions for each person who comes; others of their room are there already or come next.

    The rest of the room is told of a join; nothing of it changes by a reload or a coming back.
    """

    join: float
    """By the page and its socket; the circle knows them, the room does not."""
    reload: float
    """The same again, within the grace of their lease."""
    back: float
    """By a new socket alone, within the grace of their lease."""


async def join_instructions(target: Target, folder: Path, rooms: int, seats: int) -> Joins:
    """Everybody of these rooms comes thrice, in each room one after the other."""
    await _warm(target)
    made = await target.rooms(rooms, seats, seated=False)
    counter = Counter(target, folder)
    await counter.begin()
    counts = []
    with redis.Redis.from_url(target.redis_url) as client:
        for by_page in (True, True, False):
            await counter.zero()
            await asyncio.gather(*(room.come_one_by_one(by_page=by_page) for room in made))
            counts.append(await counter.counted() / (rooms * seats))
            await _until(lambda: _leases(client) == rooms * seats)
    _check(made)
    return Joins(*counts)


async def _warm(target: Target) -> None:
    """First calls take seconds here: waiting together for them would exceed a limit, and the server
    would disconnect people."""
    for seated in (False, True):
        for room in await target.rooms(2, 1, seated=seated):
            await room.come_one_by_one(by_page=True)
            await room.come_one_by_one(by_page=False)
            room.cut()


async def _until(happened: Callable[[], bool]) -> None:
    """Waits for something, while the load goes on."""
    await asyncio.to_thread(wait_until, happened, SETTLED_WITHIN_S)


def _leases(client: redis.Redis) -> int:
    """The number of leases: once all are of connections, those of pages and of cut connections
    have ended, and the work of arrivals is done."""
    seconds, microseconds = client.time()
    now = seconds * 1000 + microseconds // 1000
    return sum(client.zcount(key, now, "+inf") for key in client.scan_iter(here_key("*")))


def _check(rooms: list[Room]) -> None:
    problems = [what for room in rooms for what in room.problems]
    assert problems == [], problems[:3]


def _control(pid: int, order: str) -> None:
    subprocess.run(["callgrind_control", order, str(pid)], check=True, capture_output=True)  # noqa: S607 - it came with valgrind


def _total(dumped: Path) -> int:
    """The total in a file of callgrind; 0 while it is incomplete."""
    found = re.search(r"^totals: (\d+)", dumped.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0
