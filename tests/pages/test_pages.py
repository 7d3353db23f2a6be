"""The pages: valid input leads on, and invalid input gets a sentence and is kept."""

from __future__ import annotations

import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, build_opener, urlopen

import pytest
import redis
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from server import VERSION
from server.identity import COOKIE_SECONDS, RENEWED_AFTER_S, Identity, new_circle_id
from server.pages.start import STARTS
from tests.support.client import Answer, Stay, Visit, ask, join, start_circle
from tests.support.factories import a_room
from tests.support.planted import KEY, plant
from tests.support.processes import Server, StartServer, wait_until
from tests.support.stored import everything_in

SCRIPT = "<script>alert(1)</script>"


def test_a_circle_starts_with_a_cookie_for_the_facilitator(url: str) -> None:
    """303 to the room; the cookie is for this circle, and scripts cannot read it."""
    answer = ask(f"{url}/circles", {"circle_name": "Tuesday", "your_name": "Fay"})
    assert answer.status == 303
    circle_id = answer.headers["Location"].split("/")[2]
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"circle_{circle_id}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_a_circle_s_name_turns_no_title_around(url: str) -> None:
    """A title is plain text: a right-to-left name is isolated from what follows."""
    name = "מעגל (1"
    answer = ask(f"{url}/circles", {"circle_name": name, "your_name": "Fay"})
    circle = f"{url}/circles/{answer.headers['Location'].split('/')[2]}"
    for address in (circle, f"{circle}/room", f"{circle}/format"):
        title = re.findall("<title>(.*)</title>", ask(address, cookie=answer.cookie).text)
        assert [t.count(f"\u2068{name}\u2069") for t in title] == [1]


def test_a_circle_that_names_neither_has_the_classic_hour_in_utc(url: str, redis_url: str) -> None:
    """A page without scripts sends no time zone."""
    visit = start_circle(url, door="closed")
    with redis.Redis.from_url(redis_url) as client:
        kept = client.hmget(f"circle:{{{visit.circle_id}}}", "format", "time_zone")
    assert kept == [b"classic-60", b"UTC"]


def test_behind_tls_the_cookie_is_secure(redis_url: str, start_server: StartServer) -> None:
    """PUBLIC_URL determines the start of invitations, and our Origin."""
    server = start_server(redis_url, PUBLIC_URL="https://circle.example")
    url = f"http://127.0.0.1:{server.port}"
    form = {"circle_name": "Tuesday", "your_name": "Fay"}
    assert ask(f"{url}/circles", form).status == 403
    answer = ask(f"{url}/circles", form, origin="https://circle.example")
    assert answer.status == 303
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.cookie.startswith("__Host-circle_")
    page = ask(url + answer.headers["Location"], cookie=answer.cookie).text
    assert 'value="https://circle.example/join#' in page


class Earlier(TimestampSigner):
    """Signs with an earlier time."""

    ago_s: ClassVar[int] = 0

    def get_timestamp(self) -> int:
        """That time."""
        return super().get_timestamp() - self.ago_s


def signed(circle_id: str, ago_s: int, seat: str = "ann") -> Visit:
    """A person whose cookie was set so many seconds ago, for no server yet."""
    signer = type("Then", (Earlier,), {"ago_s": ago_s})
    value = URLSafeTimedSerializer(KEY, salt="seat", signer=signer).dumps(
        [seat, seat.capitalize(), circle_id]
    )
    return Visit("", circle_id, f"circle_{circle_id}={value!s}")


def test_each_visit_sets_the_cookie_anew(redis_url: str, start_server: StartServer) -> None:
    """Its lifetime restarts with each visit; an expired one is not renewed."""
    url = start_server(redis_url, SECRET_KEY=KEY).url
    room = plant(redis_url, a_room())
    nearly, too_old = (signed(room.id, COOKIE_SECONDS + s).at(url) for s in (-3600, 60))
    for path in (nearly.room, nearly.room.removesuffix("/room")):
        answer = ask(path, cookie=nearly.cookie)
        assert answer.status == 200
        assert f"Max-Age={COOKIE_SECONDS}" in answer.headers["Set-Cookie"]
        assert ask(nearly.room, cookie=answer.cookie).status == 200
        signed_at = URLSafeTimedSerializer(KEY, salt="seat").loads(
            answer.cookie.partition("=")[2], return_timestamp=True
        )
        assert signed_at[0] == ["ann", "Ann", room.id]
        assert datetime.now(UTC) - signed_at[1] < timedelta(hours=1)
        refused = ask(path, cookie=too_old.cookie)
        assert (refused.status, refused.headers["Set-Cookie"]) == (401, None)
    fay = signed(room.id, COOKIE_SECONDS - 3600, "fay").at(url)
    editor = fay.room.removesuffix("room") + "format"
    for form in (None, {"do": "add"}):
        answer = ask(editor, form, cookie=fay.cookie)
        assert f"Max-Age={COOKIE_SECONDS}" in answer.headers["Set-Cookie"]
        assert ask(editor, cookie=answer.cookie).status == 200


