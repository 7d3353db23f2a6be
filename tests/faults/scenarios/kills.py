"""Point 3: a server process is killed in mid-session, repeatedly."""

from __future__ import annotations

import asyncio
from time import monotonic

from tests.faults.deployment import Deployment, deployment
from tests.faults.facts import QUICKLY_S, changed, scenes, shown_away
from tests.faults.figures import Result, percentile
from tests.faults.people import Person
from tests.faults.rooms import Circle, ended, everybody_here, meanwhile, rooms

LONGEST_GHOST_S = 15.0
PROMPT_EVERY_S = 0.5


async def process_killed(*, kills: int = 50, count: int = 10, stray_every: int = 10) -> Result:
    """Two processes take turns; each time the people of one are cut off without a close.

    At every nth kill one of them does not come back until they are shown as away.
    """
    ghosts: list[float] = []
    strays: set[Person] = set()
    with deployment() as built:
        async with rooms(built, count) as circles:
            result = Result(circles[0].history)
            await asyncio.gather(*(circle.into_questions() for circle in circles))
            since = monotonic()
            async with meanwhile(*(circle.keep_prompting(PROMPT_EVERY_S) for circle in circles)):
                for number in range(kills):
                    gone = built.urls[number % 2]
                    cut_off = (p for p in circles[0].people[1:] if p.url == gone)
                    stray = next(cut_off) if number % stray_every == 0 else None
                    before = scenes(circles)
                    killed = await _kill(built, number % 2, circles, stray)
                    people = [p for circle in circles for p in circle.people if p is not stray]
                    result.problems += changed(before, people)
                    await asyncio.to_thread(built.start, number % 2)
                    if stray is not None:
                        strays.add(stray)
                        ghosts.append(await _is_shown_away(circles[0], stray) - killed)
                        stray.come()
                    await everybody_here(circles)
            await ended(built, circles)
    took = [
        one.seconds
        for circle in circles
        for p in circle.people
        if p not in strays
        for one in p.returns
    ]
    away = [name for circle in circles for name in shown_away(circle, since, strays)]
    result.measured(
        f"back in the room, 95 % of {len(took)}", percentile(took, 0.95), "s", QUICKLY_S
    )
    result.measured("back in the room, the slowest", max(took), "s")
    result.measured(f"shown as away, though back within {QUICKLY_S:g} s", len(away), "people", 0)
    result.measured("longest ghost of somebody who stays out", max(ghosts), "s", LONGEST_GHOST_S)
    result.problems += [f"{name} was shown as away" for name in away]
    return result


async def _kill(
    built: Deployment, index: int, circles: list[Circle], stray: Person | None
) -> float:
    """Kills a process, and waits until all but the stray are back; returns the kill's time."""
    gone, killed = built.urls[index], monotonic()
    await asyncio.to_thread(built.servers[index].kill)
    if stray is not None:
        await stray.leave()
    for circle in circles:
        for person in circle.people:
            if person is not stray:
                await person.until(lambda p: p.here and p.url != gone)
    return killed


async def _is_shown_away(circle: Circle, stray: Person) -> float:
    await circle.leader.until(lambda p: stray.seat in p.page.value.away)
    return monotonic()
