"""Simulated members, as in a practice room, in many rooms at ten times the pace.

server/practice decides their actions from their own pages; here they are people of a history.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from time import monotonic
from typing import Any

from server.practice.member import Do, Intention, Member
from server.practice.page import Page, Sees
from server.practice.people import CAST, Manner
from server.room.formats.plan import Phase
from server.room.formats.shipped import PRACTICE, plan_of
from tests.faults.deployment import deployment
from tests.faults.facts import not_back
from tests.faults.figures import Result
from tests.faults.history import ACCEPTED
from tests.faults.people import PATIENCE_S, Person
from tests.faults.rooms import Circle, ended, everybody_back, meanwhile, rooms
from tests.faults.scenarios.soak import complaints

PACE = 10.0
LEADER_LOOKS_S = 0.2


class Practising(Person):
    """A person who reads their page as a simulated member does."""

    def __init__(self, *given: Any) -> None:
        """Any: the arguments of a Person."""
        super().__init__(*given)
        self.own_page = Page()

    def _take(self, frame: str) -> None:
        self.own_page.take(frame)
        super()._take(frame)


async def practice(*, seconds: float = 120.0, count: int = 15) -> Result:
    """Rounds, offers, hands, turns, signs, people who drop out: session after session."""
    done: Counter[Do] = Counter()
    with deployment() as built:
        async with rooms(built, count, 1 + len(CAST), Practising) as circles:
            doings = [_lead(circle) for circle in circles]
            for circle in circles:
                for person, manner in zip(circle.people[1:], CAST, strict=True):
                    doings.append(_take_part(person, manner, done))
            async with meanwhile(*doings):
                await asyncio.sleep(seconds)
            await everybody_back(circles)
            result = Result(circles[0].history)
            result.problems += not_back(circles)
            await ended(built, circles)
        result.problems += [f"the log says: {line}" for line in complaints(built.log)]
    asked = [one for each in result.history.asked.values() for one in each]
    for do in Do:
        result.measured(f"simulated members: {do}", done[do], "")
    result.measured("commands", len(asked), "")
    result.measured("of them accepted", sum(one.outcome == ACCEPTED for one in asked), "")
    result.expect(done[Do.YIELD], "no simulated member has yielded")
    return result


async def _take_part(person: Person, manner: Manner, done: Counter[Do]) -> None:
    assert isinstance(person, Practising)
    member, page = Member(manner.habits, random.Random(), PACE), person.own_page
    while True:
        sees = page.sees
        intention = member.intends(sees, monotonic())
        wait_s = intention.at - monotonic() if intention else PATIENCE_S
        try:
            await person.until(lambda _me, was=sees: page.sees != was, wait_s)  # type: ignore[misc]  # mypy cannot infer a lambda's default
        except TimeoutError:
            if intention:
                member.did(intention)
                done[intention.habit.do] += 1
                await _act(person, intention, sees)


async def _act(person: Person, intention: Intention, sees: Sees) -> None:
    if intention.away_s:
        await person.leave()
        await asyncio.sleep(intention.away_s)
        person.come()
        await person.until(lambda p: p.here)
    elif command := sees.offered(intention.habit.do):
        await person.ask(**command)


async def _lead(circle: Circle) -> None:
    """The facilitator: one session after another, at ten times the pace of a practice room."""
    leader = circle.leader
    await leader.ask("start", **{"from": "waiting"})
    for here, following in _steps():
        until = monotonic() + here.ms / 1000 / PACE
        while monotonic() < until:
            await _look_after(circle)
            await asyncio.sleep(LEADER_LOOKS_S)
        await circle.prompt()
        await leader.ask("go", **{"from": here.key, "to": following.key})


def _steps() -> Iterator[tuple[Phase, Phase]]:
    """Each phase and the next one, in a cycle."""
    phases = plan_of(PRACTICE).phases
    return cycle(zip(phases, (*phases[1:], phases[0]), strict=True))


async def _look_after(circle: Circle) -> None:
    """Serves everybody who waits for the facilitator."""
    leader, value = circle.leader, circle.value
    if leader.seat in value.speaking:
        await leader.ask("yield")
    elif value.phase == "call":
        here = [p.seat for p in circle.people[1:] if p.seat not in value.away]
        await leader.ask("seat_presenter", seat=random.choice(["", *here]))
    elif value.hands and not value.speaking:
        await leader.ask("give_floor", seat=value.hands[0])
    elif value.phase == "reflection" and random.random() < 0.1:
        await leader.ask("recall")
