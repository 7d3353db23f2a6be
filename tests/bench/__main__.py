"""`python -m tests.bench [NAME ...]`: measures ours and the reference, and prints one table.

It takes some minutes on two otherwise idle cores. Figures hold for the machine that they were
measured on, and are to be compared with the reference of the same run.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import uvloop

from server.views.format_files import hand_in_formats
from tests.bench.instructions import Joins, NoValgrind, join_instructions, under_callgrind
from tests.bench.instructions import instructions as count_instructions
from tests.bench.measures import (
    Arrivals,
    Flow,
    arrivals_s,
    full_flow,
    idle_memory_mb,
    interleaved_flows,
    paced_flow,
)
from tests.bench.mix import Presses, mixed
from tests.bench.mix import prompts as only_prompts
from tests.bench.page import bytes_at_first_load, until_usable_s
from tests.bench.targets import Target, our_target, reference_target
from tests.bench.voices import phase_takes_hold_ms

# Any: each measure has its own result.
Measure = Callable[[Target], Coroutine[Any, Any, Any]]


class CountedTarget(Protocol):
    """our_target or reference_target."""

    def __call__(self, *, under: Sequence[str]) -> AbstractContextManager[Target]: ...


ROUNDS, ROUND_S = 15, 10.0
ROW = "| {:58} | {:>26} | {:>26} | {:22} |"


def in_a(target: Callable[[], AbstractContextManager[Target]], measure: Measure) -> Any:
    """The measure, taken of a target of its own."""
    with target() as opened:
        return uvloop.run(measure(opened))


def cell(flow: Flow) -> str:
    """A flow as a cell."""
    lost = f", {flow.problems} problems" if flow.problems else ""
    return f"{flow.per_second:,.0f}/s p99 {flow.p99_ms:.1f} ms{lost}"


def deliveries() -> None:
    """The number of deliveries of the mix that one core makes."""
    _deliveries("the mix", (200, 300, 400), mixed)


def prompts() -> None:
    """The same with prompts alone, as in the figures before the mix."""
    _deliveries("prompts alone", (300, 400, 500), only_prompts)


def _deliveries(name: str, numbers: Sequence[int], presses: Presses) -> None:
    def flow(target: Target, rooms: int) -> Coroutine[None, None, Flow]:
        return full_flow(target, rooms, 10, 8, presses)

    reference: Flow = in_a(reference_target, partial(flow, rooms=400))
    for rooms in numbers:
        ours: Flow = in_a(our_target, partial(flow, rooms=rooms))
        figure = f"deliveries of {name}, {rooms} rooms × 10"
        row(figure, cell(ours), cell(reference), "0.3 of the reference")
        row("  CPU for a delivery", f"{ours.cpu_us:.1f} µs", f"{reference.cpu_us:.1f} µs", "")


def everyday() -> None:
    """100 rooms with a press of the mix every two seconds; rounds alternate with the reference."""
    with our_target() as ours, reference_target() as reference:
        targets = (ours, reference)
        flows = uvloop.run(interleaved_flows(targets, 100, 10, 2.0, ROUND_S, ROUNDS))
    p99_ms = [[flow.p99_ms for flow in each] for each in flows]
    cpu_ms = [[flow.cpu_us for flow in each] for each in flows]  # µs each are ms for a thousand
    beside("p99, 100 rooms, a change every 2 s", p99_ms)
    beside("CPU for 1,000 deliveries at that load", cpu_ms)
    lost = sum(flow.problems for each in flows for flow in each)
    row("  lost in all rounds", str(lost), "", "0")


def beside(figure: str, rounds: list[list[float]]) -> None:
    """A row: the medians of ours and of the reference, and their ratio."""
    ours, reference = zip(*rounds, strict=True)
    times = median(ours) / median(reference)
    row(figure, in_ms(ours), in_ms(reference), f"twice; it is {times:.2f} times")


def in_ms(values: Sequence[float]) -> str:
    """A cell: the median of all rounds, and the least and the most."""
    return f"{median(values):.1f} ms ({min(values):.1f} to {max(values):.1f})"


def instructions() -> None:
    """The program's own part of a delivery of the mix, 20 rooms × 10, on any machine."""
    ours, reference = (_counted(target, mixed) for target in (our_target, reference_target))
    row("instructions for a delivery of the mix", f"{ours:,.0f}", f"{reference:,.0f}", "")


