"""The error pages, each with one kind sentence and the next step.

Owns the exceptions that lead to such a page, and the table of their handlers.
"""

import math

from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from server.circle.circle import FOUNDER_KEEPS_DAYS
from server.circle.erasing import IDLE_MONTHS
from server.pages.message import ONE_MOMENT, Name, Step, message
from server.store.unreadable import TooNew, Unreadable
from server.views.language import N_, Language, language_of

KEEPS_NO_COOKIE = N_(
    "Your browser did not keep the cookie by which we know your chair. Please allow cookies for "
    "this page, or leave the private window, and open your invitation again."
)


class TooOften(HTTPException):
    """An address is over a rate limit: 429. `what` names the limit."""

    def __init__(self, what: str, waits_ms: int) -> None:
        super().__init__(429, headers={"Retry-After": str(math.ceil(waits_ms / 1000))})
        self.what = what


class WrongOrigin(Exception):
    """A form comes from another origin."""


class NoSuchCircle(Exception):
    """There is no circle with the id in the URL."""


class CircleLost(Exception):
    """The cookie is valid, but Redis has lost all circles."""


class CircleGone(Exception):
    """The cookie is valid, but the circle has expired."""


class CircleErased(Exception):
    """The cookie is valid, but the circle has been erased."""


class NoSeat(Exception):
    """This browser has no seat in the circle."""


class NoCookie(Exception):
    """The same, right after a response has set the cookie: the browser keeps none."""


class SeatLost(Exception):
    """This browser had a seat in the circle: the person was removed, declined or forgotten."""


class AtTheDoor(Exception):
    """This person waits in the lobby."""


class ForFacilitators(Exception):
    """Only facilitators may do this. Its sentence, which is marked by N_, may be shown."""


def for_facilitators(request: Request, error: Exception) -> Response:
    _ = language_of(request).gettext
    heading = _("This is for facilitators")
    return message(request, "for_facilitators", heading, _(str(error)), 403)


def unusable_form(request: Request, error: Exception) -> Response:
    _ = language_of(request).gettext
    status = error.status_code if isinstance(error, HTTPException) else 400
    heading, sentence = _("This form could not be read"), _("Please open the page again.")
    return message(request, "unusable_form", heading, sentence, status)


TOO_OFTEN = {
    "start": N_("Many circles have been started from your network just now."),
    "start_try": N_(
        "The form for a new circle has been sent very often from your network just now."
    ),
    "practice": N_("Many rehearsals have been started from your network just now."),
}
"""By the name of the limit. One person may reach these; the others count many people's requests."""
MANY_COME = N_("A great many people have come from your network just now.")


def too_often(request: Request, error: Exception) -> Response:
    """429, with the time to try again."""
    language = language_of(request)
    headers = (error.headers or {}) if isinstance(error, HTTPException) else {}
    when = _try_again(language, int(headers.get("Retry-After", 0)))
    why = TOO_OFTEN.get(error.what, MANY_COME) if isinstance(error, TooOften) else MANY_COME
    heading, sentence = language.gettext(ONE_MOMENT), language.gettext(why)
    answer = message(request, "too_often", heading, sentence, 429, "try_again", then=when)
    answer.headers.update(headers)
    return answer


