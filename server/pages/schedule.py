"""When a circle meets, on its page: the next session, the year, the rhythm, each coming session."""

from contextlib import suppress
from datetime import date
from functools import partial

from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.circle import absences, meeting_changes, schedule_form
from server.circle.circle import TIME_ZONES, Circle
from server.circle.fields import WrongFields, date_of, typed_start
from server.circle.schedule import CANCELLED
from server.circle.schedule_changes import set_schedule
from server.pages.circle import circle_page
from server.pages.errors import AtTheDoor, ForFacilitators
from server.pages.message import choose_again
from server.pages.requests import Member
from server.pages.site import Facts, Site, Visit
from server.room.formats.shipped import PRACTICE
from server.room.refused import Refused
from server.room.state import Role
from server.store.limits import RateLimit
from server.views import month
from server.views.dates import WEEKDAYS
from server.views.language import N_, Language, language_of
from server.views.refusals import sentence, worded
from server.views.rhythms import WEEKDAY_KEYS

CHANGES = RateLimit("schedule", 60, 1_000)
OF_FACILITATORS = ("move", "cancel", "restore")
OF_EVERYBODY = ("cannot_come", "can_come")
ZONES = tuple(sorted(TIME_ZONES))
LONGEST_SHOWN = 2000
"""Characters of a field that are shown again."""
DONE = {
    "set_schedule": N_("Done. It applies to what lies ahead."),
    "move": N_("Moved to {when}."),
    "cancel": N_("Cancelled. You can put it back."),
    "restore": N_("Put back: {when}."),
    "cannot_come": N_("Noted. Facilitators see only how many cannot come."),
    "can_come": N_("Good. You are expected again."),
}
"""The sentence after each change."""


def routes(site: Site) -> list[Route]:
    """The two forms, and a way back from their addresses, which a browser keeps."""
    schedule, session = "/circles/{circle_id}/schedule", "/circles/{circle_id}/sessions/{date}"
    return [
        site.route(schedule, change_schedule, "POST"),
        site.back(schedule),
        site.route(session, change_session, "POST"),
        site.back(session),
    ]


async def facts(visit: Visit) -> Facts:
    """What the page shows; drops what was said about past dates, so that nothing of it is kept."""
    circle, now = visit.circle, visit.now
    if absences.without_past(circle, now) is not circle:
        without_past = partial(absences.without_past, now=now)
        with suppress(RedisError):  # A full Redis takes no writes; the page is shown anyway.
            await visit.site.store.circles.change(circle.id, without_past)
    seat = visit.member.person.seat
    return shown(visit.language, circle, seat, now, is_leading=visit.leads)


def shown(language: Language, circle: Circle, seat: str, now: int, *, is_leading: bool) -> Facts:
    """The facts of the templates, without the result of a form."""
    weekdays = zip(WEEKDAY_KEYS, map(language.gettext, WEEKDAYS), strict=True)
    return {
        "month": month.month(language, circle, seat, now),
        "late": month.late_changes(language, circle, now),
        "fields": schedule_form.fields_of(circle, now),
        "schedule_seen": circle.schedule.sequence,
        "weekdays": list(weekdays),
        "zones": ZONES if is_leading else (),
        "wrong": {},
        "schedule_refusal": [],
        "did": "",
        "said": "",
        "about": "",
        "session_refusal": [],
        "typed_to": "",
    }


async def change_schedule(site: Site, request: Request) -> Response:
    """Changes when the circle meets. Two facilitators may do so at once: the second one sees what
    the first one has chosen, with their own choice still in the fields."""
    form = await site.reception.form(request)
    circle, _member = await _circle_to_change(site, request, for_facilitators=True)
    now = site.store.clock.now()

    def change(circle: Circle) -> Circle:
        wanted = schedule_form.wanted(form, now, circle)
        return set_schedule(circle, wanted, now, _seen(form))

    try:
        await site.store.circles.change(circle.id, change)
    except Refused as refused:
        return await _schedule_refused(site, request, form, refused)
    language = language_of(request)
    said = language.gettext(DONE["set_schedule"])
    return await circle_page(site, request, did="set_schedule", said=said)


async def _schedule_refused(
    site: Site, request: Request, form: dict[str, str], refused: Refused
) -> Response:
    language = language_of(request)
    names = schedule_form.FIELDS
    typed = {name: form.get(name, "")[:LONGEST_SHOWN] for name in names if name in form}
    circle, _member = await site.reception.circle_and_member(request)
    fields = schedule_form.fields_of(circle, site.store.clock.now()) | typed
    if isinstance(refused, WrongFields):
        wrong = _by_field(refused, language)
        return await circle_page(site, request, status=400, fields=fields, wrong=wrong)
    holds = month.rhythm_words(language, circle.schedule.rhythm)
    now_it_is = language.gettext("Now it is: {rhythm}. Your own choice is still below.")
    refusal = [sentence(refused, language.gettext), now_it_is.format(rhythm=holds)]
    return await circle_page(site, request, status=409, fields=fields, schedule_refusal=refusal)


