"""Help, and what is kept: the same two pages for everybody, without any cookie.

A browser may keep them: they are about nobody, and differ only by language and settings.
"""

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.circle.circle import FOUNDER_KEEPS_DAYS
from server.identity import COOKIE_DAYS
from server.pages.assets import Asset, answer, ready
from server.pages.join import JOINS
from server.pages.site import Site
from server.pages.start import STARTS
from server.room.due import KEPT_AFTER_END_MS, KEPT_UNCHANGED_MS
from server.room.lobby import MAX_PUT_OUT
from server.store.limits import RateLimit
from server.views.language import Language, language_of
from server.views.templates import render_page

HELP, PRIVACY = "/help", "/privacy"
FOR_EVERYBODY = (HELP, PRIVACY)
"""The paths of the pages that a browser may keep."""


def routes(site: Site) -> list[Route]:
    return [site.route(HELP, read_help), site.route(PRIVACY, read_privacy)]


async def read_help(_site: Site, request: Request) -> Response:
    return answer(request, _page("help", language_of(request)))


async def read_privacy(site: Site, request: Request) -> Response:
    relayed = bool(site.settings.turn_urls)
    return answer(request, _page("privacy", language_of(request), relayed=relayed))


@lru_cache
def _page(name: str, language: Language, *, relayed: bool = False) -> Asset:
    """The page, ready to be sent. `relayed`: a TURN server hides the addresses of browsers."""
    html = render_page(
        name,
        language,
        relayed=relayed,
        cookie_days=COOKIE_DAYS,
        founder_days=FOUNDER_KEEPS_DAYS,
        idle_hours=KEPT_UNCHANGED_MS // 3_600_000,
        seconds_after_end=KEPT_AFTER_END_MS // 1000,
        put_out=MAX_PUT_OUT,
        join_minutes=_minutes(JOINS),
        start_minutes=_minutes(STARTS),
    )
    return ready(html.encode(), "text/html; charset=utf-8")


def _minutes(limit: RateLimit) -> int:
    """How long a limit is kept at most: until it is full again."""
    return limit.at_once * limit.every_ms // 60_000
