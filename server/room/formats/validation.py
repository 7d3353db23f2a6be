"""Validation of formats: bounds, and no phase in which nobody could be heard.

`validated` tidies a format that somebody typed, or raises InvalidFormat with all faults.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from server.room.formats.keys import keyed
from server.room.formats.plan import MAX_CHAIRS, Format, Heard, Phase, Turns
from server.room.refused import Reason, Refused, reason
from server.room.typed import tidied

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


FieldFault = tuple[str, Reason]
"""The field that is wrong, and why."""


class Fault(NamedTuple):
    """One fault of a format."""

    phase: int | None
    """The index of its phase; None: the format itself."""
    field: str
    reason: Reason
    title: str = ""
    """The title of its phase, tidied and shortened."""
    is_prefixed: bool = True
    """Whether its sentence begins with the name of the phase or of the format."""


class InvalidFormat(Refused):
    """A format that cannot be used, with at least one fault."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0].reason
        super().__init__("invalid", first.id, **first.facts)
        self.faults = faults


def validated(plan: Format) -> Format:
    """The format with its texts tidied and a key for each phase; raises InvalidFormat."""
    plan = keyed(replace(plan, title=tidied(plan.title), phases=tuple(map(_tidied, plan.phases))))
    if faults := tuple(_faults(plan)):
        raise InvalidFormat(faults)
    return plan


def fault_of_phase(place: int, title: str, field: str, why: Reason) -> Fault:
    """A fault of the phase with this index and typed title."""
    return Fault(place, field, why, tidied(title)[:MAX_TITLE])


def _tidied(phase: Phase) -> Phase:
    return replace(
        phase,
        title=tidied(phase.title),
        short=tidied(phase.short),
        purpose=tidied(phase.purpose),
        guidance=tidied(phase.guidance),
        watch=tidied(phase.watch),
        prompts=tuple(filter(None, map(tidied, phase.prompts))),
    )


def _faults(plan: Format) -> Iterator[Fault]:
    for field, why in _of_whole(plan):
        yield Fault(None, field, why, is_prefixed=False)
    for place, phase in enumerate(plan.phases):
        for field, why in (*_of_texts(phase), *_of_numbers(phase), *_of_turns(plan, place)):
            yield fault_of_phase(place, phase.title, field, why)


def _of_whole(plan: Format) -> Iterator[FieldFault]:
    if not plan.title:
        yield "title", reason("format_title_empty", most=MAX_TITLE)
    elif len(plan.title) > MAX_TITLE:
        yield "title", reason("format_title_too_long", length=len(plan.title), most=MAX_TITLE)
    if not LEAST_CHAIRS <= plan.chairs <= MAX_CHAIRS:
        why = reason(
            "chairs_out_of_bounds", chairs=plan.chairs, least=LEAST_CHAIRS, most=MAX_CHAIRS
        )
        yield "chairs", why
    if not 1 <= len(plan.phases) <= MAX_PHASES:
        yield "phases", reason("phases_out_of_bounds", phases=len(plan.phases), most=MAX_PHASES)
    if all(map(_has_time, plan.phases)) and plan.minutes > MAX_MINUTES:
        yield "phases", reason("format_too_long", minutes=plan.minutes, most=MAX_MINUTES)
    if plan.two_circles and plan.peers:
        yield "peers", reason("two_circles_are_led")
    characters = len(plan.title)
    for p in plan.phases:
        texts = (p.title, p.short, p.purpose, p.guidance, p.watch, *p.prompts)
        characters += sum(map(len, texts))
    if characters > MAX_CHARACTERS:
        yield "characters", reason("texts_too_long", characters=characters, most=MAX_CHARACTERS)


def _of_texts(phase: Phase) -> Iterator[FieldFault]:
    if not phase.title:
        yield "title", reason("phase_title_empty", most=MAX_TITLE)
    elif (length := len(phase.title)) > MAX_TITLE:
        yield "title", reason("phase_title_too_long", length=length, most=MAX_TITLE)
    if not phase.short:
        yield "short", reason("short_title_empty", most=MAX_SHORT)
    elif (length := len(phase.short)) > MAX_SHORT:
        yield "short", reason("short_title_too_long", length=length, most=MAX_SHORT)
    if (length := len(phase.purpose)) > MAX_TEXT:
        yield "purpose", reason("purpose_too_long", length=length, most=MAX_TEXT)
    if (length := len(phase.guidance)) > MAX_TEXT:
        yield "guidance", reason("guidance_too_long", length=length, most=MAX_TEXT)
    if (length := len(phase.watch)) > MAX_TEXT:
        yield "watch", reason("watch_too_long", length=length, most=MAX_TEXT)
    yield from _of_prompts(phase.prompts)


def _of_prompts(prompts: tuple[str, ...]) -> Iterator[FieldFault]:
    if len(prompts) > MAX_PROMPTS:
        yield "prompts", reason("too_many_prompts", prompts=len(prompts), most=MAX_PROMPTS)
    for prompt in prompts:
        if (length := len(prompt)) > MAX_TEXT:
            begins = prompt[:30]
            yield (
                "prompts",
                reason("phase_prompt_too_long", begins=begins, length=length, most=MAX_TEXT),
            )


def _of_numbers(phase: Phase) -> Iterator[FieldFault]:
    if not _has_time(phase):
        why = reason(
            "minutes_out_of_bounds",
            minutes=phase.minutes,
            least=LEAST_MINUTES,
            most=MOST_MINUTES,
        )
        yield "minutes", why
    if not 0 <= phase.cap <= MAX_CAP:
        yield "cap", reason("cap_out_of_bounds", cap=phase.cap, most=MAX_CAP)


def _has_time(phase: Phase) -> bool:
    # False for NaN, too.
    return LEAST_MINUTES <= phase.minutes <= MOST_MINUTES


def _of_turns(plan: Format, place: int) -> Iterator[FieldFault]:
    """The faults by which nobody could be heard, or take the floor."""
    phase = plan.phases[place]
    if phase.turns is Turns.PRESENTER and phase.heard.sits_back:
        yield "turns", reason("floor_while_sitting_back")
    if phase.heard is Heard.PRESENTER and phase.turns is Turns.ROUND:
        yield "turns", reason("round_of_presenter_alone")
    if phase.heard is Heard.PRESENTER and phase.turns is Turns.HANDS:
        yield "turns", reason("hands_of_presenter_alone")
    # A facilitator would be heard and give the floor; peers have none.
    alone = phase.heard is Heard.PRESENTER_AND_FLOOR and plan.peers
    if (alone or phase.heard is Heard.PRESENTER) and not _has_presenter(plan, place):
        yield "heard", reason("nobody_can_be_heard")


def _has_presenter(plan: Format, place: int) -> bool:
    """Whether there can be a presenter by now: by rotation, or because the group was heard."""
    before, phase = plan.phases[:place], plan.phases[place]
    rotates = any(p.next_presenter for p in (*before, phase))
    return rotates or any(p.heard is not Heard.PRESENTER for p in before)
