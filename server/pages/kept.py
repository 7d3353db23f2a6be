"""*What is kept*: a list made by a fresh look at what Redis holds of this circle; and the facts of
the circle's page about its erasure.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.circle import erasing
from server.identity import COOKIE_DAYS
from server.pages.errors import AtTheDoor, CircleErased
from server.pages.site import Facts, Site, Visit
from server.room.state import Role
from server.store.limits import RateLimit
from server.store.look import Held
from server.views import dates, kept_words
from server.views.language import Language, language_of
from server.views.templates import render_page

LOOKS = RateLimit("kept", 30, 2_000)
"""A look goes through all keys of a Redis."""


def routes(site: Site) -> list[Route]:
    return [site.route("/circles/{circle_id}/kept", kept)]


async def kept(site: Site, request: Request) -> Response:
    """The list for a member; after the erasure of the circle, for its former members."""
    language = language_of(request)
    try:
        circle, member = await site.reception.circle_and_member(request)
    except CircleErased:
        _, found = await fresh_look(site, request, language, "UTC")
        return HTMLResponse(render_page("kept_erased", language, **found))
    if member.role is Role.GUEST:
        raise AtTheDoor
    held, found = await fresh_look(site, request, language, circle.time_zone)
    has_room = any(one.key.endswith("}:room") for one in held)
    html = render_page(
        "kept",
        language,
        circle=circle,
        last=kept_words.last_session(language, circle, has_room=has_room),
        expires_on=kept_words.expiry(language, circle.id, held, circle.time_zone),
        **found,
    )
    response = HTMLResponse(html)
    site.cookies.renew(request, response, circle, member.person)
    return response


async def fresh_look(
    site: Site, request: Request, language: Language, time_zone: str
) -> tuple[list[Held], Facts]:
    """The keys of the circle in the URL; what circle/held.html and circle/outside.html show."""
    await site.reception.keep_to(LOOKS, request)
    circle_id = request.path_params["circle_id"]
    held = await site.store.look.held(circle_id)
    deadlines = await site.store.look.deadlines_of(circle_id)
    return held, {
        "rows": kept_words.rows(language, circle_id, held, [due.kind for due in deadlines]),
        "looked_at": dates.day_and_time(language, site.store.clock.now(), time_zone),
        "outside": kept_words.outside(
            language,
            site.settings.retention_note,
            COOKIE_DAYS,
            site.settings.erased_days,
        ),
    }


async def facts(visit: Visit) -> Facts:
    """What circle/erase.html and circle/kept.html show."""
    circle, now, language, leads = visit.circle, visit.now, visit.language, visit.leads
    did = visit.request.query_params.get("did", "")  # As erase.py leads here.
    idle_on, noticed_on = erasing.erased_if_idle_on(circle), erasing.notice_on(circle)
    is_near = noticed_on is not None and noticed_on <= erasing.day_of(now)
    return {
        "erase_days": erasing.ERASE_DAYS,
        "idle_months": erasing.IDLE_MONTHS,
        "idle_on": dates.day(language, idle_on) if leads and is_near and idle_on else "",
        "idle_people": len(erasing.nearly_idle_seats(circle, now)) if leads else 0,
        "erase_typed": "",
        "erase_refusal": "",
        "erase_did": did if did in ("erase_circle", "keep_circle") else "",
    }
