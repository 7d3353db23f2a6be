"""A person's certificate of hours, and the page that checks one. Nothing is kept for either."""

import asyncio
import re
from datetime import date
from typing import NamedTuple

from markupsafe import Markup
from segno import DataOverflowError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.circle.certificate import (
    LONGEST_CODE,
    Certificate,
    certificate,
    code_of,
    genuine,
    period,
)
from server.circle.registering import pruned_at, today_in
from server.pages.errors import AtTheDoor
from server.pages.parts import drawn
from server.pages.site import Site
from server.room.formats.shipped import PRACTICE
from server.room.refused import Refused
from server.room.state import Role
from server.room.typed import isolated
from server.store.limits import RateLimit
from server.views.language import Language, language_of
from server.views.refusals import sentence
from server.views.register_words import GENUINE, NOT_GENUINE, date_words, time_words
from server.views.templates import render_page

CERTIFICATES = RateLimit("certificate", 60, 1_000)
"""Each draws a QR code, which takes some 20 ms."""
VERIFIES = RateLimit("verify", 60, 1_000)
LARGEST_FORM = 4 * LONGEST_CODE
LONGEST_DATE = 40
NOT_OF_A_CODE = re.compile(r"[^0-9A-Za-z_-]+")
"""What stands around a code, or within it where a program has wrapped it."""


def routes(site: Site) -> list[Route]:
    return [
        site.route("/circles/{circle_id}/certificate", my_certificate),
        site.route("/verify", form_to_verify),
        site.route("/verify", verify, "POST"),
    ]


async def my_certificate(site: Site, request: Request) -> Response:
    """The certificate of the person who asks, for the period in the query."""
    circle, member = await site.reception.circle_and_member(request)
    if member.role is Role.GUEST:
        raise AtTheDoor
    if circle.format == PRACTICE:
        raise HTTPException(404)  # A rehearsal is no session.
    await site.reception.keep_to(CERTIFICATES, request)
    now = site.store.clock.now()
    asked = _asked(request, today_in(circle, now))
    language = language_of(request)
    wrong = {asked.wrong: sentence(asked.refused, language.gettext)} if asked.refused else {}
    facts: dict[str, object] = {"given": None, "empty": ""}
    if not wrong:
        register = pruned_at(circle, now).register
        try:
            given = certificate(register, member.person.seat, circle.name, asked.since, asked.until)
            facts |= await _with_code(site, request, given)
        except Refused as refused:
            facts["empty"] = sentence(refused, language.gettext)
    html = render_page(
        "certificate", language, circle=circle, typed=asked.typed, wrong=wrong, **facts
    )
    response = HTMLResponse(html, 400 if wrong else 200)
    site.cookies.renew(request, response, circle, member.person)
    return response


async def form_to_verify(_site: Site, request: Request) -> Response:
    return _verification(request, "")


async def verify(site: Site, request: Request) -> Response:
    """What the certificate with this code says, or that it is not genuine."""
    form = await site.reception.form(request, LARGEST_FORM)
    await site.reception.keep_to(VERIFIES, request)
    typed = form.get("code", "")
    found = genuine(code_in(typed), site.identity.certificate_key)
    return _verification(request, typed, found, verified=True)


def code_in(text: str) -> str:
    """The code in a typed text: itself, or an address that ends with it."""
    return NOT_OF_A_CODE.sub("", text.rpartition("#")[2])


def _verification(
    request: Request, typed: str, found: Certificate | None = None, *, verified: bool = False
) -> Response:
    language = language_of(request)
    html = render_page(
        "verify",
        language,
        typed=typed,
        verified=verified,
        given=shown(language, found) if found else None,
        says=language.gettext(GENUINE if found else NOT_GENUINE),
    )
    return HTMLResponse(html, 400 if verified and not found else 200)


class Shown(NamedTuple):
    """A certificate in words."""

    name: str
    circle: str
    led_by: str
    """Empty if nobody led."""
    since: str
    until: str
    sessions: list[tuple[str, str, int]]
    """The day in words and in ISO 8601, and the minutes of each."""
    minutes: int
    time: str
    """The sum in hours and minutes."""


def shown(language: Language, given: Certificate) -> Shown:
    return Shown(
        name=given.name,
        circle=given.circle,
        led_by=language.listed_in_full(map(isolated, given.facilitators))
        if given.facilitators
        else "",
        since=date_words(language, given.since),
        until=date_words(language, given.until),
        sessions=[
            (date_words(language, each.date), each.date.isoformat(), each.minutes)
            for each in given.sessions
        ],
        minutes=given.minutes,
        time=time_words(language, given.minutes),
    )


class _Asked(NamedTuple):
    """The period that somebody asks for, or the field that cannot be used and why."""

    typed: dict[str, str]
    since: date = date.min
    until: date = date.min
    wrong: str = ""
    refused: Refused | None = None


def _asked(request: Request, today: date) -> _Asked:
    query = request.query_params
    typed = {name: query.get(name, "")[:LONGEST_DATE] for name in ("from", "until")}
    field = "until"
    try:
        period("", typed["until"], today)
        field = "from"
        since, until = period(typed["from"], typed["until"], today)
    except Refused as refused:
        return _Asked(typed, wrong=field, refused=refused)
    return _Asked({"from": since.isoformat(), "until": until.isoformat()}, since, until)


async def _with_code(site: Site, request: Request, given: Certificate) -> dict[str, object]:
    """The facts of a certificate, with its code in letters and as a QR code."""
    code = code_of(given, site.identity.certificate_key)
    page = f"{site.base(request)}/verify"
    return {
        "given": shown(language_of(request), given),
        "code": code,
        "page": page,
        "svg": await asyncio.to_thread(_drawn, f"{page}#{code}"),
    }


def _drawn(link: str) -> Markup | None:
    """The QR code; None for more than fits into one, as of very many sessions."""
    try:
        return drawn(link)
    except DataOverflowError:
        return None
