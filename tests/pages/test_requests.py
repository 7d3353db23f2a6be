"""The checks of every page and form."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.requests import HTTPConnection

from server.identity import Identity
from tests.support.client import Answer, Visit, ask, start_circle
from tests.support.forms import attempt_of
from tests.support.planted import KEY
from tests.support.processes import Server


@pytest.mark.parametrize("origin", ["", "null", "https://elsewhere.example"])
def test_a_form_from_elsewhere_is_refused(url: str, origin: str) -> None:
    """A missing, opaque or foreign Origin is refused on every form."""
    fay = start_circle(url)
    for path in ("/circles", "/join", f"/circles/{fay.circle_id}"):
        answer = ask(url + path, {"your_name": "Eve"}, cookie=fay.cookie, origin=origin)
        assert answer.status == 403


WAITS = re.compile(r'<li id="waits-')


def sent_twice(urls: tuple[str, str], form: dict[str, str]) -> list[tuple[str, str]]:
    """The redirects and seats of two concurrent copies of this form."""
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda url: ask(url, form), urls))
    assert [answer.status for answer in answers] == [303, 303]
    return [(answer.headers["Location"], seat_of(answer)) for answer in answers]


def seat_of(answer: Answer) -> str:
    """The seat in the cookie of this answer."""
    url = answer.headers["Location"]
    circle_id = url.split("/")[2]
    header = answer.cookie.encode()
    person = Identity(KEY).person(
        HTTPConnection({"type": "http", "headers": [(b"cookie", header)]}), circle_id
    )
    assert person
    return person.seat


def test_a_form_that_is_sent_twice_at_once_has_one_effect(
    keyed_servers: tuple[Server, Server],
) -> None:
    """There is one circle, and one guest at its door, for any processes that take the copies."""
    urls = [server.url for server in keyed_servers]
    for attempt in range(5):
        form = {"circle_name": f"Tuesday {attempt}", "your_name": "Fay"}
        form["attempt"] = attempt_of(ask(urls[0]).text)
        one, other = sent_twice((f"{urls[0]}/circles", f"{urls[1]}/circles"), form)
        assert one == other
        fay = Visit(urls[0], one[0].split("/")[2], ask(f"{urls[0]}/circles", form).cookie)
        assert ask(fay.room, cookie=fay.cookie).text.count('<li id="seat-') == 1
        join = {"token": fay.token(), "your_name": "Ben", "agree": "yes"}
        join["attempt"] = attempt_of(ask(f"{urls[1]}/join").text)
        one, other = sent_twice((f"{urls[0]}/join", f"{urls[1]}/join"), join)
        assert one == other
        assert len(WAITS.findall(ask(fay.room, cookie=fay.cookie).text)) == 1
        again = ask(f"{urls[0]}/join", join | {"attempt": attempt_of(ask(f"{urls[0]}/join").text)})
        assert seat_of(again) != one[1]
        assert len(WAITS.findall(ask(fay.room, cookie=fay.cookie).text)) == 2


def test_a_refused_form_keeps_what_tells_it_from_others(url: str) -> None:
    """It is still the same form."""
    attempt = attempt_of(ask(f"{url}/join").text)
    assert attempt != attempt_of(ask(f"{url}/join").text)
    for path in ("/join", "/circles"):
        refused = ask(url + path, {"your_name": "", "attempt": attempt})
        assert attempt_of(refused.text) == attempt


def test_a_form_that_is_too_large_or_of_another_kind_is_refused_with_a_page(url: str) -> None:
    """The rest of it is not read."""
    assert ask(f"{url}/join", {"token": "x" * 70_000}).status == 413
