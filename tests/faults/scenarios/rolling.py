"""Point 5: a new version is rolled out while people are in their rooms."""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path
from time import monotonic

from tests.faults.deployment import Deployment, deployment
from tests.faults.facts import changed, not_back, scenes, shown_away
from tests.faults.figures import Result, percentile
from tests.faults.history import ACCEPTED, UNANSWERED, History
from tests.faults.rooms import Circle, ended, everybody_here, meanwhile, rooms
from tests.faults.scenarios.soak import complaints
from tests.support.processes import ROOT

GRACE_S = 10.0
"""The usual time between the signal to end and SIGKILL."""


async def rolling_restart(*, count: int = 12, rounds: int = 5) -> Result:
    """Each process is ended, and another one started in its place; so many times over."""
    took = []
    with deployment() as built:
        async with rooms(built, count) as circles:
            result = Result(circles[0].history)
            await asyncio.gather(*(circle.into_questions() for circle in circles))
            since, before = monotonic(), scenes(circles)
            async with meanwhile(*(circle.keep_prompting(0.25) for circle in circles)):
                for index in [*range(len(built.urls))] * rounds:
                    took.append(await _replace(built, index))
                    await everybody_here(circles)
                    people = [person for circle in circles for person in circle.people]
                    result.problems += changed(before, people)
            result.problems += not_back(circles)
            await ended(built, circles)
    returns = [one for circle in circles for p in circle.people for one in p.returns]
    seconds = [one.seconds for one in returns]
    told = sum(one.code == 1012 for one in returns)
    away = [name for circle in circles for name in shown_away(circle, since, set())]
    result.measured(f"resumed, 95 % of {len(seconds)}", percentile(seconds, 0.95), "s", 2)
    result.measured("resumed, the slowest", max(seconds), "s")
    result.measured("connections ended without being told to come back", len(returns) - told, "", 0)
    result.measured("people shown as away", len(away), "", 0)
    result.measured(
        "presses lost with their connection, done or not", _unanswered(result.history), ""
    )
    result.measured("until the process has ended, the slower", max(took), "s", GRACE_S)
    result.problems += [f"{name} was shown as away" for name in away]
    return result


async def rolling_update(former: Path, *, count: int = 3, turns: int = 3) -> Result:
    """An earlier release is replaced by ours, then ours by it, then it by ours again."""
    with deployment(tree=former) as built:
        async with rooms(built, count) as circles:
            result = Result(circles[0].history)
            people = [person for circle in circles for person in circle.people]
            await asyncio.gather(*(circle.into_questions() for circle in circles))
            for tree in (ROOT, former, ROOT)[:turns]:
                for index in range(len(built.urls)):
                    before = scenes(circles)
                    async with meanwhile(*(circle.keep_prompting(0.25) for circle in circles)):
                        await _replace(built, index, tree)
                        await everybody_here(circles)
                    result.problems += await _unheard(circles)
                    result.problems += changed(before, people)
            result.problems += not_back(circles)
            await ended(built, circles)
    result.problems += [f"the log says: {line}" for line in complaints(built.log)]
    seconds = [one.seconds for person in people for one in person.returns]
    result.measured(f"resumed, 95 % of {len(seconds)}", percentile(seconds, 0.95), "s", 2)
    return result


async def _unheard(circles: list[Circle]) -> list[str]:
    """The people whose raised and lowered hand has no effect, through their process."""
    return [
        f"{person.room}: {person.name} at {person.url}: {do} was {outcome}"
        for circle in circles
        for person in circle.people[4:]
        for do in ("raise_hand", "lower_hand")
        if (outcome := await person.ask(do)) != ACCEPTED
    ]


async def _replace(built: Deployment, index: int, tree: Path = ROOT) -> float:
    """Ends one process in order and starts another in its place; returns how long the end took."""
    told = monotonic()
    code = await asyncio.to_thread(built.servers[index].stop)
    took = monotonic() - told
    assert code == 0, f"a process ended with {code}"
    await asyncio.to_thread(built.start, index, tree)
    return took


def _unanswered(history: History) -> int:
    return sum(one.outcome == UNANSWERED for asked in history.asked.values() for one in asked)


async def ends_in_time(*, count: int = 1) -> Result:
    """A process ends although clients hold half requests, half answers and idle connections."""
    with deployment() as built:
        async with rooms(built, count) as circles:
            lines = [_opened(built.urls[0], text) for text in _HALF_SENT]
            try:
                told = monotonic()
                built.servers[0].send(signal.SIGTERM)
                code = await asyncio.to_thread(built.servers[0].ended)
                took = monotonic() - told
            finally:
                for line in lines:
                    line.close()
            result = Result(await ended(built, circles))
    result.measured(f"until it has ended, {len(lines)} requests unfinished", took, "s", GRACE_S)
    result.expect(code == 0, f"the process ended with {code}")
    return result


_HALF_SENT = (
    b"",
    b"GET / HTTP/1.1\r\nHos",
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /circles HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nyour_na",
)


def _opened(url: str, text: bytes) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    line = socket.create_connection((host, int(port)))
    line.sendall(text)
    return line
