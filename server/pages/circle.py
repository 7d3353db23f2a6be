"""The circle's own page: its links, its format, and the people whom it knows.

Its other parts are modules of their own: each has a template in web/templates/circle, a function
for its facts (app.CIRCLE_PARTS), and the routes of its forms, which answer with `circle_page`.
"""

from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.circle import changes
from server.circle.circle import FOUNDER_KEEPS_DAYS, INVITED_ROLES, Circle, known_format
from server.circle.coming import coming
from server.identity import COOKIE_DAYS
from server.pages.errors import ForFacilitators
from server.pages.message import message
from server.pages.site import Facts, Site, Visit
from server.room.formats.shipped import GROUPS, PRACTICE
from server.room.refused import Refused
from server.room.state import Role
from server.views.coming_words import session_date
from server.views.invitation import mail_text
from server.views.language import N_, language_of
from server.views.refusals import sentence
from server.views.templates import render_page

MAX_DIGITS = 6


def routes(site: Site) -> list[Route]:
    return [
        site.route("/circles/{circle_id}", circle_page),
        site.route("/circles/{circle_id}", choose_format, "POST"),
    ]


async def choose_format(site: Site, request: Request) -> Response:
    form = await site.reception.form(request)
    circle, member = await site.reception.circle_and_member(request)
    if member.role is not Role.FACILITATOR:
        raise ForFacilitators(N_("Only facilitators can choose the format."))
    try:
        chosen = known_format(form.get("format", ""), circle.own)
    except Refused as refused:
        _ = language_of(request).gettext
        heading, why = _("This format is not known"), sentence(refused, _)
        return message(request, "unknown_format", heading, why, 400, code=refused.code)
    await site.store.circles.change(
        circle.id, partial(changes.choose_format, key=chosen, now=site.store.clock.now())
    )
    return await circle_page(site, request, chosen=True)


async def circle_page(
    site: Site, request: Request, *, status: int = 200, **result: object
) -> Response:
    """The circle's own page, perhaps with the result of a form, which replaces facts of its part.

    A practice circle has no month, and so none of its parts.
    """
    circle, member = await site.reception.circle_and_member(request)
    if member.role is Role.GUEST:
        return _at_the_door(site, request, circle)
    visit = Visit(site, request, circle, member, site.store.clock.now())
    facts = _facts(visit)
    if not facts["practice"]:
        for part in site.circle_parts:
            facts |= await part(visit)
    response = HTMLResponse(render_page("circle", visit.language, **facts | result), status)
    site.cookies.renew(request, response, circle, member.person)
    return response


def _at_the_door(site: Site, request: Request, circle: Circle) -> Response:
    """What people in the lobby see: the circle's name, and when it meets."""
    session, language = coming(circle, site.store.clock.now()), language_of(request)
    when = session_date(language, session) if session and session.starts_at else ""
    return HTMLResponse(
        render_page("at_the_door", language, circle=circle, session=session, when=when)
    )


def _forgotten(visit: Visit) -> int | None:
    """How many people the circle has just forgotten, as the address says after erase.py; None if
    it says nothing."""
    typed = visit.request.query_params.get("forgotten", "")
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= MAX_DIGITS
    return int(typed) if visit.leads and is_number else None


def _facts(visit: Visit) -> Facts:
    """The facts of the page itself, and of the parts that have no module of their own."""
    site, circle = visit.site, visit.circle
    links = {}
    if visit.leads:
        base = site.base(visit.request)
        links = {r: site.identity.link(base, circle.id, r, circle.serial(r)) for r in INVITED_ROLES}
    return {
        "circle": circle,
        "leads": visit.leads,
        "plan": circle.plan,
        "practice": circle.format == PRACTICE,
        "groups": GROUPS,
        "links": links,
        "mail": mail_text(visit.language, circle),
        "chosen": False,
        "known": circle.known(),
        "forgotten": _forgotten(visit),
        "cookie_days": COOKIE_DAYS,
        "founder_days": FOUNDER_KEEPS_DAYS,
    }
