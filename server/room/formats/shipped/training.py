"""Leader training: a case of 45 minutes, and 45 minutes on how it was led. Observers watch."""

from server.room.formats.plan import Format, Heard, Phase, Turns
from server.room.formats.shipped.classic import with_minutes

REVIEW = (
    Phase(
        "review-leaders",
        "Review: those who led",
        "Leaders",
        10,
        Heard.EVERYBODY,
        Turns.OPEN,
        "How was it to lead? Those who led begin.",
        "Let those who led speak first. To hear the observers, make them members now.",
        "The pull to go back into the case.",
        (
            "What did you feel while you led?",
            "Where did you not know what to do?",
            "What did you leave unsaid, and why?",
        ),
    ),
    Phase(
        "review-group",
        "Review: the group",
        "Group",
        20,
        Heard.EVERYBODY,
        Turns.OPEN,
        "What did the leading do, moment by moment? We speak of the work, not of the case.",
        "Go through it in order: opening, questions, reflection, end. Ask what each step did.",
        "Praise and blame; ask for what was seen instead.",
        (
            "When did the group change?",
            "What did that silence do?",
            "Where did the group act like somebody in the case?",
            "What did you notice in your body at that moment?",
        ),
    ),
    Phase(
        "review-learning",
        "Review: what we take along",
        "Learning",
        15,
        Heard.EVERYBODY,
        Turns.ROUND,
        "One sentence each: what do you take along for your own leading?",
        "A round, without discussion. End on time.",
        "Who leaves with a reproach.",
        ("What would you like to try?", "What did you see that you want to keep?"),
    ),
)

TRAINING = Format(
    "training-90",
    "Leader training, 90 minutes",
    (*with_minutes(4, 2, 6, 4, 18, 6, 5), *REVIEW),
    seen_sitting_back=True,
)
