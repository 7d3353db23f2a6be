"""The disk of Redis is full: Redis ends rather than acknowledge what it cannot store."""

from __future__ import annotations

import asyncio
from time import monotonic

from tests.faults.deployment import Deployment, deployment
from tests.faults.facts import changed, not_back, scenes
from tests.faults.figures import Result
from tests.faults.rooms import all_is_well, ended, meanwhile, rooms
from tests.faults.scenarios.redis_lost import LEASES_LAST_S, SEEN_WITHIN_S, measure, refused

STARTED_AGAIN_EVERY_S = 0.5


async def disk_full(*, times: int = 5, count: int = 10, full_s: float = LEASES_LAST_S) -> Result:
    """Redis ends under load, is restarted without success for a while, then with space."""
    well: list[float] = []
    with deployment() as built:
        async with rooms(built, count) as circles:
            result = Result(circles[0].history)
            await asyncio.gather(*(circle.into_questions() for circle in circles))
            since, before = monotonic(), scenes(circles)
            people = [person for circle in circles for person in circle.people]
            starts = 0
            for _ in range(times):
                async with meanwhile(*(circle.keep_prompting() for circle in circles)):
                    await asyncio.sleep(0.5)  # the rooms are busy when it happens
                    built.fill_disk()
                    said = await asyncio.to_thread(built.redis_ends)
                    result.expect("AOF" in said, f"Redis did not end of a full disk: {said[-200:]}")
                    await refused(circles, result)
                    starts += await _started_in_vain(built, full_s)
                    result.problems += not_back(circles)
                    back = await asyncio.to_thread(built.start_redis)
                    await all_is_well(circles)
                    well.append(monotonic() - back)
                    await asyncio.sleep(SEEN_WITHIN_S)
                await asyncio.gather(*(circle.keep_prompting(most=1) for circle in circles))
            result.problems += changed(before, people)
            await ended(built, circles)
    result.measured(f"until all is well again, the longest of {times}", max(well), "s", 5)
    result.measured("starts of Redis in vain", starts, "")
    measure(result, circles, since)
    return result


async def _started_in_vain(built: Deployment, seconds: float) -> int:
    """Restarts it for so long, as a supervisor does; returns the number of attempts."""
    starts, until = 0, monotonic() + seconds
    while monotonic() < until:
        await asyncio.sleep(STARTED_AGAIN_EVERY_S)
        await asyncio.to_thread(built.start_redis)
        built.fill_disk()
        await asyncio.to_thread(built.redis_ends)
        starts += 1
    return starts
