"""The benchmark's tools still work; figures that do not depend on the machine are within bounds."""

from __future__ import annotations

import asyncio
import os

from tests.bench.measures import paced_flow
from tests.bench.page import bytes_at_first_load
from tests.bench.targets import our_target

FIRST_LOAD_BYTES = 60_000


def test_a_measured_room_takes_what_is_pressed() -> None:
    """It includes observers; no command is refused, no connection cut, and no core stays pinned."""
    cores = os.sched_getaffinity(0)
    with our_target() as target:
        flow = asyncio.run(paced_flow(target, 2, 14, 0.5, 2))
    assert flow.problems == 0
    assert flow.per_second > 0
    assert os.sched_getaffinity(0) == cores


def test_the_first_load_of_a_room_is_light() -> None:
    """The bytes over the wire, voices included, for which a phone on a slow line has to wait."""
    with our_target() as target:
        assert bytes_at_first_load(target.urls[0]) < FIRST_LOAD_BYTES
