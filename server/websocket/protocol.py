"""The WebSocket protocol under the app: uvicorn's, with back-pressure and heartbeats.

ASGI's `send` waits: one browser that stops reading would block its sender, and messages to a
thousand people would need a thousand tasks. So a room writes to the transport at once, and the
protocol reports when the transport is full and when it is free again. A peer that stops reading
leaves bytes in the transport's buffer, and a close waits for that buffer for ever, so only an abort
ends it. A peer whose machine sleeps closes nothing: only the time since something last arrived (a
frame, or the answer to a ping) shows that it is away. The app finds all this in
`scope["extensions"]["peer"]`, a WebSocketPeer.

The pings are ours, too, two bytes each and sent to all at once: a thousand people who sit still
answer three hundred of them a second, which cost more than all their commands
(docs/performance.md).
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets import http11
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.streams import StreamReader
from websockets.utils import apply_mask

from server import metrics
from server.http.addresses import unmapped

MOST_UNANSWERED = 2
"""A peer that has answered none of so many pings is dropped at the next one."""
CLOSE_WITHIN_S = 5.0
"""A peer may take so long to answer a close."""
PIECE = 4096
"""Bytes that are read of one peer in one turn of the event loop."""
MOST_WAITING = 1
"""Messages that the app has not received yet. Beyond them, reading pauses."""
MOST_UNSENT = 1024 * 1024
MOST_FRAGMENTS = 64
MOST_CONTROL_FRAMES = 256
"""Pings and pongs between two of our pings. A page can only answer ours."""
MOST_AFTER_CLOSE = 64 * 1024
"""Bytes after our close, which a peer may have sent before it; read only to find its answer."""
FIN_TEXT, FIN_PONG = 0x81, 0x8A
MASKED, LONGER = 0x80, 126
"""RFC 6455, 5.2: the mask bit beside the length, and the first length with bytes of its own."""
SHORT_HEAD = 6
"""Two bytes and the mask."""
PING = b"\x89\x00"
NO_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
# http/protocol.py has read the head before, with bounds on all of it. A person of sixty circles
# sends a Cookie longer than the default limit of 8 KiB for a line.
http11.MAX_LINE_LENGTH = 64 * 1024


class SocketProtocol(WebSocketsSansIOProtocol):
    """Passed to uvicorn as `ws="server.websocket.protocol:SocketProtocol"`."""

    last_received = 0.0
    unanswered = 0
    peer: WebSocketPeer | None = None
    _unread = b""
    control_frames = 0
    _after_close = 0

    def __init__(self, *given: Any, **named: Any) -> None:  # Any: uvicorn's own signature
        super().__init__(*given, **named)
        self.when_lost: Callable[[], None] = _no_callback
        self.queue = Inbox(self.loop)  # type: ignore[assignment]  # the part of a Queue that uvicorn uses

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.client = unmapped(self.client)

    def data_received(self, data: bytes) -> None:
        self.last_received = self.loop.time()
        self.unanswered = 0
        if self.handshake_initiated and not self.handshake_complete:
            # No client sends before its handshake is answered; uvicorn would raise.
            self.transport.abort()
            return
        if not self._unread and self._is_between_frames() and self._takes_short_frame(data):
            return
        if self._unread:  # uvicorn resumes reading whenever the app has received a message
            self._unread += data
            self.transport.pause_reading()
        else:
            self._unread = data
            self._read_on()

    def _takes_short_frame(self, data: bytes) -> bool:
        """A fast path for nearly all data: one short, complete frame, a pong or a text. Returns
        whether it was one."""
        size = len(data) - SHORT_HEAD
        if not 0 <= size < LONGER or data[1] != MASKED | size:
            return False
        if data[0] == FIN_PONG and size == 0:
            return True  # The answer to a heartbeat.
        if data[0] != FIN_TEXT or self.conn.current_size is not None:
            return False
        self.curr_msg_data_type = "text"
        self.frames = [apply_mask(data[SHORT_HEAD:], data[2:SHORT_HEAD])]
        self.send_receive_event_to_app()
        return True

    def _read_on(self) -> None:
        """Reads a piece. The event loop brings up to 256 KiB at once, forty thousand frames, and
        goes on as long as there are more: others would wait."""
        piece, self._unread = self._unread[:PIECE], self._unread[PIECE:]
        if self.close_sent:
            self._after_close += len(piece)
        super().data_received(piece)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self._refuse_handshake()
            return
        if (
            len(self.frames) > MOST_FRAGMENTS
            or self.control_frames > MOST_CONTROL_FRAMES
            or self._after_close > MOST_AFTER_CLOSE
            # Pongs are written at once: a peer that pings and never reads would fill the memory.
            or self.transport.get_write_buffer_size() > MOST_UNSENT
        ):
            metrics.OUTBOX_CLOSES.labels("flood").inc()
            self.transport.abort()
        if self.transport.is_closing():
            return
        if self._unread:
            self.transport.pause_reading()
            self.loop.call_soon(self._read_on)
        elif not self.read_paused:
            self.transport.resume_reading()

    def _refuse_handshake(self) -> None:
        """Answers a handshake that cannot be parsed; uvicorn would only wait."""
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        self._unread = b""
        self.transport.write(b"".join(self.conn.data_to_send()) or NO_HANDSHAKE)
        self.transport.close()

    def handle_ping(self) -> None:
        self.control_frames += 1
        super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        self.control_frames += 1
        super().handle_pong(event)

    def send_receive_event_to_app(self) -> None:
        # Replaces uvicorn's, which logs a traceback for invalid UTF-8, and pauses and resumes
        # reading around every message.
        data, self.frames = b"".join(self.frames), []
        if self.close_sent:
            return
        if self.curr_msg_data_type == "text":
            try:
                self.queue.put_nowait({"type": "websocket.receive", "text": data.decode()})
            except UnicodeDecodeError:
                self.conn.send_close(CloseCode.INVALID_DATA)
                self.handle_parser_exception()
                return
        else:
            self.queue.put_nowait({"type": "websocket.receive", "bytes": data})
        if self.queue.qsize() > MOST_WAITING and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        # A refused handshake has no scope. The app's task exists but has not run yet.
        if hasattr(self, "scope"):
            self.peer = WebSocketPeer(self)
            self.scope["extensions"]["peer"] = self.peer  # type: ignore[assignment]  # ASGI allows extensions; uvicorn's type does not know ours

    def start_keepalive(self) -> None:
        # After the handshake nobody needs its headers.
        for one in (self.request, self.response):
            one.headers.clear()

    def _is_between_frames(self) -> bool:
        """Whether the next byte begins a frame: only there the parser checks for the end."""
        parser: Any = self.conn.parser  # Any: a generator's own attributes are not in its type
        while (inner := parser.gi_yieldfrom) is not None:
            parser = inner
        return parser.gi_code is StreamReader.at_eof.__code__

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        # Breaks reference cycles. The collector finds them only minutes later when people come and
        # go all the time, and until then they take megabytes.
        self.conn.parser.close()
        self.when_lost()
        if self.peer:
            self.peer.when_free = _no_callback
            self.peer = None
            del self.scope["extensions"]["peer"]

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.peer:
            self.peer.when_free()


class Inbox:
    """Messages for the app, which receives them in one task. asyncio's Queue takes 3 KB more."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._events: list[ASGIReceiveEvent] = []
        self._receiver: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        return not self._events

    def qsize(self) -> int:
        return len(self._events)

    def put_nowait(self, event: ASGIReceiveEvent) -> None:
        self._events.append(event)
        if self._receiver is not None and not self._receiver.done():
            self._receiver.set_result(None)

    async def get(self) -> ASGIReceiveEvent:
        while not self._events:
            self._receiver = self._loop.create_future()
            await self._receiver
        return self._events.pop(0)


