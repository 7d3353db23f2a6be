"""A conversation on a few questions: a round for each, for a team that discusses a text."""

from server.room.formats.plan import Format, Heard, Phase, Turns
from server.room.formats.shipped.classic import adapted


def question(number: int, ordinal: str, purpose: str, prompts: tuple[str, ...]) -> Phase:
    """A round on one question. A circle writes its own question into `purpose`."""
    return Phase(
        f"question-{number}",
        f"{ordinal} question",
        f"Question {number}",
        12,
        Heard.EVERYBODY,
        Turns.ROUND,
        purpose,
        "Read the question aloud, then let it go round. Nobody answers anybody yet.",
        "Who speaks about the text, and who about themself. Both are welcome.",
        prompts,
    )


CONVERSATION = Format(
    "conversation-60",
    "Conversation on questions, 60 minutes",
    (
        adapted("arrival"),
        question(
            1,
            "First",
            "What in the text has stayed with you?",
            ("Which sentence would you read to us?", "What did you feel as you read it?"),
        ),
        question(
            2,
            "Second",
            "Where did you find yourself or your work in it?",
            ("Whom did you think of?", "What does it leave out?"),
        ),
        question(
            3,
            "Third",
            "What would be different among us if we took it seriously?",
            ("What is already so?", "What would you miss?"),
        ),
        Phase(
            "talk",
            "Open talk",
            "Talk",
            12,
            Heard.EVERYBODY,
            Turns.OPEN,
            "What would you like to say to each other now?",
            "Let them answer each other. Bring back whoever has not spoken.",
            "Two who talk while the others watch.",
            ("Who sees it otherwise?", "What have we not spoken of?", "We may be silent for once."),
        ),
        adapted(
            "closing",
            minutes=7,
            guidance="Thank them, recall what stays here, end on time.",
        ),
    ),
)
