"""The error pages, each with one kind sentence.

Owns the exceptions that lead to such a page, and the table of their handlers.
"""

import math

from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ExceptionHandler

from server.circle.circle import FOUNDER_KEEPS_DAYS
from server.store.unreadable import TooNew, Unreadable
from server.views.templates import render_page

ONE_MOMENT = "One moment, please"
KEEPS_NO_COOKIE = (
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


class NoSeat(Exception):
    """This browser has no seat in the circle."""


class NoCookie(Exception):
    """The same, right after a response has set the cookie: the browser keeps none."""


class ForFacilitators(Exception):
    """Only facilitators may do this. Its sentence may be shown."""


def message(heading: str, sentence: str, status: int) -> Response:
    html = render_page("message", heading=heading, sentence=sentence, back="/", back_label="Home")
    return HTMLResponse(html, status)


def for_facilitators(_request: Request, error: Exception) -> Response:
    return message("This is for facilitators", str(error), 403)


def unusable_form(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    return message("This form could not be read", "Please open the page again.", status)


TOO_OFTEN = {
    "start": "Many circles have been started from your network just now.",
    "start_try": "The form for a new circle was sent very often from your network just now.",
    "practice": "Many rehearsals have been started from your network just now.",
}
"""By the name of the limit. One person may reach these; the others count many people's requests."""
MANY_COME = "Very many people have come from your network just now."


def too_often(_request: Request, error: Exception) -> Response:
    """429, with the time to try again."""
    headers = (error.headers or {}) if isinstance(error, HTTPException) else {}
    when = _after(int(headers.get("Retry-After", 0)))
    why = TOO_OFTEN.get(error.what, MANY_COME) if isinstance(error, TooOften) else MANY_COME
    answer = message(ONE_MOMENT, f"{why} Please try again {when}.", 429)
    answer.headers.update(headers)
    return answer


def _after(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    if minutes > 1:
        return f"in {minutes} minutes"
    return "in a minute" if seconds > 10 else "in a moment"


def nobody_there(_request: Request, _error: Exception) -> Response:
    """The client has disconnected in the middle of a form: nobody reads this response."""
    return Response(status_code=400)


def _always(heading: str, sentence: str, status: int) -> ExceptionHandler:
    def answer(_request: Request, _error: Exception) -> Response:
        return message(heading, sentence, status)

    return answer


no_such_page = _always("There is no such page", "Perhaps the address was not copied whole.", 404)

ANSWERS: dict[int | type[Exception], ExceptionHandler] = {
    404: no_such_page,
    413: unusable_form,
    415: unusable_form,
    429: too_often,
    500: _always(
        "This did not work",
        "Something went wrong here. Please try again, or tell whoever runs this server.",
        500,
    ),
    ClientDisconnect: nobody_there,
    NoSuchCircle: no_such_page,
    CircleLost: _always(
        "This circle is not here any more",
        "This server has lost its rooms. Please tell whoever runs this server; everybody will need"
        " a new invitation.",
        404,
    ),
    CircleGone: _always(
        "This circle is not kept any more",
        "A circle in which nobody else came in is let go after"
        f" {FOUNDER_KEEPS_DAYS} days. You can start a new one on the first page. If others have"
        " been in this one, please tell whoever runs this server.",
        404,
    ),
    NoSeat: _always("This device does not know you yet", "Please open your invitation.", 401),
    NoCookie: _always("Cookies are needed here", KEEPS_NO_COOKIE, 401),
    ForFacilitators: for_facilitators,
    WrongOrigin: _always(
        "This form was not sent from here",
        "Please open this page by its own address and send the form again.",
        403,
    ),
    RedisError: _always(ONE_MOMENT, "We are busy just now. Please try again shortly.", 503),
    Unreadable: _always(
        "This room cannot be opened",
        "What is stored of this circle cannot be read. Please tell whoever runs this server.",
        500,
    ),
    TooNew: _always(ONE_MOMENT, "This server is being updated. Please try again in a minute.", 503),
}
"""By status or error, as Starlette takes them."""
