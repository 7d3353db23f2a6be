"""Instructions of a server's program for each delivery, which are the same on every machine.

callgrind (valgrind) counts them, without the kernel's part, and without the cost of waking an idle
core: the program's own part of a delivery, not its whole cost.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

from tests.bench.measures import entered, pressing
from tests.bench.targets import Target
from tests.support.processes import wait_until

SETTLES_S = 8.0
"""Everything takes many times as long here, and the work of arrivals is not to be counted."""
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


async def instructions(
    target: Target, folder: Path, rooms: int, seats: int, seconds: float
) -> float:
    """Instructions for each delivery, with a change every two seconds, pings and sweeps."""
    # First calls take seconds here: waiting together for them would exceed a limit, and the server
    # would disconnect people.
    for room in await entered(target, rooms=2, seats=1):
        room.cut()
    made = await entered(target, rooms, seats)
    pid = target.servers[0].process.pid
    async with pressing(made, 2.0):
        await asyncio.to_thread(_control, pid, "--instr=on")
        await asyncio.sleep(SETTLES_S)
        await asyncio.to_thread(_control, pid, "--zero")
        before = sum(room.deliveries for room in made)
        await asyncio.sleep(seconds)
        deliveries = sum(room.deliveries for room in made) - before
        await asyncio.to_thread(_control, pid, "--dump")
    assert (problems := [what for room in made for what in room.problems]) == [], problems[:3]
    dumped = folder / "counted.1"
    wait_until(lambda: dumped.exists() and _counted(dumped) > 0, WRITTEN_WITHIN_S)
    return _counted(dumped) / deliveries


def _control(pid: int, order: str) -> None:
    subprocess.run(["callgrind_control", order, str(pid)], check=True, capture_output=True)  # noqa: S607 - it came with valgrind


def _counted(dumped: Path) -> int:
    """The total in a file of callgrind; 0 while it is incomplete."""
    found = re.search(r"^totals: (\d+)", dumped.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0
