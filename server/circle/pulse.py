"""The pulse: questions after a session, of which only counts are kept, and afterwards only words.

While the questions are open, the value has a count for each question and step, and the seats that
may still answer: of those who were there, the ones who have not answered yet. A seat that answers
goes, so no seat is ever kept beside an answer, not even the first one's; and nothing has a time or
an order. Closing replaces both by the figures that everybody in the circle may see;
pulse_figures.py says what they are, and why no person's answer follows from them.

The limit of this: while the questions are open, somebody who reads Redis, or its append-only file,
before and after one person's answer sees the difference. So the file has to be rewritten after
a closing, as after a session.

A circle's process: `asked` when a session has ended, `answered` for each person, `closed` at
`closes_at` and when the next session starts, `shown` at any time.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from server.circle.pulse_figures import Figure, RollingMean, figure_of, rolling_means
from server.room.refused import Refused
from server.room.state import NewerSchema, Role

EACH_TIME = ("heard", "safe", "seen")
EVERY_THIRD_TIME = ("alone", "worn")
"""`worn` is the burnout item of the Physician Work Life Study; views/pulse_words.py has its wording
and its sources."""
QUESTIONS = EACH_TIME + EVERY_THIRD_TIME
STEPS = ("1", "2", "3", "4", "5")
"""The steps as a form sends them; an empty field skips its question."""

OPEN_MS = 48 * 3_600_000
"""How long after the end of a session people may answer, unless the next one starts before."""
MOST_PAST = 36
"""The figures of so many sessions are kept."""
SCHEMA = 1
"""Incremented when an older release would misread a pulse, or lose a part of it."""

Counts = tuple[int, int, int, int, int]


class OpenQuestions(Struct, frozen=True):
    """The questions about the last session, which people answer now."""

    number: int
    """Counts the sessions of the circle. A page sends it with the answers."""
    date: date
    """The local date of the session."""
    ended_at: int
    """When the session ended (epoch ms)."""
    counts: Mapping[str, Counts]
    """How often each step was chosen, by question: its keys are the questions to ask."""
    seats: tuple[str, ...] = ()
    """The seats that may still answer, in the order of their ids."""

    @property
    def closes_at(self) -> int:
        """When they close by themselves (epoch ms)."""
        return self.ended_at + OPEN_MS


class Past(Struct, frozen=True):
    """The figures of a past session, by question; None where too few answered."""

    date: date
    figures: Mapping[str, Figure | None]


class Pulse(Struct, frozen=True):
    """The pulse of a circle, as it is kept."""

    sessions: int = 0
    """After how many sessions people were asked."""
    open: OpenQuestions | None = None
    past: tuple[Past, ...] = ()
    """The oldest first."""
    schema: int = SCHEMA


class Shown(NamedTuple):
    """What everybody in the circle sees of one question."""

    question: str
    date: date
    """Of the last session after which it was asked."""
    figure: Figure | None
    """Of that session; None if too few answered."""
    trend: tuple[RollingMean, ...]
    """The oldest first; empty until three sessions have a figure."""


def questions_of(number: int) -> tuple[str, ...]:
    """The questions after the session of this number; none for 0."""
    if number == 0:
        return ()
    return EACH_TIME if number % 3 else QUESTIONS


def asked(pulse: Pulse, number: int, day: date, at: int, seats: Iterable[str]) -> Pulse:
    """The pulse when these people are asked about a session of this local date, which ended `at`.

    `number` is that of the session. Idempotent: for one that has been asked about, nothing changes.
    The questions of an earlier session are closed.
    """
    if number <= pulse.sessions:
        return pulse
    pulse = closed(pulse, at, starting=True)
    counts: dict[str, Counts] = dict.fromkeys(questions_of(number), (0, 0, 0, 0, 0))
    questions = OpenQuestions(number, day, at, counts, tuple(sorted(seats)))
    return replace(pulse, sessions=number, open=questions)


def questions_for(pulse: Pulse, seat: str, role: Role, now: int) -> tuple[str, ...]:
    """The questions that this person may answer now; none if they may not."""
    at = pulse.open
    if at is None or now >= at.closes_at or seat not in at.seats or not answers(role):
        return ()
    return tuple(at.counts)


def answered(
    pulse: Pulse,
    seat: str,
    role: Role,
    typed: Mapping[str, str],
    now: int,
    *,
    number: int | None = None,
) -> Pulse:
    """The pulse with the answers of this person.

    `typed` has the fields of the form: for each question a step or nothing. Other fields are
    ignored. `number` is that of the questions on the page, if the page sends it, so that a page
    left open answers nothing about a later session.

    Raises Refused: `not_allowed` for facilitators and guests; `stale` if the questions are closed,
    or this seat has answered or was not there; `invalid` for another text than a step, or if all
    are skipped.
    """
    at = pulse.open
    if not answers(role):
        raise Refused("not_allowed", "pulse_is_for_members")
    if at is None or now >= at.closes_at or number not in (None, at.number):
        raise Refused("stale", "pulse_closed")
    if seat not in at.seats:
        raise Refused("stale", "pulse_answered")
    chosen = {question: typed.get(question, "") for question in at.counts}
    if any(step and step not in STEPS for step in chosen.values()):
        raise Refused("invalid", "pulse_step_unknown")
    if not any(chosen.values()):
        raise Refused("invalid", "pulse_empty")
    counts = {question: _counted(at.counts[question], step) for question, step in chosen.items()}
    return without(replace(pulse, open=replace(at, counts=counts)), (seat,))


def closed(pulse: Pulse, now: int, *, starting: bool = False) -> Pulse:
    """The pulse with its open questions closed: 48 hours after the end of their session, or before
    if the next one is `starting`. Unchanged if none are open, or it is too early."""
    at = pulse.open
    if at is None or (now < at.closes_at and not starting):
        return pulse
    past = Past(at.date, {question: figure_of(counts) for question, counts in at.counts.items()})
    return replace(pulse, open=None, past=(*pulse.past, past)[-MOST_PAST:])


def without(pulse: Pulse, seats: Iterable[str]) -> Pulse:
    """The pulse in which these seats may not answer any more.

    What they have answered stays in the counts, where nobody can find it.
    """
    at = pulse.open
    leaving = set(seats)
    if at is None or leaving.isdisjoint(at.seats):
        return pulse
    staying = tuple(seat for seat in at.seats if seat not in leaving)
    return replace(pulse, open=replace(at, seats=staying))


def shown(pulse: Pulse) -> tuple[Shown, ...]:
    """What everybody in the circle sees, the same for all: each question that was asked, in their
    order. Open questions are not in it."""
    found = []
    for question in QUESTIONS:
        asked_at = [past for past in pulse.past if question in past.figures]
        if asked_at:
            figures = [(past.date, past.figures[question]) for past in asked_at]
            found.append(Shown(question, *figures[-1], rolling_means(figures)))
    return tuple(found)


def answers(role: Role) -> bool:
    """Whether people of this role are asked."""
    return role in (Role.MEMBER, Role.OBSERVER)


def _counted(counts: Counts, step: str) -> Counts:
    one, two, three, four, five = (n + (s == step) for n, s in zip(counts, STEPS, strict=True))
    return one, two, three, four, five


_decoder = msgspec.json.Decoder(Pulse)


def encode(pulse: Pulse) -> bytes:
    return msgspec.json.encode(pulse)


def decode(data: bytes | None) -> Pulse:
    """Decodes the result of `encode`; nothing is an empty pulse.

    Raises NewerSchema, or msgspec.MsgspecError or ValueError for anything else.
    """
    pulse = _decoder.decode(data) if data else Pulse()
    if pulse.schema > SCHEMA:
        raise NewerSchema
    return pulse
