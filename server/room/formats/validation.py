"""Validation of formats: bounds, and no phase in which nobody could be heard.

`validated` tidies a format that somebody typed, or raises InvalidFormat with a sentence for each
fault.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from server.room.formats.keys import keyed
from server.room.formats.plan import MAX_CHAIRS, Format, Heard, Phase, Turns
from server.room.refused import Refused
from server.room.typed import isolated, tidied

MAX_PHASES = 20
LEAST_MINUTES, MOST_MINUTES = 0.1, 180
MAX_MINUTES = 480
MAX_TITLE = 40
MAX_SHORT = 16
MAX_TEXT = 280
MAX_PROMPTS = 12
MAX_CAP = 20
LEAST_CHAIRS = 2
MAX_CHARACTERS = 5_000
"""Of all texts of a format, which is part of the room's value and kept for years. A format that was
saved under a larger bound still works."""


class Fault(NamedTuple):
    """One fault of a format."""

    phase: int | None
    """The index of its phase; None: the format itself."""
    field: str
    sentence: str


class InvalidFormat(Refused):
    """A format that cannot be used."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("invalid", faults[0].sentence)
        self.faults = faults


def validated(plan: Format) -> Format:
    """The format with its texts tidied and a key for each phase; raises InvalidFormat."""
    plan = keyed(replace(plan, title=tidied(plan.title), phases=tuple(map(_tidied, plan.phases))))
    if faults := tuple(_faults(plan)):
        raise InvalidFormat(faults)
    return plan


def named(place: int, title: str) -> str:
    """The name of a phase in sentences."""
    return f"Phase {place + 1}" + (f" (“{isolated(tidied(title)[:MAX_TITLE])}”)" if title else "")


def _tidied(phase: Phase) -> Phase:
    texts = {f: tidied(getattr(phase, f)) for f in ("title", "short", *_TEXTS)}
    prompts = tuple(filter(None, map(tidied, phase.prompts)))
    return replace(phase, prompts=prompts, **texts)


_TEXTS = ("purpose", "guidance", "watch")


def _faults(plan: Format) -> Iterator[Fault]:
    yield from _of_format(plan)
    for place, phase in enumerate(plan.phases):
        for field, sentence in (*_of_texts(phase), *_of_numbers(phase), *_of_turns(plan, place)):
            yield Fault(place, field, f"{named(place, phase.title)}: {sentence}")


def _of_format(plan: Format) -> Iterator[Fault]:
    if not 1 <= len(plan.title) <= MAX_TITLE:
        yield Fault(None, "title", f"The format's title: {_length(plan.title, 1, MAX_TITLE)}")
    if not LEAST_CHAIRS <= plan.chairs <= MAX_CHAIRS:
        sentence = f"Chairs must be {LEAST_CHAIRS} to {MAX_CHAIRS}, not {plan.chairs}."
        yield Fault(None, "chairs", sentence)
    if not 1 <= len(plan.phases) <= MAX_PHASES:
        sentence = f"A format has 1 to {MAX_PHASES} phases, not {len(plan.phases)}."
        yield Fault(None, "phases", sentence)
    if all(map(_has_time, plan.phases)) and plan.minutes > MAX_MINUTES:
        sentence = f"A format has at most {MAX_MINUTES} minutes in all, not {plan.minutes:g}."
        yield Fault(None, "phases", sentence)
    if plan.two_circles and plan.peers:
        sentence = "With two circles somebody has to lead, to ask the outer one in."
        yield Fault(None, "peers", sentence)
    texts = (text for phase in plan.phases for text in _sentences(phase))
    characters = len(plan.title) + sum(map(len, texts))
    if characters > MAX_CHARACTERS:
        most = f"at most {MAX_CHARACTERS:,}, please."
        sentence = f"All texts together have {characters:,} characters: {most}"
        yield Fault(None, "characters", sentence)


def _of_texts(phase: Phase) -> Iterator[tuple[str, str]]:
    for field, least, most in (("title", 1, MAX_TITLE), ("short", 1, MAX_SHORT)):
        if not least <= len(getattr(phase, field)) <= most:
            called = "the title" if field == "title" else "the short title"
            yield field, f"{called}: {_length(getattr(phase, field), least, most)}"
    for field in _TEXTS:
        if len(getattr(phase, field)) > MAX_TEXT:
            yield field, f"{field}: {_length(getattr(phase, field), 0, MAX_TEXT)}"
    if len(phase.prompts) > MAX_PROMPTS:
        yield "prompts", f"at most {MAX_PROMPTS} prompts, not {len(phase.prompts)}."
    for prompt in phase.prompts:
        if len(prompt) > MAX_TEXT:
            yield "prompts", f"the prompt “{prompt[:30]}…”: {_length(prompt, 1, MAX_TEXT)}"


def _of_numbers(phase: Phase) -> Iterator[tuple[str, str]]:
    if not _has_time(phase):
        bounds = f"{LEAST_MINUTES} to {MOST_MINUTES}"
        yield "minutes", f"minutes must be {bounds}, not {phase.minutes:g}; else it has no end."
    if not 0 <= phase.cap <= MAX_CAP:
        yield "cap", f"turns for each person must be 0 to {MAX_CAP}, not {phase.cap}."


def _has_time(phase: Phase) -> bool:
    # False for NaN, too.
    return LEAST_MINUTES <= phase.minutes <= MOST_MINUTES


def _of_turns(plan: Format, place: int) -> Iterator[tuple[str, str]]:
    """The faults by which nobody could be heard, or take the floor."""
    phase = plan.phases[place]
    if phase.turns is Turns.PRESENTER and phase.heard.sits_back:
        yield "turns", "the presenter cannot hold the floor while they sit back."
    if phase.heard is Heard.PRESENTER and phase.turns in (Turns.ROUND, Turns.HANDS):
        taken = "there is no round" if phase.turns is Turns.ROUND else "nobody may raise a hand"
        yield "turns", f"{taken} where the presenter alone is heard."
    # A facilitator would be heard and give the floor; peers have none.
    alone = phase.heard is Heard.PRESENTER_AND_FLOOR and plan.peers
    if (alone or phase.heard is Heard.PRESENTER) and not _has_presenter(plan, place):
        yield (
            "heard",
            (
                "nobody can be heard: the presenter is, and nobody presents yet. Put a phase "
                "before it in which the group finds one, or let the next person present in it."
            ),
        )


def _has_presenter(plan: Format, place: int) -> bool:
    """Whether there can be a presenter by now: by rotation, or because the group was heard."""
    before, phase = plan.phases[:place], plan.phases[place]
    rotates = any(p.next_presenter for p in (*before, phase))
    return rotates or any(p.heard is not Heard.PRESENTER for p in before)


def _sentences(phase: Phase) -> tuple[str, ...]:
    return (phase.title, phase.short, phase.purpose, phase.guidance, phase.watch, *phase.prompts)


def _length(text: str, least: int, most: int) -> str:
    if not text:
        return f"is empty: {least} to {most} characters, please."
    return f"{len(text)} characters, {least} to {most} please."
