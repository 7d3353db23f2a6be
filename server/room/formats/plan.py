"""Formats: the plans of a session, as data.

Owns the definition of a phase (title, minutes, who may be heard, how turns are taken, its
sentences). Knows nothing of rooms or people. The plans of the shipped formats are in shipped/, the
rules of a valid one in validation.py. The practice and its words: docs/practice.md.
"""

from enum import StrEnum

import msgspec
from msgspec import Struct

MAX_CHAIRS = 12
OWN = "own"
"""The key of a circle's own format; shipped ones have others."""


class Heard(StrEnum):
    """Who may be heard in a phase. Facilitators may in every phase, observers in none."""

    EVERYBODY = "everybody"
    PRESENTER = "presenter"
    PRESENTER_AND_FLOOR = "presenter_and_floor"
    PRESENTER_FIRST = "presenter_first"
    """The presenter alone while they hold the floor, everybody after they have yielded."""
    ALL_BUT_PRESENTER = "all_but_presenter"
    """The presenter sits back: heard by nobody, hears everybody."""
    INNER = "inner"
    """The inner of two circles; the outer listens."""
    INNER_BUT_PRESENTER = "inner_but_presenter"
    """The same, while the presenter sits back."""
    OUTER = "outer"
    """The outer circle speaks; the inner listens, and the presenter still sits back."""

    @property
    def sits_back(self) -> bool:
        return self in (Heard.ALL_BUT_PRESENTER, Heard.INNER_BUT_PRESENTER, Heard.OUTER)

    @property
    def knows_circles(self) -> bool:
        """Whether it distinguishes an inner circle from an outer one."""
        return self in (Heard.INNER, Heard.INNER_BUT_PRESENTER, Heard.OUTER)

    @property
    def asks_outer(self) -> bool:
        """Whether the outer circle may be heard."""
        return self in (Heard.EVERYBODY, Heard.ALL_BUT_PRESENTER, Heard.OUTER)


class Turns(StrEnum):
    """How the floor is taken in a phase."""

    OPEN = "open"
    ROUND = "round"
    HANDS = "hands"
    PRESENTER = "presenter"


class Phase(Struct, frozen=True, omit_defaults=True):
    """One step of a format: its plan, and its words."""

    key: str
    title: str
    short: str
    """The title in the list of phases: one word."""
    minutes: float
    heard: Heard
    turns: Turns
    purpose: str
    """A sentence for everybody: what this phase is for."""
    guidance: str
    """What to do: a sentence or two, only for facilitators."""
    watch: str = ""
    """What to watch, only for facilitators."""
    prompts: tuple[str, ...] = ()
    """Sentences that facilitators can put on everybody's stage."""
    cap: int = 0
    """A person who has had the floor so often comes after all others; 0: no cap."""
    next_presenter: bool = False
    """A rotation begins here: the next person presents."""

    @property
    def begins_case(self) -> bool:
        """Whether the presenter tells the case in this phase."""
        return self.heard is Heard.PRESENTER

    @property
    def is_for_presenter(self) -> bool:
        """Whether the presenter alone is heard while they hold the floor; people who lead may
        be heard all the same."""
        return self.heard in (Heard.PRESENTER, Heard.PRESENTER_FIRST)

    @property
    def holds_late(self) -> bool:
        """Whether latecomers wait, because the presenter tells the case or sits back."""
        return self.begins_case or self.heard.sits_back

    @property
    def ms(self) -> int:
        """The planned duration in whole milliseconds."""
        return round(self.minutes * 60_000)


class Format(Struct, frozen=True, omit_defaults=True):
    """An ordered list of phases with a name."""

    key: str
    title: str
    phases: tuple[Phase, ...]
    seen_sitting_back: bool = False
    """The presenter may be seen while sitting back; else their camera goes off."""

    auto_advance: bool = False
    """The next phase begins at the end of the time; after the last one the session ends."""
    peers: bool = False
    """Nobody leads: facilitators are heard, and may present, as members do."""
    chairs: int = MAX_CHAIRS
    """How many people may speak; with two circles, in the inner one."""

    @property
    def two_circles(self) -> bool:
        """Whether there is an inner circle and an outer one."""
        return any(phase.heard.knows_circles for phase in self.phases)

    @property
    def has_case(self) -> bool:
        """Whether somebody may present. A circle's own format may tell a case in open talk."""
        return self.key == OWN or any(phase.heard is not Heard.EVERYBODY for phase in self.phases)

    @property
    def minutes(self) -> float:
        """The planned minutes of the whole session."""
        return sum(phase.minutes for phase in self.phases)

    def index(self, key: str) -> int:
        """The index of the phase with this key, or -1."""
        for place, phase in enumerate(self.phases):
            if phase.key == key:
                return place
        return -1

    def phase(self, key: str) -> Phase | None:
        for phase in self.phases:
            if phase.key == key:
                return phase
        return None

    def rotation(self, key: str) -> int:
        """The number of rotations that have begun by the phase with this key."""
        return sum(phase.next_presenter for phase in self.phases[: self.index(key) + 1])

    def tells_case(self, key: str) -> bool:
        """Whether the presenter tells the case in this phase; in a later one they come back to
        it."""
        place, turn = self.index(key), self.rotation(key)
        before = (p for p in self.phases[:place] if self.rotation(p.key) == turn)
        return self.phases[place].begins_case and not any(p.begins_case for p in before)


_decoder = msgspec.json.Decoder(Format)


def encode(plan: Format) -> bytes:
    return msgspec.json.encode(plan)


def decode(data: bytes) -> Format:
    """Decodes the result of `encode`; raises msgspec.MsgspecError for anything else."""
    return _decoder.decode(data)
