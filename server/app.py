"""create_app(): the routes, the headers of every answer, and what lives as long as the process."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import structlog
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.routing import Match, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from server.config import CannotStart, ConfigError, Settings
from server.identity import Identity
from server.live import deadlines
from server.live.hub import Hub
from server.pages import circle, erase, format_editor, health, join, room, start
from server.pages.assets import Assets
from server.pages.errors import ANSWERS
from server.pages.site import Site
from server.practice.rooms import Practice
from server.redis_client import topology_of
from server.redis_client.errors import why_refused
from server.store.secret_key import SharedKey
from server.store.store import Store
from server.views.templates import WEB
from server.websocket.endpoint import RoomSocket

log = structlog.stdlib.get_logger(__name__)

ALL_PAGES: tuple[Callable[[Site], list[Route]], ...] = (
    start.routes,
    join.routes,
    room.routes,
    circle.routes,
    format_editor.routes,
    erase.routes,
)

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
NOSNIFF = (b"x-content-type-options", b"nosniff")
PAGES = (
    NOSNIFF,
    (b"content-security-policy", POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), display-capture=()"),
)
# No page, so there is nothing to allow; a room has two dozen of them, and a phone a slow line.
FILES = (NOSNIFF, (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"))
SECURE = (b"strict-transport-security", b"max-age=31536000")


class Headers:
    """Puts the headers that every answer bears; pages are never stored by a browser."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        headers = list(FILES if _is_static(path) else PAGES)
        headers.append((b"cache-control", b"no-cache" if _is_static(path) else b"no-store"))
        # Under no-referrer browsers send a form with `Origin: null`, and we demand the Origin: so
        # pages with forms tell our own pages where one comes from. No address holds a token.
        sends_forms = not (_is_static(path) or path.endswith("/room"))
        headers.append((b"referrer-policy", b"same-origin" if sends_forms else b"no-referrer"))
        if scope["scheme"] == "https" or self._https:
            headers.append(SECURE)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def entrance(converse: Callable[[WebSocket], Awaitable[None]], pages: ASGIApp) -> ASGIApp:
    """Sockets go straight to their conversation, everything else to the pages.

    What pages go through has nothing to do for a socket, and would stand on the stack of each one
    for as long as somebody sits in the room: a sixth of its memory.
    """
    sockets = WebSocketRoute("/circles/{circle_id}/socket", converse)

    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        match, found = sockets.matches(scope)
        if match is Match.FULL:
            scope.update(found)
            await converse(WebSocket(scope, receive, send))
        else:
            await pages(scope, receive, send)

    return enter


class CannotGoOn(CannotStart):
    """A task that the process cannot do without has failed."""


class App(NamedTuple):
    """The application, how it lets go of its people before it ends, and a check afterwards, which
    raises CannotGoOn where it did not end because it was told to."""

    asgi: ASGIApp
    drain: Callable[[], Awaitable[None]]
    check: Callable[[], None]


def create_app(settings: Settings) -> App:
    """The whole application. `settings.redis_url` must name a Redis."""
    if settings.redis_url is None:
        raise CannotStart("The app needs a Redis: REDIS_URL is not set.")
    try:
        topology = topology_of(settings.redis_url)
    except ValueError:
        raise ConfigError(
            "REDIS_URL cannot be read. In a password, write signs other than letters and digits"
            " as %XX."
        ) from None
    store = Store(topology)
    key = SharedKey(store.secret)
    identity = Identity(settings.secret_key or "")
    practice = Practice(settings, identity, store)
    site = Site(settings, identity, store, practice)
    hub = Hub(store, topology, site.invite)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await _check_login(store)
        if settings.secret_key is None:
            identity.use(await key.read())
        works = [hub.run(), deadlines.keep(store), topology.follow()]
        if settings.secret_key is None:
            works.append(key.keep())
        tasks = [asyncio.create_task(work) for work in works]
        for task in tasks:
            task.add_done_callback(end_if_failed)
        try:
            yield
        finally:
            await practice.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await store.close()

    failed: list[asyncio.Task[None]] = []

    def end_if_failed(task: asyncio.Task[None]) -> None:
        """A process that hears no news would show its people an old room: better none than that."""
        if not task.cancelled() and (error := task.exception()):
            log.critical("a task that must not end has failed, ending", exc_info=error)
            failed.append(task)
            signal.raise_signal(signal.SIGTERM)

    def check() -> None:
        if failed:
            raise CannotGoOn("A part of the server has failed. Its log says which.")

    async def drain() -> None:
        await practice.close()  # They have nowhere to move to.
        await hub.drain()

    socket = RoomSocket(settings, identity, store, hub)
    routes = [
        *[route for routes in ALL_PAGES for route in routes(site)],
        *health.routes(
            store,
            lambda: [*hub.why_not_ready(), *key.why_not_ready()],
            key.remarks,
            settings.metrics_key,
        ),
        Route("/static/{path:path}", Assets(WEB / "static").serve),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers=ANSWERS,
        lifespan=lifespan,
    )
    # To the host that the request names, which may be anybody's.
    app.router.redirect_slashes = False
    # Around all of it, so that the answer to a fault of ours has these headers, too.
    https = (settings.public_url or "").startswith("https:")
    return App(entrance(socket.converse, Headers(app, https=https)), drain, check)


def _is_static(path: str) -> bool:
    return path.startswith("/static/")


async def _check_login(store: Store) -> None:
    """A Redis that is away may come; one that does not let us work will not."""
    try:
        await store.deadlines.due()
    except RedisError as error:
        if reason := why_refused(error):
            raise CannotStart(reason) from None
