"""Behind Sentinel, the master dies, freezes, or is replaced on purpose while the rooms are busy."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from itertools import pairwise
from time import monotonic
from typing import NamedTuple

from tests.faults.deployment import sentinel_deployment
from tests.faults.facts import changed, not_back, scenes, shown_away
from tests.faults.figures import Result
from tests.faults.history import ACCEPTED, History
from tests.faults.rooms import all_is_well, ended, meanwhile, rooms
from tests.support.processes import wait_until
from tests.support.redis_servers import Node
from tests.support.sentinel import SentinelNodes

KILLED, ALONG, FROZEN = "killed", "killed along with a Sentinel", "frozen"
ASKED, REPLICA = "replaced on purpose", "a replica killed"
WAYS = (KILLED, ALONG, FROZEN, ASKED, REPLICA)
REPLACED_WITHIN_S = 30.0
WHOLE_WITHIN_S = 90.0
LONGEST_PAUSE_S = 10.0
"""Two to four seconds of it are Sentinel's own, which assumes a failure after one second."""


class Harmed(NamedTuple):
    """The node, the kind of harm, and the time."""

    way: str
    node: Node
    at: float


async def failover(
    *, ways: tuple[str, ...] = 3 * WAYS, count: int = 10, hurried: bool = False
) -> Result:
    """A replica takes the master's place, and the old master comes back as its replica."""
    named: dict[str, float] = {}
    pauses: dict[str, float] = {}
    with sentinel_deployment(replicas=2, hurried=hurried) as (built, watched):
        async with rooms(built, count) as circles:
            result = Result(circles[0].history)
            # If a master died with the answer, the outcome is unknown; the page shows the value.
            result.history.unsure.add("unavailable")
            await asyncio.gather(*(circle.into_questions() for circle in circles))
            since, before = monotonic(), scenes(circles)
            for way in ways:
                async with meanwhile(*(circle.keep_prompting() for circle in circles)):
                    await asyncio.sleep(0.5)  # the rooms are busy when it happens
                    harmed = await asyncio.to_thread(_harm, watched, way)
                    replaced = await asyncio.to_thread(_replaced, watched, harmed)
                    await all_is_well(circles)
                    named[way] = max(named.get(way, 0.0), replaced - harmed.at)
                    await asyncio.to_thread(_mend, watched, harmed)
                    await all_is_well(circles)
                    pause = _longest_pause(result.history, harmed.at)
                    pauses[way] = max(pauses.get(way, 0.0), pause)
            result.problems += not_back(circles)
            people = [person for circle in circles for person in circle.people]
            result.problems += changed(before, people)
            await ended(built, circles)
    for way, seconds in named.items():
        if way != REPLICA:
            result.measured(f"{way}: until Sentinel names another master", seconds, "s")
        result.measured(f"{way}: longest pause of a room", pauses[way], "s", LONGEST_PAUSE_S)
    lost, done_though_refused = _lost(result.history)
    result.measured("acknowledged commands lost", lost, "", 0)
    outcomes = Counter(one.outcome for asked in result.history.asked.values() for one in asked)
    for outcome, times in sorted(outcomes.items()):
        result.measured(f"commands {outcome}", times, "")
    result.measured("commands refused although done", done_though_refused, "")
    lines = sum(len(person.returns) for person in people)
    result.measured("connections lost meanwhile", lines, "", 0)
    away = sum(len(shown_away(circle, since, set())) for circle in circles)
    result.measured("people shown as away", away, "", 0)
    return result


def _harm(watched: SentinelNodes, way: str) -> Harmed:
    node, at = watched.replicas[0] if way == REPLICA else watched.master, monotonic()
    if way == ASKED:
        watched.fail_over()
    elif way == FROZEN:
        node.process.send(signal.SIGSTOP)
    else:
        node.process.kill()
    if way == ALONG:
        watched.sentinels[0].process.kill()
    return Harmed(way, node, at)


def _replaced(watched: SentinelNodes, harmed: Harmed) -> float:
    """When another master is named; now, if none is needed."""
    if harmed.way != REPLICA:
        wait_until(lambda: watched.master is not harmed.node, REPLACED_WITHIN_S)
    return monotonic()


def _mend(watched: SentinelNodes, harmed: Harmed) -> None:
    """Restores all nodes; an old master may briefly consider itself the master."""
    if harmed.way == FROZEN:
        harmed.node.process.send(signal.SIGCONT)
    elif harmed.way != ASKED:
        harmed.node.start()
    if harmed.way == ALONG:
        watched.sentinels[0].start()
    wait_until(watched.is_whole, WHOLE_WITHIN_S)


def _longest_pause(history: History, since: float) -> float:
    """The longest time in which any room accepted no prompt."""
    longest = 0.0
    for asked in history.asked.values():
        times = [one.answered for one in asked if one.prompt and one.outcome == ACCEPTED]
        gaps = [after - before for before, after in pairwise(times) if after >= since]
        longest = max(longest, *gaps)
    return longest


def _lost(history: History) -> tuple[int, int]:
    """The numbers of acknowledged prompts that nobody saw, and of refused ones that were seen."""
    lost = done_though_refused = 0
    for room, asked in history.asked.items():
        seen = {value.prompt for _version, value in history.course(room)}
        for one in asked:
            if one.prompt and one.outcome == ACCEPTED:
                lost += one.prompt not in seen
            elif one.prompt:
                done_though_refused += one.prompt in seen
    return lost, done_though_refused
