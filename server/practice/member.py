"""Decides what a simulated member does next, from what they see, a random generator and the time.

Owns habits: how long people take for something, and how often they do it. No I/O and no clock; a
member only does what their page offers. Times are seconds of any monotonic clock.
"""

import math
from collections import Counter
from enum import StrEnum
from random import Random
from typing import NamedTuple

from server.practice.page import Sees
from server.room.state import ENDED


class Do(StrEnum):
    """Actions of members: commands by their names, and two without a button."""

    YIELD = "yield"
    PASS = "pass"  # noqa: S105 - passes a turn, no password
    OFFER_CASE = "offer_case"
    PRESENT = "present"
    RAISE_HAND = "raise_hand"
    LOWER_HAND = "lower_hand"
    ASK_RETURN = "ask_return"
    NOT_NOW = "not_now"
    """Declines an invitation to speak."""
    DROP_OUT = "drop out"
    """Loses the connection, and comes back after a while."""
    GO = "go"
    """Leaves for good."""


class Habit(NamedTuple):
    """An action after some seconds, at most so often in a phase."""

    do: Do
    takes_s: tuple[float, float]
    phases: tuple[str, ...] = ()
    """Only in these phases; empty: in all."""
    times: float = math.inf
    away_s: tuple[float, float] = (0, 0)
    """How long they are disconnected afterwards."""


class Intention(NamedTuple):
    """A planned action at a moment, unless what they see changes before."""

    habit: Habit
    at: float
    away_s: float
    """How long they are disconnected afterwards; infinite if they leave for good."""


class Member:
    """One simulated member, from their first page to the last.

    They intend the first habit that fits what they see. `pace` divides every pause.
    """

    def __init__(self, habits: tuple[Habit, ...], chance: Random, pace: float = 1.0) -> None:
        self._habits = habits
        self._chance = chance
        self._pace = pace
        self._phase = ""
        self._done: Counter[Habit] = Counter()
        self._intention: Intention | None = None

    def intends(self, sees: Sees, now: float) -> Intention | None:
        """Their next action and its time; None: nothing, until they see something else."""
        if sees.phase != self._phase:
            self._phase, self._done, self._intention = sees.phase, Counter(), None
        habit = next((habit for habit in self._habits if self._fits(habit, sees)), None)
        if habit is None:
            self._intention = None
        elif self._intention is None or self._intention.habit is not habit:
            at, away_s = now + self._seconds(habit.takes_s), self._seconds(habit.away_s)
            self._intention = Intention(habit, at, away_s)
        return self._intention

    def did(self, intention: Intention) -> None:
        """Notes that they have done it, accepted or not."""
        self._done[intention.habit] += 1
        self._intention = None

    def _fits(self, habit: Habit, sees: Sees) -> bool:
        if habit.phases and sees.phase not in habit.phases:
            return False
        return self._done[habit] < habit.times and _possible(habit.do, sees)

    def _seconds(self, bounds: tuple[float, float]) -> float:
        if math.isinf(bounds[1]):
            return math.inf
        return self._chance.uniform(*bounds) / self._pace


def _possible(do: Do, sees: Sees) -> bool:
    match do:
        case Do.GO:
            return sees.phase == ENDED or not sees.led
        case Do.DROP_OUT:
            return not sees.sits
        case Do.YIELD:
            # In a silence the floor holder waits, and speaks when it is over.
            return sees.heard and sees.offered(do) is not None
    return sees.offered(do) is not None
