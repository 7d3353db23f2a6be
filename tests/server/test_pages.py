"""The pages: what is typed well leads on, what is typed badly gets a sentence and is not lost."""

from __future__ import annotations

import gzip
import re
import socket
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, build_opener, urlopen

import pytest
import redis

from server.pages import STARTS
from tests.processes import Server, StartServer, wait_until
from tests.server.people import Stay, Visit, ask, join, start_circle
from tests.server.test_socket import everything_in

SCRIPT = "<script>alert(1)</script>"


def test_a_circle_starts_with_a_cookie_for_the_facilitator(url: str) -> None:
    """303 to the room; the cookie is for this circle, and no script can read it."""
    answer = ask(f"{url}/circles", {"circle_name": "Tuesday", "your_name": "Fay"})
    assert answer.status == 303
    circle_id = answer.headers["Location"].split("/")[2]
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"circle_{circle_id}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_a_circle_that_names_neither_has_the_classic_hour_in_utc(url: str, redis_url: str) -> None:
    """A page without script sends no time zone."""
    visit = start_circle(url, door="closed")
    with redis.Redis.from_url(redis_url) as client:
        kept = client.hmget(f"circle:{{{visit.circle_id}}}", "format", "time_zone")
    assert kept == [b"classic-60", b"UTC"]


def test_behind_tls_the_cookie_is_secure(redis_url: str, start_server: StartServer) -> None:
    """PUBLIC_URL says what invitations begin with and which Origin is ours."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start_server(redis_url, PUBLIC_URL="https://circle.example", PORT=str(port))
    url = f"http://127.0.0.1:{port}"
    form = {"circle_name": "Tuesday", "your_name": "Fay"}
    assert ask(f"{url}/circles", form).status == 403
    answer = ask(f"{url}/circles", form, origin="https://circle.example")
    assert answer.status == 303
    assert "Secure" in answer.headers["Set-Cookie"]
    page = ask(url + answer.headers["Location"], cookie=answer.cookie).text
    assert 'value="https://circle.example/join#' in page


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("circle_name", "", "The circle&#39;s name is empty"),
        ("circle_name", "x" * 81, "The circle&#39;s name has 81 characters"),
        ("your_name", " ", "Your name is empty"),
        ("format", "classic-7", "The format must be one of"),
    ],
)
def test_a_bad_field_gets_a_sentence_and_nothing_is_lost(
    url: str, field: str, typed: str, sentence: str
) -> None:
    """400, and what was typed well still stands there."""
    form = {"circle_name": "Tuesday round", "your_name": "Fay", "format": "classic-75"}
    answer = ask(f"{url}/circles", form | {field: typed})
    assert answer.status == 400
    assert sentence in answer.text
    for name, value in form.items():
        if name != field:
            assert f'value="{value}"' in answer.text


def test_a_start_key_is_asked_for_where_one_is_set(
    redis_url: str, start_server: StartServer
) -> None:
    """Only those who know it start a circle."""
    server = start_server(redis_url, START_KEY="open-sesame-17")
    form = {"circle_name": "Tuesday", "your_name": "Fay"}
    assert 'name="start_key"' in ask(server.url).text
    refused = ask(f"{server.url}/circles", form | {"start_key": "guess"})
    assert refused.status == 400
    assert "The start key is not right" in refused.text
    assert ask(f"{server.url}/circles", form | {"start_key": "open-sesame-17"}).status == 303


@pytest.mark.parametrize("origin", ["", "null", "https://elsewhere.example"])
def test_a_form_from_elsewhere_is_refused(url: str, origin: str) -> None:
    """A missing, hidden or foreign Origin is none of ours, on every form."""
    fay = start_circle(url)
    for path in ("/circles", "/join", f"/circles/{fay.circle_id}"):
        answer = ask(url + path, {"your_name": "Eve"}, cookie=fay.cookie, origin=origin)
        assert answer.status == 403


def test_joining_asks_for_the_ground_rules_and_a_valid_link(url: str) -> None:
    """Each with its sentence; what was typed stays."""
    token = start_circle(url).token()
    rules = ask(f"{url}/join", {"token": token, "your_name": "Ben"})
    assert rules.status == 400
    assert "agree to the ground rules" in rules.text
    assert f'value="{token}"' in rules.text
    for wrong in ("", "nonsense", token[:-3] + "abc", "nowhere." + token.partition(".")[2]):
        answer = ask(f"{url}/join", {"token": wrong, "your_name": "Ben", "agree": "yes"})
        assert answer.status == 403
        assert "not valid any more" in answer.text


def test_joining_twice_from_one_browser_keeps_the_seat(url: str) -> None:
    """Also when the second time is by the facilitators' link: then they lead."""
    fay = start_circle(url)
    ben = join(fay, "Ben")
    again = join(fay, "Benjamin", "facilitator", cookie=ben.cookie)
    page = ask(again.room, cookie=again.cookie).text
    assert page.count('<li id="seat-') == 2
    assert 'data-role="facilitator"' in page
    assert "Benjamin" in page


