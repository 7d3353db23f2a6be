"""Measures of a target: each function fills it with people and returns figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple

from tests.bench.load import Room
from tests.bench.mix import Presses, mixed, prompts
from tests.bench.targets import Target

SETTLES_S = 2.0
"""The first seconds after people came in are not measured."""


class Flow(NamedTuple):
    """Deliveries of new versions during a measurement."""

    per_second: float
    p99_ms: float
    """From a press until the last person in the room has it."""
    cpu_us: float
    """Of the server, for each delivery."""
    problems: int


async def full_flow(
    target: Target, rooms: int, seats: int, seconds: float, presses: Presses
) -> Flow:
    """Each room presses again once everybody in it has seen the last change."""
    made = await entered(target, rooms, seats, presses)
    for room in made:
        room.begin()
    return await _watched(target, made, seconds)


async def paced_flow(
    target: Target,
    rooms: int,
    seats: int,
    every_s: float,
    seconds: float,
    presses: Presses = prompts,
) -> Flow:
    """A press in each room every so many seconds, spread evenly."""
    made = await entered(target, rooms, seats, presses)
    async with pressing(made, every_s):
        flow = await _watched(target, made, seconds)
    for room in made:
        room.cut()
    return flow


async def interleaved_flows(
    targets: Sequence[Target], rooms: int, seats: int, every_s: float, seconds: float, rounds: int
) -> list[list[Flow]]:
    """The same with the mix, in rounds that are interleaved over several targets, full at the same
    time.

    The speed of one machine varies: neighbouring rounds run at nearly the same speed.
    """
    made = [await entered(target, rooms, seats, mixed) for target in targets]
    flows: list[list[Flow]] = []
    for _ in range(rounds):
        flows.append([])
        for target, theirs in zip(targets, made, strict=True):
            async with pressing(theirs, every_s):
                flows[-1].append(await _watched(target, theirs, seconds))
    return flows


@asynccontextmanager
async def pressing(rooms: list[Room], every_s: float) -> AsyncIterator[None]:
    """Changes each room every so many seconds, spread evenly, while the context lasts."""
    task = asyncio.create_task(_press_evenly(rooms, every_s))
    try:
        yield
    finally:
        if task.done():  # It ends only by a failure.
            task.result()
        task.cancel()


async def idle_memory_mb(target: Target, connections: int, seats: int = 10) -> float:
    """The memory of so many idle people, in addition to the idle process."""
    before = target.memory_mb()
    await entered(target, connections // seats, seats)
    await asyncio.sleep(SETTLES_S)
    return target.memory_mb() - before


class Arrivals(NamedTuple):
    """Everybody connects at once: seconds until all have the room."""

    first: float
    again: float
    """After the cut of all connections."""


async def arrivals_s(target: Target, connections: int, seats: int = 10) -> Arrivals:
    """People whose rooms are open, but to which nobody is connected yet, come, and come again."""
    made = await target.rooms(connections // seats, seats)
    first = await _all_enter_s(made)
    for room in made:
        room.cut()
    return Arrivals(first, await _all_enter_s(made))


async def _all_enter_s(rooms: list[Room]) -> float:
    began = perf_counter()
    await asyncio.gather(*(room.enter() for room in rooms))
    return perf_counter() - began


async def entered(target: Target, rooms: int, seats: int, presses: Presses = prompts) -> list[Room]:
    """Rooms with everybody in them."""
    made = await target.rooms(rooms, seats, presses)
    for room in made:
        await room.enter()
    return made


async def _press_evenly(rooms: list[Room], every_s: float) -> None:
    while True:
        for room in rooms:
            room.press()
            await asyncio.sleep(every_s / len(rooms))


async def _watched(target: Target, rooms: list[Room], seconds: float) -> Flow:
    await asyncio.sleep(SETTLES_S)
    for room in rooms:
        room.deliveries = 0
        room.latencies.clear()
    began, cpu = perf_counter(), target.cpu_seconds()
    await asyncio.sleep(seconds)
    took, cpu = perf_counter() - began, target.cpu_seconds() - cpu
    deliveries = sum(room.deliveries for room in rooms)
    return Flow(
        deliveries / took,
        _p99_ms(latency for room in rooms for latency in room.latencies),
        cpu / deliveries * 1e6,
        sum(len(room.problems) for room in rooms),
    )


def _p99_ms(seconds: Iterable[float]) -> float:
    return quantiles(seconds, n=100)[98] * 1000
