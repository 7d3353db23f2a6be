"""The machine's limit: a bare server without a framework, to which ours is compared.

`websockets`' Sans-I/O on asyncio with uvloop, one lean Redis connection for commits and one for the
subscription, one Lua call that commits and publishes, 1.5 KB of fixed bytes to each person. It has
no rules, roles, regions or fault handling.

    python -m tests.bench.reference REDIS_URL
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import Any
from urllib.parse import unquote, urlsplit

import hiredis
import uvloop
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

COMMIT = """
local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('HSET', KEYS[1], 'value', ARGV[1])
redis.call('PUBLISH', KEYS[1], version)
return version
"""
PAGE = '<hx-partial><div id="state" data-version="{}"></div>{}</hx-partial>'
PADDING = "x" * 1430


class Redis(asyncio.Protocol):
    """One connection; answers resolve in the order of requests, publications go to `heard`."""

    def __init__(self, heard: Any = None) -> None:
        self._reader = hiredis.Reader()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._heard = heard
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (answer := self._reader.gets()) is not False:
            if self._heard is not None:
                self._heard(answer)
            else:
                self._waiting.popleft().set_result(answer)

    def tell(self, *words: str | bytes) -> None:
        """Sends a command without waiting for the answer."""
        self._transport.write(hiredis.pack_command(words))  # type: ignore[arg-type]  # its type forbids what its documentation allows

    def ask(self, *words: str | bytes) -> asyncio.Future[Any]:
        """Sends a command; returns a future of its answer."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self.tell(*words)
        return future


class Rooms:
    """The people in each room."""

    def __init__(self) -> None:
        self.people: dict[bytes, set[Person]] = {}
        self.commits: Redis
        self.news: Redis
        self.script: bytes

    def hear(self, answer: Any) -> None:
        """Sends a published version to everybody in its room."""
        if answer[0] == b"message":
            page = PAGE.format(int(answer[2]), PADDING).encode()
            for person in self.people.get(answer[1], ()):
                person.show(page)


class Person(asyncio.Protocol):
    """One connection; its path names the room."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._protocol = ServerProtocol()
        self._transport: Any = None
        self._room = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, _error: Exception | None) -> None:
        self._rooms.people.get(self._room, set()).discard(self)

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
                self._enter(event.path.encode())
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._rooms.commits.ask(
                    "EVALSHA", self._rooms.script, "1", self._room, bytes(event.data)
                )
        self._flush()

    def show(self, page: bytes) -> None:
        self._protocol.send_text(page)
        self._flush()

    def _enter(self, room: bytes) -> None:
        self._room = room
        if room not in self._rooms.people:
            self._rooms.people[room] = set()
            self._rooms.news.tell("SUBSCRIBE", room)
        self._rooms.people[room].add(self)
        self._protocol.send_text(PAGE.format(0, PADDING).encode())

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)


async def serve(redis_url: str) -> None:
    """Runs until it is killed; prints its address."""
    loop = asyncio.get_running_loop()
    rooms = Rooms()
    path = unquote(urlsplit(redis_url).path)
    _, rooms.commits = await loop.create_unix_connection(Redis, path)
    _, rooms.news = await loop.create_unix_connection(lambda: Redis(rooms.hear), path)
    rooms.script = await rooms.commits.ask("SCRIPT", "LOAD", COMMIT)
    server = await loop.create_server(lambda: Person(rooms), "127.0.0.1", 0, backlog=4096)
    print(f"open at http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - its caller reads it
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
