"""A page with a heading, a sentence and the next steps: of errors, and of answers to a form."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from server.views.language import N_, language_of
from server.views.templates import render_page

Step = Literal["try_again", "have_link", "door", "kept"]
"""What a person may do next, besides going to the first page: open the same address once more (left
out of the answer to a form, which they must send again), open a link, go back to the door, or see
what is kept."""
ONE_MOMENT = N_("One moment, please")


def message(
    request: Request, heading: str, sentence: str, status: int, *steps: Step, cookies: bool = False
) -> Response:
    """A page with this heading and sentence, both in the language of the request.

    With `cookies` a browser that keeps none is told so.
    """
    is_form = request.method == "POST"
    html = render_page(
        "message",
        language_of(request),
        heading=heading,
        sentence=sentence,
        steps=[step for step in steps if not (is_form and step == "try_again")],
        circle_id=request.path_params.get("circle_id", ""),
        cookies=cookies,
    )
    return HTMLResponse(html, status)
