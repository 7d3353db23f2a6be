"""Two-circle Balint, for more than twelve: an inner circle speaks, an outer one listens and speaks
later."""

from server.room.formats.plan import Format, Heard, Phase, Turns
from server.room.formats.shipped.classic import adapted

TWO_CIRCLES = Format(
    "two-circles-90",
    "Two circles for more than 12, 90 minutes",
    (
        adapted(
            "arrival",
            minutes=8,
            heard=Heard.INNER,
            purpose="One sentence each from the inner circle. The outer circle arrives in silence.",
        ),
        adapted("call", minutes=4, heard=Heard.INNER),
        adapted("presentation", minutes=10),
        adapted("questions", minutes=8),
        adapted("reflection", minutes=28, heard=Heard.INNER_BUT_PRESENTER),
        Phase(
            "outer",
            "The outer circle",
            "Outer",
            14,
            Heard.OUTER,
            Turns.OPEN,
            "The outer circle tells what it saw and felt. The inner circle listens.",
            "Ask the outer circle in. Feelings and images here, too; no verdict on the inner one.",
            "What the inner circle had no place for, and the outer one brings.",
            (
                "What did you feel while you could only listen?",
                "What image came to you?",
                "What went unheard?",
                "How might it be to be the one who is not here?",
            ),
        ),
        adapted("response", minutes=10),
        adapted("closing", minutes=8, heard=Heard.INNER),
    ),
)
