"""What the app may know of a connection, and do to it, beyond what ASGI has words for."""

from __future__ import annotations

import asyncio
import base64
import os
import queue
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from server.config import Settings
from server.listen import open_port
from tests.processes import wait_until

STALL = 0.5  # seconds after which a peer that takes nothing counts as stalled
HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)


class Talker:
    """An app that talks until its peer's buffers are full, and then drops the peer."""

    def __init__(self) -> None:
        self.seen: queue.Queue[Any] = queue.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        try:
            async with asyncio.timeout(STALL):
                while True:
                    await send({"type": "websocket.send", "bytes": bytes(65536)})
        except TimeoutError:
            self.seen.put("stalled")
        self.seen.put(scope["extensions"]["line"].silent_ms())
        scope["extensions"]["line"].abort()
        self.seen.put((await receive())["type"])


@pytest.fixture
def talker() -> Iterator[tuple[Talker, int]]:
    """The app, served by the program's own protocol, and its port."""
    app = Talker()
    with open_port("127.0.0.1", 0) as listening:
        config = uvicorn.Config(
            app, ws="server.wire:SocketProtocol", lifespan="off", log_level="warning"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield app, listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def test_a_peer_that_does_not_read_can_be_dropped(talker: tuple[Talker, int]) -> None:
    """Its silence is known, and with bytes for it still waiting it is gone at once."""
    app, port = talker
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(HANDSHAKE.encode())
        assert app.seen.get(timeout=10) == "stalled"
        assert app.seen.get(timeout=10) >= STALL * 1000
        assert app.seen.get(timeout=10) == "websocket.disconnect"


def test_a_handshake_that_is_none_is_refused(talker: tuple[Talker, int]) -> None:
    """No scope is made for it, so there is nothing to put the way out into."""
    _app, port = talker
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.settimeout(10)
        peer.sendall(HANDSHAKE.replace("Version: 13", "Version: 1").encode())
        assert peer.recv(4096).split()[1] == b"400"


def test_port_zero_is_any_free_port() -> None:
    """Two servers of one test never fight over a port."""
    with open_port(Settings().host, 0) as one, open_port("127.0.0.1", 0) as other:
        assert one.getsockname()[1] != other.getsockname()[1]
