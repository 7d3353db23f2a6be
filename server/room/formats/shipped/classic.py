"""The Balint group with one circle: in 45, 60, 75 or 90 minutes, with sitting back or without."""

from msgspec.structs import replace

from server.room.formats.plan import Format, Heard, Phase, Turns

CLASSIC_PHASES = (
    Phase(
        "arrival",
        "Arrival",
        "Arrival",
        5,
        Heard.EVERYBODY,
        Turns.ROUND,
        "One sentence each: how do you come into the room today? Anybody may pass.",
        "Greet, recall the ground rules, open. Half a minute each is plenty.",
        "Who comes in heavy or hurried, and who passes.",
        (
            "One word for how you come in.",
            "What have you left outside the door?",
            "Where in your body has the day settled?",
        ),
    ),
    Phase(
        "call",
        "Call for a case",
        "Call",
        3,
        Heard.EVERYBODY,
        Turns.OPEN,
        "Who has a case that stays with them? A silence here is normal.",
        "Ask once, then wait. Nobody has to have prepared one. Offers are shown to you alone.",
        "Your own wish to fill the silence; whoever breathes in and then does not speak.",
        (
            "Who came along with you today, in your thoughts?",
            "Is there somebody who has stayed with you since we last met?",
            "It need not be big. It only needs to be yours.",
        ),
    ),
    Phase(
        "presentation",
        "Case presentation",
        "Presentation",
        8,
        Heard.PRESENTER,
        Turns.PRESENTER,
        "One person tells, everybody else listens. No names, no places.",
        "Protect the floor: no interruptions, no questions yet.",
        "How it is told: where it slows down, what is left out, what it does to you.",
        (
            "Tell it as it comes. There is no order to keep.",
            "What made this person come to your mind today?",
            "Take your time.",
        ),
    ),
    Phase(
        "questions",
        "Questions",
        "Questions",
        5,
        Heard.PRESENTER_AND_FLOOR,
        Turns.HANDS,
        "Short factual questions. Reflections come next.",
        "Let short factual questions through. No interrogation, no advice in disguise.",
        "Questions that hold an answer, and a presenter who begins to defend themself.",
        (
            "What do you need to know so that you can picture it?",
            "One question at a time, and a short one.",
            "That sounds like a thought of your own: keep it, it will be welcome soon.",
        ),
        cap=2,
    ),
    Phase(
        "reflection",
        "Group reflection",
        "Reflection",
        25,
        Heard.ALL_BUT_PRESENTER,
        Turns.OPEN,
        "Feelings and images, not solutions.",
        "Keep them with the relationship. If advice comes: “What does that wish to help tell us?” "
        "Bear the silence. You may invite the quiet.",
        "Who in the group has begun to act like somebody in the case; whom nobody speaks for.",
        (
            "What do you feel as you listen to this?",
            "What image comes to you?",
            "How might it be to be the one who is not here?",
            "Where in your body do you notice this story?",
            "What is not being said?",
            "We may stay with this silence.",
        ),
    ),
    Phase(
        "response",
        "Presenter response",
        "Response",
        8,
        Heard.PRESENTER_FIRST,
        Turns.PRESENTER,
        "What did you hear? Nothing needs an answer.",
        "Let the presenter come back in their own time. They need not answer anything.",
        "The group's pull to begin anew, and the presenter's pull to be grateful.",
        (
            "What touched you as you listened?",
            "Has anything moved?",
            "You may keep it to yourself.",
        ),
    ),
    Phase(
        "closing",
        "Closing",
        "Closing",
        6,
        Heard.EVERYBODY,
        Turns.ROUND,
        "One word each to close with. What was said here stays here.",
        "Thank the presenter, recall confidentiality, end on time.",
        "Who leaves with more than they can carry; whether somebody should be asked afterwards.",
        (
            "One word to close with.",
            "What do you take along, and what do you leave here?",
            "A breath together, and then we part.",
        ),
    ),
)


def with_minutes(*minutes: float) -> tuple[Phase, ...]:
    """The classic phases with other minutes."""
    return tuple(
        replace(phase, minutes=m) for phase, m in zip(CLASSIC_PHASES, minutes, strict=True)
    )


def without_sitting_back(phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """The same phases, but the presenter stays in the conversation."""
    return tuple(
        replace(phase, heard=Heard.EVERYBODY) if phase.heard is Heard.ALL_BUT_PRESENTER else phase
        for phase in phases
    )


def adapted(key: str, **changes: object) -> Phase:
    """The classic phase with this key, changed."""
    phase = next(phase for phase in CLASSIC_PHASES if phase.key == key)
    return replace(phase, **changes)


CLASSICS = (
    Format("classic-45", "Classic, 45 minutes", with_minutes(4, 2, 6, 4, 18, 6, 5)),
    Format("classic-60", "Classic, 60 minutes", CLASSIC_PHASES),
    Format("classic-75", "Classic, 75 minutes", with_minutes(6, 4, 10, 6, 32, 10, 7)),
    Format("classic-90", "Classic, 90 minutes", with_minutes(8, 4, 12, 8, 38, 12, 8)),
)
TOGETHER = Format(
    "together-60", "Without sitting back, 60 minutes", without_sitting_back(CLASSIC_PHASES)
)
PRACTICE = Format(
    "practice-3",
    "Practice: the classic phases in three minutes",
    with_minutes(0.5, 0.25, 0.5, 0.5, 0.75, 0.25, 0.25),
)
"""Only for rehearsals: no circle can choose it."""
