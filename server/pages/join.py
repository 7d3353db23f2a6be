"""The invitation: its page, what it says of the circle, and its form."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from server.circle.circle import Circle
from server.circle.meetings import next_meeting
from server.identity import Person, circle_of, invitation_in, is_whole, new_attempt, new_seat_id
from server.pages.errors import SeatLost
from server.pages.site import Site
from server.room.commands import Enter
from server.room.names import person_name
from server.room.refused import Refused
from server.room.state import Room
from server.store.arrivals import SeatGone
from server.store.limits import RateLimit
from server.views.language import language_of
from server.views.refusals import sentence
from server.views.register_words import kept_words
from server.views.templates import render_page

# Only against floods: all people of a hospital have one address.
JOINS = RateLimit("join", 60, 2_000)
INVITATIONS = RateLimit("invitation", 60, 2_000)


def routes(site: Site) -> list[Route]:
    """The page and its form; a mail filter may have encoded the `#` of the link."""
    return [
        site.route("/join", invitation),
        site.route("/join#{token:path}", invitation),
        site.route("/join%23{token:path}", invitation),
        site.route("/join", join, "POST"),
        site.route("/invitation", about_circle, "POST"),
    ]


async def invitation(_site: Site, request: Request) -> Response:
    return invitation_page(request, {"token": request.path_params.get("token", "")})


async def join(site: Site, request: Request) -> Response:
    form = await site.reception.form(request)
    await site.reception.keep_to(JOINS, request)
    token = invitation_in(form.get("token", ""))
    circle, member = await site.reception.known(request, circle_of(token))
    invited = site.identity.invited_role(token, circle) if circle else None
    if circle is None or invited is None:
        return invitation_page(request, form, _no_invitation(token), 403)
    try:
        if form.get("agree", "") != "yes":
            raise Refused("not_allowed", "agree_first")
        name = person_name(form.get("your_name", ""))
    except Refused as refused:
        return invitation_page(request, form, refused)
    if member:
        enter = Enter(member.person.seat, name, member.role, invited)
    else:
        attempt = form.get("attempt", "")
        seat = site.identity.seat_id(attempt, circle.id) if attempt else new_seat_id()
        # A person who was removed joins anew; the room may know the seat in their void cookie.
        before = site.identity.person(request, circle.id)
        enter = Enter(seat, name, None, invited, former=before.seat if before else "")
    return await into_room(site, request, circle, enter, typed=form)


async def about_circle(site: Site, request: Request) -> Response:
    """Which circle an invitation leads to, and when it meets next: for the page's script, which
    shows it before anybody types their name. As JSON, so that nothing of it is in a GET."""
    form = await site.reception.form(request)
    await site.reception.keep_to(INVITATIONS, request)
    token = invitation_in(form.get("token", ""))
    circle, _ = await site.reception.known(request, circle_of(token))
    if circle is None or site.identity.invited_role(token, circle) is None:
        why = sentence(_no_invitation(token), language_of(request).gettext)
        return JSONResponse({"refusal": why}, 403)
    coming = next_meeting(circle, site.store.clock.now())
    meets = coming and {
        "date": coming.date.isoformat(),
        "starts_at": coming.starts_at,
        "zone": circle.time_zone,
    }
    language = language_of(request)
    said = {"circle": circle.name, "next": meets, "language": language.code}
    if circle.register.is_on:
        said["register"] = kept_words(language, circle.register)
    return JSONResponse(said)


def _no_invitation(token: str) -> Refused:
    """Why this token does not lead in."""
    if is_whole(token):
        return Refused("not_allowed", "old_link")
    return Refused("invalid", "cut_link")


def invitation_page(
    request: Request, typed: dict[str, str], refused: Refused | None = None, status: int = 400
) -> Response:
    """The page with the typed fields, and a refusal if there is one."""
    given = typed.get("token", "")
    token, language = invitation_in(given), language_of(request)
    html = render_page(
        "join",
        language,
        token=token if is_whole(token) else given,
        is_whole=is_whole(token),
        your_name=typed.get("your_name", ""),
        attempt=typed.get("attempt") or new_attempt(),
        refusal=sentence(refused, language.gettext) if refused else "",
        refusal_code=refused.code if refused else "",
    )
    return HTMLResponse(html, status if refused else 200)


async def into_room(
    site: Site,
    request: Request,
    circle: Circle,
    enter: Enter,
    typed: dict[str, str] | None = None,
) -> Response:
    """Seats this person, sets their cookie and sends them to the room."""
    try:
        await arrived(site, circle, enter)
    except Refused as refused:
        return invitation_page(request, typed or {}, refused, 409)
    response = RedirectResponse(f"/circles/{circle.id}/room", status_code=303)
    site.cookies.remember(request, response, circle, Person(circle.id, enter.seat, enter.name))
    return response


async def arrived(site: Site, circle: Circle, enter: Enter) -> Room:
    """The room with this person in it, or at its door. Raises SeatLost, or Refused."""
    try:
        held = site.served.value(circle.id)
        return await site.store.arrivals.arrived(circle, enter, held)
    except SeatGone:
        raise SeatLost from None
