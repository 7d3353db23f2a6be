"""The outbox of one connection: the newest of each region, and a few short texts.

While the socket takes bytes, what is put in goes out at once. While it does not, the newest of each
region waits here, so a browser that reads slowly skips ahead, and nobody else waits for it. Whoever
has not read for SEND_DEADLINE_S is dropped.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import structlog

from server import metrics

log = structlog.stdlib.get_logger(__name__)

MAX_TEXTS = 256
MOST_SIGNALLED = 256 * 1024
"""Bytes of signals that wait. Beyond that they are dropped: what others send puts nobody out."""
SEND_DEADLINE_S = 8.0


class Closing(NamedTuple):
    """How a connection ends: a close code (docs/protocol.md) and a short reason."""

    code: int
    reason: str


TOO_SLOW = Closing(1013, "too slow, come back")


class Peer(Protocol):
    """The browser at the other end of a socket, as the room asks it and sends to it."""

    when_free: Callable[[], None]
    """Called when a full socket takes bytes again."""

    @property
    def last_heard(self) -> float:
        """When the peer was last heard of: seconds on the event loop's clock."""

    def silent_ms(self) -> int:
        """How long nothing has been heard from the peer."""

    def ping(self) -> None:
        """Asks the peer for a heartbeat, or drops it where several were not answered."""

    def is_free(self) -> bool:
        """Whether what is sent now leaves at once, as far as we can see."""

    def send(self, text: bytes) -> None:
        """Sends one text message, in UTF-8."""

    def close(self, code: int, reason: str) -> None:
        """Ends the connection in order."""

    def abort(self) -> None:
        """Drops the connection at once, with whatever was still to be sent."""


class Outbox:
    """What one browser is still to be sent."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._known: dict[str, bytes] = {}
        self._waiting: dict[str, bytes] = {}
        self._texts: list[bytes] = []
        self._signalled = 0
        """Bytes of signals among them."""
        self._closing: Closing | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def send_regions(self, partials: Mapping[str, bytes]) -> None:
        """Sends those regions that this browser does not have yet."""
        known = self._known
        for name, partial in partials.items():
            if known.get(name) != partial:
                known[name] = self._waiting[name] = partial
        if self._waiting:
            self.flush()

    def send_text(self, text: bytes) -> None:
        """Sends a short text: an answer for this browser alone."""
        if len(self._texts) >= MAX_TEXTS:
            self.close(TOO_SLOW)
        else:
            self._texts.append(text)
            self.flush()

    def signal(self, text: bytes) -> None:
        """Sends what another page has for this one, or drops it where too much of that waits."""
        if self._signalled + len(text) > MOST_SIGNALLED or len(self._texts) >= MAX_TEXTS // 2:
            metrics.SIGNALS_DROPPED.inc()
        else:
            self._signalled += len(text)
            self.send_text(text)

    def close(self, closing: Closing) -> None:
        """Ends the connection after what is waiting; the first reason counts."""
        if self._closing is None:
            self._closing = closing
            metrics.OUTBOX_CLOSES.labels(str(closing.code)).inc()
            self.flush()

    def flush(self) -> None:
        """Sends what is waiting, as soon as the socket is free; to be called when it gets free."""
        if not self._peer.is_free():
            if self._deadline is None:
                loop = asyncio.get_running_loop()
                self._deadline = loop.call_later(SEND_DEADLINE_S, self._drop)
            return
        self.forget_deadline()
        for text in self._texts:
            self._peer.send(text)
        self._texts.clear()
        self._signalled = 0
        if self._waiting:
            self._peer.send(b"".join(self._waiting.values()))
            self._waiting.clear()
        if self._closing:
            self._peer.close(*self._closing)

    def _drop(self) -> None:
        log.warning("a browser did not take its frames in time")
        metrics.OUTBOX_CLOSES.labels("unread").inc()
        self._peer.abort()

    def forget_deadline(self) -> None:
        """The socket is free, or gone."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
