"""The WebSocket protocol under the app: uvicorn's, and two things that ASGI has no word for.

A peer that stops reading leaves bytes in the transport's buffer, and a close waits for that buffer
for ever: only an abort lets go of it. And a peer whose machine went to sleep closes nothing: only
the time since it was last heard of (a frame, or the answer to uvicorn's ping) shows that it is
away. The app finds both in `scope["extensions"]["line"]`, a Line.
"""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request


class SocketProtocol(WebSocketsSansIOProtocol):
    """Named to uvicorn as `ws="server.wire:SocketProtocol"`."""

    last_heard = 0.0

    def data_received(self, data: bytes) -> None:
        self.last_heard = self.loop.time()
        super().data_received(data)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        # A refused handshake makes no scope. The app's task has been made but has not run yet.
        if hasattr(self, "scope"):
            self.scope["extensions"]["line"] = Line(self)  # type: ignore[assignment]  # ASGI lets servers add extensions; uvicorn's type does not know ours


class Line:
    """What the app may know of, and do to, the connection under its socket."""

    def __init__(self, protocol: SocketProtocol) -> None:
        self._protocol = protocol

    def silent_ms(self) -> int:
        """How long nothing has been heard from the peer."""
        return round((self._protocol.loop.time() - self._protocol.last_heard) * 1000)

    def abort(self) -> None:
        """Drops the connection at once, with whatever was still to be sent."""
        self._protocol.transport.abort()
