"""A recorded history of rooms under faults, and its problems. Pure: no I/O, no clock.

Owns the records (who sent what and with which outcome, which version of the room each person was
shown and when) and `check`, which describes in sentences what no fault may ever cause.

How "exactly once" is observed from outside. Every prompt of a room's one prompter is unique, so it
is recognised in every frame. The frames of all people together give the room's course: its versions
in order, without some that were replaced quickly. Each acknowledged prompt occurs in it once, a
refused one never, and one whose answer was lost with the connection at most once. For commands
without a visible trace (a hand, a phase) versions are counted, since each accepted command makes
one: from the first to the last they rise by at least the number of acknowledged commands, and by
at most the number of acknowledged and unanswered ones and of changes by the server itself (who is
away or has several windows, the end of a silence). A version that changes nothing visible is a
command done twice, unless it may be one of those that are not visible to everybody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

ACCEPTED = "accepted"
UNANSWERED = "unanswered"
NOT_FOR_ALL = frozenset(
    {"offer_case", "withdraw_case", "seat_presenter", "present", "invite", "not_now"}
    | {"ask_return", "recall"}
)
"""Commands without an effect on a Value."""


class Value(NamedTuple):
    """The part of a version that everybody sees alike."""

    phase: str = "waiting"
    clock: str = ""
    seats: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    """The seats that are open in several, as for a moment after somebody has come back."""
    speaking: tuple[str, ...] = ()
    hands: tuple[str, ...] = ()
    presenter: str = ""
    silence: bool = False
    prompt: str = ""
    elsewhere: bool = False

    def same_but_server(self, other: Value) -> bool:
        """Whether everything that the server itself may change, unasked, is equal."""
        mine = (self.seats, self.away, self.windows, self.silence)
        return mine == (other.seats, other.away, other.windows, other.silence)


class Seen(NamedTuple):
    """A version on a person's page: on their nth connection, at this second."""

    room: str
    person: str
    line: int
    at: float
    version: int
    value: Value


class Asked(NamedTuple):
    """A command and its outcome: ACCEPTED, UNANSWERED, or the code of the refusal."""

    room: str
    person: str
    do: str
    prompt: str
    sent: float
    answered: float
    outcome: str


@dataclass
class History:
    """All records of some rooms."""

    seen: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[str, list[Asked]] = field(default_factory=lambda: defaultdict(list))
    ends: dict[str, tuple[int, Value]] = field(default_factory=dict)
    """By room, the final page as loaded."""
    unsure: set[str] = field(default_factory=set)
    """Refusals that do not exclude that the command was done; usually there are none."""
    _values: dict[str, dict[int, Value]] = field(default_factory=lambda: defaultdict(dict))

    def saw(self, seen: Seen) -> None:
        """Records a person's page, until the room's end is known."""
        if seen.room in self.ends:
            return
        first = self._values[seen.room].setdefault(seen.version, seen.value)
        # Equal values share one object: a soak records hundreds of thousands.
        self.seen[seen.room].append(seen._replace(value=first) if first == seen.value else seen)

    def heard(self, asked: Asked) -> None:
        """Records the outcome of a command."""
        self.asked[asked.room].append(asked)

    def course(self, room: str) -> list[tuple[int, Value]]:
        """The versions of a room that anybody saw, in order."""
        return sorted(self._values[room].items())


def check(history: History) -> list[str]:
    """The problems, in sentences; empty if there are none."""
    problems: list[str] = []
    for room in sorted(history.seen):
        seen, asked = history.seen[room], history.asked[room]
        course = history.course(room)
        for found in (
            _falling(seen),
            _differing(seen, dict(course)),
            _two_speaking(course),
            _prompts(course, asked, history.unsure),
            _counted(course, asked, history.unsure),
            _unlike_at_the_end(seen, history.ends.get(room)),
        ):
            problems += [f"{room}: {problem}." for problem in found]
    return problems


def _falling(seen: list[Seen]) -> Iterator[str]:
    """Versions only rise, for each person, within and across connections."""
    last: dict[str, Seen] = {}
    for now in seen:
        before = last.get(now.person, now)
        if now.version < before.version:
            where = "on one line" if now.line == before.line else "on coming back"
            yield f"{now.person} saw version {now.version} after {before.version}, {where}"
        last[now.person] = now


def _differing(seen: list[Seen], values: dict[int, Value]) -> Iterator[str]:
    """One version is the same for everybody."""
    told: set[int] = set()
    for now in seen:
        first = values[now.version]
        if now.value != first and now.version not in told:
            told.add(now.version)
            names = [n for n, a, b in zip(Value._fields, first, now.value, strict=True) if a != b]
            yield f"version {now.version} was shown with another {', '.join(names)} to {now.person}"


def _two_speaking(course: list[tuple[int, Value]]) -> Iterator[str]:
    """At most one person holds the floor."""
    for version, value in course:
        if len(value.speaking) > 1:
            yield f"{' and '.join(value.speaking)} both hold the floor in version {version}"


def _prompts(
    course: list[tuple[int, Value]], asked: list[Asked], unsure: set[str]
) -> Iterator[str]:
    """Each acknowledged prompt occurs once, a refused one never, any other at most once."""
    prompts = [value.prompt for _version, value in course]
    arrived = Counter(now for before, now in pairwise(["", *prompts]) if now and now != before)
    for one in asked:
        if not one.prompt:
            continue
        times = arrived.pop(one.prompt, 0)
        if one.outcome == ACCEPTED and times == 0:
            yield f"{one.prompt} was acknowledged and never took effect"
        if one.outcome not in (ACCEPTED, UNANSWERED, *unsure) and times:
            yield f"{one.prompt} was refused ({one.outcome}) and yet took effect"
        if times > 1:
            yield f"{one.prompt} took effect {times} times"
    for prompt in arrived:
        yield f"{prompt} took effect, and nobody had asked for it"


def _counted(
    course: list[tuple[int, Value]], asked: list[Asked], unsure: set[str]
) -> Iterator[str]:
    """Versions rise by one for each command that was done, and for nothing else."""
    outcomes = Counter(one.outcome for one in asked)
    done, perhaps = outcomes[ACCEPTED], sum(outcomes[one] for one in (UNANSWERED, *unsure))
    may_be_done = (ACCEPTED, UNANSWERED, *unsure)
    hidden = sum(one.do in NOT_FOR_ALL and one.outcome in may_be_done for one in asked)
    by_server = 0
    for (before, was), (version, value) in pairwise(course):
        if value == was and version == before + 1:
            hidden -= 1
            if hidden < 0:
                yield f"version {version} changes nothing that anybody can see"
        if not value.same_but_server(was):
            by_server += version - before
    rise = course[-1][0] - course[0][0]
    if rise < done:
        yield f"{done} commands were acknowledged, yet versions rose by {rise} only"
    if rise > done + perhaps + by_server:
        most = done + perhaps + by_server
        yield f"versions rose by {rise}, yet at most {most} commands can have been done"


def _unlike_at_the_end(seen: list[Seen], end: tuple[int, Value] | None) -> Iterator[str]:
    """All pages end on the value of the room."""
    last = {now.person: now for now in seen}
    version, value = end or max((now.version, now.value) for now in last.values())
    for person, now in last.items():
        if now.version != version:
            yield f"{person} ended on version {now.version}, the room on {version}"
        elif now.value != value:
            yield f"{person} ended on another value of version {version} than the room"
