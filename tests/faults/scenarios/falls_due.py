"""Point 6: deadlines, while processes are killed around them."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise
from time import monotonic
from typing import NamedTuple

from tests.faults.deployment import Deployment, deployment
from tests.faults.figures import Result, percentile
from tests.faults.history import ACCEPTED, History
from tests.faults.people import WATCHING
from tests.faults.rooms import Circle, ended, everybody_here, rooms

SILENCE_S = 3
AROUND_S = 0.6
"""The maximum distance of a kill from the deadline, before or after."""


class Held(NamedTuple):
    """A silence: its deadline on our clock (rather late than early), and its version."""

    deadline: float
    version: int


class Round(NamedTuple):
    """The delays of the silences' ends, and the number of processes killed around them."""

    late: list[float]
    killed: int


async def silence_ends(
    *, kills: int = 200, processes: int = 3, count: int = 5, nobody_every: int = 8
) -> Result:
    """The server ends a held silence once and in time, whichever process is killed around its end.

    In a round all processes but one are killed; in every nth one all of them, before the deadline.
    """
    watched: list[Round] = []
    unwatched: list[Round] = []
    with deployment(processes) as built:
        async with rooms(built, count) as circles:
            result = Result(circles[0].history)
            for circle in circles:
                await circle.into_questions()
                circle.people[-1].pace = WATCHING
            while sum(one.killed for one in watched + unwatched) < kills:
                if (len(watched) + len(unwatched) + 1) % nobody_every:
                    watched.append(await _round_with_kills(built, circles))
                else:
                    unwatched.append(await _round_without_anybody(built, circles))
                await everybody_here(circles)
            await ended(built, circles)
    times = len(watched) + len(unwatched)
    for circle in circles:
        result.problems += _not_once(result.history, circle.name, times)
    late = [seconds for one in watched for seconds in one.late]
    after = [seconds for one in unwatched for seconds in one.late]
    killed = sum(one.killed for one in watched + unwatched)
    result.measured(f"latest end of {len(late)} silences, {killed} kills", max(late), "s", 1)
    result.measured("ends of silences, the later half is within", percentile(late, 0.5), "s")
    if after:
        result.measured(
            f"after the start, where no process lived ({len(after)})", max(after), "s", 1
        )
    return result


async def _round_with_kills(built: Deployment, circles: list[Circle]) -> Round:
    held = await _hold(circles)
    victims = random.sample(range(len(built.urls)), len(built.urls) - 1)
    await asyncio.gather(*(_kill_around(built, index, held[0].deadline) for index in victims))
    over = await _over(circles, held)
    # Not earlier: a starting process checks deadlines, and would hide a fault of the living ones.
    await asyncio.gather(*(asyncio.to_thread(built.start, index) for index in victims))
    late = [end - one.deadline for end, one in zip(over, held, strict=True)]
    return Round(late, len(victims))


async def _kill_around(built: Deployment, index: int, deadline: float) -> None:
    moment = deadline + random.uniform(-AROUND_S, AROUND_S)
    await asyncio.sleep(max(0.0, moment - monotonic()))
    await asyncio.to_thread(built.servers[index].kill)


async def _round_without_anybody(built: Deployment, circles: list[Circle]) -> Round:
    held = await _hold(circles)
    for server in built.servers:
        await asyncio.to_thread(server.kill)
    await asyncio.sleep(max(one.deadline for one in held) - monotonic())
    indexes = range(len(built.urls))
    opened = await asyncio.gather(*(asyncio.to_thread(built.start, index) for index in indexes))
    late = [end - min(opened) for end in await _over(circles, held)]
    return Round(late, len(built.urls))


async def _hold(circles: list[Circle]) -> list[Held]:
    """Each room's facilitator holds a silence."""
    held = []
    for circle in circles:
        sent = monotonic()
        outcome = await circle.leader.ask("silence", seconds=SILENCE_S)
        assert outcome == ACCEPTED, f"{circle.name}: the silence was refused as {outcome}"
        held.append(Held(sent + SILENCE_S, circle.leader.page.version))
    return held


async def _over(circles: list[Circle], held: list[Held]) -> list[float]:
    """When anybody first saw the end of each silence."""
    return await asyncio.gather(*(_end(c, s) for c, s in zip(circles, held, strict=True)))


async def _end(circle: Circle, silence: Held) -> float:
    watcher = circle.people[-1]
    await watcher.until(lambda p: p.page.version > silence.version and not p.page.value.silence)
    first = monotonic()
    # From the end, because histories are long, and this was recent.
    for seen in reversed(circle.history.seen[circle.name]):
        if seen.version > silence.version and not seen.value.silence:
            first = min(first, seen.at)
        elif seen.person == watcher.name:
            break
    return first


def _not_once(history: History, room: str, times: int) -> list[str]:
    """A silence with more or fewer ends than starts."""
    course = history.course(room)
    ends = sum(was.silence and not now.silence for (_, was), (_, now) in pairwise(course))
    if ends == times:
        return []
    return [f"{room}: {times} silences were held, and {ends} ended"]