def _try_again(language: Language, seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    if minutes > 1:
        sentence = language.ngettext(
            "Please try again in {minutes} minute.",
            "Please try again in {minutes} minutes.",
            minutes,
        )
        return sentence.format(minutes=minutes)
    if seconds > 10:
        return language.gettext("Please try again in a minute.")
    return language.gettext("Please try again in a moment.")


def nobody_there(_request: Request, _error: Exception) -> Response:
    """The client has disconnected in the middle of a form: nobody reads this response."""
    return Response(status_code=400)


def _always(
    name: Name, heading: str, sentence: str, status: int, *steps: Step, cookies: bool = False
) -> ExceptionHandler:
    """Answers with this heading and sentence, which are marked by N_."""

    def answer(request: Request, _error: Exception) -> Response:
        _ = language_of(request).gettext
        return message(request, name, _(heading), _(sentence), status, *steps, cookies=cookies)

    return answer


def no_such_method(request: Request, error: Exception) -> Response:
    _ = language_of(request).gettext
    heading = _("There is no page at this address")
    sentence = _("Please start again from the home page.")
    answer = message(request, "no_such_method", heading, sentence, 405)
    if isinstance(error, HTTPException):
        answer.headers.update(error.headers or {})
    return answer


no_such_page = _always(
    "no_such_page",
    N_("There is no such page"),
    N_("Perhaps part of the address is missing."),
    404,
    "have_link",
)


def circle_gone(request: Request, _error: Exception) -> Response:
    _ = language_of(request).gettext
    sentence = _(
        "A circle that nobody else has joined is deleted after {days} days; others are when a"
        " facilitator erases them, or when they have not met for {months} months. You can start a"
        " new one on the home page. If this one should still be here, please tell whoever runs this"
        " server."
    )
    heading = _("This circle is no longer kept")
    sentence = sentence.format(days=FOUNDER_KEEPS_DAYS, months=IDLE_MONTHS)
    return message(request, "circle_gone", heading, sentence, 404)


ANSWERS: dict[int | type[Exception], ExceptionHandler] = {
    404: no_such_page,
    405: no_such_method,
    413: unusable_form,
    415: unusable_form,
    429: too_often,
    500: _always(
        "failed",
        N_("This did not work"),
        N_("Something went wrong here. Please try again, or tell whoever runs this server."),
        500,
        "try_again",
    ),
    ClientDisconnect: nobody_there,
    NoSuchCircle: no_such_page,
    CircleLost: _always(
        "circle_lost",
        N_("This circle is no longer here"),
        N_(
            "This server has lost its rooms. Please tell whoever runs this server; everybody will"
            " need a new invitation."
        ),
        404,
    ),
    CircleGone: circle_gone,
    CircleErased: _always(
        "circle_erased",
        N_("This circle has been erased"),
        N_("Nothing of it is kept here any more. Your own cookie for it expires by itself."),
        404,
        "kept",
    ),
    NoSeat: _always(
        "no_seat",
        N_("This device does not know you yet"),
        N_(
            "Please open your invitation link on this device. It is in the message from your"
            " facilitator. Or bring your chair from your other device: the circle’s page there"
            " shows a code for it."
        ),
        401,
        "have_link",
        cookies=True,
    ),
    SeatLost: _always(
        "seat_lost",
        N_("You have no chair in this circle"),
        N_(
            "Perhaps you were not let in, or were removed, or have your chair on another device"
            " now, or the circle has forgotten people who were away. If this is a mistake, please"
            " ask your facilitator. To come back, open an invitation link."
        ),
        401,
        "have_link",
    ),
    AtTheDoor: _always(
        "at_the_door",
        N_("You are still at the door"),
        N_("A facilitator will let you in first. Then this page will open for you as well."),
        401,
        "door",
    ),
    NoCookie: _always(
        "no_cookie", N_("Cookies are needed here"), KEEPS_NO_COOKIE, 401, "have_link"
    ),
    ForFacilitators: for_facilitators,
    WrongOrigin: _always(
        "wrong_origin",
        N_("This form was not sent from here"),
        N_("Please open this page by its own address and send the form again."),
        403,
    ),
    RedisError: _always(
        "busy",
        ONE_MOMENT,
        N_("We are busy just now. Please try again in a moment."),
        503,
        "try_again",
    ),
    Unreadable: _always(
        "unreadable",
        N_("This room cannot be opened"),
        N_("What we keep of this circle cannot be read. Please tell whoever runs this server."),
        500,
    ),
    TooNew: _always(
        "too_new",
        ONE_MOMENT,
        N_("This server is being updated. Please try again in a minute."),
        503,
        "try_again",
    ),
}
"""By status or error, as Starlette takes them."""
