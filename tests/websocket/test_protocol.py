"""What the app may know about a connection, and do to it, beyond ASGI."""

from __future__ import annotations

import asyncio
import base64
import gc
import os
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from prometheus_client import REGISTRY
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from websockets.server import ServerProtocol

from server.config import Settings
from server.http.protocol import HttpProtocol
from server.identity import Person
from server.listen import open_port
from server.live.connection import Connection
from server.live.outbox import Outbox
from server.views.language import ENGLISH
from server.websocket.protocol import SocketProtocol
from tests.support.garbage import uncollected
from tests.support.processes import wait_until

STALL = 0.5  # seconds after which a peer that reads nothing counts as stalled
HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)


class Talker:
    """An app that sends until its peer's buffers are full, and then drops the peer."""

    def __init__(self) -> None:
        self.seen: queue.Queue[Any] = queue.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        peer: SocketProtocol = scope["extensions"]["peer"]
        while peer.is_free() or peer.silent_ms() < STALL * 1000:
            if peer.is_free():
                peer.send(bytes(65536))
            await asyncio.sleep(0)
        self.seen.put("stalled")
        self.seen.put(peer.silent_ms())
        peer.abort()
        self.seen.put((await receive())["type"])


@contextmanager
def serving(app: ASGIApp, http: type[HttpProtocol] = HttpProtocol) -> Iterator[int]:
    """Serves the app by the program's own protocols; returns the port."""
    with open_port("127.0.0.1", 0) as listening:
        config = uvicorn.Config(
            app,
            http=http,
            ws="server.websocket.protocol:SocketProtocol",
            lifespan="off",
            log_level="warning",
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def talker() -> Iterator[tuple[Talker, int]]:
    """The app, and its port."""
    app = Talker()
    with serving(app) as port:
        yield app, port


async def a_room(scope: Scope, receive: Receive, send: Send) -> None:
    """Holds a connection as a room does, until it closes."""
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    connection = Connection(
        Person("circle", "seat", "Fay"), "", scope["extensions"]["peer"], "", ENGLISH
    )
    connection.outbox.send_text(b"hello")
    while (await receive())["type"] != "websocket.disconnect":
        pass


def test_whoever_has_gone_leaves_nothing_to_collect() -> None:
    """There is no reference cycle: connections took megabytes between two runs of the collector."""
    kinds = (HttpToolsProtocol, SocketProtocol, ServerProtocol, Connection, Outbox)
    with serving(a_room) as port, uncollected():
        with socket.create_connection(("127.0.0.1", port)) as peer:
            peer.settimeout(10)
            peer.sendall(HANDSHAKE.encode())
            while not peer.recv(4096).endswith(b"hello"):
                pass
            assert {type(one) for one in gc.get_objects()} >= {SocketProtocol, Connection}
        wait_until(lambda: not any(isinstance(one, kinds) for one in gc.get_objects()))


async def a_long_page(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answers more than any buffer takes."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(1000):
        await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})


def unread() -> float:
    """The number of connections dropped because nothing of an answer was read."""
    name = "balint_lines_closed_total"
    return REGISTRY.get_sample_value(name, {"reason": "unread"}) or 0


class Impatient(HttpProtocol):
    """Waits only a moment for a peer that does not read."""

    reads_within_s = 0.2


def test_whoever_reads_nothing_of_an_answer_is_dropped() -> None:
    """Its further requests are dropped as well, and no reference cycle is left."""
    kinds = (HttpToolsProtocol, RequestResponseCycle)
    before = unread()
    with serving(a_long_page, Impatient) as port, uncollected():
        with socket.create_connection(("127.0.0.1", port)) as peer:
            peer.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)
            wait_until(lambda: unread() == before + 1)
        wait_until(lambda: not any(isinstance(one, kinds) for one in gc.get_objects()))


def test_a_peer_that_does_not_read_can_be_dropped(talker: tuple[Talker, int]) -> None:
    """Its silence is measured, and it is dropped at once even with unsent bytes."""
    app, port = talker
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(HANDSHAKE.encode())
        assert app.seen.get(timeout=10) == "stalled"
        assert app.seen.get(timeout=10) >= STALL * 1000
        assert app.seen.get(timeout=10) == "websocket.disconnect"


def test_a_handshake_that_is_none_is_refused(talker: tuple[Talker, int]) -> None:
    """It gets no scope that could carry the means to drop it."""
    _app, port = talker
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.settimeout(10)
        peer.sendall(HANDSHAKE.replace("Version: 13", "Version: 1").encode())
        assert peer.recv(4096).split()[1] == b"400"


def test_port_zero_is_any_free_port() -> None:
    """Two servers of one test never compete for a port."""
    with open_port(Settings().host, 0) as one, open_port("127.0.0.1", 0) as other:
        assert one.getsockname()[1] != other.getsockname()[1]
