"""The figures of the pulse, and that no person's answer follows from them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations_with_replacement, product

import pytest

from server.circle.pulse_figures import (
    LEAST_ANSWERS,
    ROLLING,
    Figure,
    figure_of,
    rolling_means,
)
from server.room.formats.plan import MAX_CHAIRS

STEPS = range(1, 6)
LEANS = range(-2, 3)
DAY = date(2026, 1, 6)


def counts(answers: tuple[int, ...]) -> list[int]:
    """How often each step was chosen."""
    return [answers.count(step) for step in STEPS]


def groups(number: int) -> list[tuple[int, ...]]:
    """All ways in which so many people may answer, by whom left aside."""
    return list(combinations_with_replacement(STEPS, number))


def in_order(leans: tuple[int | None, ...]) -> list[tuple[date, Figure | None]]:
    """One question's figures, a month apart; None where too few answered."""
    days = (DAY + timedelta(30 * n) for n in range(len(leans)))
    figures = (None if lean is None else Figure(lean, is_mixed=False) for lean in leans)
    return list(zip(days, figures, strict=True))


@pytest.mark.parametrize("number", range(LEAST_ANSWERS, MAX_CHAIRS + 1))
def test_no_answer_follows_from_a_figure_and_ones_own_answer(number: int) -> None:
    """The reader knows how many answered. Of everybody else at least two steps are possible."""
    possible: dict[tuple[Figure | None, int], set[int]] = defaultdict(set)
    for answers in groups(number):
        figure = figure_of(counts(answers))
        for own in set(answers):
            others = set(answers) if answers.count(own) > 1 else set(answers) - {own}
            possible[figure, own] |= others
    assert min(map(len, possible.values())) >= 2


@pytest.mark.parametrize("number", range(LEAST_ANSWERS, MAX_CHAIRS + 1))
def test_who_answers_nothing_can_exclude_at_most_one_step(number: int) -> None:
    """A facilitator reads the figure without an answer of their own."""
    possible: dict[Figure | None, set[int]] = defaultdict(set)
    for answers in groups(number):
        possible[figure_of(counts(answers))] |= set(answers)
    assert min(map(len, possible.values())) >= 4


def test_fewer_than_five_answers_have_no_figure() -> None:
    """Nor has a question that everybody skipped."""
    assert {figure_of(counts(answers)) for n in range(5) for answers in groups(n)} == {None}
    assert all(figure_of(counts(answers)) for answers in groups(5))


@pytest.mark.parametrize(
    ("answers", "lean", "is_mixed"),
    [
        ((1, 1, 1, 1, 1), -2, False),
        ((2, 2, 2, 2, 3), -2, False),
        ((2, 2, 2, 3, 3), -1, False),
        ((3, 3, 3, 3, 3), 0, False),
        ((1, 1, 3, 5, 5), 0, True),
        ((3, 3, 4, 4, 4), 1, False),
        ((3, 4, 4, 4, 4), 2, False),
        ((5, 5, 5, 5, 5), 2, False),
        ((1, 5, 5, 5, 5), 2, True),
        ((2, 4, 4, 5, 5), 2, True),  # a variance of exactly 1.2
        ((2, 4, 4, 4, 5), 2, False),
    ],
    ids=str,
)
def test_a_figure_says_where_the_mean_lies(
    answers: tuple[int, ...], lean: int, is_mixed: bool
) -> None:
    """In half steps with open ends; one dissenter among five makes it mixed."""
    assert figure_of(counts(answers)) == Figure(lean, is_mixed)
    mirrored = tuple(6 - answer for answer in answers)
    assert figure_of(counts(mirrored)) == Figure(-lean, is_mixed)


def test_the_mean_is_the_nearest_half_step() -> None:
    """Against fractions, for every group of nine."""
    for answers in groups(9):
        figure = figure_of(counts(answers))
        assert figure
        mean = Fraction(sum(answers), 9)
        exact = 2 * (mean - 3)
        assert abs(exact - figure.lean) <= Fraction(1, 2) or abs(exact) > 2 == abs(figure.lean)
        variance = sum((answer - mean) ** 2 for answer in answers) / 9
        assert figure.is_mixed == (variance >= Fraction(6, 5))


def test_a_trend_tells_nothing_beyond_the_figures() -> None:
    """It is the rounded mean of three figures that were shown, and of no answers."""
    for leans in product(LEANS, repeat=ROLLING):
        [mean] = rolling_means(in_order(leans))
        assert abs(mean.lean - Fraction(sum(leans), ROLLING)) <= Fraction(1, 2)
    assert rolling_means(in_order((2, 2))) == ()


def test_a_session_with_few_answers_is_in_no_trend() -> None:
    """It would follow by subtraction: of a trend over 1, 7 and 7 answers the one."""
    kept = (2, None, -1, 0, None, 2, 1)
    means = rolling_means(in_order(kept))
    assert [mean.lean for mean in means] == [0, 0, 1]
    known = [(day, figure) for day, figure in in_order(kept) if figure]
    assert means == rolling_means(known)
    assert [mean.date for mean in means] == [day for day, _ in known[2:]]
