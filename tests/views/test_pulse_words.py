"""The words of the pulse."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from server.circle.pulse import EACH_TIME, QUESTIONS, STEPS, Shown
from server.circle.pulse_figures import Figure, RollingMean
from server.views import pulse_words
from server.views.language import ENGLISH
from server.views.pulse_words import figure_words, question_words, step_words, trend_words

DAY = date(2026, 1, 6)
LEANS = range(-2, 3)


def a_view(*leans: int) -> Shown:
    """What is shown of a question with these rolling means."""
    return Shown("heard", DAY, None, tuple(RollingMean(DAY, lean) for lean in leans))


def test_each_question_has_its_words_and_five_steps() -> None:
    """The questions of our own have the same steps."""
    assert tuple(pulse_words.QUESTIONS) == QUESTIONS
    for question in QUESTIONS:
        assert question_words(ENGLISH, question)
        assert tuple(value for value, _ in step_words(ENGLISH, question)) == STEPS
        assert len({words for _, words in step_words(ENGLISH, question)}) == len(STEPS)
    assert len({step_words(ENGLISH, question) for question in QUESTIONS}) == 2
    assert step_words(ENGLISH, "alone") == step_words(ENGLISH, EACH_TIME[0])


def test_the_burnout_item_has_its_published_wording() -> None:
    """Reworded it could not be compared with any study."""
    assert question_words(ENGLISH, "worn") == (
        "Overall, based on your definition of burnout, how would you rate your level of burnout?"
    )
    assert [words for _, words in step_words(ENGLISH, "worn")] == [
        "I enjoy my work. I have no symptoms of burnout.",
        "Occasionally I am under stress, and I don't always have as much energy as I once did,"
        " but I don't feel burned out.",
        "I am definitely burning out and have one or more symptoms of burnout, such as physical"
        " and emotional exhaustion.",
        "The symptoms of burnout that I'm experiencing won't go away. I think about frustration"
        " at work a lot.",
        "I feel completely burned out and often wonder if I can go on. I am at the point where I"
        " may need some changes or may need to seek some sort of help.",
    ]


def test_each_figure_has_words_of_its_own() -> None:
    """And no number."""
    for question in QUESTIONS:
        words = {
            figure_words(ENGLISH, question, Figure(lean, is_mixed))
            for lean, is_mixed in product(LEANS, (False, True))
        }
        assert len(words) == 10
        assert not any(c.isdigit() for text in words for c in text)
    assert figure_words(ENGLISH, "heard", Figure(2, is_mixed=False)) == "mostly yes · clear"
    assert figure_words(ENGLISH, "worn", Figure(-2, is_mixed=True)) == "not burned out · mixed"
    assert figure_words(ENGLISH, "heard", None) == "fewer than five answered"


@pytest.mark.parametrize(
    ("leans", "words"),
    [
        ((), ""),
        ((1,), "over three sessions: leaning yes"),
        ((2, 2, 2), "over three sessions: mostly yes"),
        ((1, -2, -2, 2), "over three sessions: mostly yes, more than before"),
        ((2, -2, -2, 0), "over three sessions: half and half, less than before"),
        ((0, 2, -2, -2, 2), "over three sessions: mostly yes, as before"),
    ],
    ids=str,
)
def test_a_trend_is_compared_with_the_three_sessions_before(
    leans: tuple[int, ...], words: str
) -> None:
    """Three rolling means earlier: none of the same sessions is in both."""
    assert trend_words(ENGLISH, a_view(*leans)) == words


def test_a_trend_of_burnout_names_what_was_before() -> None:
    """“Not burned out, less than before” could be read either way."""
    better = a_view(0, -2, -2, -2)._replace(question="worn")
    assert (
        trend_words(ENGLISH, better) == "over three sessions: not burned out; before: burning out"
    )
    same = a_view(0, -2, -2, 0)._replace(question="worn")
    assert trend_words(ENGLISH, same) == "over three sessions: burning out, as before"
