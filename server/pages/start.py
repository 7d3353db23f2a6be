"""The first page: start a circle, or a practice room."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.circle.changes import with_founder
from server.circle.circle import Circle
from server.circle.fields import WrongFields
from server.identity import new_attempt, new_seat_id
from server.pages import compression as compressed
from server.pages.join import into_room
from server.pages.message import ONE_MOMENT, message
from server.pages.new_circle import EMPTY, check_start_key, new_circle
from server.pages.requests import Known
from server.pages.site import Site
from server.practice.rooms import TooManyOfOne, TooManyPractise
from server.room.commands import Enter
from server.room.formats.shipped import GROUPS
from server.room.refused import Code, Refused
from server.room.state import Role
from server.store.limits import RateLimit
from server.store.memory import NoRoom
from server.views.language import N_, language_of
from server.views.refusals import sentence, worded
from server.views.templates import render_page
from server.views.zone_options import zone_options

STARTS = RateLimit("start", 20, 600_000)
"""Limits new circles. START_TRIES limits their forms, valid or not."""
START_TRIES = RateLimit("start_try", 60, 2_000)
PRACTICES = RateLimit("practice", 10, 60_000)

NO_ROOM = N_(
    "There is no room for new circles just now. All others go on as ever. Please try again later,"
    " or tell whoever runs this server."
)

WRONG = N_("The circle is not started yet. Please look at the sentences below.")

PRACTICE_NAME = N_("Simulated circle")
"""Says what the room is; short, for phones."""
LEADER_NAME = N_("Leader")
"""The facilitator's name: people need not type one to practise."""
MANY_PRACTISE = N_("Several people are rehearsing just now. Please try again in a few minutes.")
TWO_PRACTISE = N_(
    "Two rehearsals are running from your network. Please try again when one of them is over, in"
    " 20 minutes at the latest."
)


def routes(site: Site) -> list[Route]:
    return [
        site.route("/", landing),
        site.route("/circles", start_circle, "POST"),
        site.route("/practice", practise, "POST"),
    ]


async def landing(site: Site, request: Request) -> Response:
    circles = await site.reception.circles(request)
    return _landing(site, request, {}, circles=circles)


async def start_circle(site: Site, request: Request) -> Response:
    form = await site.reception.form(request)
    await site.reception.keep_to(START_TRIES, request)
    gettext = language_of(request).gettext
    try:
        circle, name = new_circle(form, site.store.clock.now(), site.settings.start_key)
    except WrongFields as refused:
        wrong = {field: worded(why, gettext) for field, why in reversed(refused.faults)}
        return _landing(site, request, form, "invalid", gettext(WRONG), wrong=wrong)
    try:
        circle, seat = await _create(site, request, circle, name, form.get("attempt", ""))
    except NoRoom:
        return _landing(site, request, form, "full", gettext(NO_ROOM), 503)
    return await into_room(site, request, circle, Enter(seat, name, Role.FACILITATOR))


async def _create(
    site: Site, request: Request, circle: Circle, name: str, attempt: str
) -> tuple[Circle, str]:
    """Creates the circle of a form; returns it and its facilitator's seat.

    Idempotent: a form that is sent again returns the circle that it has started, unchanged.
    """
    seat = new_seat_id()
    if attempt:
        circle_id = site.identity.circle_id(attempt, circle.name, circle.format, name)
        same = site.identity.seat_id(attempt, circle_id)
        held, role = await site.store.circles.get_with_role(circle_id, same)
        if held and role is Role.FACILITATOR:
            return held, same
        if held is None:
            circle, seat = replace(circle, id=circle_id), same
    await site.store.circles.check_memory(circle.id)
    await site.reception.keep_to(STARTS, request)
    circle = with_founder(circle, seat)
    await site.store.circles.create(circle)
    return circle, seat


async def practise(site: Site, request: Request) -> Response:
    _ = language_of(request).gettext
    form = await site.reception.form(request)
    await site.reception.keep_to(PRACTICES, request)
    try:
        check_start_key(form.get("start_key", ""), site.settings.start_key)
        address = site.identity.address_digest(request)
        circle, person = await site.practice.open(address, _(PRACTICE_NAME), _(LEADER_NAME))
    except Refused as refused:
        heading, why = _("The rehearsal could not start"), sentence(refused, _)
        return message(request, "no_rehearsal", heading, why, 400, code=refused.code)
    except TooManyPractise:
        return message(request, "many_rehearse", _(ONE_MOMENT), _(MANY_PRACTISE), 503)
    except TooManyOfOne as error:
        answer = message(request, "two_rehearse", _(ONE_MOMENT), _(TWO_PRACTISE), 429)
        answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer
    except NoRoom:
        return message(request, "no_room", _("No new circles just now"), _(NO_ROOM), 503)
    enter = Enter(person.seat, person.name, Role.FACILITATOR)
    return await into_room(site, request, circle, enter)


def _landing(
    site: Site,
    request: Request,
    typed: Mapping[str, str],
    code: Code | None = None,
    refusal: str = "",
    status: int = 400,
    *,
    wrong: Mapping[str, str] | None = None,
    circles: Sequence[Known] = (),
) -> Response:
    """The page with the typed fields, and the sentences about the wrong ones by their names.

    `refusal` is why nothing was started, and `code` that of docs/protocol.md.
    """
    attempt = typed.get("attempt") or new_attempt()
    fields = {**EMPTY, **typed}
    html = render_page(
        "landing",
        language_of(request),
        groups=GROUPS,
        typed=fields,
        wrong=wrong or {},
        zones=zone_options(fields["time_zone"]),
        guess=not typed,
        refusal=refusal,
        refusal_code=code,
        circles=circles,
        start_key=site.settings.start_key is not None,
        attempt=attempt,
    )
    response = compressed.page(request, html, [attempt])
    response.status_code = status if refusal else 200
    return response