def test_a_cookie_of_today_is_not_set_again(redis_url: str, start_server: StartServer) -> None:
    """A page that loads in one tab would restore a cookie that *Leave* deleted in another."""
    url = start_server(redis_url, SECRET_KEY=KEY).url
    room = plant(redis_url, a_room())
    for ago_s, is_set in ((RENEWED_AFTER_S - 3600, False), (RENEWED_AFTER_S + 60, True)):
        fay = signed(room.id, ago_s, "fay").at(url)
        page = fay.room.removesuffix("/room")
        for path in (fay.room, page, f"{page}/format"):
            answer = ask(path, cookie=fay.cookie)
            assert answer.status == 200
            assert ("Set-Cookie" in answer.headers) == is_set


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
    """400, and valid input is kept."""
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
    """A start key is required to start a circle."""
    server = start_server(redis_url, START_KEY="open-sesame-17")
    form = {"circle_name": "Tuesday", "your_name": "Fay"}
    assert 'name="start_key"' in ask(server.url).text
    refused = ask(f"{server.url}/circles", form | {"start_key": "guess"})
    assert refused.status == 400
    assert "The start key is not right" in refused.text
    assert ask(f"{server.url}/circles", form | {"start_key": "open-sesame-17"}).status == 303


@pytest.mark.parametrize("origin", ["", "null", "https://elsewhere.example"])
def test_a_form_from_elsewhere_is_refused(url: str, origin: str) -> None:
    """A missing, opaque or foreign Origin is refused on every form."""
    fay = start_circle(url)
    for path in ("/circles", "/join", f"/circles/{fay.circle_id}"):
        answer = ask(url + path, {"your_name": "Eve"}, cookie=fay.cookie, origin=origin)
        assert answer.status == 403


def test_joining_asks_for_the_ground_rules_and_a_valid_link(url: str) -> None:
    """Each has its own sentence, and the input stays."""
    token = start_circle(url).token()
    rules = ask(f"{url}/join", {"token": token, "your_name": "Ben"})
    assert rules.status == 400
    assert "agree to the ground rules" in rules.text
    assert f'value="{token}"' in rules.text
    renewed, missing = "not valid any more", "Part of the link is missing"
    for wrong, sentence in {
        token[:-3] + "abc": renewed,
        "a" * 16 + token[16:]: renewed,
        token[:-1]: missing,
        "nonsense": missing,
        "": missing,
    }.items():
        answer = ask(f"{url}/join", {"token": wrong, "your_name": "Ben", "agree": "yes"})
        assert answer.status == 403
        assert sentence in answer.text
        assert ('id="no-link" hidden' in answer.text) is (sentence == renewed)


def test_a_link_is_taken_as_it_arrives(two_servers: tuple[Server, Server], redis_url: str) -> None:
    """Encoded `#` and pasted links work; GET changes nothing, and nothing of it is logged."""
    server = two_servers[0]
    token = start_circle(server.url).token()
    before = set(everything_in(redis_url).splitlines())
    for sign in ("%23", "%2523"):
        for end in ("", "%E2%80%8B", ".", "%3E?from=mail"):
            page = ask(f"{server.url}/join{sign}{token}{end}")
            assert page.status == 200
            assert f'name="token" required autocomplete="off" value="{token}"' in page.text
            assert 'id="no-link" hidden' in page.text
            assert "Set-Cookie" not in page.headers
        assert "Part of the link is missing" in ask(f"{server.url}/join{sign}{token[:-2]}").text
    # Values that other tests left behind may expire meanwhile.
    assert set(everything_in(redis_url).splitlines()) <= before
    assert ask(f"{server.url}/join{token}").status == 404
    assert ask(f"{server.url}/join%23{token}/%FF%00", {"token": token}).status == 405
    for pasted in (f" <{server.url}/join#{token}>.", f"{server.url}/join%23{token}", f"{token})"):
        form = {"token": pasted, "your_name": "Ben", "agree": "yes"}
        assert ask(f"{server.url}/join", form).status == 303
    assert token not in server.log
    assert token.partition(".")[2] not in server.log
    assert "/join" not in server.log


