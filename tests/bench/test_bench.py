"""The benchmark's tools still work; figures that do not depend on the machine are within bounds."""

from __future__ import annotations

import asyncio
import os

from tests.bench.load import Room
from tests.bench.measures import entered, paced_flow
from tests.bench.mix import ACTS, Return
from tests.bench.page import bytes_at_first_load
from tests.bench.targets import Target, nobody_is_away, our_target

FIRST_LOAD_BYTES = 60_000


def test_a_measured_room_takes_what_is_pressed() -> None:
    """It includes observers; no command is refused, no connection cut, and no core stays pinned."""
    cores = os.sched_getaffinity(0)
    with our_target() as target:
        flow = asyncio.run(paced_flow(target, 2, 14, 0.5, 6))
    assert flow.problems == 0
    assert flow.per_second > 0
    assert os.sched_getaffinity(0) == cores


def test_a_measured_room_takes_the_whole_mix() -> None:
    """Each press of the table is accepted, and people who come back have the room."""
    with our_target() as target:
        made = asyncio.run(_each_act_once(target))
    assert made.problems == []
    assert made.deliveries > len(ACTS)


async def _each_act_once(target: Target) -> Room:
    """A room after each act of the mix. People come back last: on a slow machine their presence may
    change the room by itself, which a later press would take for its effect."""
    presses = [press for n, act in enumerate(ACTS) for press in act.presses(2, 3, n)]
    assert isinstance(presses[-1], Return)
    (room,) = await entered(target, 1, 10, lambda _people: iter(presses))
    async with asyncio.timeout(60):
        await nobody_is_away(target.redis_url, room)
        await room.press_all()
    room.cut()
    return room


def test_the_first_load_of_a_room_is_light() -> None:
    """The bytes over the wire, voices included, for which a phone on a slow line has to wait."""
    with our_target() as target:
        assert bytes_at_first_load(target.urls[0]) < FIRST_LOAD_BYTES
