"""What the app may know about a connection, and do to it, beyond ASGI."""

from __future__ import annotations

import asyncio
import gc
import queue
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.server import ServerProtocol

from server.identity import Person
from server.live.connection import Connection
from server.live.outbox import Outbox
from server.views.language import ENGLISH
from server.websocket.protocol import SocketProtocol
from tests.support.garbage import no_garbage_collection
from tests.support.processes import wait_until
from tests.support.serving import HANDSHAKE, serving

STALL = 0.5  # seconds after which a peer that reads nothing counts as stalled


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
    with serving(a_room) as port, no_garbage_collection():
        with socket.create_connection(("127.0.0.1", port)) as peer:
            peer.settimeout(10)
            peer.sendall(HANDSHAKE.encode())
            while not peer.recv(4096).endswith(b"hello"):
                pass
            assert {type(one) for one in gc.get_objects()} >= {SocketProtocol, Connection}
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