def test_the_thirteenth_reads_that_all_chairs_are_taken(url: str) -> None:
    """And finds what they typed."""
    fay = start_circle(url)
    for number in range(11):
        join(fay, f"Member {number}")
    form = {"token": fay.token(), "your_name": "Late", "agree": "yes"}
    answer = ask(f"{url}/join", form)
    assert answer.status == 409
    assert "All 12 chairs of this circle are taken." in answer.text
    assert 'value="Late"' in answer.text


def test_without_a_cookie_the_room_is_not_shown(url: str) -> None:
    """401 with a kind sentence; a circle that does not exist is a 404."""
    fay = start_circle(url)
    for path in (f"/circles/{fay.circle_id}", f"/circles/{fay.circle_id}/room"):
        answer = ask(url + path)
        assert answer.status == 401
        assert "open the link you were sent" in answer.text
    assert ask(f"{url}/circles/nowhere/room").status == 404
    assert ask(f"{url}/nothing").status == 404


def test_the_format_of_the_next_session_is_chosen_by_facilitators(url: str) -> None:
    """Members see the circle's page without links and without the choice."""
    fay = start_circle(url)
    ben = join(fay, "Ben")
    page = f"{url}/circles/{fay.circle_id}"
    assert "data-invite" in ask(page, cookie=fay.cookie).text
    assert "data-invite" not in ask(page, cookie=ben.cookie).text
    assert ask(page, {"format": "classic-45"}, cookie=ben.cookie).status == 403
    assert ask(page, {"format": "nonsense"}, cookie=fay.cookie).status == 400
    assert "Classic, 45 minutes. " in ask(page, {"format": "classic-45"}, cookie=fay.cookie).text


def test_script_in_any_field_is_shown_as_text(url: str) -> None:
    """A circle's name and a person's name stand escaped wherever they stand."""
    form = {"circle_name": SCRIPT, "your_name": SCRIPT}
    answer = ask(f"{url}/circles", form)
    fay = Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)
    for path in (fay.room, fay.room.removesuffix("/room")):
        page = ask(path, cookie=fay.cookie).text
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page
    typed = ask(f"{url}/circles", form | {"format": SCRIPT})
    assert typed.status == 400
    assert SCRIPT not in typed.text


def test_every_answer_bears_the_headers(url: str) -> None:
    """A strict policy without anything inline, no sniffing, no storing, no framing."""
    fay = start_circle(url)
    for path in ("/", "/join", f"/circles/{fay.circle_id}/room", "/nothing", "/static/room.css"):
        headers = ask(url + path, cookie=fay.cookie).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        sends_forms = not path.endswith(("/room", ".css"))
        assert headers["Referrer-Policy"] == ("same-origin" if sends_forms else "no-referrer")
        assert headers["Cache-Control"] in ("no-store", "no-cache")
    assert ask(fay.room, cookie=fay.cookie).headers["Cache-Control"] == "no-store"


