"""`python -m tests.faults.flood KIND URL CIRCLE COOKIE SEAT TOKEN`: sends requests at full speed.

It runs until it is ended, in a process of its own, so that it does not slow down the measurement.
It reopens closed connections at once, and keeps printing the number of its requests.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlencode

from tests.support.client import Visit
from tests.support.raw import PING, PONG, RawSocket, frame

AT_ONCE = 8
MORE_THAN_A_SEAT_MAY = 24
STAYS_S = 2.0
SAYS_EVERY_S = 0.2
BLOCK = 64 * 1024
LARGE = 60_000
CLOSED = b"\x88"
ADDRESS = "203.0.113.7"
"""The servers trust a proxy on this machine to report addresses."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

Lines = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Flood:
    """An attacker with a seat and an invitation."""

    def __init__(self, visit: Visit, seat: str, token: str) -> None:
        self._visit = visit
        self._seat = seat
        self._token = token
        self._host, _, port = visit.url.removeprefix("http://").partition(":")
        self._port = int(port)
        self.asked = 0

    async def commands(self) -> None:
        """Distinct prompts, on one connection."""
        await self._pour([_said(do="prompt", text=f"flood {n}") for n in range(500)])

    async def refusals(self) -> None:
        """Commands that are all refused, on one connection."""
        await self._pour([_said(do="give_floor", seat="nobody")] * 500)

    async def pings(self) -> None:
        """Pings of the page's kind, on one connection."""
        await self._pour([_said(do="ping", t=1)] * 1000)

    async def signals(self) -> None:
        """Signals of the largest size, to the sender's own seat."""
        await self._pour([_said(do="signal", to=self._seat, data="x" * LARGE)])

    async def frames_of_pings(self) -> None:
        """Ping frames of the WebSocket protocol, of the smallest size, on one connection."""
        await self._pour([frame(b"", PING)] * 10_000, counts_lines=True)

    async def frames_of_pongs(self) -> None:
        """Unsolicited pong frames."""
        await self._pour([frame(b"", PONG)] * 10_000, counts_lines=True)

    async def empty_frames(self) -> None:
        """Forty thousand fit into one read; the first of them ends the connection."""
        await self._pour([frame(b"")] * 10_000, counts_lines=True)

    async def windows(self) -> None:
        """More connections of one seat than allowed, repeatedly."""
        await asyncio.gather(*(self._lines(self._stay) for _ in range(MORE_THAN_A_SEAT_MAY)))

    async def joins(self) -> None:
        """One address joins again and again."""
        form = urlencode({"token": self._token, "your_name": "Eve", "agree": "yes"})
        await self._request("POST /join", form)

    async def starts(self) -> None:
        """One address starts one circle after another."""
        await self._request(
            "POST /circles", urlencode({"circle_name": "Flood", "your_name": "Eve"})
        )

    async def pages(self) -> None:
        """The room's page is loaded again and again."""
        await self._request(f"GET /circles/{self._visit.circle_id}/room", "")

    async def _request(self, what: str, body: str) -> None:
        headers = {
            "Host": f"{self._host}:{self._port}",
            "Origin": self._visit.url,
            "Cookie": self._visit.cookie,
            "X-Forwarded-For": ADDRESS,
            "Content-Length": len(body),
            **FORM,
        }
        head = [f"{what} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        request = "\r\n".join([*head, "", body]).encode()

        async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                writer.write(request)
                answer = await reader.readuntil(b"\r\n\r\n")
                length = answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
                await reader.readexactly(int(length))
                self.asked += 1

        await asyncio.gather(*(self._lines(ask) for _ in range(AT_ONCE)))

    async def _pour(self, frames: list[bytes], *, counts_lines: bool = False) -> None:
        """Sends these repeatedly for as long as the connection accepts them, and reads everything.

        Frames that are cut off before they are read can only be counted as connections, because the
        system accepted all of them.
        """
        block = b"".join(frames)

        async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._open(reader, writer)
            self.asked += counts_lines
            reading = asyncio.create_task(_read_all(reader))
            try:
                while not (reading.done() or writer.is_closing()):
                    writer.write(block)
                    await writer.drain()
                    if not counts_lines and writer.transport.get_write_buffer_size() == 0:
                        self.asked += len(frames)
                    await asyncio.sleep(0)
            finally:
                reading.cancel()

        await self._lines(pour)

    async def _stay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open(reader, writer)
        self.asked += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(STAYS_S):
                while chunk := await reader.read(BLOCK):
                    if chunk.startswith(CLOSED):
                        return

    async def _open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(RawSocket(self._visit).handshake())
        await reader.readuntil(b"\r\n\r\n")

    async def _lines(self, use: Lines) -> None:
        """One connection after another."""
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                try:
                    await use(reader, writer)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(0)


async def _read_all(reader: asyncio.StreamReader) -> None:
    with suppress(OSError):
        while await reader.read(BLOCK):
            pass


def _said(**command: object) -> bytes:
    return frame(json.dumps(command).encode())


FLOODS: dict[str, Callable[[Flood], Awaitable[None]]] = {
    "commands": Flood.commands,
    "refused commands": Flood.refusals,
    "pings": Flood.pings,
    "signals": Flood.signals,
    "connections full of pings": Flood.frames_of_pings,
    "connections full of pongs": Flood.frames_of_pongs,
    "connections full of empty frames": Flood.empty_frames,
    "connections of a seat": Flood.windows,
    "joins": Flood.joins,
    "starts of circles": Flood.starts,
    "loads of the page": Flood.pages,
}


async def main(kind: str, url: str, circle: str, cookie: str, seat: str, token: str) -> None:
    """Floods, and reports it."""
    flood = Flood(Visit(url, circle, cookie), seat, token)
    flooding = asyncio.ensure_future(FLOODS[kind](flood))
    while not flooding.done():
        sys.stdout.write(f"asked {flood.asked}\n")
        sys.stdout.flush()
        await asyncio.wait([flooding], timeout=SAYS_EVERY_S)
    flooding.result()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
