"""Facts that hold at any speed: what people find on coming back, and who was shown as gone."""

from __future__ import annotations

from typing import NamedTuple

from tests.faults.history import Value
from tests.faults.people import Person
from tests.faults.rooms import Circle

QUICKLY_S = 3.0
"""Whoever is back so soon has not left."""


class Scene(NamedTuple):
    """What a fault must leave as it was."""

    phase: str
    clock: str
    speaking: tuple[str, ...]
    hands: tuple[str, ...]
    seats: tuple[str, ...]


def scene(value: Value) -> Scene:
    """The room but for its prompt and who is away."""
    return Scene(value.phase, value.clock, value.speaking, value.hands, value.seats)


def scenes(circles: list[Circle]) -> dict[str, Scene]:
    """The scene of each room."""
    return {circle.name: scene(circle.value) for circle in circles}


def changed(before: dict[str, Scene], people: list[Person]) -> list[str]:
    """Who found another scene than there was before."""
    return [
        f"{person.room}: {person.name} found {now}, and it had been {before[person.room]}"
        for person in people
        if (now := scene(person.page.value)) != before[person.room]
    ]


def shown_away(circle: Circle, since: float, but: set[Person]) -> list[str]:
    """Who was shown as away to anybody, though their line was never lost for long."""
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
    """Who is not in the room now, and what closed their line."""
    return [
        f"{person.room}: {person.name} is not back (closed with {person.closed_for_good})"
        for circle in circles
        for person in circle.people
        if not person.here
    ]