WAITS = re.compile(r'<li id="waits-')
ATTEMPT = re.compile(r'name="attempt" value="(\w+)"')


def attempt_of(page: str) -> str:
    """The id that tells this served form from all others."""
    found = ATTEMPT.search(page)
    assert found
    return found[1]


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
    redis_url: str, start_server: StartServer
) -> None:
    """There is one circle, and one guest at its door, for any processes that take the copies."""
    urls = [start_server(redis_url, SECRET_KEY=KEY).url for _ in range(2)]
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


def test_a_refused_form_keeps_what_tells_it_from_others(url: str) -> None:
    """It is still the same form."""
    attempt = attempt_of(ask(f"{url}/join").text)
    assert attempt != attempt_of(ask(f"{url}/join").text)
    for path in ("/join", "/circles"):
        refused = ask(url + path, {"your_name": "", "attempt": attempt})
        assert attempt_of(refused.text) == attempt


@pytest.mark.parametrize("path", ["/", "/join", "/circles", None])
def test_a_browser_that_keeps_no_cookie_reads_that_one_is_needed(
    url: str, path: str | None
) -> None:
    """The page comes right after a cookie was set; an unknown device needs an invitation."""
    fay = start_circle(url)
    came = {"Sec-Fetch-Site": "same-origin", **({"Referer": url + path} if path else {})}
    assert "Cookies are needed" in ask_with(fay.room, came)
    for other in (
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site"},
        {**came, "Referer": f"{url}/circles/{fay.circle_id}"},
        {**came, "Cookie": f"circle_{fay.circle_id}=old"},
        {},
    ):
        assert "does not know you yet" in ask_with(fay.room, other)


def ask_with(url: str, headers: dict[str, str]) -> str:
    """The 401 page for a request with these headers."""
    with pytest.raises(HTTPError) as answer:
        urlopen(Request(url, headers=headers))  # noqa: S310 - a server of the test's
    with answer.value as error:
        assert error.code == 401
        return error.read().decode()


def test_joining_twice_from_one_browser_keeps_the_seat(url: str) -> None:
    """The second time may be by the facilitators' link: then they lead."""
    fay = start_circle(url)
    ben = join(fay, "Ben")
    again = join(fay, "Benjamin", "facilitator", cookie=ben.cookie)
    page = ask(again.room, cookie=again.cookie).text
    assert page.count('<li id="seat-') == 2
    assert 'data-role="facilitator"' in page
    assert "Benjamin" in page


def test_the_thirteenth_reads_that_all_chairs_are_taken(url: str) -> None:
    """Their input is kept."""
    fay = start_circle(url)
    for number in range(11):
        join(fay, f"Member {number}")
    form = {"token": fay.token(), "your_name": "Late", "agree": "yes"}
    answer = ask(f"{url}/join", form)
    assert answer.status == 409
    assert "All 12 chairs of this circle are taken." in answer.text
    assert 'value="Late"' in answer.text


def test_without_a_cookie_the_room_is_not_shown(url: str) -> None:
    """401 with a kind sentence; an unknown circle is a 404."""
    fay = start_circle(url)
    for path in (f"/circles/{fay.circle_id}", f"/circles/{fay.circle_id}/room"):
        answer = ask(url + path)
        assert answer.status == 401
        assert "This device does not know you yet" in answer.text
        assert "open your invitation" in answer.text
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
    """A circle's name and people's names are escaped everywhere."""
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
    """A strict policy without inline code, no sniffing, no storing, no framing."""
    fay = start_circle(url)
    for path in ("/", "/join", f"/circles/{fay.circle_id}/room", "/nothing", "/static/room.css"):
        headers = ask(url + path, cookie=fay.cookie).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        if path != "/static/room.css":
            sends_forms = not path.endswith("/room")
            assert headers["Referrer-Policy"] == ("same-origin" if sends_forms else "no-referrer")
        assert headers["Cache-Control"] in ("no-store", "no-cache")
    assert ask(fay.room, cookie=fay.cookie).headers["Cache-Control"] == "no-store"


def test_files_are_compressed_and_pages_with_tokens_are_not(url: str) -> None:
    """The length of a compressed page could reveal its tokens; compressed.py avoids that."""
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