async def change_session(site: Site, request: Request) -> Response:
    """Moves, cancels or puts back a single session; or notes that this person cannot come to it."""
    form = await site.reception.form(request)
    do = form.get("do", "")
    circle, member = await _circle_to_change(site, request, for_facilitators=do not in OF_EVERYBODY)
    day = date_of(request.path_params["date"])
    if day is None:
        raise HTTPException(404)
    if do not in (*OF_FACILITATORS, *OF_EVERYBODY):
        return choose_again(request)
    seat, now = member.person.seat, site.store.clock.now()

    def change(circle: Circle) -> Circle:
        return _changed(circle, day, seat, form, now)

    try:
        await site.store.circles.change(circle.id, change)
    except Refused as refused:
        return await _session_refused(site, request, form, refused, f"{day}")
    said = await _done(site, request, do, f"{day}")
    return await circle_page(site, request, did=do, said=said, about=f"{day}")


def _changed(circle: Circle, day: date, seat: str, form: dict[str, str], now: int) -> Circle:
    seen = _seen(form)
    match form.get("do"):
        case "move":
            return meeting_changes.move(circle, day, typed_start(form.get("to", "")), now, seen)
        case "cancel":
            return meeting_changes.cancel(circle, day, now, seen)
        case "restore":
            return meeting_changes.restore(circle, day, now, seen)
        case "cannot_come":
            return absences.cannot_come(circle, seat, day, now)
    return absences.can_come(circle, seat, day, now)


async def _session_refused(
    site: Site, request: Request, form: dict[str, str], refused: Refused, day: str
) -> Response:
    """The page with the sentence beside this session, and what was typed still in its field."""
    language = language_of(request)
    # Each button of the form sends the field.
    typed = form.get("to", "")[:LONGEST_SHOWN] if form.get("do") == "move" else ""
    is_stale = typed and refused.code == "stale"
    if isinstance(refused, WrongFields):
        wrong = _by_field(refused, language)
        return await circle_page(site, request, status=400, wrong=wrong, typed_to=typed, about=day)
    refusal = [sentence(refused, language.gettext)]
    session, when = await _session_now(site, request, day)
    if is_stale and session and session.state == CANCELLED:
        refusal.append(language.gettext("It is cancelled now. What you typed is still below."))
    elif is_stale and session:
        now_it_is = language.gettext("It is on {when} now. What you typed is still below.")
        refusal.append(now_it_is.format(when=when))
    return await circle_page(
        site, request, status=409, session_refusal=refusal, typed_to=typed, about=day
    )


async def _done(site: Site, request: Request, do: str, day: str) -> str:
    """The sentence after a change of this session."""
    _session, when = await _session_now(site, request, day)
    return language_of(request).gettext(DONE[do]).format(when=when)


async def _session_now(site: Site, request: Request, day: str) -> tuple[month.Session | None, str]:
    """This session as it is now, and when it starts, in words; neither if there is none."""
    language = language_of(request)
    circle, member = await site.reception.circle_and_member(request)
    shown = month.month(language, circle, member.person.seat, site.store.clock.now())
    session = next((session for session in shown.sessions if session.date == day), None)
    return session, month.when(language, session.starts_at, circle.time_zone) if session else ""


async def _circle_to_change(
    site: Site, request: Request, *, for_facilitators: bool
) -> tuple[Circle, Member]:
    circle, member = await site.reception.circle_and_member(request)
    if member.role is Role.GUEST:
        raise AtTheDoor
    if for_facilitators and member.role is not Role.FACILITATOR:
        raise ForFacilitators(N_("Only facilitators can change when you meet."))
    if circle.format == PRACTICE:
        raise HTTPException(404)  # A rehearsal has no month.
    await site.reception.keep_to(CHANGES, request)
    return circle, member


def _seen(form: dict[str, str]) -> int | None:
    """The sequence of what the person saw; without it the latest change counts."""
    typed = form.get("seen", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def _by_field(refused: WrongFields, language: Language) -> dict[str, str]:
    """The sentence about the first fault of each field, in the order of the form."""
    wrong: dict[str, str] = {}
    for name, why in refused.faults:
        wrong.setdefault(name, worded(why, language.gettext))
    return wrong
