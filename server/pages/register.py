"""The register: its page, its switch, and the file of all sessions.

Facilitators see everybody's sessions, all others their own. Each person can take themselves out.
"""

from functools import partial
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.circle import registering
from server.circle.circle import Circle
from server.circle.register import LEAST_MONTHS, MOST_MONTHS, Register, Row, hours_of
from server.circle.register_csv import as_csv
from server.pages.errors import AtTheDoor, ForFacilitators
from server.pages.message import choose_again
from server.pages.requests import Member
from server.pages.site import Facts, Site, Visit
from server.room.formats.shipped import PRACTICE
from server.room.refused import Refused
from server.room.state import Role
from server.room.typed import isolated
from server.store.deadlines import REGISTER
from server.views.dates import day
from server.views.language import N_, Language, language_of
from server.views.refusals import sentence
from server.views.register_words import (
    IN,
    ON,
    ON_LATER,
    OUT,
    SWITCHED_OFF,
    csv_columns,
    csv_roles,
    hours_words,
    state_words,
    time_words,
)
from server.views.templates import render_page

PATH = "/circles/{circle_id}/register"
CONFIRMED = "yes"


def routes(site: Site) -> list[Route]:
    return [
        site.route(PATH, page),
        site.route(PATH, change, "POST"),
        site.route(f"{PATH}.csv", file),
    ]


async def facts(visit: Visit) -> Facts:
    """Of two parts of the circle's page: the register, and my hours."""
    register, language = _register(visit.circle, visit.now), visit.language
    year = registering.today_in(visit.circle, visit.now).year
    mine = [each for each in hours_of(register, visit.member.person.seat) if each.date.year == year]
    return {
        "register": register,
        "register_words": state_words(language, register),
        "hours_this_year": hours_words(language, mine),
    }


async def page(site: Site, request: Request) -> Response:
    circle, member = await _circle_and_member(site, request)
    response = _page(site, request, circle, member)
    site.cookies.renew(request, response, circle, member.person)
    return response


async def file(site: Site, request: Request) -> Response:
    circle, member = await _circle_and_member(site, request)
    _check_leads(member, N_("Only facilitators see the whole register."))
    language = language_of(request)
    register = _register(circle, site.store.clock.now())
    text = as_csv(register, csv_columns(language), csv_roles(language))
    headers = {"Content-Disposition": 'attachment; filename="register.csv"'}
    return Response(text.encode("utf-8-sig"), 200, headers, "text/csv; charset=utf-8")


async def change(site: Site, request: Request) -> Response:
    """Switches the register, or takes the person who asks out of it or back in."""
    form = await site.reception.form(request)
    circle, member = await _circle_and_member(site, request)
    seat, do = member.person.seat, form.get("do", "")
    match do, form.get("on", ""):
        case "take_out", _:
            if form.get("confirmed") != CONFIRMED:
                return _page(site, request, circle, member, asks=True)
            await site.store.circles.change(circle.id, partial(registering.taken_out, seat=seat))
            # Off the disk as well, like the names in a room that has ended.
            await site.store.deletion.rewrite(circle.id, None)
            return await _answer(site, request, "take_out", OUT)
        case "let_back", _:
            await site.store.circles.change(circle.id, partial(registering.let_back, seat=seat))
            return await _answer(site, request, "let_back", IN)
        case "", "yes" | "no" as on:
            _check_leads(member, N_("Only facilitators can switch the register."))
            return await _switch(site, request, circle, member, form | {"on": on})
    return choose_again(request)


async def _switch(
    site: Site, request: Request, circle: Circle, member: Member, form: dict[str, str]
) -> Response:
    on, months = form["on"] == "yes", form.get("months", "")
    switched = partial(registering.switched, months=months, now=site.store.clock.now(), on=on)
    try:
        await site.store.circles.change(circle.id, switched)
    except Refused as refused:
        return _page(site, request, circle, member, refused=refused, months=months)
    changed = await site.store.circles.get(circle.id) or switched(circle)
    if changed.register.rows != circle.register.rows:
        await site.store.deletion.rewrite(circle.id, None)  # Older rows go off the disk as well.
    if (due := registering.next_pruning(changed)) is not None:
        # Fewer months end earlier.
        await site.store.deadlines.schedule(circle.id, due, REGISTER)
    if not on:
        return await _answer(site, request, "register", SWITCHED_OFF)
    room = await site.store.rooms.load(circle.id)
    is_open = room is not None and room.is_live and not room.registers
    return await _answer(site, request, "register", ON_LATER if is_open else ON)


async def _answer(site: Site, request: Request, did: str, status: str) -> Response:
    """The page as it is after a change."""
    circle, member = await _circle_and_member(site, request)
    return _page(site, request, circle, member, did=did, status=status)


async def _circle_and_member(site: Site, request: Request) -> tuple[Circle, Member]:
    circle, member = await site.reception.circle_and_member(request)
    if member.role is Role.GUEST:
        raise AtTheDoor
    if circle.format == PRACTICE:
        raise HTTPException(404)  # A rehearsal is no session.
    return circle, member


def _check_leads(member: Member, sentence: str) -> None:
    if member.role is not Role.FACILITATOR:
        raise ForFacilitators(sentence)


def _register(circle: Circle, now: int) -> Register:
    """The register without the rows that are about to go."""
    return registering.pruned_at(circle, now).register


class Shown(NamedTuple):
    """A session on the page."""

    day: str
    date: str
    """In ISO 8601."""
    length: str
    people: str
    """Empty where these are not shown."""


def _page(
    site: Site,
    request: Request,
    circle: Circle,
    member: Member,
    *,
    asks: bool = False,
    did: str = "",
    status: str = "",
    refused: Refused | None = None,
    months: str = "",
) -> Response:
    """The page, with the question before somebody is taken out, the result of `did`, or the months
    that were refused as they were typed."""
    language, seat = language_of(request), member.person.seat
    register = _register(circle, site.store.clock.now())
    leads = member.role is Role.FACILITATOR
    mine = hours_of(register, seat)
    html = render_page(
        "register",
        language,
        circle=circle,
        register=register,
        register_words=state_words(language, register),
        leads=leads,
        rows=[shown(language, row) for row in reversed(register.rows)] if leads else [],
        mine=[
            Shown(
                day(language, each.date),
                each.date.isoformat(),
                time_words(language, each.minutes),
                "",
            )
            for each in reversed(mine)
        ],
        hours=hours_words(language, mine),
        is_out=seat in register.out,
        asks=asks,
        did=did,
        status=language.gettext(status) if status else "",
        wrong=sentence(refused, language.gettext) if refused else "",
        months=months if refused else str(register.months),
        least=LEAST_MONTHS,
        most=MOST_MONTHS,
    )
    return HTMLResponse(html, 400 if refused else 200)


def shown(language: Language, row: Row) -> Shown:
    names = language.listed(isolated(person.name) for person in row.people)
    return Shown(
        day(language, row.date), row.date.isoformat(), time_words(language, row.minutes), names
    )
