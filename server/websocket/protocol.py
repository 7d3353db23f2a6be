"""The connection under the app: what uvicorn calls a WebSocket protocol, with back-pressure and
heartbeats. frames.py reads and writes the frames.

ASGI's `send` waits: one browser that stops reading would block its sender, and messages to a
thousand people would need a thousand tasks. So a room writes to the transport at once, and the
protocol reports when the transport is full and when it is free again. A peer that stops reading
leaves bytes in the transport's buffer, and a close waits for that buffer for ever, so only an abort
ends it. A peer whose machine sleeps closes nothing: only the time since something last arrived (a
frame, or the answer to a ping) shows that it is away. The app finds all this in
`scope["extensions"]["peer"]`, the protocol itself; of ASGI it has `receive`, accept and close.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import unquote

import structlog
import uvicorn
from starlette.types import Message, Scope
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.frames import CloseCode
from websockets.http11 import Request

from server import metrics
from server.http.protocol import Upgraded
from server.websocket.frames import Frames, text_frame

log = structlog.stdlib.get_logger(__name__)

MOST_UNANSWERED = 2
"""A peer that has answered none of so many pings is dropped at the next one."""
CLOSE_WITHIN_S = 5.0
"""A peer may take so long to answer a close."""
PIECE = 4096
"""Bytes that are read of one peer in one turn of the event loop."""
MOST_WAITING = 1
"""Messages that the app has not received yet. Beyond them, reading pauses."""
MOST_UNSENT = 1024 * 1024
SCHEMES = {"http": "ws", "https": "wss"}


class Lost(OSError):
    """The peer has gone before its handshake is accepted."""


class SocketProtocol(Upgraded):
    """One connection, the Peer of live/outbox.py, which says what its methods do.

    Passed to uvicorn as `ws="server.websocket.protocol:SocketProtocol"`.
    """

    def __init__(self, config: uvicorn.Config, server: ServerState) -> None:
        self._app = config.loaded_app
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._frames = Frames(config.ws_max_size)
        self._inbox = Inbox(self._loop)
        self._accepts = b""
        """The answer that accepts the handshake, until it is sent or replaced by a refusal."""
        self._has_ended = False
        """Whether either side has closed, or the handshake is refused."""
        self._cut: asyncio.TimerHandle | None = None
        self._unread = b""
        self._waits = False
        """Whether reading waits for the app."""
        self._unanswered = 0
        self._is_free = True
        self.last_received = self._loop.time()
        self.when_free: Callable[[], None] = _no_callback

    # The handshake

    def take_over(
        self,
        transport: asyncio.Transport,
        scope: Scope,
        url: bytes,
        when_lost: Callable[[], None] | None,
    ) -> None:
        self._transport, self._when_lost = transport, when_lost or _no_callback
        self._server.connections.add(self)  # type: ignore[arg-type]  # uvicorn lists its own protocols
        headers = Headers((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"])
        request = Request(url.decode("latin-1"), headers, scope["method"])
        answer = self._frames.answer(request)
        if answer.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._refuse(answer.serialize())
            return
        self._accepts = answer.serialize()
        path, _, query = url.partition(b"?")
        scope.update(
            type="websocket",
            scheme=SCHEMES[scope["scheme"]],
            path=unquote(path.decode("latin-1")),
            raw_path=path,
            query_string=query,
            subprotocols=[],
            extensions={"peer": self},
        )
        self._inbox.put({"type": "websocket.connect"})
        task = self._loop.create_task(self._run(scope))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    def refuse(self, status: HTTPStatus) -> None:
        """Answers a handshake with an error, instead of accepting it."""
        self._refuse(self._frames.refusal(status))

    def _refuse(self, answer: bytes) -> None:
        self._end()
        self._transport.write(answer)
        self._transport.close()

    # ASGI

    async def _run(self, scope: Scope) -> None:
        try:
            await self._app(scope, self._receive, self._send)
        except Lost:
            return
        except Exception:
            log.exception("a socket failed")
        if self._accepts:
            self.refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
        elif not self._has_ended:
            self._transport.close()

    async def _receive(self) -> Message:
        message = await self._inbox.get()
        if self._waits and not self._inbox:
            self._go_on()
        return message

    async def _send(self, message: Message) -> None:
        match message["type"]:
            case "websocket.accept":
                if self._transport.is_closing():
                    raise Lost
                self._transport.write(self._accepts)
                self._accepts = b""
            case "websocket.close" if self._accepts:
                self.refuse(HTTPStatus.FORBIDDEN)
            case "websocket.close":
                self.close(message["code"], message["reason"])
            case kind:
                raise RuntimeError(f"{kind}: the extension `peer` sends messages")

    # Reading

    def data_received(self, data: bytes) -> None:
        self.last_received = self._loop.time()
        self._unanswered = 0
        if self._unread:
            self._unread += data
        elif self._accepts:
            self._transport.abort()  # No client sends before its handshake is answered.
        elif (messages := self._frames.read_short(data)) is not None:
            for message in messages:
                self._inbox.put({"type": "websocket.receive", "text": message})
            if len(self._inbox) > MOST_WAITING:
                self._go_on()
        else:
            self._unread = data
            self._read_on()

    def _read_on(self) -> None:
        """Reads a piece. The event loop brings up to 256 KiB at once, forty thousand frames, and
        goes on as long as there are more: others would wait."""
        if self._transport.is_closing():
            return
        piece, self._unread = self._unread[:PIECE], self._unread[PIECE:]
        for message in self._frames.read(piece):
            kind = "text" if isinstance(message, str) else "bytes"
            self._inbox.put({"type": "websocket.receive", kind: message})
        # Pongs are written at once: a peer that pings and never reads would fill the memory.
        if self._frames.is_flood() or self._transport.get_write_buffer_size() > MOST_UNSENT:
            metrics.OUTBOX_CLOSES.labels("flood").inc()
            self._transport.abort()
        else:
            self._send_frames()
            self._go_on()

    def _go_on(self) -> None:
        """Continues with what is unread, then with the transport, unless the app is behind."""
        self._waits = len(self._inbox) > MOST_WAITING and not self._has_ended
        if self._transport.is_closing():
            return
        if self._unread or self._waits:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
        if self._unread and not self._waits:
            self._loop.call_soon(self._read_on)

    # Writing

    def _send_frames(self) -> None:
        """Sends the answers of `_frames`, and ends what it has ended."""
        data, is_end = self._frames.to_send()
        if not self._frames.is_open:
            self._end()
        if data:
            self._transport.write(data)
        if is_end:
            self._transport.close()

    def ping(self) -> None:
        if self._unanswered == MOST_UNANSWERED:
            metrics.OUTBOX_CLOSES.labels("unheard").inc()
            self._transport.abort()
        elif not self._has_ended and not self._transport.is_closing():
            self._unanswered += 1
            self._transport.write(self._frames.ping())

    def silent_ms(self) -> int:
        return round((self._loop.time() - self.last_received) * 1000)

    def is_free(self) -> bool:
        return self._is_free

    def send(self, text: bytes) -> None:
        """Sends one text message, in UTF-8, unless the connection is closed or closing."""
        if not self._has_ended and not self._transport.is_closing():
            self._transport.write(text_frame(text))

    def pause_writing(self) -> None:
        self._is_free = False

    def resume_writing(self) -> None:
        self._is_free = True
        self.when_free()

    # The end

    def close(self, code: int, reason: str) -> None:
        """Ends the connection in order, or drops it if the peer does not answer."""
        if not self._has_ended and not self._transport.is_closing():
            self._frames.close(code, reason)
            self._send_frames()
            self._cut = self._loop.call_later(CLOSE_WITHIN_S, self._transport.abort)

    def abort(self) -> None:
        self._transport.abort()

    def shutdown(self) -> None:
        """Called by uvicorn at the end of the process."""
        if self._accepts:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self.close(CloseCode.SERVICE_RESTART, "")
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        self._end()
        self._server.connections.discard(self)
        if self._cut is not None:
            self._cut.cancel()
        self._frames.discard()
        self.when_free = _no_callback
        self._when_lost()

    def _end(self) -> None:
        """Tells the app, once, that nothing more will arrive."""
        if not self._has_ended:
            self._has_ended, self._accepts = True, b""
            self._inbox.put({"type": "websocket.disconnect", "code": CloseCode.NO_STATUS_RCVD})
            if self._waits:  # The peer's answer to a close is behind what the app has not received.
                self._go_on()


class Inbox:
    """Messages for the app, which receives them in one task. asyncio's Queue takes 3 KB more."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._messages: list[Message] = []
        self._receiver: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message) -> None:
        self._messages.append(message)
        if self._receiver is not None and not self._receiver.done():
            self._receiver.set_result(None)

    async def get(self) -> Message:
        while not self._messages:
            self._receiver = self._loop.create_future()
            await self._receiver
        return self._messages.pop(0)


def _no_callback() -> None:
    """The callback of a connection that nobody observes."""
