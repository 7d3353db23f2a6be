"""Reminders by mail: asking for them on the circle's page, and the pages that a mail leads to.

Nothing happens on GET: mail filters open every link.
"""

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.circle.circle import Circle
from server.circle.fields import WrongFields
from server.circle.reminders import mail_address
from server.identity import token_in
from server.mail.asking import Asking, Begun, Confirmed
from server.pages.circle import circle_page
from server.pages.errors import AtTheDoor
from server.pages.message import choose_again
from server.pages.reminders_part import Result, shown
from server.pages.site import Site
from server.room.formats.shipped import PRACTICE
from server.room.refused import reason
from server.room.state import Role
from server.store.limits import RateLimit
from server.store.reminders import Replaced
from server.views.language import N_, language_of
from server.views.mails import HOURS
from server.views.refusals import worded
from server.views.templates import render_page

TO_ONE = RateLimit("mailto", 3, 20 * 60_000)
"""By the address that the mails go to: nobody is flooded with them."""
BY_ONE = RateLimit("mailby", 6, 10 * 60_000)
"""By the person who asks."""
BY_ADDRESS = RateLimit("mails", 60, 60_000)
"""By the network address: who starts circles and takes many seats sends no mail to many people."""
TRIES = 20

SENT = {
    Begun.SENT: N_(
        "We have sent you a mail. Please open its link within {hours} hours; reminders come from"
        " then on."
    ),
    Begun.ON_ITS_WAY: N_(
        "A mail is on its way to you. Please open its link within {hours} hours; reminders come"
        " from then on."
    ),
}
REFUSED = {Begun.REFUSED: reason("address_refused"), Begun.BUSY: reason("mail_busy")}
NOT_CONFIRMED = {
    Confirmed.OLD: N_(
        "This link is too old, you have opened a later one, or you have stopped the reminders. You"
        " can ask again on the circle’s page."
    ),
    Confirmed.UNKNOWN: N_("Part of the link is missing. Please open it again from the mail."),
    Confirmed.NO_SEAT: N_("The circle does not know you any more, so no reminders will come."),
}


def routes(site: Site) -> list[Route]:
    """A mail filter may have encoded the `#` of the link."""
    part, stop = "/circles/{circle_id}/reminders", "/reminders/stop/{token}"
    return [
        site.back(part),
        site.route(part, choose, "POST"),
        site.route("/reminders", link),
        site.route("/reminders#{token:path}", link),
        site.route("/reminders%23{token:path}", link),
        site.route("/reminders", answer, "POST"),
        site.route(stop, stop_page),
        site.route(stop, stop_at_once, "POST"),
    ]


async def choose(site: Site, request: Request) -> Response:
    """Asks for reminders, changes them, or stops them."""
    form = await site.reception.form(request)
    circle, member = await site.reception.circle_and_member(request)
    if member.role is Role.GUEST:
        raise AtTheDoor
    if form.get("do") == "stop":
        await site.store.reminders.erase(circle.id, member.person.seat)
        status = language_of(request).gettext("Reminders are off. Your address is erased.")
        result = Result("stop", status)
        reminders = await shown(site, circle, member, result)
        return await circle_page(site, request, reminders=reminders)
    if form.get("do", "ask") != "ask":
        return choose_again(request)
    result = await _ask(site, request, circle, member.person.seat, form)
    reminders = await shown(site, circle, member, result)
    return await circle_page(
        site, request, status=400 if result.fault else 200, reminders=reminders
    )


async def _ask(
    site: Site, request: Request, circle: Circle, seat: str, form: dict[str, str]
) -> Result:
    _ = language_of(request).gettext
    typed = form.get("address", "")
    day, hour = (form.get(name) == "yes" for name in ("day_before", "hour_before"))
    wrong = Result("ask", "", "", typed, day, hour)
    if not typed.strip() and await _changed(site, circle, seat, day=day, hour=hour):
        return Result("ask", _("Saved."))
    try:
        if site.asking is None or circle.format == PRACTICE:
            raise WrongFields(("address", reason("no_mail_server")))
        begun = await _begun(site, request, site.asking, circle, seat, form, typed)
    except WrongFields as faulty:
        return wrong._replace(fault=worded(faulty.faults[0][1], _))
    if begun in REFUSED:
        return wrong._replace(fault=worded(REFUSED[begun], _))
    return Result("ask", _(SENT[begun]).format(hours=HOURS))


async def _begun(
    site: Site,
    request: Request,
    asking: Asking,
    circle: Circle,
    seat: str,
    form: dict[str, str],
    typed: str,
) -> Begun:
    """Sends the mail that asks; raises WrongFields."""
    address = mail_address(typed)
    await site.reception.keep_to(BY_ADDRESS, request)
    for limit, who in ((BY_ONE, f"{circle.id} {seat}"), (TO_ONE, address.lower())):
        digest = site.identity.key_for(limit.what, who)[:12].hex()
        if await site.store.limits.count(limit, digest):
            raise WrongFields(("address", reason("asked_too_often")))
    return await asking.begin(
        language_of(request),
        circle,
        seat,
        address,
        day_before=form.get("day_before") == "yes",
        hour_before=form.get("hour_before") == "yes",
        base=site.base(request),
    )


async def _changed(site: Site, circle: Circle, seat: str, *, day: bool, hour: bool) -> bool:
    """Changes which reminders come; False if there are none yet."""
    for _ in range(TRIES):
        held = await site.store.reminders.of(circle.id, seat)
        if held is None:
            return False
        after = replace(held, day_before=day, hour_before=hour)
        done = await site.store.reminders.replace(circle.id, seat, held, after)
        if done is Replaced.DONE:
            await site.store.reminders.look_soon(circle.id)
            return True
    return False


async def link(_site: Site, request: Request) -> Response:
    """The page that the link of a mail leads to; its token is in the fragment."""
    return _page(request, token=request.path_params.get("token", ""))


async def answer(site: Site, request: Request) -> Response:
    """Confirms an address, or stops its reminders."""
    form = await site.reception.form(request)
    token = token_in(form.get("token", ""))
    _ = language_of(request).gettext
    if form.get("do") == "stop":
        await site.stopping.stop(token)
        return _page(request, did="stop")
    if site.asking is None:
        return _page(request, token=token, fault=_("This server sends no mail."), status=400)
    base = "" if site.settings.public_url else site.base(request)
    confirmed, circle = await site.asking.confirm(token, base)
    if confirmed is Confirmed.ON and circle is not None:
        return _page(request, token=token, did="confirm", circle_name=circle.name)
    return _page(request, token=token, fault=_(NOT_CONFIRMED[confirmed]), status=403)


async def stop_page(_site: Site, request: Request) -> Response:
    return _page(request, stops=request.url.path)


async def stop_at_once(site: Site, request: Request) -> Response:
    """One click (RFC 8058), from a mail program: without an Origin, and without a check of the
    token that anybody could see."""
    await site.stopping.stop(request.path_params["token"])
    return _page(request, did="stop")


def _page(
    request: Request,
    *,
    token: str = "",
    fault: str = "",
    did: str = "",
    stops: str = "",
    circle_name: str = "",
    status: int = 200,
) -> Response:
    """`stops`: the address to which one button posts."""
    facts = {"token": token, "fault": fault, "did": did, "stops": stops}
    page = render_page("reminders", language_of(request), circle_name=circle_name, **facts)
    return HTMLResponse(page, status)
