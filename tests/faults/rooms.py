"""Rooms full of people: made by HTTP, connected to all processes of a deployment in turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from tests.faults.deployment import Servers
from tests.faults.history import ACCEPTED, History, Value
from tests.faults.page import Page
from tests.faults.people import PATIENCE_S, Person
from tests.support.client import Visit, ask, join, start_circle

NAMES = ("Fay", "Ann", "Ben", "Cem", "Dag", "Eli", "Gil", "Hua", "Ida", "Jon", "Kim", "Mei")
FASTEST_S = 0.11
"""A little slower than the rate limit of one connection."""


class Circle:
    """One room and its people; the first of them leads."""

    def __init__(self, name: str, people: list[Person], host: Visit, history: History) -> None:
        self.name = name
        self.people = people
        self.host = host
        self.history = history
        self.asked = 0
        """The number of the latest prompt."""

    @property
    def leader(self) -> Person:
        """The facilitator, the only person here who sends prompts."""
        return self.people[0]

    @property
    def value(self) -> Value:
        """The room on its facilitator's page."""
        return self.leader.page.value

    async def prompt(self) -> str:
        """The facilitator sends the next, unique prompt; returns its outcome."""
        self.asked += 1
        return await self.leader.ask("prompt", f"prompt-{self.name}-{self.asked}")

    async def keep_prompting(self, every_s: float = FASTEST_S, most: int | None = None) -> None:
        """Sends prompts, one after another, until cancelled or until so many were accepted."""
        accepted = 0
        while most is None or accepted < most:
            asked = monotonic()
            accepted += await self.prompt() == ACCEPTED
            await asyncio.sleep(max(0.01, asked + every_s - monotonic()))

    async def keep_fidgeting(self, every_s: float = FASTEST_S) -> None:
        """All members but one raise and lower their hands, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for person in self.people[2:]:
                group.create_task(_fidget(person, every_s))

    async def into_questions(self) -> None:
        """Moves to a phase with a clock, a floor and hands, which must outlast every fault."""
        await self.leader.ask("start", **{"from": "waiting"})
        await self.leader.ask("go", **{"from": "arrival", "to": "questions"})
        speaker, *waiting = self.people[1:4]
        for person in (speaker, *waiting):
            await person.ask("raise_hand")
        await self.leader.ask("give_floor", seat=speaker.seat)
        await self.leader.until(lambda p: len(p.page.value.hands) == len(waiting))
        assert self.value.speaking == (speaker.seat,)

    def page(self, urls: list[str]) -> Page:
        """The room's page as loaded; blocks."""
        for url in urls:
            try:
                answer = ask(self.host.at(url).room, cookie=self.host.cookie)
            except OSError:
                continue
            if answer.status == 200:
                return Page(answer.text)
        return Page()


async def _fidget(person: Person, every_s: float) -> None:
    while True:
        raised = person.seat in person.page.value.hands
        await person.ask("lower_hand" if raised else "raise_hand")
        await asyncio.sleep(every_s)


@asynccontextmanager
async def meanwhile(*doings: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs these for the duration of the context. Any: asyncio's own type of awaitables."""
    tasks = [asyncio.create_task(doing) for doing in doings]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


def _made(servers: Servers, name: str, people: int, history: History, kind: type[Person]) -> Circle:
    host = start_circle(servers.urls[0], NAMES[0])
    visits = [host, *(join(host, person) for person in NAMES[1:people])]
    persons = [
        kind(name, person, [visit.at(url) for url in servers.urls], history)
        for person, visit in zip(NAMES, visits, strict=False)
    ]
    return Circle(name, persons, host, history)


@asynccontextmanager
async def rooms(
    servers: Servers, count: int, people: int = 10, kind: type[Person] = Person
) -> AsyncIterator[list[Circle]]:
    """So many rooms, with everybody (of this kind) in their seat, in one history."""
    history = History()
    circles: list[Circle] = []
    try:
        for number in range(count):
            circle = await asyncio.to_thread(_made, servers, f"r{number}", people, history, kind)
            circles.append(circle)
            for place, person in enumerate(circle.people):
                person.come(at=place)
        await everybody_here(circles)
        yield circles
    finally:
        await asyncio.gather(*(p.leave() for circle in circles for p in circle.people))


async def everybody_here(circles: list[Circle]) -> None:
    """Waits until everybody is connected, and shown as here to everybody."""
    for circle in circles:
        for person in circle.people:
            await person.until(lambda p: p.here and not p.page.value.away)


async def everybody_back(circles: list[Circle]) -> None:
    """Brings back everybody who is out; waits until all are here again."""
    for circle in circles:
        for person in circle.people:
            person.come()
    await everybody_here(circles)


async def all_is_well(circles: list[Circle]) -> None:
    """Waits until each room has accepted a new prompt, and everybody has seen it."""
    await asyncio.gather(
        *(_sees_more_than(circle.asked, person) for circle in circles for person in circle.people)
    )


async def _sees_more_than(number: int, person: Person) -> None:
    await person.until(lambda p: _number(p) > number)


def _number(person: Person) -> int:
    """The number of the prompt on a person's page."""
    return int(person.page.value.prompt.rpartition("-")[2] or 0)


async def ended(servers: Servers, circles: list[Circle]) -> History:
    """The history, once all pages agree with the room's page, or after a long wait."""
    history = circles[0].history
    deadline = monotonic() + PATIENCE_S
    for circle in circles:
        while True:
            page = await asyncio.to_thread(circle.page, servers.urls)
            same = all(p.page.version == page.version for p in circle.people)
            if same or monotonic() > deadline:
                history.ends[circle.name] = (page.version, page.value)
                break
            await asyncio.sleep(0.05)
    return history
