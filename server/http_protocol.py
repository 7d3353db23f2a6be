"""The HTTP protocol under the app: uvicorn's, with bounds on what a peer may have us hold.

A line that sends requests and reads no answer would fill the memory; one that says nothing, or half
of something, would keep its file for ever. So a line has few requests waiting, a head of so many
bytes, and a deadline for each part: for the head, the body, and for reading what it asked for.
docs/reliability.md has the table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from server import metrics
from server.lines import Lines, files_of_this_process, who_is_at
from server.wire import SocketProtocol

LARGEST_HEAD = 32 * 1024
MOST_HEADERS = 100
LONGEST_URL = 2048
"""Ours have less than a hundred bytes; what looks for a file takes the longer the deeper one is."""
LARGEST_BODY = 1024 * 1024
"""On the wire. What a form may hold is for the pages to say."""
MOST_WAITING = 4
"""Requests that have come while another one is answered; no more is read until there are fewer."""
PIECE = 16 * 1024
HEAD_WITHIN_S, BODY_WITHIN_S = 10.0, 30.0
READS_WITHIN_S = 30.0
"""A peer that has taken nothing of an answer for so long is dropped."""
END_OF_HEAD = b"\r\n\r\n"
LINES = Lines(files_of_this_process())


class _Refused(Exception):
    """This request is not answered. Raised through the parser, which has no other way to stop."""


class HttpProtocol(HttpToolsProtocol):
    """Named to uvicorn as `http="server.http_protocol:HttpProtocol"`."""

    _unread = b""
    _size = 0
    """Bytes of the head, or of the body, that is being read."""
    _in_body = False
    _deadline: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _answered: RequestResponseCycle | None = None
    _release: Callable[[], None] | None = None
    """To be called when the line is gone, if it counts."""
    _status = HTTPStatus.BAD_REQUEST

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self.flow: _Flow = _Flow(transport)
        proxies = getattr(self.app, "trusted_hosts", ())  # uvicorn's, which believe what they say
        who = who_is_at(self.client[0] if self.client else "", proxies)
        if why := LINES.take(who):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, why)
        else:
            self._release = partial(LINES.release, who)
            self._expect_within(HEAD_WITHIN_S)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._answered is not None:
            # uvicorn tells the request that came last, which may be another one.
            self._answered.disconnected = True
            self._answered.message_event.set()
            self._answered = None
        self._forget_deadlines()
        # What waited would hold on to this line, and be found by the collector minutes later.
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
            # One head at a time: a piece may hold hundreds of requests.
            end = self._unread.find(END_OF_HEAD, 0, PIECE)
            size = PIECE if end < 0 else end + len(END_OF_HEAD)
            piece, self._unread = self._unread[:size], self._unread[size:]
            self._feed(piece)
        self.flow.let_go()

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
            self.transport.abort()  # It has asked for something else, and has not got it.
            return
        self._forget_deadlines()
        self._unread = b""
        super().handle_websocket_upgrade()
        socket = self.transport.get_protocol()
        if isinstance(socket, SocketProtocol) and self._release:
            socket.when_lost = self._release
        # It holds us; uvicorn unties only what ends as HTTP.
        self.parser = None  # type: ignore[assignment]  # as in uvicorn

    # What the parser finds

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_URL:
            self._status = HTTPStatus.REQUEST_URI_TOO_LONG
            raise _Refused

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_body:
            return  # A trailer: nobody asks for one.
        if len(self.headers) == MOST_HEADERS:
            self._status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise _Refused
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise _Refused  # RFC 9112, 3.2: one reader must not see another host than the next.
        self._in_body, self._size = True, 0
        self._expect_within(BODY_WITHIN_S)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body, self._size = False, 0
        self._forget_deadline()

    # What the app answers

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

    # Deadlines, and the end

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
            metrics.LINES_CLOSED.labels("mute").inc()
            self.transport.abort()

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        """Answers in one sentence, where no other answer is under way, and ends the connection."""
        metrics.LINES_CLOSED.labels(why).inc()
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
        """The request that came last; uvicorn has none before the first, whatever its type says."""
        return self.cycle

    def _watch_reading(self) -> None:
        """A close waits until the peer has taken everything, and an answer until there is room: for
        ever, if it takes nothing."""
        if self._reading is None:
            self._wait_for_reading()

    def _wait_for_reading(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._reading = self.loop.call_later(READS_WITHIN_S, self._look_whether_it_reads, left)

    def _look_whether_it_reads(self, before: int) -> None:
        self._reading = None
        left = self.transport.get_write_buffer_size()
        if left and left >= before:
            metrics.LINES_CLOSED.labels("unread").inc()
            self.transport.abort()
        elif left:
            self._wait_for_reading()


class _Flow(FlowControl):
    """The app asks for more of a request to be read; not while others wait."""

    _held = False

    def hold(self) -> None:
        """Nothing more is read, whoever would like to."""
        self._held = True
        self.pause_reading()

    def let_go(self) -> None:
        """Others may have more read again."""
        if self._held:
            self._held = False
            self.resume_reading()

    def resume_reading(self) -> None:
        if not self._held:
            super().resume_reading()
