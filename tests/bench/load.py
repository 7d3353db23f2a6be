"""The load: rooms full of people, each a minimal connection.

A client costs few instructions here, so the server's core is the bottleneck. Only the version of a
frame is read.
"""

from __future__ import annotations

import asyncio
import struct
from functools import partial
from itertools import cycle
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from tests.support.raw import handshake

MASK = bytes(4)
VERSION = b'data-version="'
REFUSED = b'data-refused="'
ENTERS_WITHIN_S = 60.0
PAUSE_S = 0.11
"""The rate limit of a seat is ten a second in the long run."""


class Person(asyncio.Protocol):
    """One connection to a room; records the version of each frame."""

    def __init__(self, room: Room, request: bytes) -> None:
        self._room = room
        self._request = request
        self._transport: Any = None
        self._waiting = b""
        self._upgraded = False
        self.version = -1
        self.waits = False
        self.closed = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def connection_lost(self, _error: Exception | None) -> None:
        self.closed = True
        self._room.lost(self)

    def data_received(self, data: bytes) -> None:
        if self._waiting:
            data = self._waiting + data
        if not self._upgraded:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._waiting = head
                return
            assert b" 101 " in head, head
            self._upgraded = True
        self._waiting = self._frames(data)

    def send(self, command: bytes) -> None:
        """Sends a command of up to 125 bytes, masked with zeros."""
        self._transport.write(bytes((0x81, 0x80 | len(command))) + MASK + command)

    def leave(self) -> None:
        """Cuts the connection."""
        self._transport.abort()

    def _frames(self, data: bytes) -> bytes:
        at, end = 0, len(data)
        while end - at >= 2:
            size, start = data[at + 1], at + 2
            if size == 126:
                if end - at < 4:
                    break
                (size,) = struct.unpack_from("!H", data, start)
                start += 2
            elif size == 127:
                if end - at < 10:
                    break
                (size,) = struct.unpack_from("!Q", data, start)
                start += 8
            if end - start < size:
                break
            self._frame(data[at] & 15, data, start, start + size)
            at = start + size
        return data[at:]

    def _frame(self, opcode: int, data: bytes, start: int, end: int) -> None:
        if opcode == 9:
            self._transport.write(bytes((0x8A, 0x80 | (end - start))) + MASK + data[start:end])
        elif opcode == 8:
            self._room.problems.append(f"closed with {data[start + 2 : end]!r}")
        elif data.find(REFUSED, start, end) >= 0:
            self._room.problems.append(f"refused: {data[start:end]!r}")
        elif (found := data.rfind(VERSION, start, end)) >= 0:
            found += len(VERSION)
            self.version = int(data[found : data.index(b'"', found)])
            self._room.seen(self)


class Room:
    """People in one room; the first one presses."""

    def __init__(self, urls: list[str], path: str, cookies: list[str]) -> None:
        self._doors = [
            (_address(url), handshake(url, path, cookie, origin=url))
            for url, cookie in zip(cycle(urls), cookies, strict=False)
        ]
        self.people: list[Person] = []
        self.problems: list[str] = []
        self.deliveries = 0
        self.pause_s = PAUSE_S
        self.latencies: list[float] = []
        self.all_are_in: asyncio.Future[None]
        self._pressed_at = 0.0
        self._awaited = 0
        self._behind = 0
        self._go_on = False
        self._presses = 0
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

    def cut(self) -> None:
        """Cuts everybody's connection."""
        people, self.people = self.people, []
        for person in people:
            person.leave()

    def lost(self, person: Person) -> None:
        """Records that a connection was cut."""
        if person in self.people:
            self.problems.append("a line was cut")

    def seen(self, person: Person) -> None:
        """Records that somebody has a version."""
        if not self.all_are_in.done():
            self._look_whether_all_are_in()
            return
        self.deliveries += 1
        if person.waits and person.version >= self._awaited:
            person.waits = False
            self._behind -= 1
            if self._behind == 0:
                self.latencies.append(perf_counter() - self._pressed_at)
                if self._go_on:
                    loop = asyncio.get_running_loop()
                    loop.call_later(self._pressed_at + self.pause_s - perf_counter(), self.press)
                elif self._done and not self._done.done():
                    self._done.set_result(None)

    def _look_whether_all_are_in(self) -> None:
        if len(self.people) == len(self._doors) and all(p.version >= 0 for p in self.people):
            self.all_are_in.set_result(None)

    def press(self) -> None:
        """Has the facilitator change the prompt."""
        self._awaited = max(person.version for person in self.people) + 1
        self._behind = len(self.people)
        for person in self.people:
            person.waits = True
        self._presses += 1
        self._pressed_at = perf_counter()
        self.people[0].send(b'{"do":"prompt","text":"What might they feel? %07d"}' % self._presses)

    def begin(self) -> None:
        """Presses repeatedly, each time once everybody has seen the last change."""
        self._go_on = True
        self.press()

    async def stop(self) -> None:
        """Stops pressing; ends when everybody has seen the last change."""
        self._go_on = False
        if self._behind:
            self._done = asyncio.get_running_loop().create_future()
            await self._done


def _address(url: str) -> tuple[str, int]:
    host, _, port = urlsplit(url).netloc.partition(":")
    return host, int(port)
