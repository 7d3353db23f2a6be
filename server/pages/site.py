"""The context that all pages share: settings, the store, request checks, cookies."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server.circle.circle import Circle
from server.config import Settings
from server.http.origin import base_url
from server.identity import Identity
from server.mail.asking import Asking, Stopping
from server.mail.smtp import Smtp
from server.pages.cookies import Cookies
from server.pages.requests import Member, Reception
from server.practice.rooms import Practice
from server.room.state import Role, Room
from server.store.store import Store
from server.views.language import Language, language_of
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
        smtp: Smtp | None,
        circle_parts: "Sequence[Part]" = (),
    ) -> None:
        self.settings = settings
        self.served = served
        self.identity = identity
        self.store = store
        self.practice = practice
        self.circle_parts = circle_parts
        self.reception = Reception(settings, identity, store)
        self.cookies = Cookies(identity, settings.public_url)
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

    def back(self, path: str) -> Route:
        """The route from a form's address, which the browser keeps and somebody may open, to the
        circle's page.
        """
        return self.route(path, _to_circle)


async def _to_circle(_site: Site, request: Request) -> Response:
    return RedirectResponse(f"/circles/{request.path_params['circle_id']}", 303)


class Visit(NamedTuple):
    """A visit to the circle's page, from which its parts make their facts."""

    site: Site
    request: Request
    circle: Circle
    member: Member
    now: int
    """Epoch ms."""

    @property
    def leads(self) -> bool:
        return self.member.role is Role.FACILITATOR

    @property
    def language(self) -> Language:
        return language_of(self.request)


Facts = dict[str, object]
"""Names of a template, with their values."""
Part = Callable[[Visit], Awaitable[Facts]]
"""A part of the circle's page: makes its facts."""
