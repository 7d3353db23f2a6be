"""The outbox of one connection: the newest of each region, and a few short texts.

A free socket is written to at once. Under back-pressure the newest of each region waits here, so
changes are coalesced for a slow browser, and nobody else waits for it. A browser that reads nothing
for SEND_DEADLINE_S is dropped.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import structlog

from server import metrics

log = structlog.stdlib.get_logger(__name__)

MAX_TEXTS = 256
MOST_SIGNALLED = 256 * 1024
"""Bytes of waiting signals. More are dropped: signals from others must not close a connection."""
SEND_DEADLINE_S = 8.0


class Closing(NamedTuple):
    """How a connection ends: a close code (docs/protocol.md) and a short reason."""

    code: int
    reason: str


TOO_SLOW = Closing(1013, "too slow, come back")


class Peer(Protocol):
    """The browser at the other end of a socket."""

    when_free: Callable[[], None]
    """Called when a full socket takes bytes again."""

    @property
    def last_received(self) -> float:
        """When something last arrived from the peer: seconds on the event loop's clock."""

    def silent_ms(self) -> int:
        """For how long nothing has arrived from the peer."""

    def ping(self) -> None:
        """Sends a heartbeat, or drops a peer that has not answered several of them."""

    def is_free(self) -> bool:
        """Whether the socket takes bytes now: no back-pressure."""

    def send(self, text: bytes) -> None:
        """Sends one text message, in UTF-8."""

    def close(self, code: int, reason: str) -> None:
        """Ends the connection in order."""

    def abort(self) -> None:
        """Drops the connection at once, with all that is unsent."""


class Outbox:
    """Regions and texts that one browser does not have yet."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._known: dict[str, bytes] = {}
        self._waiting: dict[str, bytes] = {}
        self._texts: list[bytes] = []
        self._signalled = 0
        """Bytes of signals in `_texts`."""
        self._closing: Closing | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def send_regions(self, partials: Mapping[str, bytes]) -> None:
        """Sends the regions that differ from what this browser has."""
        known = self._known
        for name, partial in partials.items():
            if known.get(name) != partial:
                known[name] = self._waiting[name] = partial
        if self._waiting:
            self.flush()

    def send_text(self, text: bytes) -> None:
        """Sends a short text to this browser alone."""
        if len(self._texts) >= MAX_TEXTS:
            self.close(TOO_SLOW)
        else:
            self._texts.append(text)
            self.flush()

    def signal(self, text: bytes) -> None:
        """Sends a signal of another page, or drops it if too many are waiting."""
        if self._signalled + len(text) > MOST_SIGNALLED or len(self._texts) >= MAX_TEXTS // 2:
            metrics.SIGNALS_DROPPED.inc()
        else:
            self._signalled += len(text)
            self.send_text(text)

    def close(self, closing: Closing) -> None:
        """Ends the connection once everything is sent; the first reason counts."""
        if self._closing is None:
            self._closing = closing
            metrics.OUTBOX_CLOSES.labels(str(closing.code)).inc()
            self.flush()

    def flush(self) -> None:
        """Sends what is waiting if the socket is free; called again when it becomes free."""
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
        """Cancels the deadline: the socket is free, or gone."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
