"""Point 9: everyday behaviour for a long time, at ten times the pace."""

from __future__ import annotations

import asyncio
import random
import re
from itertools import pairwise
from statistics import fmean
from time import monotonic

from tests.faults.deployment import deployment
from tests.faults.facts import not_back
from tests.faults.figures import Result
from tests.faults.history import ACCEPTED
from tests.faults.people import Person
from tests.faults.rooms import Circle, ended, everybody_back, meanwhile, rooms

# Intervals in a real hour, in seconds; here everything happens ten times as often.
MEMBER_ACTS_S, LEADER_ACTS_S, SPEAKS_S = 12.0, 2.5, 4.0
RELOADS, LEAVES = 0.15, 0.1
"""The shares of a member's actions that are a reload, and a temporary absence."""
AWAY_S = (4.0, 12.0)
PHASES = ("arrival", "call", "presentation", "questions", "reflection", "response", "closing")
NO_ERROR = re.compile(r"is open at|\b(debug|info)\b", re.IGNORECASE)
SAMPLE_S = 1.0


async def everyday(*, seconds: float = 600.0, count: int = 25, people: int = 12) -> Result:
    """Hands, turns, prompts, phases, pauses, silences, reloads, leaving and coming back."""
    memory: list[list[float]] = []
    with deployment() as built:
        async with rooms(built, count, people) as circles:
            doings = [_lead(circle) for circle in circles]
            doings += [_take_part(p) for circle in circles for p in circle.people[1:]]
            async with meanwhile(*doings):
                until = monotonic() + seconds
                while monotonic() < until:
                    memory.append([built.memory(i) for i in range(len(built.urls))])
                    await asyncio.sleep(SAMPLE_S)
            await everybody_back(circles)
            result = Result(circles[0].history)
            result.problems += not_back(circles)
            await ended(built, circles)
        errors = complaints(built.log)
    asked = [one for each in result.history.asked.values() for one in each]
    shown = sum(len(seen) for seen in result.history.seen.values())
    for index, samples in enumerate(zip(*memory, strict=True)):
        early, late = _at(samples, 0.2), _at(samples, 1.0)
        result.measured(f"memory of process {index} at 20 %", early, "MiB")
        result.measured(f"memory of process {index} at the end", late, "MiB")
        result.measured(f"drift of process {index}", 100 * (late - early) / early, "%", 5)
    result.measured(f"errors in the logs, in {seconds:g} s", len(errors), "", 0)
    result.measured("commands", len(asked), "")
    result.measured("of them accepted", sum(one.outcome == ACCEPTED for one in asked), "")
    result.measured("versions shown to people", shown, "")
    result.problems += [f"the log says: {line}" for line in errors]
    return result


def complaints(log: str) -> list[str]:
    """The lines of a log that report an error."""
    return [line for line in log.splitlines() if not NO_ERROR.search(line)]


def _at(samples: tuple[float, ...], share: float) -> float:
    """The mean of a twentieth of all samples, up to this share of the time."""
    end = round(share * len(samples))
    return fmean(samples[max(0, end - max(1, len(samples) // 20)) : end] or samples[:1])


async def _take_part(person: Person) -> None:
    """The actions of a member."""
    while True:
        await asyncio.sleep(random.expovariate(1 / MEMBER_ACTS_S))
        chance = random.random()
        if chance < RELOADS + LEAVES:
            await person.leave()
            if chance < LEAVES:
                await asyncio.sleep(random.uniform(*AWAY_S))
            person.come()
            await person.until(lambda p: p.here)
        elif person.seat in person.page.value.speaking:
            await asyncio.sleep(random.expovariate(1 / SPEAKS_S))
            in_round = person.page.value.phase in ("arrival", "closing")
            await person.ask("pass" if in_round and random.random() < 0.3 else "yield")
        else:
            raised = person.seat in person.page.value.hands
            await person.ask("lower_hand" if raised else "raise_hand")


async def _lead(circle: Circle) -> None:
    """The actions of the facilitator."""
    leader = circle.leader
    await leader.ask("start", **{"from": "waiting"})
    while True:
        await asyncio.sleep(random.expovariate(1 / LEADER_ACTS_S))
        value = circle.value
        if value.hands and not value.speaking:
            await leader.ask("give_floor", seat=value.hands[0])
            continue
        match random.randrange(8):
            case 0:
                await leader.ask("resume" if value.clock.endswith("paused") else "pause")
            case 1:
                await leader.ask("silence", seconds=random.randint(2, 6))
            case 2:
                here = [p.seat for p in circle.people[1:] if p.seat not in value.away]
                await leader.ask("seat_presenter", seat=random.choice(here or [leader.seat]))
            case 3 if value.phase in PHASES:
                following = dict(pairwise([*PHASES, PHASES[0]]))[value.phase]
                await leader.ask("go", **{"from": value.phase, "to": following})
            case 4:
                ends_at = int(value.clock.partition(" ")[0] or 0)
                await leader.ask("extend", seconds=random.choice((60, -60)), ends_at=ends_at)
            case _:
                await circle.prompt()
