"""uvicorn's HTTP protocol, with bounds on the memory and time that a peer may take.

A peer that sends requests and reads no answers would fill the memory. A silent or half-sent request
would hold its file descriptor for ever. So the number of waiting requests and the sizes of head and
body are bounded, and head, body and the reading of answers have deadlines. docs/reliability.md has
the table.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import cast

import httptools
import uvicorn
from starlette.types import Scope
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from server import metrics
from server.http.addresses import network_of, unmapped
from server.http.open_connections import OpenConnections, files_of_this_process

LARGEST_HEAD = 32 * 1024
MOST_HEADERS = 100
LONGEST_URL = 2048
"""Our own have less than 100 bytes."""
LARGEST_BODY = 1024 * 1024
"""On the wire. The bound of a form's fields is in pages/requests.py."""
MOST_WAITING = 4
"""Requests that arrived while another one is answered. At this number, reading pauses."""
PIECE = 16 * 1024
HEAD_WITHIN_S, BODY_WITHIN_S = 10.0, 30.0
END_OF_HEAD = b"\r\n\r\n"
CONNECTIONS = OpenConnections(files_of_this_process())


class _Refused(Exception):
    """Refuses this request. An exception in a callback is the only way to stop the parser."""


class Upgraded(asyncio.Protocol, ABC):
    """The protocol that takes a connection over when its request asks for a WebSocket."""

    @abstractmethod
    def __init__(self, config: uvicorn.Config, server: ServerState) -> None: ...

    @abstractmethod
    def take_over(
        self,
        transport: asyncio.Transport,
        scope: Scope,
        url: bytes,
        when_lost: Callable[[], None] | None,
    ) -> None:
        """Answers the request, whose head has been read into `scope`, apart from its URL."""


class HttpProtocol(HttpToolsProtocol):
    """Passed to uvicorn as `http="server.http.protocol:HttpProtocol"`."""

    reads_within_s = 30.0
    """A peer that takes nothing of an answer for this long is dropped."""
    _unread = b""
    _size = 0
    """Bytes read so far of the current head or body."""
    _in_body = False
    _deadline: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _answered: RequestResponseCycle | None = None
    _release: Callable[[], None] | None = None
    """Uncounts the connection when it closes; None if it was not counted."""
    _status = HTTPStatus.BAD_REQUEST

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self.client = unmapped(self.client)
        self.flow: _Flow = _Flow(transport)
        proxies = getattr(self.app, "trusted_hosts", ())  # of uvicorn's ProxyHeadersMiddleware
        network = network_of(self.client[0] if self.client else "", proxies)
        if why := CONNECTIONS.take(network):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, why)
        else:
            self._release = partial(CONNECTIONS.release, network)
            self._expect_within(HEAD_WITHIN_S)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._answered is not None:
            # uvicorn informs the request that arrived last, which may be another one.
            self._answered.disconnected = True
            self._answered.message_event.set()
            self._answered = None
        self._forget_deadlines()
        # Waiting requests refer to this object: a cycle that is collected only minutes later.
        self.pipeline.clear()
        self.cycle = None  # type: ignore[assignment]  # as before the first request
        self._unread = b""
        if self._release is not None:
            self._release()

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._unread += data
        self._read_on()

    def _read_on(self) -> None:
        while self._unread and not self.transport.is_closing():
            if len(self.pipeline) >= MOST_WAITING:
                self.flow.hold()
                return
            # One head at a time, since one read may hold hundreds of requests.
            end = self._unread.find(END_OF_HEAD, 0, PIECE)
            size = PIECE if end < 0 else end + len(END_OF_HEAD)
            piece, self._unread = self._unread[:size], self._unread[size:]
            self._feed(piece)
        self.flow.release()

    def _feed(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._in_body and self._size > LARGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "large")
            return
        if not self._in_body and self._size > LARGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "large")
            return
        if self._deadline is None:
            self._expect_within(HEAD_WITHIN_S)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
        except httptools.HttpParserError:
            self._refuse(self._status, "bad")

    def handle_websocket_upgrade(self) -> None:
        latest = self._latest()
        if latest is not None and not latest.response_complete:
            self.transport.abort()  # An earlier request still waits for its answer.
            return
        self._forget_deadlines()
        self._unread = b""
        self.connections.discard(self)
        socket = cast("type[Upgraded]", self.ws_protocol_class)(self.config, self.server_state)
        self.transport.set_protocol(socket)
        socket.take_over(self.transport, dict(self.scope), self.url, self._release)
        # The parser refers to this object; uvicorn breaks the cycle only at the end of HTTP.
        self.parser = None  # type: ignore[assignment]  # as in uvicorn

    # Callbacks of the parser

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_URL:
            self._status = HTTPStatus.REQUEST_URI_TOO_LONG
            raise _Refused

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_body:
            return  # A trailer field, which nothing here uses.
        if len(self.headers) == MOST_HEADERS:
            self._status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _Refused
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise _Refused  # RFC 9112, 3.2: all readers must agree on the host.
        if self.parser.should_upgrade() and self._should_upgrade() and _has_body(self.headers):
            raise _Refused  # It would be read as the first frames, or waited for.
        self._in_body, self._size = True, 0
        self._expect_within(BODY_WITHIN_S)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body, self._size = False, 0
        self._forget_deadline()

    # Callbacks of the answer

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_reading()
        elif self._unread:
            self.loop.call_soon(self._read_on)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reading()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch_reading()

    def shutdown(self) -> None:
        super().shutdown()
        self._watch_reading()

    # Deadlines and the end of the connection

    def _expect_within(self, seconds: float) -> None:
        self._forget_deadline()
        self._deadline = self.loop.call_later(seconds, self._late)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _forget_deadlines(self) -> None:
        self._forget_deadline()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _late(self) -> None:
        self._deadline = None
        if self._in_body or self._size:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "late")
        else:
            metrics.CONNECTIONS_CLOSED.labels("mute").inc()
            self.transport.abort()

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        """Closes the connection, with a short answer unless another answer is under way."""
        metrics.CONNECTIONS_CLOSED.labels(why).inc()
        self._unread = b""
        if not self._may_answer():
            self.transport.abort()
            return
        text = f"{status.phrase}\n".encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + text)
        self.transport.close()
        self._watch_reading()

    def _may_answer(self) -> bool:
        if self.pipeline:
            return False
        latest = self._latest()
        if latest is None:
            return True
        return not latest.response_started if self._in_body else latest.response_complete

    def _latest(self) -> RequestResponseCycle | None:
        """The latest request, or None before the first, although uvicorn's type excludes None."""
        return self.cycle

    def _watch_reading(self) -> None:
        """Drops a peer that stops reading, for which a close or an answer would wait for ever."""
        if self._reading is None:
            self._wait_for_reading()

    def _wait_for_reading(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._reading = self.loop.call_later(self.reads_within_s, self._check_reading, left)

    def _check_reading(self, before: int) -> None:
        self._reading = None
        left = self.transport.get_write_buffer_size()
        if left and left >= before:
            metrics.CONNECTIONS_CLOSED.labels("unread").inc()
            self.transport.abort()
        elif left:
            self._wait_for_reading()


class _Flow(FlowControl):
    """uvicorn's flow control, which cannot resume reading while too many requests wait."""

    _held = False

    def hold(self) -> None:
        """Pauses reading until `release`, even if the app asks to resume."""
        self._held = True
        self.pause_reading()

    def release(self) -> None:
        """Lets reading resume."""
        if self._held:
            self._held = False
            self.resume_reading()

    def resume_reading(self) -> None:
        if not self._held:
            super().resume_reading()


def _has_body(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )
