"""The last page of a session in words: the questions, what is gone, when the circle meets again.

Pure functions of a room, for one language.
"""

from collections.abc import Mapping
from typing import NamedTuple

from server.circle.pulse import questions_of
from server.room.state import ENDED, Farewell, Room
from server.views import dates
from server.views.language import Language
from server.views.pulse_words import PROMISE, question_words, step_words


class Question(NamedTuple):
    """A question of the form, with what a person has chosen."""

    key: str
    words: str
    steps: tuple[tuple[str, str], ...]
    chosen: str = ""
    fault: str = ""
    """The sentence about what is wrong with it."""


class LastPage(NamedTuple):
    gone: str
    kept: str
    again: str
    """When the circle meets again; empty if it is not known."""
    again_on: str
    """The original local date of that meeting (ISO 8601)."""
    number: int
    """Of the questions."""
    questions: tuple[Question, ...]
    promise: str


def last_page(language: Language, room: Room) -> LastPage | None:
    """What stands on the last page of this room, besides the thanks; None before the end."""
    farewell = room.farewell
    if farewell is None or room.phase != ENDED:
        return None
    _ = language.gettext
    return LastPage(
        gone=_gone(language, farewell, room.ended_at),
        kept=_("The circle’s register keeps the date, the minutes, and who was here.")
        if farewell.registers
        else _("The circle keeps its dates and its chairs, and no names from this session."),
        again=dates.day_and_time(language, farewell.next_at, farewell.zone)
        if farewell.next_on
        else "",
        again_on=farewell.next_on,
        number=farewell.number,
        questions=questions(language, farewell.number),
        promise=_(PROMISE),
    )


def _gone(language: Language, farewell: Farewell, ended_at: int | None) -> str:
    """Until the debrief ends, the names of the facilitators are still there."""
    sentence = language.gettext(
        "Gone at {time}, {zone}: every prompt, turn and hand, and every name but those of the"
        " facilitators, who stay for a debrief."
    )
    if ended_at is not None:
        sentence = language.ngettext(
            "Gone at {time}, {zone}: the room, {count} name, every prompt, turn and hand.",
            "Gone at {time}, {zone}: the room, {count} names, every prompt, turn and hand.",
            farewell.names,
        )
    return sentence.format(
        time=dates.time_of_day(language, ended_at or farewell.at, farewell.zone),
        zone=dates.zone_name(language, farewell.zone),
        count=farewell.names,
    )


def questions(
    language: Language,
    number: int,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> tuple[Question, ...]:
    """The questions of this number, with what a person has sent, and the faults of that."""
    sent, wrong = typed or {}, faults or {}
    return tuple(
        Question(
            key,
            question_words(language, key),
            step_words(language, key),
            sent.get(key, ""),
            wrong.get(key, ""),
        )
        for key in questions_of(number)
    )
