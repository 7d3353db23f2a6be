"""Parts of the room's page that its scripts request when they are needed.

They keep its first load small. Each is a piece of HTML without a page around it.
"""

import asyncio

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.pages import compression as compressed
from server.pages.errors import AtTheDoor, ForFacilitators
from server.pages.site import Site
from server.room.formats.plan import Format
from server.room.state import Role
from server.views.language import N_, Language, language_of
from server.views.templates import render_page

QUIET_ZONE = 4
"""The light border of a QR code in modules (ISO/IEC 18004)."""


def routes(site: Site) -> list[Route]:
    return [
        site.route("/circles/{circle_id}/parts", parts),
        site.route("/circles/{circle_id}/qr", qr),
    ]


async def parts(site: Site, request: Request) -> Response:
    """What each phase is for, and the other parts that have no secret in them."""
    circle, member = await site.reception.circle_and_member(request)
    if member.role is Role.GUEST:
        raise AtTheDoor
    room = site.served.value(circle.id) or await site.store.rooms.load(circle.id)
    plan = room.plan if room else circle.plan
    html = parts_of(language_of(request), plan)
    return compressed.page(request, html, ())


def parts_of(language: Language, plan: Format) -> str:
    """The parts of a session with this plan."""
    sits_back = any(phase.heard.sits_back for phase in plan.phases)
    return render_page("parts", language, plan=plan, sits_back=sits_back)


async def qr(site: Site, request: Request) -> Response:
    """The members' link as a QR code, for those who see the link itself.

    Not compressed: the link is secret, and the circle's name beside it was typed.
    """
    circle, member = await site.reception.circle_and_member(request)
    if member.role is not Role.FACILITATOR:
        raise ForFacilitators(N_("Only facilitators see the invitations."))
    links = circle.serial(Role.MEMBER)
    link = site.identity.link(site.base(request), circle.id, Role.MEMBER, links)
    # Choosing the mask takes 20 ms, in which the event loop serves the rooms.
    svg = await asyncio.to_thread(drawn, link)
    return HTMLResponse(
        render_page("qr", language_of(request), circle=circle, link=link, svg=svg),
        headers={"Cross-Origin-Resource-Policy": "same-origin"},
    )


def drawn(link: str) -> Markup:
    """The QR code of this link, as SVG that scales."""
    code = segno.make_qr(link)
    return Markup(code.svg_inline(border=QUIET_ZONE, light="#fff", omitsize=True))  # noqa: S704 - only figures
