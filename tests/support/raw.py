"""A WebSocket on the level of bytes, for what a browser would never send.

Owns RFC 6455 frames, right and wrong, and one connection to a room's socket.
"""

from __future__ import annotations

import asyncio
import base64
import os
from itertools import pairwise
from types import TracebackType
from urllib.parse import urlsplit

from tests.support.client import Visit

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x21\x42\x84\x18"
PATIENCE_S = 30.0


def frame(
    payload: bytes,
    opcode: int = TEXT,
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    claims: int | None = None,
) -> bytes:
    """One frame. `claims`: the length in its head, if it differs from the payload's."""
    length = len(payload) if claims is None else claims
    first = bytes([fin << 7 | reserved << 4 | opcode])
    bit = masked << 7
    if length < 126:
        head = first + bytes([bit | length])
    elif length < 1 << 16:
        head = first + bytes([bit | 126]) + length.to_bytes(2, "big")
    else:
        head = first + bytes([bit | 127]) + length.to_bytes(8, "big")
    return head + MASK + _with_mask(payload) if masked else head + payload


def fragmented(payload: bytes, cuts: list[int], between: bytes = b"") -> bytes:
    """A text message in several frames, with other frames `between` them."""
    edges = [0, *sorted(min(cut, len(payload)) for cut in cuts), len(payload)]
    parts = [payload[a:b] for a, b in pairwise(edges)]
    return between.join(
        frame(part, CONTINUED if place else TEXT, fin=place == len(parts) - 1)
        for place, part in enumerate(parts)
    )


def handshake(url: str, path: str, cookie: str, *, origin: str) -> bytes:
    """The request that opens a WebSocket; without an Origin if that is ''."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        f"Cookie: {cookie}",
        *([f"Origin: {origin}"] if origin else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _with_mask(payload: bytes) -> bytes:
    size = len(payload)
    mask = (MASK * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(mask, "big")).to_bytes(size, "big")


class Closed(Exception):
    """The server has ended the connection: with a code, or None if it was cut."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class RawSocket:
    """One connection to a room: `async with RawSocket(visit) as connection`."""

    def __init__(self, visit: Visit, *, origin: str | None = None) -> None:
        """Origin is the page's own, or the given one ('' for none)."""
        self._visit = visit
        self._origin = visit.url if origin is None else origin

    async def __aenter__(self) -> RawSocket:
        host, _, port = self._visit.url.removeprefix("http://").partition(":")
        self._reader, self._writer = await asyncio.open_connection(host, int(port))
        self._writer.write(self.handshake())
        async with asyncio.timeout(PATIENCE_S):
            try:
                answer = await self._reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                answer = b""
        self.accepted = answer.startswith(b"HTTP/1.1 101 ")
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._writer.transport.abort()

    def send(self, data: bytes) -> None:
        """Sends these bytes unchanged."""
        self._writer.write(data)

    async def read(self) -> bytes:
        """The next text from the server; raises Closed, and answers a close as a browser does."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    opcode, payload = await self._read_frame()
                    if opcode == TEXT:
                        return payload
                    if opcode == CLOSE:
                        self.send(frame(payload, CLOSE))
                        raise Closed(int.from_bytes(payload[:2], "big"))
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Closed(None) from None

    async def until(self, text: bytes) -> None:
        """Reads until the server has sent this."""
        while text not in await self.read():
            pass

    def handshake(self) -> bytes:
        """The opening request, for callers that send it themselves."""
        path = f"/circles/{self._visit.circle_id}/socket"
        return handshake(self._visit.url, path, self._visit.cookie, origin=self._origin)

    async def _read_frame(self) -> tuple[int, bytes]:
        first, second = await self._reader.readexactly(2)
        length = second & 127
        if length > 125:
            size = 2 if length == 126 else 8
            length = int.from_bytes(await self._reader.readexactly(size), "big")
        return first & 15, await self._reader.readexactly(length)
