"""The circle's own page: its links, its format, and the people whom it knows."""

from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.circle import changes
from server.circle.circle import FOUNDER_KEEPS_DAYS, INVITED_ROLES, known_format
from server.identity import COOKIE_SECONDS
from server.pages import kept
from server.pages.errors import AtTheDoor, ForFacilitators
from server.pages.message import message
from server.pages.site import Site
from server.room.formats.shipped import GROUPS, PRACTICE
from server.room.refused import Refused
from server.room.state import Role
from server.views.language import N_, language_of
from server.views.refusals import sentence
from server.views.templates import render_page


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
        heading = language_of(request).gettext("This format is not known")
        return message(request, heading, sentence(refused, language_of(request).gettext), 400)
    await site.store.circles.change(circle.id, partial(changes.choose_format, key=chosen))
    return await circle_page(site, request, chosen=True)


async def circle_page(
    site: Site,
    request: Request,
    *,
    status: int = 200,
    chosen: bool = False,
    forgotten: int | None = None,
    **results: str,
) -> Response:
    """The circle's own page, perhaps with a result: a format was chosen, people were forgotten, or
    one of its parts has facts of its own."""
    circle, member = await site.reception.circle_and_member(request)
    if member.role is Role.GUEST:
        raise AtTheDoor  # People in the lobby see only the circle's name.
    leads = member.role is Role.FACILITATOR
    links = {}
    if leads:
        base = site.base(request)
        links = {r: site.identity.link(base, circle.id, r, circle.serial(r)) for r in INVITED_ROLES}
    language = language_of(request)
    html = render_page(
        "circle",
        language,
        circle=circle,
        plan=circle.plan,
        practice=circle.format == PRACTICE,
        groups=GROUPS,
        links=links,
        chosen=chosen,
        known=circle.known(),
        leads_alone=circle.leading == [member.person.seat],
        forgotten=forgotten,
        cookie_days=COOKIE_SECONDS // (24 * 3600),
        founder_days=FOUNDER_KEEPS_DAYS,
        **kept.facts(circle, member, site.store.clock.now(), language) | results,
    )
    response = HTMLResponse(html, status)
    site.cookies.renew(request, response, circle, member.person)
    return response
