"""The questions after a session, and what the circle sees of the answers."""

from contextlib import suppress
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from server.circle.circle import Circle
from server.circle.farewell import following
from server.circle.pulse import QUESTIONS, STEPS, Pulse, questions_for, questions_of, shown
from server.pages.errors import AtTheDoor
from server.pages.requests import Member
from server.pages.site import Facts, Site, Visit
from server.room.refused import Refused
from server.room.state import Role
from server.store.unreadable import Unreadable
from server.views import dates
from server.views.language import Language, language_of
from server.views.last_page import questions
from server.views.pulse_words import PROMISE, figure_words, question_words, trend_words
from server.views.refusals import sentence
from server.views.templates import render_page

MOST_DIGITS = 9
STATUS = {"not_allowed": 403, "stale": 409, "invalid": 400}
"""By the code of a refusal."""


def routes(site: Site) -> list[Route]:
    path = "/circles/{circle_id}/pulse"
    return [site.route(path, form), site.route(path, answer, "POST")]


async def form(site: Site, request: Request) -> Response:
    """The questions, for people who may answer them; all others see the circle's page."""
    circle, member = await site.reception.circle_and_member(request)
    if member.role is Role.GUEST:
        raise AtTheDoor
    pulse = await _asked(site, circle)
    if pulse.open and _may_answer(site, pulse, member):
        return _page(site, request, circle, pulse.open.number)
    return RedirectResponse(f"/circles/{circle.id}", status_code=303)


async def answer(site: Site, request: Request) -> Response:
    """Counts the answers. The last page of the session sends them, perhaps long after its end."""
    typed = await site.reception.form(request)
    circle, member = await site.reception.circle_and_member(request)
    pulse = await _asked(site, circle)
    given = typed.get("number", "")
    number = int(given) if given.isdecimal() and len(given) <= MOST_DIGITS else None
    try:
        await site.store.pulses.answer(circle.id, member.person.seat, member.role, typed, number)
    except Refused as refused:
        shows = pulse.open.number if pulse.open and refused.code == "invalid" else 0
        return _page(site, request, circle, shows, typed, refused)
    return _page(site, request, circle)


async def facts(visit: Visit) -> Facts:
    """What the circle's page shows: until when this person may answer, and the figures, which are
    the same for everybody. Nothing of a pulse that cannot be read."""
    pulse = Pulse()
    with suppress(Unreadable):
        pulse = await visit.site.store.pulses.get(visit.circle.id)
    until = ""
    if pulse.open and _may_answer(visit.site, pulse, visit.member):
        until = dates.day_and_time(visit.language, pulse.open.closes_at, visit.circle.time_zone)
    return {"pulse_until": until, "felt": felt(visit.language, pulse)}


class Felt(NamedTuple):
    """What the circle sees of one question."""

    question: str
    words: str
    figure: str
    trend: str


def felt(language: Language, pulse: Pulse) -> dict[str, list[Felt]]:
    """The figures in words, by the day of the session after which people were asked."""
    found: dict[str, list[Felt]] = {}
    for view in shown(pulse):
        words = question_words(language, view.question)
        figure = figure_words(language, view.question, view.figure)
        row = Felt(view.question, words, figure, trend_words(language, view))
        found.setdefault(dates.day(language, view.date), []).append(row)
    return found


async def _asked(site: Site, circle: Circle) -> Pulse:
    """The pulse, with the questions of a session that has just ended."""
    with suppress(Unreadable):
        await site.store.pulses.ask(await site.store.rooms.load(circle.id))
    return await site.store.pulses.get(circle.id)


def _may_answer(site: Site, pulse: Pulse, member: Member) -> bool:
    now = site.store.clock.now()
    return bool(questions_for(pulse, member.person.seat, member.role, now))


def _page(
    site: Site,
    request: Request,
    circle: Circle,
    number: int = 0,
    typed: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> Response:
    """The questions of this number, or the result of a form, with the next meeting."""
    language = language_of(request)
    why = sentence(refused, language.gettext) if refused else ""
    sent = {key: typed[key] for key in QUESTIONS if key in typed} if typed else {}
    # The sentence is beside the question that it is about; if it is about all, above them.
    wrong = {key: why for key in questions_of(number) if sent.get(key) and sent[key] not in STEPS}
    meets = following(circle, site.store.clock.now())
    html = render_page(
        "pulse",
        language,
        circle=circle,
        asks=questions(language, number, sent, wrong),
        number=number,
        promise=language.gettext(PROMISE),
        fault="" if wrong else why,
        refused=refused.code if refused else "",
        again=dates.day_and_time(language, meets.starts_at, circle.time_zone) if meets else "",
        again_on=meets.date.isoformat() if meets else "",
    )
    return HTMLResponse(html, STATUS.get(refused.code, 400) if refused else 200)
