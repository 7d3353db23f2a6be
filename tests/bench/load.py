"""The load: rooms full of people. mix.py owns what they do, person.py their connections."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from time import perf_counter

from tests.bench.mix import Change, Presses, Return, Signal
from tests.bench.person import Page, Person, address_of, request_for
from tests.support.raw import handshake

ENTERS_WITHIN_S = 60.0
PAUSE_S = 0.11
"""The rate limit of a seat is ten a second in the long run."""


class Room:
    """People in one room, who press in turn as `presses` says."""

    def __init__(self, urls: list[str], path: str, cookies: list[str], presses: Presses) -> None:
        """`path` leads to the room: with /room to its page, with /socket to its socket."""
        self.path = path
        origins = [urls[n % len(urls)] for n in range(len(cookies))]
        ways = list(zip(origins, cookies, strict=True))
        self._doors = [
            (address_of(at), handshake(at, f"{path}/socket", who, origin=at)) for at, who in ways
        ]
        self._pages = [request_for(at, f"{path}/room", who) for at, who in ways]
        self._presses = presses(len(cookies))
        self.people: list[Person] = []
        self.problems: list[str] = []
        self.deliveries = 0
        self.pause_s = PAUSE_S
        self.latencies: list[float] = []
        self.all_are_in: asyncio.Future[None]
        self._pressed_at = 0.0
        self._awaited = 0
        self._behind = 0
        self._awaits_signal = False
        self._comes_back: asyncio.Task[None] | None = None
        self._enters_again: list[asyncio.Task[None]] = []
        self._go_on = False
        self._done: asyncio.Future[None] | None = None

    async def enter(self) -> None:
        """Connects everybody; ends when all have the room."""
        loop = asyncio.get_running_loop()
        self.all_are_in = loop.create_future()
        for address, request in self._doors:
            make = partial(Person, self, request)
            _, person = await loop.create_connection(make, *address)
            self.people.append(person)
        self._look_whether_all_are_in()
        async with asyncio.timeout(ENTERS_WITHIN_S):
            await self.all_are_in

    async def _enter_again(self, person: Person) -> None:
        number = self.people.index(person)
        address, request = self._doors[number]
        make = partial(Person, self, request)
        _, again = await asyncio.get_running_loop().create_connection(make, *address)
        self.people[number] = again

    async def come(self, number: int, *, by_page: bool) -> None:
        """Connects one person, perhaps again; ends when they have the room."""
        await self._connect(self._newcomer(number), number, by_page=by_page)

    def _newcomer(self, number: int) -> Person:
        """A person who is not connected yet, in place of one whose connection is cut."""
        person = Person(self, self._doors[number][1])
        person.has_room = asyncio.get_running_loop().create_future()
        if number < len(self.people):
            before, self.people[number] = self.people[number], person
            before.leave()
        else:
            self.people.append(person)
        return person

    async def _connect(self, person: Person, number: int, *, by_page: bool) -> None:
        loop = asyncio.get_running_loop()
        address = self._doors[number][0]
        if by_page:
            _, page = await loop.create_connection(partial(Page, self._pages[number]), *address)
            status = await page.loaded
            if not status.endswith(b" 200"):
                self.note_problem(f"the page answered {status!r}")
        await loop.create_connection(lambda: person, *address)
        if person.has_room:
            async with asyncio.timeout(ENTERS_WITHIN_S):
                await person.has_room

    async def come_one_by_one(self, *, by_page: bool) -> None:
        """Connects everybody, perhaps again, each once the one before has the room."""
        self.all_are_in = asyncio.get_running_loop().create_future()
        for number in range(len(self._doors)):
            await self.come(number, by_page=by_page)
        if not self.all_are_in.done():
            self.all_are_in.set_result(None)

    def cut(self) -> None:
        """Cuts everybody's connection."""
        people, self.people = self.people, []
        for person in people:
            person.leave()

    def note_problem(self, what: str) -> None:
        """Records what should not have happened. A press without its effect ends `press_all`."""
        self.problems.append(what)
        if self._done and not self._done.done():
            self._done.set_exception(AssertionError(what))

    def lost(self, person: Person) -> None:
        """Records that a connection was cut. A person who is still entering connects again, as a
        page does: a server whose Redis answers late closes with 1013."""
        if person in self.people and person.has_room is None and not self.all_are_in.done():
            self._enters_again.append(asyncio.create_task(self._enter_again(person)))
        elif person in self.people:
            self.note_problem("a line was cut")
            if person.has_room and not person.has_room.done():
                person.has_room.set_exception(ConnectionError(self.problems[0]))

    def seen(self, person: Person) -> None:
        """Records that somebody has a version."""
        if person.has_room and not person.has_room.done():
            person.has_room.set_result(None)
        if not self.all_are_in.done():
            self._look_whether_all_are_in()
            return
        self.deliveries += 1
        if person.waits and not self._awaits_signal and person.version >= self._awaited:
            self._has_it(person)

    def signalled(self, person: Person) -> None:
        """Records that somebody has a signal."""
        self.deliveries += 1
        if person.waits and self._awaits_signal:
            self._has_it(person)

    def _has_it(self, person: Person) -> None:
        """One person has the effect of the last press."""
        person.waits = False
        self._behind -= 1
        if self._behind == 0:
            self.latencies.append(perf_counter() - self._pressed_at)
            if self._go_on:
                loop = asyncio.get_running_loop()
                loop.call_later(self._pressed_at + self.pause_s - perf_counter(), self.press)
            else:
                self._end()

    def _end(self) -> None:
        if self._done and not self._done.done():
            self._done.set_result(None)

    def _look_whether_all_are_in(self) -> None:
        if len(self.people) == len(self._doors) and all(p.version >= 0 for p in self.people):
            self.all_are_in.set_result(None)

    def press(self) -> None:
        """Presses what comes next, unless the person of the last press is still on their way."""
        if any(person.version < 0 for person in self.people):
            return
        if (press := next(self._presses, None)) is None:
            self._end()
            return
        self._awaits_signal = isinstance(press, Signal)
        self._awaited = max(person.version for person in self.people)
        """The version that those have who have the effect of this press."""
        self._pressed_at = perf_counter()
        match press:
            case Change(who, frame):
                self._awaited += 1
                self._wait_for(range(len(self.people)))
                self.people[who].send(frame)
            case Signal(who, to, frame):
                self._wait_for([to])
                self.people[who].send(frame)
            case Return(who, by_page):
                newcomer = self._newcomer(who)
                self._wait_for([who])
                self._comes_back = asyncio.create_task(
                    self._connect(newcomer, who, by_page=by_page)
                )

    def _wait_for(self, numbers: Iterable[int]) -> None:
        """Who has to have the effect of this press."""
        awaited = set(numbers)
        self._behind = len(awaited)
        for number, person in enumerate(self.people):
            person.waits = number in awaited

    def begin(self) -> None:
        """Presses repeatedly, each time once everybody has seen the last change."""
        self._go_on = True
        self.press()

    async def press_all(self) -> None:
        """Presses until there is nothing more to press, and everybody has seen it."""
        self._done = asyncio.get_running_loop().create_future()
        self.begin()
        await self._done

    async def stop(self) -> None:
        """Stops pressing; ends when everybody has seen the last change."""
        self._go_on = False
        if self._behind:
            self._done = asyncio.get_running_loop().create_future()
            await self._done
