"""The outbox of one connection: the newest of each region, and a few short texts.

It never grows beyond one HTML per region, so a browser that reads slowly skips ahead. Whoever
writes to the socket takes from here; nobody else waits for that browser.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

MAX_TEXTS = 64


class Closing(NamedTuple):
    """How a connection ends: a close code (CONTRACT.md) and a short reason."""

    code: int
    reason: str


TOO_SLOW = Closing(1013, "too slow, come back")


class Outbox:
    """What one browser is still to be sent."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._waiting: dict[str, str] = {}
        self._texts: deque[str] = deque()
        self._closing: Closing | None = None
        self._filled = asyncio.Event()

    def show(self, regions: Mapping[str, str]) -> None:
        """Puts those regions in that this browser does not have yet."""
        for name, html in regions.items():
            if self._known.get(name) != html:
                self._known[name] = self._waiting[name] = html
                self._filled.set()

    def say(self, text: str) -> None:
        """Puts a short text in: an answer for this browser alone."""
        if len(self._texts) >= MAX_TEXTS:
            self.close(TOO_SLOW)
        else:
            self._texts.append(text)
            self._filled.set()

    def close(self, closing: Closing) -> None:
        """Ends the connection after what is waiting; the first reason counts."""
        self._closing = self._closing or closing
        self._filled.set()

    async def take(self) -> tuple[list[str], Closing | None]:
        """The frames to send now, as soon as there are any, and whether to close after them."""
        await self._filled.wait()
        self._filled.clear()
        frames = list(self._texts)
        if self._waiting:
            frames.append("".join(partial(n, html) for n, html in self._waiting.items()))
        self._texts.clear()
        self._waiting.clear()
        return frames, self._closing


def partial(region: str, html: str) -> str:
    """The region as htmx takes it from a socket: morphed into the element with its id."""
    return f'<hx-partial hx-target="#{region}" hx-swap="outerMorph">{html}</hx-partial>'
