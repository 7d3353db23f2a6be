"""An app of a test's own, served in this process by the program's protocols."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from server.http.protocol import HttpProtocol
from server.listen import open_port
from tests.support.processes import wait_until

HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)


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
