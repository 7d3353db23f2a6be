"""Point 4: Redis dies and comes back on its data, or accepts no more writes."""

from __future__ import annotations

import asyncio
from time import monotonic

from server.live.presence import LEASE_MS
from tests.faults.deployment import Deployment, deployment
from tests.faults.facts import changed, not_back, scenes, shown_away
from tests.faults.figures import Result
from tests.faults.rooms import Circle, all_is_well, ended, meanwhile, rooms
from tests.support.client import ask

UNAVAILABLE = "unavailable"
LEASES_LAST_S = LEASE_MS / 1000 + 0.5
"""Longer than the lifetime of all leases."""
SEEN_WITHIN_S = 3.0
"""How long after the return wrong absences are looked for."""


async def redis_killed(
    *, kills: int = 10, count: int = 10, away_s: tuple[float, ...] = (2.0, LEASES_LAST_S)
) -> Result:
    """Redis is killed under load, is away for seconds, and restarts on its data."""
    well: list[float] = []
    with deployment() as built:
        async with rooms(built, count) as circles:
            result = Result(circles[0].history)
            await asyncio.gather(*(circle.into_questions() for circle in circles))
            since, before = monotonic(), scenes(circles)
            for number in range(kills):
                async with meanwhile(*(circle.keep_prompting() for circle in circles)):
                    await asyncio.sleep(0.5)  # the rooms are busy when it happens
                    await asyncio.to_thread(built.kill_redis)
                    await refused(circles, result)
                    await asyncio.sleep(away_s[number % len(away_s)])
                    back = await asyncio.to_thread(built.start_redis)
                    await all_is_well(circles)
                    well.append(monotonic() - back)
                    await asyncio.sleep(SEEN_WITHIN_S)
                await asyncio.gather(*(circle.keep_prompting(most=1) for circle in circles))
            result.problems += not_back(circles)
            people = [person for circle in circles for person in circle.people]
            result.problems += changed(before, people)
            await ended(built, circles)
    result.measured(f"until all is well again, the longest of {kills}", max(well), "s", 5)
    measure(result, circles, since)
    return result


async def refused(circles: list[Circle], result: Result) -> None:
    """Waits until each facilitator has been refused with a sentence."""
    for circle in circles:
        leader = circle.leader
        await leader.until(lambda p: p.page.code == UNAVAILABLE)
        result.expect(leader.page.sentence.strip(), f"{circle.name}: refused without a sentence")


def measure(result: Result, circles: list[Circle], since: float) -> None:
    """The effect on people: refusals, lost connections, wrong absences."""
    unavailable = sum(
        one.outcome == UNAVAILABLE for asked in result.history.asked.values() for one in asked
    )
    lost = sum(len(person.returns) for circle in circles for person in circle.people)
    away = sum(len(shown_away(circle, since, set())) for circle in circles)
    result.measured("commands refused as unavailable", unavailable, "")
    result.measured("connections lost meanwhile", lost, "")
    result.measured("people shown as away, though their connection held", away, "", 0)


async def redis_full(*, count: int = 10, full_s: float = LEASES_LAST_S) -> Result:
    """Redis accepts no writes (`OOM`), and later does again: nobody loses the room meanwhile.

    The room can be loaded throughout, by its page and by reconnecting people.
    """
    with deployment() as built:
        async with rooms(built, count) as circles:
            result = Result(circles[0].history)
            await asyncio.gather(*(circle.into_questions() for circle in circles))
            since, before = monotonic(), scenes(circles)
            people = [person for circle in circles for person in circle.people]
            with built.redis() as client:
                client.config_set("maxmemory", 1)
                async with meanwhile(*(circle.keep_prompting(0.5) for circle in circles)):
                    await refused(circles, result)
                    result.problems += await _reloads(built, circles[0])
                    await asyncio.sleep(full_s)  # the duration of the fault
                    result.problems += not_back(circles)
                    client.config_set("maxmemory", 0)
                    back = monotonic()
                    await all_is_well(circles)
                    well = monotonic() - back
                    await asyncio.sleep(SEEN_WITHIN_S)
            result.problems += changed(before, people)
            await ended(built, circles)
    result.measured("until all is well again", well, "s", 5)
    measure(result, circles, since)
    return result


async def _reloads(built: Deployment, circle: Circle) -> list[str]:
    """The failures of a person who reloads the room while Redis accepts no writes."""
    person = circle.people[4]
    visit = circle.host
    answer = await asyncio.to_thread(ask, visit.at(built.urls[1]).room, cookie=visit.cookie)
    problems = []
    if answer.status != 200:
        problems.append(f"the room's page answers {answer.status} while Redis takes no writes")
    await person.leave()
    person.come()
    try:
        await person.until(lambda p: p.here, 5)
    except TimeoutError:
        problems.append("nobody can come back into a room while Redis takes no writes")
    return problems
