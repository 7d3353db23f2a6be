"""Point 8: browsers with wrong clocks and slow connections count down together."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from contextlib import AsyncExitStack
from itertools import pairwise
from statistics import median
from time import monotonic, time

from playwright.async_api import Page

from tests.faults.browsers import Turn, chromium, enter, is_in_time, turns
from tests.faults.deployment import Deployment, deployment
from tests.faults.far import Way, far
from tests.faults.figures import Result
from tests.faults.rooms import Circle, ended, rooms
from tests.support.client import join

OFF_MS = 600_000
NEAR, USUAL, QUICK, SLOW = Way(0.0), Way(0.3, 0.1), Way(0.2), Way(0.4)
# By name: latency there and back, and the offset of the browser's clock.
LINES = {
    "near": (NEAR, NEAR, OFF_MS),
    "far": (USUAL, USUAL, -OFF_MS),
    "as far": (USUAL, USUAL, OFF_MS),
    "slow there": (SLOW, QUICK, -OFF_MS),
    "slow back": (QUICK, SLOW, OFF_MS),
}
ONE_WAY = ("slow there", "slow back")
"""They cannot be distinguished from a clock that is off by 100 ms, by any browser."""

Shown = dict[tuple[int, str], dict[str, float]]


async def clocks_off(*, seconds: float = 80.0, lines: tuple[str, ...] = tuple(LINES)) -> Result:
    """Clocks ten minutes off, latencies of 300 ± 100 ms: seconds begin everywhere at once.

    It lasts until every browser measures the time again. Meanwhile the deadline is moved once.
    """
    async with AsyncExitStack() as stack:
        built = stack.enter_context(deployment())
        circles = await stack.enter_async_context(rooms(built, 1, people=3))
        circle, begun = circles[0], monotonic()
        # Pages then send no commands of their own, which the history would not record.
        await circle.leader.ask("talk_elsewhere", url="https://calls.example.org")
        pages = await _pages(stack, built, circle, lines)
        await circle.leader.ask("start", **{"from": "waiting"})
        await asyncio.gather(*(is_in_time(page) for page in pages.values()))
        since, measured_s = time() * 1000, monotonic() - begun
        await asyncio.sleep(seconds / 2)
        await circle.leader.ask("extend", seconds=60, ends_at=int(circle.value.clock))
        await asyncio.sleep(seconds / 2)
        told = {name: await turns(page) for name, page in pages.items()}
        result = Result(await ended(built, circles))
    shown = _shown(told, since)
    result.expect(shown, "no second was shown by all countdowns")
    result.problems += [jump for name, told_by in told.items() for jump in _jumps(name, told_by)]
    jitter = [name for name in lines if name not in ONE_WAY]
    for words, names in (("300 ± 100 ms", jitter), ("slow one way, too", lines)):
        spreads = _spreads(shown, names)
        most, half = max(spreads, default=math.nan), median(spreads or [math.nan])
        result.measured(f"countdowns apart, {words}, at most", most, "ms", 250)
        result.measured(f"countdowns apart, {words}, half of the time", half, "ms")
    for name in lines:
        late = [at[name] - _due(ends_at, text) for (ends_at, text), at in shown.items()]
        off = median(late or [math.nan])
        result.measured(f"behind the servers' clock, {name}, half of the time", off, "ms")
    result.measured("until all had the page and the time", measured_s, "s")
    return result


async def _pages(
    stack: AsyncExitStack, built: Deployment, circle: Circle, lines: tuple[str, ...]
) -> dict[str, Page]:
    browser = await stack.enter_async_context(chromium())
    entering = []
    for number, name in enumerate(lines):
        there, back, off_ms = LINES[name]
        visit = await asyncio.to_thread(join, circle.host, f"Far {number}")
        url = await stack.enter_async_context(far(built.urls[number % 2], there, back))
        entering.append(enter(browser, visit.at(url), off_ms))
    return dict(zip(lines, await asyncio.gather(*entering), strict=True))


def _shown(told: dict[str, list[Turn]], since: float) -> Shown:
    """By deadline and text: when each browser began to show it. Only texts that all have shown.

    The first text of a deadline began when the browser received the deadline.
    """
    shown: Shown = {}
    for name, told_by in told.items():
        for before, now in pairwise(told_by):
            if now.at > since and now.ends_at == before.ends_at:
                shown.setdefault((now.ends_at, now.text), {})[name] = now.at
    return {second: moments for second, moments in shown.items() if len(moments) == len(told)}


def _spreads(shown: Shown, names: Iterable[str]) -> list[float]:
    """For each second, the delay between the first and the last of these browsers to show it."""
    moments = ([at[name] for name in names] for at in shown.values())
    return [max(each) - min(each) for each in moments]


def _jumps(name: str, told_by: list[Turn]) -> list[str]:
    """The points at which a countdown counts up."""
    return [
        f"{name}: the countdown showed {now.text} after {before.text}"
        for before, now in pairwise(told_by)
        if now.ends_at == before.ends_at and _seconds(now.text) > _seconds(before.text)
    ]


def _seconds(text: str) -> int:
    minutes, _, seconds = text.partition(":")
    return 60 * int(minutes) + int(seconds)


def _due(ends_at: int, text: str) -> float:
    """When this second begins on the servers' clock."""
    return ends_at - 1000 * _seconds(text)
