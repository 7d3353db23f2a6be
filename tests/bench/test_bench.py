"""The tools that measure still work; what does not depend on the machine is within its bound."""

from __future__ import annotations

import asyncio
import os

from tests.bench.measures import paced_flow
from tests.bench.page import bytes_at_first_load
from tests.bench.targets import our_target

FIRST_LOAD_BYTES = 60_000


def test_a_measured_room_takes_what_is_pressed() -> None:
    """With observers beyond the chairs; nothing is refused, no line is cut, no core stays taken."""
    cores = os.sched_getaffinity(0)
    with our_target() as target:
        flow = asyncio.run(paced_flow(target, 2, 14, 0.5, 2))
    assert flow.problems == 0
    assert flow.per_second > 0
    assert os.sched_getaffinity(0) == cores


def test_the_first_load_of_a_room_is_light() -> None:
    """Over the wire, voices included: what a phone on a slow line has to wait for."""
    with our_target() as target:
        assert bytes_at_first_load(target.urls[0]) < FIRST_LOAD_BYTES
