"""Formats: the plans of a session, as data.

Owns what a phase is (title, minutes, who may be heard, how turns are taken, its sentences) and the
formats that ship. Knows nothing of rooms or of people. The practice and its words: BALINT.md.
"""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace


class Heard(StrEnum):
    """Who may be heard in a phase. Facilitators may in every phase, observers in none."""

    EVERYBODY = "everybody"
    PRESENTER = "presenter"
    PRESENTER_AND_FLOOR = "presenter_and_floor"
    PRESENTER_FIRST = "presenter_first"
    """The presenter alone while they hold the floor, everybody after they have yielded."""
    ALL_BUT_PRESENTER = "all_but_presenter"
    """The presenter sits back: heard by nobody, hears everybody."""


class Turns(StrEnum):
    """How the floor is taken in a phase."""

    OPEN = "open"
    ROUND = "round"
    HANDS = "hands"
    PRESENTER = "presenter"


class Phase(Struct, frozen=True):
    """One step of a format."""

    key: str
    title: str
    short: str
    """The title on the path of phases: one word."""
    minutes: int
    heard: Heard
    turns: Turns
    purpose: str
    """A sentence for everybody: what this phase is for."""
    guidance: str
    """A sentence or two for facilitators alone."""


class Format(Struct, frozen=True):
    """An ordered list of phases with a name."""

    key: str
    title: str
    phases: tuple[Phase, ...]
    seen_sitting_back: bool = False
    """Whether the presenter may be seen while sitting back; else their camera goes off."""

    @property
    def minutes(self) -> int:
        """How long the whole session is planned to take."""
        return sum(phase.minutes for phase in self.phases)

    def index(self, key: str) -> int:
        """The place of the phase with this key, or -1 where the format has none."""
        for place, phase in enumerate(self.phases):
            if phase.key == key:
                return place
        return -1

    def phase(self, key: str) -> Phase | None:
        """The phase with this key, or None."""
        index = self.index(key)
        return self.phases[index] if index >= 0 else None


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
    ),
)


def with_minutes(*minutes: int) -> tuple[Phase, ...]:
    """The classic phases with other minutes, in their order."""
    return tuple(
        replace(phase, minutes=m) for phase, m in zip(CLASSIC_PHASES, minutes, strict=True)
    )


def without_sitting_back(phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """The same phases, in which the presenter stays in the conversation."""
    return tuple(
        replace(phase, heard=Heard.EVERYBODY) if phase.heard is Heard.ALL_BUT_PRESENTER else phase
        for phase in phases
    )


FORMATS: dict[str, Format] = {
    plan.key: plan
    for plan in (
        Format("classic-45", "Classic, 45 minutes", with_minutes(4, 2, 6, 4, 18, 6, 5)),
        Format("classic-60", "Classic, 60 minutes", CLASSIC_PHASES),
        Format("classic-75", "Classic, 75 minutes", with_minutes(6, 4, 10, 6, 32, 10, 7)),
        Format("classic-90", "Classic, 90 minutes", with_minutes(8, 4, 12, 8, 38, 12, 8)),
        Format(
            "together-60",
            "Without sitting back, 60 minutes",
            without_sitting_back(CLASSIC_PHASES),
        ),
    )
}
"""The formats that ship, by key."""

DEFAULT_FORMAT = "classic-60"
