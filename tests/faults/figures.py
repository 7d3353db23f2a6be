"""Figures: measurements of a scenario, their targets, and the table."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.faults.history import ACCEPTED, History, check

MISSED = "MISSED"


class Figure(NamedTuple):
    """A measured value, which may be at most `target`, if there is one."""

    name: str
    measured: float
    unit: str
    target: float | None = None

    @property
    def verdict(self) -> str:
        """One word for the table."""
        if self.target is None:
            return ""
        return "reached" if self.measured <= self.target else MISSED


@dataclass
class Result:
    """The result of a scenario. `problems` are sentences on what must not happen at any speed."""

    history: History
    figures: list[Figure] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def measured(self, name: str, value: float, unit: str, target: float | None = None) -> None:
        """Adds a figure."""
        self.figures.append(Figure(name, value, unit, target))

    def expect(self, fact: object, problem: str) -> None:
        """Adds the problem unless the fact holds."""
        if not fact:
            self.problems.append(problem)

    @property
    def wrong(self) -> list[str]:
        """All problems: the scenario's own facts, and the history's."""
        return self.problems + check(self.history)

    @property
    def is_reached(self) -> bool:
        """Whether there is no problem and every figure reaches its target."""
        return not self.wrong and all(one.verdict != MISSED for one in self.figures)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share does not exceed; NaN, which reaches no target, of an empty list."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.nan


def delays(history: History, room: str, people: int, since: float, until: float) -> list[float]:
    """For each accepted prompt sent in this time: seconds until the last of so many people had it.

    A later version counts as well. A prompt that somebody never got is infinitely late.
    """
    versions: dict[str, int] = {}
    for version, value in history.course(room):
        versions.setdefault(value.prompt, version)
    seen: dict[str, list[tuple[int, float]]] = {}
    for now in history.seen[room]:
        seen.setdefault(now.person, []).append((now.version, now.at))
    found = []
    places = dict.fromkeys(seen, 0)
    for one in history.asked[room]:
        if not one.prompt or one.outcome != ACCEPTED:
            continue
        wanted: float = versions.get(one.prompt, math.inf)
        last = one.sent if len(seen) >= people else math.inf
        for person, shown in seen.items():
            place = places[person]
            while place < len(shown) and shown[place][0] < wanted:
                place += 1
            places[person] = place
            last = max(last, shown[place][1] if place < len(shown) else math.inf)
        if since <= one.sent <= until:
            found.append(last - one.sent)
    return found


def table(results: dict[str, Result]) -> str:
    """One line for each figure: measured, target, reached or missed; then the problems."""
    lines = [f"{'figure':<66} {'measured':>12} {'target':>10}  verdict"]
    for name, result in results.items():
        for figure in result.figures:
            value = f"{figure.measured:.3g} {figure.unit}"
            target = "" if figure.target is None else f"≤ {figure.target:g}"
            label = f"{name}: {figure.name}"
            lines.append(f"{label:<66} {value:>12} {target:>10}  {figure.verdict}")
        wrong = result.wrong
        lines.append(
            f"{f'{name}: problems in the history and of the scene':<66} {len(wrong):>12} "
            f"{'≤ 0':>10}  {'MISSED' if wrong else 'reached'}"
        )
        lines += [f"    {problem}" for problem in wrong[:20]]
    return "\n".join(lines)
