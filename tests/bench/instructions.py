"""Instructions that a server's program executes for a delivery: the same on every machine.

Counted by callgrind (valgrind), so without the kernel's part, and without what it costs to wake a
sleeping core: not what a delivery takes, but the part of it that is the program's own.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

from tests.bench.measures import entered, pressing
from tests.bench.targets import Target
from tests.processes import wait_until

SETTLES_S = 8.0
"""Here all takes many times as long, and what came of everybody's coming is not to be counted."""
WRITTEN_WITHIN_S = 20.0


class NoValgrind(Exception):
    """Its sentence may be shown."""


def under_callgrind(folder: Path) -> list[str]:
    """What a command is to be put behind; counts nothing yet. Raises NoValgrind."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise NoValgrind("Instructions are counted by valgrind: install the package valgrind.")
    counts = (f"--callgrind-out-file={folder / 'counted'}", "--instr-atstart=no")
    # The way to control it is named after HOST, which callgrind_control does not know.
    plain = ("/usr/bin/env", "-u", "HOST")
    return [*plain, valgrind, "--tool=callgrind", *counts, f"--log-file={folder / 'log'}"]


async def instructions(
    target: Target, folder: Path, rooms: int, seats: int, seconds: float
) -> float:
    """For each delivery; a change in each room every two seconds, pings and sweeps included."""
    # What is done for the first time takes seconds here: whoever waited for it with many others
    # would be sent away.
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
    """The total in a file of callgrind's; 0 while it is not whole."""
    found = re.search(r"^totals: (\d+)", dumped.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0
