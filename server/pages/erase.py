"""Erasure: of the whole circle, of all people who are absent, or of the person on this device.

A page asks for confirmation, unless the form says that the script has asked already. For the whole
circle its name is typed instead. What is done is said by the circle's page, to which the answer
leads: a browser that loads that page again repeats nothing, as somebody may have left the room, or
kept the circle, since.
"""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from server.circle.circle import Circle
from server.pages.circle import circle_page
from server.pages.errors import ForFacilitators, SeatLost
from server.pages.message import ONE_MOMENT, Name, choose_again, message
from server.pages.site import Site
from server.room.refused import Refused
from server.room.state import Role
from server.store.erasure import Left, NotLeading
from server.views.language import N_, language_of
from server.views.refusals import sentence
from server.views.templates import render_page

LONGEST_SHOWN = 200
"""The characters of a wrong name that are shown again."""

AFTERWARDS: dict[Left, tuple[Name, str]] = {
    Left.FORGOTTEN: (
        "left_circle",
        N_(
            "The circle no longer knows you. To come back, open your invitation link and join as"
            " you did the first time."
        ),
    ),
    Left.SITS: (
        "still_sits",
        N_(
            "This device no longer knows the circle. What the circle knew of you is erased, but for"
            " your chair: you are still in the room in your other window. The chair goes too,"
            " within minutes after the session has ended and that window is closed. To come back"
            " later, open your invitation link."
        ),
    ),
}


def routes(site: Site) -> list[Route]:
    """The form, whose `what` is `me`, `absent`, `circle` or `keep`, and a way back from its
    address."""
    path = "/circles/{circle_id}/erase"
    return [site.route(path, erase, "POST"), site.back(path)]


async def erase(site: Site, request: Request) -> Response:
    form = await site.reception.form(request)
    is_confirmed = form.get("confirmed") == "yes"
    match form.get("what", ""):
        case "me":
            return await _leave(site, request, is_confirmed=is_confirmed)
        case "absent":
            return await _forget_absent(site, request, is_confirmed=is_confirmed)
        case "circle":
            return await _erase_circle(site, request, form.get("circle_name", ""))
        case "keep":
            return await _keep_circle(site, request)
        case _:
            return choose_again(request)


def _question(request: Request, circle: Circle, what: str, seat: str) -> Response:
    leads = seat in circle.leading
    language = language_of(request)
    return HTMLResponse(render_page("erase", language, circle=circle, what=what, leads=leads))


async def _leave(site: Site, request: Request, *, is_confirmed: bool) -> Response:
    """Idempotent: a person who has left and sends the form again gets the same page."""
    _ = language_of(request).gettext
    circle, person, role = await site.reception.circle_and_person(request)
    if role is not None and not is_confirmed:
        return _question(request, circle, "me", person.seat)
    try:
        left = await site.store.erasure.leave(circle.id, person.seat)
    except Refused as refused:
        return _refused(request, refused)
    name, words = AFTERWARDS[left]
    response = message(request, name, _("You have left this circle"), _(words), 200)
    site.cookies.forget(request, response, circle.id)
    return response


def _refused(request: Request, refused: Refused) -> Response:
    _ = language_of(request).gettext
    return message(request, "busy", _(ONE_MOMENT), sentence(refused, _), 503, code=refused.code)


def _said(circle_id: str, **done: str) -> Response:
    """Leads to the circle's page, which says what was done, and has the focus there.

    Without a fragment: a browser that comes by one takes the focus away once the page has loaded.
    """
    return RedirectResponse(f"/circles/{circle_id}?{urlencode(done)}", 303)


async def _forget_absent(site: Site, request: Request, *, is_confirmed: bool) -> Response:
    circle, member = await site.reception.circle_and_member(request)
    if member.role is not Role.FACILITATOR:
        raise ForFacilitators(N_("Only facilitators can have the circle forget people."))
    if not is_confirmed:
        return _question(request, circle, "absent", member.person.seat)
    try:
        forgotten = await site.store.erasure.forget_absent(circle.id, member.person.seat)
    except NotLeading:
        raise SeatLost from None  # Another facilitator has forgotten them or changed their role.
    except Refused as refused:
        return _refused(request, refused)
    return _said(circle.id, forgotten=f"{forgotten}")


async def _erase_circle(site: Site, request: Request, typed: str) -> Response:
    circle, member = await site.reception.circle_and_member(request)
    if member.role is not Role.FACILITATOR:
        raise ForFacilitators(N_("Only facilitators can erase the circle."))
    try:
        await site.store.circle_erasure.ask(circle, typed)
    except Refused as refused:
        words = sentence(refused, language_of(request).gettext)
        typed = typed[:LONGEST_SHOWN]
        return await circle_page(site, request, status=400, erase_typed=typed, erase_refusal=words)
    return _said(circle.id, did="erase_circle")


async def _keep_circle(site: Site, request: Request) -> Response:
    """Idempotent: a circle that stays is kept."""
    circle, member = await site.reception.circle_and_member(request)
    if member.role is not Role.FACILITATOR:
        raise ForFacilitators(N_("Only facilitators can keep the circle."))
    await site.store.circle_erasure.take_back(circle.id)
    return _said(circle.id, did="keep_circle")