def prompt_instructions() -> None:
    """The same with prompts alone, as in the figures before the mix."""
    ours = _counted(our_target, only_prompts)
    row("instructions for a delivery of prompts alone", f"{ours:,.0f}", "", "")


def _counted(target: CountedTarget, presses: Presses) -> float:
    counted: float = _under_callgrind(
        target, lambda opened, folder: count_instructions(opened, folder, 20, 10, 15, presses)
    )
    return counted


def joins() -> None:
    """The program's own part of a person's coming, rooms of 10, on any machine."""
    counts: Joins = _under_callgrind(
        our_target, lambda opened, folder: join_instructions(opened, folder, 3, 10)
    )
    row("instructions for a join, page and socket", f"{counts.join:,.0f}", "", "")
    row("  for a reload, page and socket", f"{counts.reload:,.0f}", "", "")
    row("  for a coming back, socket alone", f"{counts.back:,.0f}", "", "")


def _under_callgrind(
    target: CountedTarget, measure: Callable[[Target, Path], Coroutine[Any, Any, Any]]
) -> Any:
    with tempfile.TemporaryDirectory(prefix="bc-") as path:
        folder = Path(path)
        return in_a(
            lambda: target(under=under_callgrind(folder)), lambda opened: measure(opened, folder)
        )


def memory() -> None:
    """The memory of idle people."""
    ours = in_a(our_target, lambda target: idle_memory_mb(target, 1000))
    row("memory of 1,000 idle connections", f"{ours:.1f} MB", "", "30 MB")


def reconnect() -> None:
    """Everybody connects, and again after a cut of all connections."""
    for people in (1000, 5000):
        ours: Arrivals = in_a(our_target, lambda target, n=people: arrivals_s(target, n))  # type: ignore[misc]  # as above
        row(f"{people:,} people connect at once", f"{ours.first:.2f} s", "", "")
        row("  and reconnect", f"{ours.again:.2f} s", "", "1.5 s" if people == 1000 else "")


def sizes() -> None:
    """The cost of size."""
    for processes in (1, 2):
        for rooms, seats in ((10, 12), (100, 12), (1000, 12), (100, 2), (100, 32)):
            flow: Flow = in_a(
                lambda p=processes: our_target(p),  # type: ignore[misc]  # as above
                lambda target, r=rooms, s=seats: paced_flow(target, r, s, max(2.0, r / 100), 10),  # type: ignore[misc]  # as above
            )
            name = f"CPU for a delivery: {rooms} rooms × {seats}, {processes} process(es)"
            row(name, f"{flow.cpu_us:.1f} µs p99 {flow.p99_ms:.0f} ms", "", "")


def page() -> None:
    """The load of the page on a phone."""
    with our_target() as target:
        size, usable = bytes_at_first_load(target.urls[0]), until_usable_s(target.urls[0])
    row("page: bytes at first load", f"{size / 1000:.1f} KB", "", "60 KB gzipped")
    row("page: usable at 400 kbit/s, 4× slower CPU", f"{usable:.2f} s", "", "2 s")


def voices() -> None:
    """The delay until a phase affects microphones and loudspeakers."""
    with our_target() as target:
        took = phase_takes_hold_ms(target.urls[0])
    row("from a frame's arrival to its last effect on voices", f"{took:.0f} ms", "", "300 ms")


def row(*cells: str) -> None:
    """Prints a row of the table."""
    print(ROW.format(*cells), flush=True)


MEASURES = {
    each.__name__: each
    for each in (
        *(deliveries, prompts, everyday, memory, reconnect, sizes, page, voices),
        *(instructions, prompt_instructions, joins),
    )
}


def main(names: list[str]) -> int:
    """Takes these measures, or all."""
    if unknown := set(names) - MEASURES.keys():
        print(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}.")
        return 2
    hand_in_formats()
    row("figure", "ours", "reference", "to reach")
    for name in names or MEASURES:
        try:
            MEASURES[name]()
        except NoValgrind as error:
            row(name, str(error), "", "")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
