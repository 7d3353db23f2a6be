"""Starting a circle: valid input leads on, and invalid input gets a sentence and is kept."""

from __future__ import annotations

import re
from datetime import time
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, build_opener

import pytest
import redis

from server.circle.rhythm import Kind, Nth, Rhythm, Weekday
from server.circle.stored import decode
from server.pages.start import STARTS
from tests.support.client import Stay, Visit, ask, start_circle
from tests.support.forms import attempt_of
from tests.support.processes import StartServer


def test_a_circle_starts_with_a_cookie_for_the_facilitator(url: str) -> None:
    """303 to the room; the cookie is for this circle, and scripts cannot read it."""
    answer = ask(f"{url}/circles", {"circle_name": "Tuesday", "your_name": "Fay"})
    assert answer.status == 303
    circle_id = answer.headers["Location"].split("/")[2]
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"circle_{circle_id}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_a_circle_that_names_neither_has_the_classic_hour_in_utc(url: str, redis_url: str) -> None:
    """A page without scripts sends no time zone."""
    visit = start_circle(url, door="closed")
    with redis.Redis.from_url(redis_url) as client:
        kept = client.hmget(f"circle:{{{visit.circle_id}}}", "format", "time_zone")
    assert kept == [b"classic-60", b"UTC"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [("circle_name", ""), ("circle_name", "x" * 81), ("your_name", " "), ("format", "classic-7")],
)
def test_a_bad_field_gets_a_sentence_and_nothing_is_lost(url: str, field: str, typed: str) -> None:
    """400, the sentence stands at its field, and valid input is kept."""
    form = {"circle_name": "Tuesday round", "your_name": "Fay", "format": "classic-75"}
    answer = ask(f"{url}/circles", form | {field: typed})
    assert (answer.status, answer.refused) == (400, "invalid")
    assert re.findall(r'id="wrong-(\w+)" data-fault="(\w+)">[^<]', answer.text) == [(field, field)]
    assert f'aria-describedby="wrong-{field}"' in answer.text
    for name, value in form.items():
        if name != field:
            assert f'value="{value}"' in answer.text


FIRST_TUESDAY = {
    "circle_name": "Tuesday round",
    "your_name": "Fay",
    "rhythm": "month",
    "nth": "1",
    "weekday": "tu",
    "at": "19:00",
    "time_zone": "Europe/Berlin",
}


def test_a_circle_starts_with_the_rhythm_that_was_typed(url: str, redis_url: str) -> None:
    """In its own time zone; nothing of it counts as changed."""
    answer = ask(f"{url}/circles", FIRST_TUESDAY)
    assert answer.status == 303
    circle_id = answer.headers["Location"].split("/")[2]
    with redis.Redis.from_url(redis_url) as client:
        kept = client.hgetall(f"circle:{{{circle_id}}}")
    circle = decode(circle_id, kept)
    assert circle
    assert circle.time_zone == "Europe/Berlin"
    assert circle.schedule.rhythm == Rhythm(Kind.MONTH, Nth.FIRST, Weekday.TUESDAY, at=time(19))
    assert circle.schedule.changed_at == 0


def test_all_wrong_fields_of_a_schedule_are_named_and_all_that_was_typed_stays(url: str) -> None:
    """Also the fields of a rhythm that is not chosen."""
    form = FIRST_TUESDAY | {
        "rhythm": "weeks",
        "every": "3",
        "first_on": "2027-02-30",
        "at": "25:00",
    }
    answer = ask(f"{url}/circles", form | {"dates": "2027-03-01"})
    assert answer.status == 400
    assert re.findall(r'id="wrong-(\w+)"', answer.text) == ["every", "first_on", "at"]
    for kept in (
        'value="2027-02-30"',
        'value="25:00"',
        'value="2027-03-01"',
        'value="weeks" selected',
        'value="tu" selected',
        'value="Europe/Berlin" selected',
    ):
        assert kept in answer.text
    assert "data-guess" not in answer.text  # The page's script leaves the typed zone alone.


def test_a_guessed_time_zone_is_a_choice_on_the_page_and_never_refused(url: str) -> None:
    """The page's script fills it in; an unknown one counts as UTC."""
    page = ask(url).text
    assert 'value="UTC" selected' in page
    assert 'value="Europe/Berlin"' in page
    for guess in ("Etc/Unknown", "", "GMT+1", "Europe/Berlin"):
        assert ask(f"{url}/circles", FIRST_TUESDAY | {"time_zone": guess}).status == 303


def test_a_start_key_is_asked_for_where_one_is_set(
    redis_url: str, start_server: StartServer
) -> None:
    """A start key is required to start a circle."""
    server = start_server(redis_url, START_KEY="open-sesame-17")
    form = {"circle_name": "Tuesday", "your_name": "Fay"}
    assert 'name="start_key"' in ask(server.url).text
    refused = ask(f"{server.url}/circles", form | {"start_key": "guess"})
    assert refused.status == 400
    assert 'data-fault="start_key"' in refused.text
    assert ask(f"{server.url}/circles", form | {"start_key": "open-sesame-17"}).status == 303


def test_a_form_that_is_sent_again_leaves_its_circle_as_it_is(url: str, redis_url: str) -> None:
    """Another name is another circle; a person who was removed does not lead it again."""
    form = {"circle_name": "Tuesday", "your_name": "Fay", "attempt": attempt_of(ask(url).text)}
    answer = ask(f"{url}/circles", form)
    fay = Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)
    key = f"circle:{{{fay.circle_id}}}"
    with redis.Redis.from_url(redis_url) as client:
        client.hset(key, "links", 4)
        assert ask(f"{url}/circles", form).headers["Location"] == answer.headers["Location"]
        assert client.hget(key, "links") == b"4"
        other = ask(f"{url}/circles", form | {"circle_name": "Wednesday"})
        assert other.headers["Location"] != answer.headers["Location"]
        client.hdel(key, *[field for field in client.hkeys(key) if field.startswith(b"seat:")])
        later = ask(f"{url}/circles", form)
        assert later.headers["Location"] not in (
            answer.headers["Location"],
            other.headers["Location"],
        )


def test_a_flood_from_one_address_waits_and_others_do_not(url: str) -> None:
    """Starts of circles have a bucket for each address; a trusted proxy reports it."""
    form = urlencode({"circle_name": "Tuesday", "your_name": "Fay"}).encode()

    def start(address: str) -> tuple[int, bool]:
        """The status, and whether there is a Retry-After."""
        headers = {"Origin": url, "X-Forwarded-For": address}
        request = Request(f"{url}/circles", form, headers)  # noqa: S310 - a server of the test's
        with pytest.raises(HTTPError) as answer, build_opener(Stay).open(request):
            pass  # Everything but a page is an error here, redirects included.
        with answer.value as error:
            return error.code, int(error.headers["Retry-After"] or 0) > 0

    codes = [start("192.0.2.1") for _ in range(STARTS.at_once + 1)]
    assert codes == [(303, False)] * STARTS.at_once + [(429, True)]
    for address in ("192.0.2.2", "2001:db8::1"):
        assert start(address) == (303, False)
