"""The room's page, with all regions, which the socket then updates."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.circle.circle import INVITED_ROLES
from server.pages import compression as compressed
from server.pages.errors import SeatLost
from server.pages.join import arrived
from server.pages.message import message
from server.pages.site import Site
from server.room.refused import Refused
from server.room.state import Role
from server.views.invitation import mail_text
from server.views.language import language_of
from server.views.partials import inner, no_notice
from server.views.refusals import sentence
from server.views.rendering import Viewer
from server.views.templates import render_page


def routes(site: Site) -> list[Route]:
    return [site.route("/circles/{circle_id}/room", room)]


async def room(site: Site, request: Request) -> Response:
    language = language_of(request)
    circle, member = await site.reception.circle_and_member(request)
    person = member.person
    try:
        room = await arrived(site, circle, member.enter)
    except Refused as refused:
        heading = language.gettext("You cannot come in just now")
        why = sentence(refused, language.gettext)
        return message(request, "no_entry", heading, why, 409, code=refused.code)
    viewer = Viewer(person.seat, site.base(request), language)
    regions = site.served.rendering(room).regions(viewer)
    if regions is None:
        raise SeatLost  # They were removed in a newer value, which this process has by now.
    regions["notice"] = no_notice(language)
    html = {name: inner(region) for name, region in regions.items()}
    now = site.store.clock.now()
    place = room.seat(person.seat) or room.waiting(person.seat)
    names = {"my_name": place.name if place else person.name, "name_next_time": person.name}
    # In the lobby people learn the next date alone, not the rhythm.
    mail = mail_text(language, None if member.role is Role.GUEST else circle)
    page = render_page("room", language, circle=circle, now=now, regions=html, mail=mail, **names)
    tokens = [site.identity.token(room.id, role, room.serial(role)) for role in INVITED_ROLES]
    response = compressed.page(request, page, tokens)
    site.cookies.renew(request, response, circle, person)
    return response