@pytest.mark.parametrize("accepted", ["gzip;q=0", "br, *;q=0", "identity"])
def test_whoever_takes_no_gzip_gets_files_and_pages_as_they_are(url: str, accepted: str) -> None:
    """A weight of 0 refuses it."""
    fay = start_circle(url)
    for address in (f"{url}/static/room.css", fay.room):
        headers = {"Accept-Encoding": accepted, "Cookie": fay.cookie}
        with urlopen(Request(address, headers=headers)) as answer:  # noqa: S310 - as above
            assert answer.headers["Content-Encoding"] is None
            assert answer.headers["Vary"] == "Accept-Encoding"
            answer.read().decode()


def test_the_process_counts_without_names(url: str) -> None:
    """Prometheus reads numbers of commands and connections, and no names."""
    start_circle(url, "Counted-Fay")
    told = ask(f"{url}/metrics").text
    for name in ("connections", "rooms", "redis_seconds_count", "resubscriptions_total"):
        assert f"balint_{name}" in told
    assert "Counted-Fay" not in told


def test_a_form_that_is_too_large_or_of_another_kind_is_refused_with_a_page(url: str) -> None:
    """The rest of it is not read."""
    assert ask(f"{url}/join", {"token": "x" * 70_000}).status == 413


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


def test_pages_hold_nothing_inline(url: str) -> None:
    """No page contains what the policy would block."""
    fay = start_circle(url)
    for path in (url, f"{url}/join", fay.room):
        page = ask(path, cookie=fay.cookie).text
        program = r'<script(?![^>]*\bsrc=)(?! type="application/json")'
        assert not re.search(rf"{program}|<style| style=| on\w+=", page)


def test_tokens_stand_nowhere_but_in_the_page(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Neither Redis nor the server's output contains it; the output contains no name, either."""
    fay = start_circle(two_servers[0].url, "Marked-Fay")
    for role in ("member", "facilitator"):
        assert fay.token(role).partition(".")[2] not in everything_in(redis_url)
        assert fay.token(role).partition(".")[2] not in two_servers[0].log
    assert "Marked" not in two_servers[0].log


def test_a_process_says_whether_it_lives_and_can_serve(url: str) -> None:
    """This is for supervisors and proxies."""
    assert ask(f"{url}/healthz").text.splitlines() == ["ok", VERSION]
    wait_until(lambda: ask(f"{url}/readyz").text == "ok")


def test_a_seat_whose_role_redis_does_not_know_opens_nothing(url: str, redis_url: str) -> None:
    """A valid signature is not enough: the circle must know the seat."""
    fay = start_circle(url)
    with redis.Redis.from_url(redis_url) as client:
        key = f"circle:{{{fay.circle_id}}}"
        fields = [field for field in client.hkeys(key) if field.startswith(b"seat:")]
        client.hdel(key, *fields)
    assert ask(fay.room, cookie=fay.cookie).status == 401


@pytest.mark.parametrize("public", ["", "https://circle.example"])
def test_somebody_of_many_circles_keeps_the_cookies_of_the_latest(
    redis_url: str, start_server: StartServer, public: str
) -> None:
    """Their total size is what proxies accept; the oldest signatures go first."""
    server = start_server(redis_url, SECRET_KEY=KEY, PUBLIC_URL=public)
    url = f"http://127.0.0.1:{server.port}"
    # From the release before, whose cookies have no prefix.
    former = [signed(new_circle_id(), 3600).cookie.partition("=") for _ in range(10)]
    jar = {name: value for name, _, value in former}
    for number in range(60):
        cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
        form = {"circle_name": f"Circle {number}", "your_name": "Fay"}
        answer = ask(f"{url}/circles", form, cookie=cookie, origin=public or url)
        assert answer.status == 303
        for header in answer.headers.get_all("Set-Cookie"):
            name, _, value = header.partition(";")[0].partition("=")
            if "Max-Age=0" in header:
                del jar[name]
                assert ("Secure" in header) == name.startswith("__Host-")
            else:
                jar[name] = value
    assert sum(len(name) + len(value) for name, value in jar.items()) < 7000
    assert len(jar) > 30
    assert all(name.startswith("__Host-") == bool(public) for name in jar)
    latest = answer.headers["Location"]
    assert ask(url + latest, cookie="; ".join(f"{n}={v}" for n, v in jar.items())).status == 200