def _no_callback() -> None:
    """The callback of a connection that nobody observes."""


class WebSocketPeer:
    """The peer of a connection, as the app uses it."""

    def __init__(self, protocol: SocketProtocol) -> None:
        self._protocol = protocol
        self.when_free: Callable[[], None] = _no_callback
        """Called when a full transport takes bytes again."""

    @property
    def last_received(self) -> float:
        """When something last arrived from the peer: seconds on the event loop's clock."""
        return self._protocol.last_received

    def silent_ms(self) -> int:
        """For how long nothing has arrived from the peer."""
        return round((self._protocol.loop.time() - self.last_received) * 1000)

    def ping(self) -> None:
        """Sends a heartbeat, or drops a peer that has not answered several of them."""
        protocol = self._protocol
        if protocol.unanswered == MOST_UNANSWERED:
            metrics.OUTBOX_CLOSES.labels("unheard").inc()
            protocol.transport.abort()
        elif not protocol.close_sent and not protocol.transport.is_closing():
            protocol.unanswered += 1
            protocol.control_frames = 0
            protocol.transport.write(PING)

    def is_free(self) -> bool:
        """Whether the transport takes bytes now: no back-pressure."""
        return self._protocol.writable.is_set()

    def send(self, text: bytes) -> None:
        """Sends one text message, in UTF-8, unless the connection is closed or closing."""
        protocol = self._protocol
        if protocol.close_sent or protocol.disconnected or protocol.transport.is_closing():
            return
        size = len(text)
        if size < LONGER:
            head = bytes((FIN_TEXT, size))
        elif size < 65536:
            head = struct.pack("!BBH", FIN_TEXT, LONGER, size)
        else:
            head = struct.pack("!BBQ", FIN_TEXT, 127, size)
        protocol.transport.write(head + text)

    def close(self, code: int, reason: str) -> None:
        """Ends the connection in order, or drops it if the peer does not answer."""
        protocol = self._protocol
        if protocol.close_sent or protocol.disconnected or protocol.transport.is_closing():
            return
        self._closing = protocol.loop.create_task(self._close(code, reason))
        protocol.loop.call_later(CLOSE_WITHIN_S, protocol.transport.abort)

    async def _close(self, code: int, reason: str) -> None:
        with suppress(ClientDisconnected, RuntimeError):  # Closed, or closing already.
            await self._protocol.send({"type": "websocket.close", "code": code, "reason": reason})

    def abort(self) -> None:
        """Drops the connection at once, with all that is unsent."""
        self._protocol.transport.abort()
