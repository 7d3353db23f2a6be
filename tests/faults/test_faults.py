"""The invariants under faults: each scenario, run small. `python -m tests.faults` measures."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.faults.figures import Result
from tests.faults.scenarios.every import SCENARIOS, Scenario
from tests.faults.scenarios.rolling import rolling_update
from tests.support.processes import ROOT


def problems(run: Coroutine[Any, Any, Result]) -> str:
    """The problems of a scenario, one on each line. Any: asyncio's own type of awaitables."""
    return "\n".join(asyncio.run(run).wrong)


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(one, id=name) for name, one in SCENARIOS.items()],
)
def test_a_fault_loses_nothing_and_shows_nobody_as_gone(scenario: Scenario) -> None:
    """The history has no problem, and everybody is where they were."""
    found = problems(scenario.run(**scenario.small))
    assert not found, found


def test_an_update_of_a_release_by_itself_loses_nothing() -> None:
    """The tool works; an update from an earlier release is run by hand."""
    found = problems(rolling_update(ROOT, count=1, turns=1))
    assert not found, found
