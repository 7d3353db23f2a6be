"""The listening socket, and the configuration of uvicorn.

Prints the address once the server accepts connections.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.config import CannotStart, Settings

LARGEST_FRAME = 64 * 1024
UNREAD_BYTES = 64 * 1024
DATE_HOLDS_S = 1.0
WAITING_ROOM = 2048  # connections that the kernel holds while we are busy
Drain = Callable[[], Awaitable[None]]
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


class CannotListen(CannotStart):
    """The port cannot be opened."""


def open_port(host: str, port: int) -> socket.socket:
    """Opens the port, before anything else, since this fails most often."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server(
            (host, port), family=family, backlog=WAITING_ROOM, dualstack_ipv6=host == "::"
        )
    except OSError as error:
        # The errno's own text: the socket module adds details to the error's.
        number = error.errno or 0
        reason = os.strerror(number) if number in errno.errorcode else error.strerror
        raise CannotListen(
            f"Port {port} on {host} cannot be opened: {reason}. Set PORT, or HOST, to another."
        ) from None
    # Every connection inherits it. By default the kernel buffers megabytes of old regions for a
    # slow browser; a small buffer gives back-pressure, and the outbox coalesces changes.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD_BYTES)
    return listening


def serve(app: ASGIApp, drain: Drain, settings: Settings, listening: socket.socket) -> None:
    """Serves until a signal; uvicorn raises that signal again after its shutdown."""
    address = settings.public_url or _local_address(settings.host, listening)
    quiet_app = _WithoutTraceback(app)
    try:
        _Server(_config(quiet_app), address, drain).run(sockets=[listening])
    except SystemExit:
        if quiet_app.refusal:
            raise quiet_app.refusal from None
        raise


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        workers=1,  # not WEB_CONCURRENCY: further processes are started separately
        http="server.http.protocol:HttpProtocol",
        loop="auto",  # uvloop, if installed
        ws="server.websocket.protocol:SocketProtocol",
        ws_max_size=LARGEST_FRAME,
        lifespan="on",
        access_log=False,  # addresses and paths would show who sat in which circle
        log_config=None,  # log.py
        server_header=False,
        timeout_graceful_shutdown=5,
        # uvicorn accepts X-Forwarded-* only from FORWARDED_ALLOW_IPS: by default only from this
        # machine.
        proxy_headers=True,
    )


def _local_address(host: str, listening: socket.socket) -> str:
    name = "localhost" if host in EVERYWHERE else host
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{listening.getsockname()[1]}"


class _WithoutTraceback:
    """Keeps the error by which the app refuses to start; uvicorn would print its traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.refusal: CannotStart | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_without_traceback(message: Message) -> None:
            error = sys.exception()  # Starlette sends it while it handles the error
            if isinstance(error, CannotStart):
                self.refusal = error
                message = {"type": message["type"]}
            await send(message)

        is_lifespan = scope["type"] == "lifespan"
        await self._app(scope, receive, send_without_traceback if is_lifespan else send)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, address: str, drain: Drain) -> None:
        super().__init__(config)
        self._address = address
        self._drain = drain
        self._loop: asyncio.AbstractEventLoop | None = None
        self._should_end = asyncio.Event()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop:
            self._loop.call_soon_threadsafe(self._should_end.set)

    async def main_loop(self) -> None:
        # uvicorn's own loop wakes ten times a second to check for the end and to set the date, a
        # seventh of the CPU of a hundred quiet rooms.
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._should_end.wait(), DATE_HOLDS_S)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # All objects of the start stay: the collector need not traverse them again and again.
        gc.collect()
        gc.freeze()
        # Less often than by default, since young objects are rarely in cycles here.
        gc.set_threshold(5_000, 5, 2)
        # Printed, not logged: it is for the person who starts the server, at any log level.
        print(f"Balint Circle is open at {self._address} (Ctrl-C ends it)", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # The port stays open meanwhile, so that /readyz says why this process is not ready.
        await self._drain()
        await super().shutdown(sockets)
