"""Facts that hold at any speed: the room on coming back, and wrongly reported absences."""

from __future__ import annotations

from time import monotonic
from typing import NamedTuple

from tests.faults.history import Value
from tests.faults.people import Person, Return
from tests.faults.rooms import Circle

QUICKLY_S = 3.0
"""A person who is back this soon has not left."""


class Scene(NamedTuple):
    """The state that a fault must not change."""

    phase: str
    clock: str
    speaking: tuple[str, ...]
    hands: tuple[str, ...]
    seats: tuple[str, ...]


def scene(value: Value) -> Scene:
    """The room without its prompt and absences."""
    return Scene(value.phase, value.clock, value.speaking, value.hands, value.seats)


class Before(NamedTuple):
    """The scene of each room, by its name, and when it was recorded."""

    at: float
    scenes: dict[str, Scene]


def scenes(circles: list[Circle]) -> Before:
    """The current scenes."""
    return Before(monotonic(), {circle.name: scene(circle.value) for circle in circles})


def changed(before: Before, people: list[Person]) -> list[str]:
    """The people who found another scene than before.

    If a slow machine delayed somebody's return, the clock may have waited for them.
    """
    waited = {p.room for p in people if any(_is_slow_since(before.at, one) for one in p.returns)}
    found = []
    for person in people:
        had, now = before.scenes[person.room], scene(person.page.value)
        if person.room in waited:
            had = had._replace(clock=now.clock)
        if now != had:
            found.append(f"{person.room}: {person.name} found {now}, and it had been {had}")
    return found


def _is_slow_since(at: float, one: Return) -> bool:
    return one.back > at and one.seconds > QUICKLY_S


def shown_away(circle: Circle, since: float, but: set[Person]) -> list[str]:
    """The people shown as away to anybody, whose connection was never lost for long."""
    away = {
        seat
        for seen in circle.history.seen[circle.name]
        if seen.at >= since
        for seat in seen.value.away
    }
    return [
        f"{circle.name}: {person.name}"
        for person in circle.people
        if person not in but
        and person.seat in away
        and all(one.seconds <= QUICKLY_S for one in person.returns)
    ]


def not_back(circles: list[Circle]) -> list[str]:
    """The people who are not in the room now, and the close codes of their connections."""
    return [
        f"{person.room}: {person.name} is not back (closed with {person.closed_for_good})"
        for circle in circles
        for person in circle.people
        if not person.here
    ]
