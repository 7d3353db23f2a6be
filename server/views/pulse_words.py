"""The words of the pulse: its questions and steps, its figures and trends.

`worn` is the single burnout item of the Physician Work Life Study, in the published wording of the
question and of its five steps: Dolan et al., "Using a single item to measure burnout in primary
care staff", Journal of General Internal Medicine 2015;30(5):582-587; compared with the Maslach
Burnout Inventory among physicians by Rohland, Kruse and Rohrer, Stress and Health 2004;20(2):75-79.
It must not be reworded; a translation uses a published one. The other questions are our own.
"""

from server.circle.pulse import STEPS, Shown
from server.circle.pulse_figures import MOST_LEAN, ROLLING, Figure
from server.views.language import N_, Language

QUESTIONS = {
    "heard": N_("I felt heard today."),
    "safe": N_("I could say what I felt, or be silent, without fear."),
    "seen": N_("I see the person of the case, or somebody of mine, a little differently now."),
    "alone": N_("I feel alone with what my work asks of me."),
    "worn": N_(
        "Overall, based on your definition of burnout, how would you rate your level of burnout?"
    ),
}

_STEPS = (N_("not at all"), N_("a little"), N_("partly"), N_("mostly"), N_("very much"))
_STEPS_WORN = (
    N_("I enjoy my work. I have no symptoms of burnout."),
    N_(
        "Occasionally I am under stress, and I don't always have as much energy as I once did, but"
        " I don't feel burned out."
    ),
    N_(
        "I am definitely burning out and have one or more symptoms of burnout, such as physical and"
        " emotional exhaustion."
    ),
    N_(
        "The symptoms of burnout that I'm experiencing won't go away. I think about frustration at"
        " work a lot."
    ),
    N_(
        "I feel completely burned out and often wonder if I can go on. I am at the point where I"
        " may need some changes or may need to seek some sort of help."
    ),
)

_MEANS = (
    N_("mostly no"),
    N_("leaning no"),
    N_("half and half"),
    N_("leaning yes"),
    N_("mostly yes"),
)
_MEANS_WORN = (
    N_("not burned out"),
    N_("close to burning out"),
    N_("burning out"),
    N_("burning out, and it stays"),
    N_("burned out"),
)
"""For the means of 2 or less, 2.5, 3, 3.5, and 4 or more."""

PROMISE = N_(
    "We count the answers and do not keep whose they are. The circle sees a word for each question"
    " that five or more people answered."
)
"""Stands beside the questions."""


def question_words(language: Language, question: str) -> str:
    """The sentence of this question."""
    return language.gettext(QUESTIONS[question])


def step_words(language: Language, question: str) -> tuple[tuple[str, str], ...]:
    """The five steps of this question: what the form sends, and the words beside it."""
    words = _STEPS_WORN if question == "worn" else _STEPS
    return tuple(zip(STEPS, map(language.gettext, words), strict=True))


def figure_words(language: Language, question: str, figure: Figure | None) -> str:
    """What the circle reads about one question after one session."""
    if figure is None:
        return language.gettext("fewer than five answered")
    sentence = N_("{mean} · mixed") if figure.is_mixed else N_("{mean} · clear")
    return language.gettext(sentence).format(mean=_mean(language, question, figure.lean))


def trend_words(language: Language, view: Shown) -> str:
    """What the circle reads about one question over three sessions, compared with the three before
    them; empty until there are three with a figure."""
    if not view.trend:
        return ""
    now = view.trend[-1].lean
    before = view.trend[-1 - ROLLING].lean if len(view.trend) > ROLLING else None
    if before is None:
        sentence = N_("over three sessions: {mean}")
    elif view.question == "worn" and now != before:
        # "More" or "less" beside "not burned out" could be read either way.
        sentence = N_("over three sessions: {mean}; before: {was}")
    elif now > before:
        sentence = N_("over three sessions: {mean}, more than before")
    elif now < before:
        sentence = N_("over three sessions: {mean}, less than before")
    else:
        sentence = N_("over three sessions: {mean}, as before")
    was = "" if before is None else _mean(language, view.question, before)
    return language.gettext(sentence).format(mean=_mean(language, view.question, now), was=was)


def _mean(language: Language, question: str, lean: int) -> str:
    words = _MEANS_WORN if question == "worn" else _MEANS
    return language.gettext(words[lean + MOST_LEAN])
