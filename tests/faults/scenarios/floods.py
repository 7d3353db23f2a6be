"""A flood from somebody else, which other rooms must not notice."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from time import monotonic
from typing import NamedTuple

from tests.faults.deployment import Deployment, deployment
from tests.faults.facts import changed, not_back, scenes, shown_away
from tests.faults.figures import Result, delays, percentile
from tests.faults.flood import FLOODS
from tests.faults.rooms import ended, meanwhile, rooms
from tests.support.client import start_circle
from tests.support.processes import Running

CALM_S = 2.0
NOTHING = "no flood"


class Span(NamedTuple):
    begun: float
    ended: float


async def floods(
    *, seconds: float = 15.0, count: int = 4, kinds: tuple[str, ...] = tuple(FLOODS)
) -> Result:
    """One kind of flood after another hits one process, from a circle of its own."""
    spans: dict[str, Span] = {}
    asked = {NOTHING: 0.0}
    with deployment() as built:
        async with rooms(built, count) as circles:
            result = Result(circles[0].history)
            await asyncio.gather(*(circle.into_questions() for circle in circles))
            since, before = monotonic(), scenes(circles)
            async with meanwhile(*(circle.keep_prompting() for circle in circles)):
                await asyncio.sleep(seconds)
                spans[NOTHING] = Span(since, monotonic())
                for kind in kinds:
                    with closing(await asyncio.to_thread(_flood, built, kind)) as flood:
                        begun = monotonic()
                        await asyncio.sleep(seconds)
                        spans[kind] = Span(begun, monotonic())
                    asked[kind] = int(flood.log.split()[-1]) / seconds
                    await asyncio.sleep(min(CALM_S, seconds))
            people = [person for circle in circles for person in circle.people]
            result.problems += not_back(circles)
            result.problems += changed(before, people)
            await ended(built, circles)
    for kind, span in spans.items():
        late = [
            delay
            for circle in circles
            for delay in delays(result.history, circle.name, len(circle.people), *span)
        ]
        ms = 1000 * percentile(late, 0.99)
        result.measured(f"p99 of other rooms, {kind}, {asked[kind]:,.0f} a second", ms, "ms", 300)
    lost = sum(len(person.returns) for person in people)
    away = [name for circle in circles for name in shown_away(circle, since, set())]
    result.measured("connections of others lost", lost, "", 0)
    result.problems += [f"{name} was shown as away" for name in away]
    return result


def _flood(built: Deployment, kind: str) -> Running:
    """Starts a flood; returns once it is running."""
    eve = start_circle(built.urls[0], "Eve")
    given = (kind, eve.url, eve.circle_id, eve.cookie, eve.seat, eve.token())
    flood = Running([sys.executable, "-m", "tests.faults.flood", *given], {})
    try:
        flood.says(r"asked [1-9]")
    except BaseException:
        flood.close()
        raise
    return flood
