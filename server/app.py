"""create_app(): the routes, and the tasks of the process."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import structlog
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.routing import Match, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from server.config import CannotStart, ConfigError, Settings
from server.http.headers import Headers
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
from server.views.format_files import hand_in_formats
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


def entrance(converse: Callable[[WebSocket], Awaitable[None]], pages: ASGIApp) -> ASGIApp:
    """Routes sockets directly to `converse`, and everything else to the pages.

    The middleware of pages does nothing for a socket, but would stay on its stack as long as it is
    open: a sixth of its memory.
    """
    sockets = WebSocketRoute("/circles/{circle_id}/socket", converse)

    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        match, child_scope = sockets.matches(scope)
        if match is Match.FULL:
            scope.update(child_scope)
            await converse(WebSocket(scope, receive, send))
        else:
            await pages(scope, receive, send)

    return enter


class CannotGoOn(CannotStart):
    """An essential task of the process has failed."""


class App(NamedTuple):
    """The application, `drain` to move people to other processes before it ends, and `check`, which
    afterwards raises CannotGoOn if it ended because of a failure."""

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
    hand_in_formats()
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
        coroutines = [hub.run(), deadlines.keep(store), topology.follow()]
        if settings.secret_key is None:
            coroutines.append(key.keep())
        tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
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
        """Ends the process if an essential task fails: without it, rooms would be stale."""
        if not task.cancelled() and (error := task.exception()):
            log.critical("a task that must not end has failed, ending", exc_info=error)
            failed.append(task)
            signal.raise_signal(signal.SIGTERM)

    def check() -> None:
        if failed:
            raise CannotGoOn("A part of the server has failed. Its log says which.")

    async def drain() -> None:
        await practice.close()  # Rehearsals do not move to another process.
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
    # Starlette would redirect to the host in the request, which may be anybody's.
    app.router.redirect_slashes = False
    # Outermost, so that error responses have these headers, too.
    https = (settings.public_url or "").startswith("https:")
    return App(entrance(socket.converse, Headers(app, https=https)), drain, check)


async def _check_login(store: Store) -> None:
    """Raises CannotStart if Redis refuses our login or commands; waits for one that is away."""
    try:
        await store.deadlines.due()
    except RedisError as error:
        if reason := why_refused(error):
            raise CannotStart(reason) from None
