"""The page after somebody has left the room or its door: a chair stays, and one link leads back."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.pages.site import Site
from server.room.state import Role
from server.views.language import language_of
from server.views.templates import render_page


def routes(site: Site) -> list[Route]:
    return [site.route("/circles/{circle_id}/left", left)]


async def left(site: Site, request: Request) -> Response:
    circle, member = await site.reception.circle_and_member(request)
    waits = member.role is Role.GUEST
    return HTMLResponse(render_page("left", language_of(request), circle=circle, waits=waits))
