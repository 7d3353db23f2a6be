"""A person of the load: one minimal connection, and one request for a page.

A client costs few instructions here, so the server's core is the bottleneck. Only the version of a
frame is read, and whether it is a signal.
"""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tests.bench.load import Room

MASK = bytes(4)
SIGNAL = b'{"signal":'
VERSION = b'data-version="'
REFUSED = b'data-refused="'


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
        self.has_room: asyncio.Future[None] | None = None
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
        """Sends a command of up to 64 KiB, masked with zeros."""
        size = len(command)
        long = size > 125
        head = struct.pack("!BBH", 0x81, 0xFE, size) if long else bytes((0x81, 0x80 | size))
        self._transport.write(head + MASK + command)

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
            self._room.note_problem(f"closed with {data[start + 2 : end]!r}")
        elif data.find(REFUSED, start, end) >= 0:
            self._room.note_problem(f"refused: {data[start:end]!r}")
        elif (found := data.rfind(VERSION, start, end)) >= 0:
            found += len(VERSION)
            self.version = int(data[found : data.index(b'"', found)])
            self._room.seen(self)
        elif data.startswith(SIGNAL, start):
            self._room.signalled(self)


class Page(asyncio.Protocol):
    """One request for a page, whose content is dropped."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._status = b""
        self.loaded = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._status = self._status or data[:12]

    def connection_lost(self, _error: Exception | None) -> None:
        self.loaded.set_result(self._status)


def address_of(url: str) -> tuple[str, int]:
    """Host and port."""
    host, _, port = urlsplit(url).netloc.partition(":")
    return host, int(port)


def request_for(origin: str, path: str, cookie: str) -> bytes:
    """The request for a page, as a browser with this cookie sends it."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {urlsplit(origin).netloc}",
        "Accept-Encoding: gzip",
        "Connection: close",
        f"Cookie: {cookie}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
