"""create_app(): the routes, and the tasks of the process."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import structlog
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.routing import Match, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from server.cancelling import cancel_all
from server.config import CannotStart, ConfigError, Settings
from server.http.headers import Headers
from server.identity import Identity
from server.live.deadlines import Poller
from server.live.hub import Hub
from server.mail.sending import Sending
from server.mail.smtp import smtp_of
from server.pages import (
    about,
    calendar,
    certificate,
    circle,
    device,
    erase,
    format_editor,
    health,
    join,
    kept,
    left,
    parts,
    presenters,
    pulse,
    register,
    reminders,
    reminders_part,
    room,
    schedule,
    start,
)
from server.pages.assets import Assets
from server.pages.errors import ANSWERS
from server.pages.site import Part, Site
from server.practice.rooms import Practice
from server.redis_client import Topology, topology_of
from server.redis_client.errors import why_refused
from server.store.deadlines import REMINDER
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
    schedule.routes,
    format_editor.routes,
    erase.routes,
    reminders.routes,
    kept.routes,
    about.routes,
    left.routes,
    pulse.routes,
    parts.routes,
    calendar.routes,
    device.routes,
    register.routes,
    certificate.routes,
)

CIRCLE_PARTS: tuple[Part, ...] = (
    schedule.facts,
    calendar.facts,
    register.facts,
    presenters.facts,
    pulse.facts,
    reminders_part.facts,
    kept.facts,
)
"""The parts of the circle's page that have facts of their own (pages/circle.py)."""


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


class Tasks:
    """The tasks without which rooms would be stale: the process ends if one of them fails."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._has_failed = False

    def start(self, *coroutines: Coroutine[Any, Any, None]) -> None:
        for coroutine in coroutines:
            task = asyncio.create_task(coroutine)
            task.add_done_callback(self._end_if_failed)
            self._tasks.append(task)

    def _end_if_failed(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            log.critical("a task that must not end has failed, ending", exc_info=error)
            self._has_failed = True
            signal.raise_signal(signal.SIGTERM)

    async def stop(self) -> None:
        await cancel_all(self._tasks)

    def check(self) -> None:
        if self._has_failed:
            raise CannotGoOn("A part of the server has failed. Its log says which.")


class App(NamedTuple):
    """The application, `drain` to move people to other processes before it ends, and `check`, which
    afterwards raises CannotGoOn if it ended because of a failure."""

    asgi: ASGIApp
    drain: Callable[[], Awaitable[None]]
    check: Callable[[], None]


def create_app(settings: Settings) -> App:
    """The whole application. `settings.redis_url` must name a Redis."""
    topology = _topology(settings)
    hand_in_formats()
    store = Store(topology, settings.erased_in, settings.erased_days)
    key = SharedKey(store.secret)
    identity = Identity(settings.secret_key or "")
    practice = Practice(settings, identity, store)
    hub = Hub(store, topology, identity.link)
    smtp = smtp_of(settings)
    site = Site(settings, identity, store, practice, hub, smtp, CIRCLE_PARTS)
    sending = Sending(store, identity, smtp, settings.public_url) if smtp else None
    others = {REMINDER: sending.run} if sending else {}
    tasks = Tasks()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await _check_login(store)
        if settings.secret_key is None:
            identity.use(await key.read())
            tasks.start(key.keep())
        tasks.start(*hub.work(), Poller(store, others).run())
        tasks.start(topology.follow(), store.upkeep.keep())
        try:
            yield
        finally:
            await practice.close()
            await tasks.stop()
            for mail in (sending, site.asking):
                if mail:
                    await mail.close()
            await hub.finish()
            await store.close()

    async def drain() -> None:
        await practice.close()  # Rehearsals do not move to another process.
        await hub.drain()

    pages = Starlette(routes=_routes(site, hub, key), exception_handlers=ANSWERS, lifespan=lifespan)
    # Starlette would redirect to the host in the request, which may be anybody's.
    pages.router.redirect_slashes = False
    # Outermost, so that error responses have these headers, too.
    https = (settings.public_url or "").startswith("https:")
    socket = RoomSocket(settings, identity, store, hub)
    with_headers = Headers(pages, https=https, for_everybody=about.FOR_EVERYBODY)
    return App(entrance(socket.converse, with_headers), drain, tasks.check)


def _topology(settings: Settings) -> Topology:
    if settings.redis_url is None:
        raise CannotStart("The app needs a Redis: REDIS_URL is not set.")
    try:
        return topology_of(settings.redis_url)
    except ValueError:
        raise ConfigError(
            "REDIS_URL cannot be read. In a password, write signs other than letters and digits"
            " as %XX."
        ) from None


def _routes(site: Site, hub: Hub, key: SharedKey) -> list[Route]:
    return [
        *[route for routes in ALL_PAGES for route in routes(site)],
        *health.routes(
            site.store,
            lambda: [*hub.why_not_ready(), *key.why_not_ready()],
            key.remarks,
            site.settings.metrics_key,
        ),
        Route("/static/{path:path}", Assets(WEB / "static").serve),
    ]


async def _check_login(store: Store) -> None:
    """Raises CannotStart if Redis refuses our login or commands; waits for one that is away."""
    try:
        await store.check()
    except RedisError as error:
        if reason := why_refused(error):
            raise CannotStart(reason) from None
