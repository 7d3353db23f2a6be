"""Where the server listens, and with which protocols: uvicorn, as this program wants it.

Owns the listening socket and uvicorn's settings. Says the address once people can really come.
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
    """The port is not to be had."""


def open_port(host: str, port: int) -> socket.socket:
    """Before anything else is started, since this is what most often stands in the way."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server(
            (host, port), family=family, backlog=WAITING_ROOM, dualstack_ipv6=host == "::"
        )
    except OSError as error:
        # The errno's own words: the socket module adds its doings to those of the error.
        number = error.errno or 0
        reason = os.strerror(number) if number in errno.errorcode else error.strerror
        raise CannotListen(
            f"Port {port} on {host} cannot be opened: {reason}. Set PORT, or HOST, to another."
        ) from None
    # Every connection inherits it. Left to grow, the kernel takes megabytes of old pages for a
    # browser that reads slowly; kept small, the outbox waits instead and sends only the newest.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD_BYTES)
    return listening


def serve(app: ASGIApp, drain: Drain, settings: Settings, listening: socket.socket) -> None:
    """Until a signal ends it. uvicorn raises that signal again once it has ended in order."""
    address = settings.public_url or _local_address(settings.host, listening)
    told = _Told(app)
    try:
        _Server(_config(told), address, drain).run(sockets=[listening])
    except SystemExit:
        if told.refusal:
            raise told.refusal from None
        raise


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        workers=1,  # whatever WEB_CONCURRENCY says: more of us are more processes, not children
        http="server.http.protocol:HttpProtocol",
        loop="auto",  # uvloop, where there is one
        ws="server.websocket.protocol:SocketProtocol",
        ws_max_size=LARGEST_FRAME,
        ws_ping_interval=None,  # websocket/protocol.py sends leaner ones
        ws_per_message_deflate=False,  # memory and time for each connection, for a few KB a minute
        lifespan="on",
        access_log=False,  # addresses and paths say who sat in which circle
        log_config=None,  # log.py
        server_header=False,
        timeout_graceful_shutdown=5,
        # X-Forwarded-* count only from FORWARDED_ALLOW_IPS, which uvicorn reads: by default this
        # machine alone.
        proxy_headers=True,
    )


def _local_address(host: str, listening: socket.socket) -> str:
    name = "localhost" if host in EVERYWHERE else host
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{listening.getsockname()[1]}"


class _Told:
    """The app, with the sentence in which it refused to start; uvicorn would print a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.refusal: CannotStart | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_without_traceback(message: Message) -> None:
            error = sys.exception()  # Starlette speaks of a failure while it is handling it
            if isinstance(error, CannotStart):
                self.refusal = error
                message = {"type": message["type"]}
            await send(message)

        is_life = scope["type"] == "lifespan"
        await self._app(scope, receive, send_without_traceback if is_life else send)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, address: str, drain: Drain) -> None:
        super().__init__(config)
        self._address = address
        self._drain = drain
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_to_end = asyncio.Event()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop:
            self._loop.call_soon_threadsafe(self._is_to_end.set)

    async def main_loop(self) -> None:
        # uvicorn's own wakes ten times a second to see whether it is to end, and to set the date: a
        # seventh of what a hundred quiet rooms cost.
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_to_end.wait(), DATE_HOLDS_S)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is here now stays: no use in looking through it for garbage again and again.
        gc.collect()
        gc.freeze()
        # Less often than by itself: what is young here is seldom garbage that refers to itself.
        gc.set_threshold(5_000, 5, 2)
        # Printed, not logged: this line is for the person who started us, whatever the log level.
        print(f"Balint Circle is open at {self._address} (Ctrl-C ends it)", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # The port stays open meanwhile: /readyz tells why nobody should be sent here.
        await self._drain()
        await super().shutdown(sockets)
