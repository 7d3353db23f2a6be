"""Point 2: connections to Redis, above all subscriptions, are cut while the rooms go on."""

from __future__ import annotations

import asyncio
from collections import Counter
from time import monotonic

from tests.faults.deployment import Deployment, deployment
from tests.faults.figures import Result, delays
from tests.faults.rooms import FASTEST_S, ended, rooms
from tests.support.processes import wait_until

CUT_EVERY_S = 0.011
"""Out of step with the prompts, so that it hits all their stages."""


async def subscription_killed(*, kills: int = 20, commands: int = 1000, count: int = 10) -> Result:
    """Redis publishes to nobody without an error; everybody must end on its value."""
    each = commands // count - 1
    with deployment() as built:
        async with rooms(built, count) as circles:
            await asyncio.gather(
                _cut(built, kills - 1, every_s=each * FASTEST_S / kills),
                *(circle.keep_prompting(most=each) for circle in circles),
            )
            # Nobody receives the last one, and no later one would heal that.
            await _cut(built, 1, every_s=0.0)
            await asyncio.gather(*(circle.prompt() for circle in circles))
            over = monotonic()
            result = Result(await ended(built, circles))
    late, after = [], 0.0
    for circle in circles:
        late += delays(result.history, circle.name, len(circle.people), 0.0, over)
        after = max(after, result.history.asked[circle.name][-1].sent + late[-1] - over)
    result.measured("after the last command, until all have it", max(0.0, after), "s", 3)
    result.measured(f"any of {len(late)} commands, until all have it", max(late), "s", 3)
    return result


async def _cut(built: Deployment, kills: int, every_s: float) -> None:
    with built.redis() as client:
        for _ in range(kills):
            await asyncio.sleep(every_s)
            # Some process may just be subscribing again.
            await asyncio.to_thread(
                wait_until, lambda: client.client_kill_filter(_type="pubsub") > 0
            )


async def redis_connection_cut(*, commands: int = 1000, count: int = 10) -> Result:
    """The connections for commands to Redis are cut all the time, with answers in flight.

    A process can then hardly know whether a command was done, and must not guess.
    """
    with deployment() as built:
        async with rooms(built, count) as circles:
            cutting = asyncio.create_task(_cut_connections(built))
            await asyncio.gather(*(c.keep_prompting(most=commands // count) for c in circles))
            cutting.cancel()
            result = Result(await ended(built, circles))
    asked = [one for each in result.history.asked.values() for one in each]
    for outcome, times in sorted(Counter(one.outcome for one in asked).items()):
        result.measured(f"commands {outcome}", times, "")
    return result


async def _cut_connections(built: Deployment) -> None:
    with built.redis() as client:
        while True:
            await asyncio.to_thread(client.client_kill_filter, _type="normal", skipme=True)
            await asyncio.sleep(CUT_EVERY_S)
