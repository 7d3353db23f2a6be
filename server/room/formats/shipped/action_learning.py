"""The action-learning set: only questions, and at the end a step that the presenter will take."""

from server.room.formats.plan import Format, Heard, Phase, Turns
from server.room.formats.shipped.classic import adapted

ACTION_LEARNING = Format(
    "action-learning-60",
    "Action-learning set, 60 minutes",
    (
        adapted("arrival"),
        adapted("call"),
        Phase(
            "issue",
            "The issue",
            "Issue",
            8,
            Heard.PRESENTER,
            Turns.PRESENTER,
            "One person tells what they want to move, and where they are stuck.",
            "Protect the floor. Ask at the end what they would like from the set.",
            "Whether it is theirs to move, or somebody else's.",
            ("What do you want to be otherwise?", "What have you tried?"),
        ),
        Phase(
            "asking",
            "Questions only",
            "Questions",
            28,
            Heard.PRESENTER_AND_FLOOR,
            Turns.HANDS,
            "Open questions, nothing else. They are for thinking, not for us to know more.",
            "Turn every statement back: “What question is in that?” Leave time after an answer.",
            "Stories of one's own, advice with a question mark, and haste.",
            (
                "What question is in that?",
                "What do you feel as you say this?",
                "How would the others in it tell the story?",
                "What are you afraid would happen?",
                "What have you not asked yourself yet?",
                "Let the question stand for a moment.",
            ),
        ),
        Phase(
            "action",
            "What I will do",
            "Action",
            8,
            Heard.PRESENTER_FIRST,
            Turns.PRESENTER,
            "What have you learned, and what will you do before we meet again?",
            "Ask for one step that can be told of next time. A small one is good.",
            "Steps for other people, and steps that are too large.",
            (
                "What is the first step, and when?",
                "What could keep you from it?",
                "Who may ask you about it?",
            ),
        ),
        Phase(
            "closing",
            "What we learned",
            "Closing",
            8,
            Heard.EVERYBODY,
            Turns.ROUND,
            "One sentence each: what did you learn about asking? What was said stays here.",
            "Thank them, recall confidentiality, end on time.",
            "Who asked and who kept silent.",
            ("Which question will stay with you?", "One word to close with."),
        ),
    ),
)
