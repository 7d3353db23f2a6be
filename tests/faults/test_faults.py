"""What no fault may ever cause: each scenario, run small. `python -m tests.faults` measures."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.scenarios.every import SCENARIOS, Scenario
from tests.faults.scenarios.redis_lost import redis_full


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(one, id=name) for name, one in SCENARIOS.items()],
)
def test_a_fault_loses_nothing_and_shows_nobody_as_gone(scenario: Scenario) -> None:
    """The history is without a problem, and everybody is where they were."""

    async def scene() -> list[str]:
        return (await scenario.run(**scenario.small)).wrong

    problems = asyncio.run(scene())
    assert not problems, "\n".join(problems)


def test_the_room_can_be_loaded_while_redis_takes_no_writes() -> None:
    """By its page, and by whoever's line was lost meanwhile."""

    async def scene() -> list[str]:
        return (await redis_full(count=2, full_s=1.0)).wrong

    problems = asyncio.run(scene())
    assert not problems, "\n".join(problems)
