"""The context that all pages share: settings, the store, request checks, cookies."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.config import Settings
from server.http.origin import base_url
from server.identity import Identity
from server.mail.asking import Asking, Stopping
from server.mail.smtp import smtp_of
from server.pages.cookies import Cookies
from server.pages.requests import Reception
from server.practice.rooms import Practice
from server.room.state import Room
from server.store.store import Store
from server.views.rendering import Rendering


class Served(Protocol):
    """The rooms that this process serves (live/hub.py)."""

    def value(self, circle_id: str) -> Room | None:
        """The newest value of this room, if this process serves it."""

    def rendering(self, room: Room) -> Rendering:
        """The regions of this value of a room, or of a newer one."""


class Site:
    """The context of every page."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        store: Store,
        practice: Practice,
        served: Served,
    ) -> None:
        self.settings = settings
        self.served = served
        self.identity = identity
        self.store = store
        self.practice = practice
        self.reception = Reception(settings, identity, store)
        self.cookies = Cookies(identity, settings.public_url)
        smtp = smtp_of(settings)
        self.asking = Asking(store, identity, smtp) if smtp else None
        """Asks whether a mail address is theirs; None if this server sends no mail."""
        self.stopping = Stopping(store, identity)

    def base(self, request: Request) -> str:
        """The beginning of all links, by this request."""
        return base_url(request, self.settings.public_url)

    def route(
        self,
        path: str,
        endpoint: Callable[["Site", Request], Awaitable[Response]],
        method: str = "GET",
    ) -> Route:
        """The route to a page, whose function gets this context."""
        return Route(path, partial(endpoint, self), methods=[method])
