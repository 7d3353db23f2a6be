"""My chair on my other device: the device that has it shows a code, the other one opens it.

circle/handover.py has the steps. The code stands in the fragment of a link, which no server, log or
Referer sees; nothing happens when a link is opened, only when a button is pressed.
"""

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from server.circle.circle import Circle
from server.circle.handover import NONE, Handover, begun, chosen, opened, seat_for
from server.identity import Person, circle_of, new_attempt, token_in
from server.pages import device_code as codes
from server.pages.errors import AtTheDoor
from server.pages.parts import drawn
from server.pages.requests import Member
from server.pages.site import Site
from server.room.refused import Refused
from server.room.state import Role
from server.store.limits import RateLimit
from server.views.language import language_of
from server.views.refusals import sentence
from server.views.templates import render_page

DEVICES = RateLimit("device", 60, 2_000)
"""Of an address, which many people may share."""
OVER = Refused("stale", "device_code_over")


def routes(site: Site) -> list[Route]:
    path = "/circles/{circle_id}/device"
    return [
        site.route(path, hand_over, "POST"),
        site.back(path),
        site.route("/device", other_device),
        site.route("/device", take_over, "POST"),
    ]


async def hand_over(site: Site, request: Request) -> Response:
    """On the device that has the chair: shows a code, or takes the digits that were chosen."""
    form = await site.reception.form(request)
    circle, member = await site.reception.circle_and_member(request)
    if member.role is Role.GUEST:
        raise AtTheDoor
    await site.reception.keep_to(DEVICES, request)
    code = token_in(form.get("code", ""))
    is_ours = codes.is_well_formed(code) and circle_of(code) == circle.id
    if form.get("do") == "choose":
        digits = form.get("digits", NONE)
        return await _choose(site, request, circle, member, code if is_ours else "", digits)
    if is_ours:
        await _end(site, circle, member, code)
    return await _show_code(site, request, circle, member)


async def _show_code(site: Site, request: Request, circle: Circle, member: Member) -> Response:
    code = codes.new_code(circle.id)
    pairs, right = codes.new_pairs()
    sealed_name = codes.sealed(member.person.name, code)
    handover = begun(member.person.seat, sealed_name, pairs, right)
    await site.store.handovers.begin(circle.id, codes.digest(code), handover)
    return await _code_page(site, request, circle, member, code, pairs)


async def _end(site: Site, circle: Circle, member: Member, code: str) -> None:
    """Ends the hand-over of the code that this person has had before, if it is theirs."""
    held = await site.store.handovers.get(circle.id, codes.digest(code))
    if held and held.seat == member.person.seat:
        await site.store.handovers.end(circle.id, codes.digest(code))


async def _choose(
    site: Site, request: Request, circle: Circle, member: Member, code: str, digits: str
) -> Response:
    page = partial(_code_page, site, request, circle, member)
    held = await site.store.handovers.get(circle.id, codes.digest(code)) if code else None
    if held is None or held.seat != member.person.seat:
        return await page(refused=OVER, status=403)
    try:
        after = await site.store.handovers.change(
            circle.id, codes.digest(code), partial(chosen, digits=digits)
        )
    except Refused as refused:
        return await page(code, held.pairs, refused=refused, status=409)
    if after:
        return await page(did="choose_digits")
    if digits == NONE:
        return await page(did="choose_none")
    return await page(refused=Refused("invalid", "device_wrong"), status=403)


async def _code_page(
    site: Site,
    request: Request,
    circle: Circle,
    member: Member,
    code: str = "",
    pairs: list[str] | tuple[str, ...] = (),
    *,
    did: str = "",
    refused: Refused | None = None,
    status: int = 200,
) -> Response:
    """The page with a code and the pairs of digits; without a code it says what has happened."""
    link = f"{site.base(request)}/device#{code}" if code else ""
    language = language_of(request)
    html = render_page(
        "device_code",
        language,
        circle=circle,
        my_name=member.person.name,
        code=code,
        link=link,
        # Choosing the mask takes 20 ms, in which the event loop serves the rooms.
        svg=await asyncio.to_thread(drawn, link) if link else "",
        pairs=pairs,
        did=did,
        refusal=sentence(refused, language.gettext) if refused else "",
        refusal_code=refused.code if refused else "",
    )
    return HTMLResponse(html, status)


async def other_device(_site: Site, request: Request) -> Response:
    return _device_page(request)


async def take_over(site: Site, request: Request) -> Response:
    """On the other device: opens the code, or takes the chair once its digits were chosen."""
    form = await site.reception.form(request)
    await site.reception.keep_to(DEVICES, request)
    typed, attempt = form.get("code", ""), form.get("attempt") or new_attempt()
    try:
        circle, held, name = await _opened(site, token_in(typed), codes.digest(attempt))
    except Refused as refused:
        return _device_page(request, typed, attempt, refused=refused, status=403)
    shown = partial(
        _device_page,
        request,
        typed,
        attempt,
        circle,
        held,
        name,
        _before(site, request, circle, held),
    )
    if form.get("do") != "take":
        return shown()
    try:
        seat = seat_for(held, codes.digest(attempt))
    except Refused as refused:
        return shown(refused=refused, status=409)
    response = RedirectResponse(f"/circles/{circle.id}", status_code=303)
    site.cookies.remember(request, response, circle, Person(circle.id, seat, name))
    return response


async def _opened(site: Site, code: str, by: str) -> tuple[Circle, Handover, str]:
    """The circle and the hand-over of this code, opened by this device, and the person's name.

    Raises Refused for any other code, and for one that another device has opened.
    """
    if not codes.is_well_formed(code):
        raise OVER
    circle = await site.store.circles.get(circle_of(code))
    held = await site.store.handovers.change(
        circle_of(code), codes.digest(code), partial(opened, by=by)
    )
    if circle is None or held is None or not circle.roles.get(held.seat):
        raise OVER
    return circle, held, codes.unsealed(held.name, code)


def _before(site: Site, request: Request, circle: Circle, held: Handover) -> str:
    """The name of another person of this circle whom this device is until now, or empty."""
    person = site.identity.person(request, circle.id)
    return person.name if person and person.seat != held.seat else ""


def _device_page(
    request: Request,
    typed: str = "",
    attempt: str = "",
    circle: Circle | None = None,
    held: Handover | None = None,
    name: str = "",
    before: str = "",
    *,
    refused: Refused | None = None,
    status: int = 200,
) -> Response:
    """The page that asks for a code, or, with a hand-over, whether to be this person here."""
    language = language_of(request)
    html = render_page(
        "device",
        language,
        code=typed,
        attempt=attempt or new_attempt(),
        circle=circle,
        digits=held.digits if held else "",
        my_name=name,
        before=before,
        refusal=sentence(refused, language.gettext) if refused else "",
        refusal_code=refused.code if refused else "",
    )
    return HTMLResponse(html, status)
