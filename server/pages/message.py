"""A page with a heading, a sentence and the next steps: of errors, and of answers to a form."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from server.room.refused import Code
from server.views.language import N_, language_of
from server.views.templates import render_page

Name = Literal[
    "at_the_door",
    "busy",
    "circle_erased",
    "circle_gone",
    "circle_lost",
    "failed",
    "for_facilitators",
    "left_circle",
    "many_rehearse",
    "no_cookie",
    "no_entry",
    "no_rehearsal",
    "no_room",
    "no_seat",
    "no_session",
    "no_such_method",
    "no_such_page",
    "seat_lost",
    "still_sits",
    "too_new",
    "too_often",
    "two_rehearse",
    "unknown_format",
    "unreadable",
    "unusable_form",
    "wrong_origin",
]
"""What a page is about, for programs; docs/protocol.md explains each."""
Step = Literal["try_again", "have_link", "door", "kept"]
"""What a person may do next, besides going to the first page: open the same address once more (left
out of the answer to a form, which they must send again), open a link, go back to the door, or see
what is kept."""
ONE_MOMENT = N_("One moment, please")


def message(
    request: Request,
    name: Name,
    heading: str,
    sentence: str,
    status: int,
    *steps: Step,
    then: str = "",
    code: Code | None = None,
    cookies: bool = False,
) -> Response:
    """A page with this heading and sentence, and perhaps what to do `then`, all in the language of
    the request.

    `code` is that of a refusal. With `cookies` the page says so to a browser that keeps none.
    """
    is_form = request.method == "POST"
    html = render_page(
        "message",
        language_of(request),
        about=name,
        code=code,
        heading=heading,
        sentence=sentence,
        then=then,
        steps=[step for step in steps if not (is_form and step == "try_again")],
        circle_id=request.path_params.get("circle_id", ""),
        cookies=cookies,
    )
    return HTMLResponse(html, status)


def choose_again(request: Request) -> Response:
    """400: a form of the circle's page chooses nothing that there is."""
    _ = language_of(request).gettext
    heading = _("This form could not be read")
    sentence = _("Please open the circle's page again and choose there.")
    return message(request, "unusable_form", heading, sentence, 400)