def test_files_are_compressed_and_pages_with_tokens_are_not(url: str) -> None:
    """By the length of a compressed page its tokens could be guessed; but see compressed.py."""
    fay = start_circle(url)
    sent = {}
    for path in ("/static/vendor/htmx.min.js", f"/circles/{fay.circle_id}"):
        request = Request(url + path, headers={"Accept-Encoding": "gzip", "Cookie": fay.cookie})  # noqa: S310 - a server of the test's
        with urlopen(request) as answer:  # noqa: S310 - as above
            sent[path] = answer.headers["Content-Encoding"]
    request = Request(fay.room, headers={"Accept-Encoding": "gzip", "Cookie": fay.cookie})  # noqa: S310 - as above
    with urlopen(request) as answer:  # noqa: S310 - as above
        assert answer.headers["Content-Encoding"] == "gzip"
        assert fay.token() in gzip.decompress(answer.read()).decode()
    assert list(sent.values()) == ["gzip", None]


def test_the_process_counts_without_names(url: str) -> None:
    """What Prometheus reads: numbers of commands and connections, and nobody's name."""
    start_circle(url, "Counted-Fay")
    told = ask(f"{url}/metrics").text
    for name in ("connections", "rooms", "redis_seconds_count", "resubscriptions_total"):
        assert f"balint_{name}" in told
    assert "Counted-Fay" not in told


def test_a_form_that_is_too_large_or_of_another_kind_is_refused_with_a_page(url: str) -> None:
    """Nothing of it is read on."""
    assert ask(f"{url}/join", {"token": "x" * 70_000}).status == 413


def test_a_flood_from_one_address_waits_and_others_do_not(url: str) -> None:
    """Starts of circles have a bucket for each address; a trusted proxy names it."""
    form = urlencode({"circle_name": "Tuesday", "your_name": "Fay"}).encode()

    def start(address: str) -> tuple[int, bool]:
        """The status, and whether it says when to come again."""
        headers = {"Origin": url, "X-Forwarded-For": address}
        request = Request(f"{url}/circles", form, headers)  # noqa: S310 - a server of the test's
        with pytest.raises(HTTPError) as answer, build_opener(Stay).open(request):
            pass  # What is no page counts as an error here, a redirect, too.
        with answer.value as error:
            return error.code, int(error.headers["Retry-After"] or 0) > 0

    codes = [start("192.0.2.1") for _ in range(STARTS.at_once + 1)]
    assert codes == [(303, False)] * STARTS.at_once + [(429, True)]
    for address in ("192.0.2.2", "2001:db8::1"):
        assert start(address) == (303, False)


def test_pages_hold_nothing_inline(url: str) -> None:
    """What the policy would block is not written in the first place."""
    fay = start_circle(url)
    for path in (url, f"{url}/join", fay.room):
        page = ask(path, cookie=fay.cookie).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style| style=| on\w+=", page)


def test_tokens_stand_nowhere_but_in_the_page(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Not in Redis, and not in what the server says; no name is said either."""
    fay = start_circle(two_servers[0].url, "Marked-Fay")
    for role in ("member", "facilitator"):
        assert fay.token(role).partition(".")[2] not in everything_in(redis_url)
        assert fay.token(role).partition(".")[2] not in two_servers[0].log
    assert "Marked" not in two_servers[0].log


def test_a_process_says_whether_it_lives_and_can_serve(url: str) -> None:
    """For whoever watches over it."""
    assert ask(f"{url}/healthz").text == "ok"
    wait_until(lambda: ask(f"{url}/readyz").text == "ok")


def test_a_seat_whose_role_redis_does_not_know_opens_nothing(url: str, redis_url: str) -> None:
    """A good signature is not enough: the circle must know the seat."""
    fay = start_circle(url)
    with redis.Redis.from_url(redis_url) as client:
        key = f"circle:{{{fay.circle_id}}}"
        fields = [field for field in client.hkeys(key) if field.startswith(b"seat:")]
        client.hdel(key, *fields)
    assert ask(fay.room, cookie=fay.cookie).status == 401
