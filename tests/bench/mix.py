"""The mix: what the people of a measured room do, and how often.

An act is one press, or a few that leave the room as it was, so acts may follow each other in any
order. Absences longer than the grace of a lease are no part of it, since they take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, cycle
from typing import NamedTuple

import msgspec

from server.room import commands as c

SESSION: tuple[tuple[c.Command, int], ...] = (
    (c.Start("waiting"), 0),
    (c.SeatPresenter("seat1"), 0),
    (c.Present(yes=True), 1),
    (c.Go("reflection", "arrival"), 0),
    (c.OneVoice(on=True), 0),
)
"""The commands, each with the number of its person, by which the session of the mix begins: group
reflection, one voice at a time, person 0 leads, person 1 presents and sits back."""
FIRST_MEMBER = 2
CANDIDATE = "candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host generation 0 ufrag abcd " * 3
"""As long as most signals of a browser."""


class Change(NamedTuple):
    """A command, after which everybody has a new version."""

    who: int
    frame: bytes


class Signal(NamedTuple):
    """A signal to one other person."""

    who: int
    to: int
    frame: bytes


class Return(NamedTuple):
    """A person's connection is cut, and they come back: by their page, or by a new socket alone."""

    who: int
    by_page: bool


Press = Change | Signal | Return
Presses = Callable[[int], Iterator[Press]]
"""An endless sequence of presses in a room with so many people."""


class Act(NamedTuple):
    """Presses of members `one` and `two`, the n-th time that this act is performed."""

    what: str
    times: int
    """In an hour of ten people."""
    presses: Callable[[int, int, int], tuple[Press, ...]]


def _does(who: int, do: str, **fields: object) -> Change:
    return Change(who, msgspec.json.encode({"do": do, **fields}))


def _hand(one: int, _two: int, _n: int) -> tuple[Press, ...]:
    given = _does(0, "give_floor", seat=f"seat{one}")
    return _does(one, "raise_hand"), given, _does(one, "yield")


def _two_hands(one: int, two: int, _n: int) -> tuple[Press, ...]:
    return _does(two, "raise_hand"), *_hand(one, two, 0), _does(two, "yield")


def _lowered(one: int, _two: int, _n: int) -> tuple[Press, ...]:
    return _does(one, "raise_hand"), _does(one, "lower_hand")


def _speaks(one: int, _two: int, _n: int) -> tuple[Press, ...]:
    return _does(one, "unmute"), _does(one, "mute")


def _shows(one: int, _two: int, _n: int) -> tuple[Press, ...]:
    return _does(one, "camera", on=True), _does(one, "camera", on=False)


def _prompted(_one: int, _two: int, n: int) -> tuple[Press, ...]:
    return (_does(0, "prompt", text=f"What might they feel? {n:07d}"),)


def _silence(_one: int, _two: int, _n: int) -> tuple[Press, ...]:
    return _does(0, "silence", seconds=60), _does(0, "silence", seconds=0)


def _phase(_one: int, _two: int, _n: int) -> tuple[Press, ...]:
    there = _does(0, "advance", **{"from": "reflection"})
    return there, _does(0, "back", **{"from": "response"})


def _clock(_one: int, _two: int, _n: int) -> tuple[Press, ...]:
    return _does(0, "pause"), _does(0, "resume")


def _line(one: int, _two: int, _n: int) -> tuple[Press, ...]:
    return _does(one, "line", bad=True), _does(one, "line", bad=False)


def _signal(one: int, two: int, _n: int) -> tuple[Press, ...]:
    frame = {"do": "signal", "to": f"seat{two}", "data": {"candidate": CANDIDATE}}
    return (Signal(one, two, msgspec.json.encode(frame)),)


def _reloads(one: int, _two: int, _n: int) -> tuple[Press, ...]:
    return (Return(one, by_page=True),)


def _reconnects(one: int, _two: int, _n: int) -> tuple[Press, ...]:
    return (Return(one, by_page=False),)


ACTS = (
    Act("raises a hand, gets the floor, yields", 20, _hand),
    Act("two hands, the floor passes on", 8, _two_hands),
    Act("raises a hand, lowers it", 5, _lowered),
    Act("unmutes, mutes", 30, _speaks),
    Act("camera on, off", 6, _shows),
    Act("prompt", 8, _prompted),
    Act("silence, and its end", 3, _silence),
    Act("next phase, and back", 4, _phase),
    Act("pauses the clock, resumes", 2, _clock),
    Act("line bad, good again", 2, _line),
    Act("WebRTC signal", 30, _signal),
    Act("loads the page anew", 5, _reloads),
    Act("loses the connection, comes back", 8, _reconnects),
)
"""The table. The counts are estimates: a circle of ten in the sixty minutes of the classic format,
whose rounds count as hands."""


def mixed(people: int) -> Iterator[Press]:
    """The acts of the table for ever, each as evenly spread as its number allows."""
    performed = sorted(
        ((n + 0.5) / act.times, place, n)
        for place, act in enumerate(ACTS)
        for n in range(act.times)
    )
    members = people - FIRST_MEMBER
    presses: list[Press] = []
    for turn, (_, place, n) in enumerate(performed):
        one, two = (FIRST_MEMBER + (turn + further) % members for further in (0, 1))
        presses += ACTS[place].presses(one, two, n)
    return cycle(presses)


def prompts(_people: int) -> Iterator[Press]:
    """Prompts of the facilitator alone, as the bench pressed before it had the mix."""
    return (press for n in count(1) for press in _prompted(0, 0, n))


def shares() -> dict[str, float]:
    """The part of each act in all presses."""
    sizes = {act.what: act.times * len(act.presses(2, 3, 0)) for act in ACTS}
    return {what: size / sum(sizes.values()) for what, size in sizes.items()}
