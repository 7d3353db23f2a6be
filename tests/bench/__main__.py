"""`python -m tests.bench [NAME ...]`: measures ours and the reference, and prints one table.

It takes some minutes on two otherwise idle cores. Figures hold for the machine that they were
measured on, and are to be compared with the reference of the same run.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from server.views.format_files import hand_in_formats
from tests.bench.instructions import NoValgrind, under_callgrind
from tests.bench.instructions import instructions as count_instructions
from tests.bench.measures import (
    Flow,
    full_flow,
    idle_memory_mb,
    paced_flow,
    paced_flows_by_turns,
    reconnect_s,
)
from tests.bench.page import bytes_at_first_load, until_usable_s
from tests.bench.targets import Target, our_target, reference_target
from tests.bench.voices import phase_takes_hold_ms

# Any: each measure has its own result.
Measure = Callable[[Target], Coroutine[Any, Any, Any]]
TURNS, TURN_S = 15, 10.0
ROW = "| {:58} | {:>26} | {:>26} | {:22} |"


def in_a(target: Callable[[], AbstractContextManager[Target]], measure: Measure) -> Any:
    """The measure, taken of a target of its own."""
    with target() as opened:
        return uvloop.run(measure(opened))


def told(flow: Flow) -> str:
    """A flow as a cell."""
    lost = f", {flow.problems} problems" if flow.problems else ""
    return f"{flow.per_second:,.0f}/s p99 {flow.p99_ms:.1f} ms{lost}"


def deliveries() -> None:
    """The number of deliveries that one core makes."""
    reference: Flow = in_a(reference_target, lambda target: full_flow(target, 400, 10, 8))
    for rooms in (200, 300, 400):
        ours: Flow = in_a(our_target, lambda target, r=rooms: full_flow(target, r, 10, 8))  # type: ignore[misc]  # mypy cannot infer a lambda's default
        row(f"deliveries, {rooms} rooms × 10", told(ours), told(reference), "0.3 of the reference")
        row("  CPU for a delivery", f"{ours.cpu_us:.1f} µs", f"{reference.cpu_us:.1f} µs", "")


def everyday() -> None:
    """100 rooms with a change every two seconds; rounds alternate with the reference."""
    with our_target() as ours, reference_target() as reference:
        targets = (ours, reference)
        flows = uvloop.run(paced_flows_by_turns(targets, 100, 10, 2.0, TURN_S, TURNS))
    p99_ms = [[flow.p99_ms for flow in turn] for turn in flows]
    cpu_ms = [[flow.cpu_us for flow in turn] for turn in flows]  # µs each are ms for a thousand
    beside("p99, 100 rooms, a change every 2 s", p99_ms)
    beside("CPU for 1,000 deliveries at that load", cpu_ms)
    lost = sum(flow.problems for turn in flows for flow in turn)
    row("  lost in all turns", str(lost), "", "0")


def beside(figure: str, turns: list[list[float]]) -> None:
    """A row: the medians of ours and of the reference, and their ratio."""
    ours, reference = zip(*turns, strict=True)
    times = median(ours) / median(reference)
    row(figure, in_ms(ours), in_ms(reference), f"twice; it is {times:.2f} times")


def in_ms(values: Sequence[float]) -> str:
    """A cell: the median of all rounds, and the least and the most."""
    return f"{median(values):.1f} ms ({min(values):.1f} to {max(values):.1f})"


def instructions() -> None:
    """The program's own part of a delivery, 20 rooms × 10, on any machine."""
    counts = []
    for target in (our_target, reference_target):
        with tempfile.TemporaryDirectory(prefix="bc-") as path:
            folder = Path(path)
            counts.append(
                in_a(
                    lambda h=target, f=folder: h(under=under_callgrind(f)),  # type: ignore[misc]  # as above
                    lambda opened, f=folder: count_instructions(opened, f, 20, 10, 15),  # type: ignore[misc]  # as above
                )
            )
    row("instructions for a delivery, kernel not counted", *(f"{c:,.0f}" for c in counts), "")


def memory() -> None:
    """The memory of idle people."""
    ours = in_a(our_target, lambda target: idle_memory_mb(target, 1000))
    row("memory of 1,000 idle connections", f"{ours:.1f} MB", "", "30 MB")


def reconnect() -> None:
    """After a cut of everybody's connection."""
    ours = in_a(our_target, lambda target: reconnect_s(target, 1000))
    row("1,000 people reconnect at once", f"{ours:.2f} s", "", "1.5 s")


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
    for each in (deliveries, everyday, memory, reconnect, sizes, page, voices, instructions)
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
