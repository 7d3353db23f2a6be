"""Troika: three people, each with a case, without a facilitator: phases advance by the clock."""

from server.room.formats.plan import Format, Heard, Phase, Turns


def rotation(number: int, ordinal: str) -> tuple[Phase, ...]:
    """The phases of one person's case: telling, questions, the two others, coming back."""
    return (
        Phase(
            f"telling-{number}",
            f"{ordinal} case: telling",
            f"{number} Telling",
            2,
            Heard.PRESENTER,
            Turns.PRESENTER,
            "One of us tells what occupies them, the other two listen.",
            "Say what stays with you, and what you would like the others to think about.",
            "Two minutes are short: begin in the middle.",
            ("What would help you most to hear us think about?",),
            next_presenter=True,
        ),
        Phase(
            f"asking-{number}",
            f"{ordinal} case: questions",
            f"{number} Questions",
            2,
            Heard.EVERYBODY,
            Turns.OPEN,
            "Short questions, to see it before us. No advice yet.",
            "Ask what you need to know so that you can picture it.",
            "Questions that hold an answer.",
            ("What is hardest about it?", "What have you not told anybody yet?"),
        ),
        Phase(
            f"thinking-{number}",
            f"{ordinal} case: the two others",
            f"{number} The two",
            5,
            Heard.ALL_BUT_PRESENTER,
            Turns.OPEN,
            "The two talk with each other as if the third were not here.",
            "Whoever told turns away and listens. The two wonder aloud, and add to each other.",
            "The wish to turn round and ask or explain: let it pass.",
            (
                "What do you feel as you think of it?",
                "What image comes to you?",
                "How may it look from the other side?",
                "What would we dare to say if it were ours?",
            ),
        ),
        Phase(
            f"coming-back-{number}",
            f"{ordinal} case: coming back",
            f"{number} Coming back",
            2,
            Heard.PRESENTER,
            Turns.PRESENTER,
            "What was good to hear? Nothing needs an answer.",
            "Say what you take along. You need not answer anything.",
            "The pull to justify oneself.",
            ("What surprised you?", "What do you take along?"),
        ),
    )


TROIKA = Format(
    "troika",
    "Troika, three people, 33 minutes",
    (*rotation(1, "First"), *rotation(2, "Second"), *rotation(3, "Third")),
    auto_advance=True,
    peers=True,
    chairs=3,
)
