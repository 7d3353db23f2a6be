"""What the house says where it cannot do what was asked: a page with one kind sentence.

Owns the errors that mean such a page, and which page each of them is.
"""

from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ExceptionHandler

from server import views
from server.unreadable import TooNew, Unreadable

NO_SEAT = "Please open your invitation."
NO_COOKIE = (
    "Your browser did not keep the cookie by which we know your chair. Please allow cookies for "
    "this page, or leave the private window, and open your invitation again."
)


class WrongOrigin(Exception):
    """A form that no page of ours has sent."""


class NoSuchCircle(Exception):
    """The address names a circle that is not there."""


class CircleLost(Exception):
    """The cookie is good, and the circle is not there any more."""


class NoSeat(Exception):
    """This browser has no seat in the circle that it asks for."""


class NoCookie(Exception):
    """The same, right after it was given a cookie: it keeps none."""


class ForFacilitators(Exception):
    """A member asks for what facilitators do; its sentence may be shown."""


def message(heading: str, sentence: str, status: int) -> Response:
    """A page that says one thing kindly."""
    html = views.page("message", heading=heading, sentence=sentence, back="/", back_label="Home")
    return HTMLResponse(html, status)


def no_such_page(_request: Request, _error: Exception | None = None) -> Response:
    """404, kindly."""
    return message("There is no such page", "Perhaps the address was not copied whole.", 404)


def circle_lost(_request: Request, _error: Exception) -> Response:
    """404, and why: these people were here before."""
    sentence = (
        "This server has lost its rooms, or this circle was deleted. Please tell whoever runs"
        " this server; everybody will need a new invitation."
    )
    return message("This circle is not here any more", sentence, 404)


def no_seat(_request: Request, _error: Exception) -> Response:
    """401, kindly."""
    return message("This device does not know you yet", NO_SEAT, 401)


def no_cookie(_request: Request, _error: Exception) -> Response:
    """401, kindly."""
    return message("Cookies are needed here", NO_COOKIE, 401)


def for_facilitators(_request: Request, error: Exception) -> Response:
    """403, kindly."""
    return message("This is for facilitators", str(error), 403)


def wrong_origin(_request: Request, _error: Exception) -> Response:
    """403, kindly."""
    return message(
        "This form was not sent from here",
        "Please open this page by its own address and send the form again.",
        403,
    )


def unusable_form(_request: Request, error: Exception) -> Response:
    """413 or 415, kindly."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    return message("This form could not be read", "Please open the page again.", status)


def too_often(_request: Request, error: Exception) -> Response:
    """429, kindly."""
    sentence = "Very many people have come from your network just now. Please try again shortly."
    answer = message("One moment, please", sentence, 429)
    answer.headers.update((error.headers or {}) if isinstance(error, HTTPException) else {})
    return answer


def redis_is_away(_request: Request, _error: Exception) -> Response:
    """503, kindly: Redis does not answer."""
    return message("One moment, please", "We are busy just now. Please try again shortly.", 503)


def unreadable(_request: Request, _error: Exception) -> Response:
    """500, kindly: what Redis holds of this circle is spoilt."""
    return message(
        "This room cannot be opened",
        "What is stored of this circle cannot be read. Please tell whoever runs this server.",
        500,
    )


def too_new(_request: Request, _error: Exception) -> Response:
    """503, kindly: an update is under way, or was taken back."""
    sentence = "This server is being updated. Please try again in a minute."
    return message("One moment, please", sentence, 503)


def our_fault(_request: Request, _error: Exception) -> Response:
    """500, kindly."""
    sentence = "Something went wrong here. Please try again, or tell whoever runs this server."
    return message("This did not work", sentence, 500)


def nobody_there(_request: Request, _error: Exception) -> Response:
    """A form that was broken off: an answer for nobody, and no fault of ours."""
    return Response(status_code=400)


ANSWERS: dict[int | type[Exception], ExceptionHandler] = {
    404: no_such_page,
    413: unusable_form,
    415: unusable_form,
    429: too_often,
    500: our_fault,
    ClientDisconnect: nobody_there,
    NoSuchCircle: no_such_page,
    CircleLost: circle_lost,
    NoSeat: no_seat,
    NoCookie: no_cookie,
    ForFacilitators: for_facilitators,
    WrongOrigin: wrong_origin,
    RedisError: redis_is_away,
    Unreadable: unreadable,
    TooNew: too_new,
}
"""By status or error, as Starlette takes them."""
