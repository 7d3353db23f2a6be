"""The figures of the pulse: what a circle may know of the answers to one question.

A figure says in half steps where the mean lies, and whether the answers were far apart. A rolling
mean is computed from three such figures and from nothing else, so it tells nothing beyond them;
since each of them stands for five answers, it stands for fifteen.

Why no person's answer follows. No two figures share an answer, nothing is shown before the closing,
and what is shown never changes: there is nothing to subtract from a figure but one's own answer.
Exact half steps would not withstand even that: of five people the one who answered 4 and reads 5
knows that all others answered 5. So the scale of means ends at "2 or less" and at "4 or more".
Whatever 5 to 12 people have answered, the reader among them, everybody else may then have answered
at least two different steps, even if the reader knows how many answered; the test of this module
goes through all cases. People who tell each other their answers can learn more about the others.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import Struct

LEAST_ANSWERS = 5
"""A question with fewer answers in a session has no figure."""
ROLLING = 3
"""A rolling mean is of so many sessions that have a figure."""
MOST_LEAN = 2


class Figure(Struct, frozen=True):
    """What is known of the answers to one question after one session."""

    lean: int
    """Where the mean lies, in half steps from the middle of the scale: -2 for 2 or less, -1 for
    2.5, 0 for 3, 1 for 3.5, 2 for 4 or more."""
    is_mixed: bool
    """Whether the answers were far apart: a variance of 1.2 or more."""


class RollingMean(NamedTuple):
    """The mean of the figures of three sessions."""

    date: date
    """Of the last of them."""
    lean: int
    """As in a figure."""


def figure_of(counts: Sequence[int]) -> Figure | None:
    """The figure of these counts of the steps 1 to 5; None if too few answered.

    Computed in integers, so that it is the same on each machine.
    """
    answers = sum(counts)
    if answers < LEAST_ANSWERS:
        return None
    total = sum((step - 2) * count for step, count in enumerate(counts))
    squares = sum((step - 2) ** 2 * count for step, count in enumerate(counts))
    is_mixed = 5 * (answers * squares - total**2) >= 6 * answers**2
    return Figure(_rounded(2 * total, answers), is_mixed)


def rolling_means(figures: Iterable[tuple[date, Figure | None]]) -> tuple[RollingMean, ...]:
    """The rolling means of one question; sessions without a figure are left out."""
    known = [(day, figure.lean) for day, figure in figures if figure]
    return tuple(
        RollingMean(known[end - 1][0], _rounded(sum(lean for _, lean in window), ROLLING))
        for end in range(ROLLING, len(known) + 1)
        if (window := known[end - ROLLING : end])
    )


def _rounded(total: int, number: int) -> int:
    """The mean of so many leans with this sum, half ones away from the middle, within the scale."""
    lean = min((2 * abs(total) + number) // (2 * number), MOST_LEAN)
    return lean if total > 0 else -lean
