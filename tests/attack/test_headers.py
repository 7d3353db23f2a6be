"""The headers of every answer: the rights of browsers and of foreign pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

from tests.support.client import Answer, ask
from tests.support.factories import a_room
from tests.support.planted import plant, seated
from tests.support.processes import wait_until

SELF_ONLY = {
    *("script-src", "style-src", "img-src", "connect-src", "manifest-src", "form-action"),
}
NEVER = {"default-src", "base-uri", "frame-ancestors"}
FORM = {"circle_name": "Tuesday", "your_name": "Fay"}


def answers(url: str, redis_url: str) -> dict[str, Answer]:
    """One answer of each kind and status of the server."""
    wait_until(lambda: ask(f"{url}/readyz").status == 200)
    room = plant(redis_url, a_room())
    circle, cookie = f"{url}/circles/{room.id}", seated(url, room, "fay").cookie
    return {
        "200 /": ask(url),
        "200 /join": ask(f"{url}/join"),
        "200 circle": ask(circle, cookie=cookie),
        "200 room": ask(f"{circle}/room", cookie=cookie),
        "200 register": ask(f"{circle}/register", cookie=cookie),
        "200 certificate": ask(f"{circle}/certificate", cookie=cookie),
        "200 verify": ask(f"{url}/verify"),
        "303 pulse": ask(f"{circle}/pulse", cookie=cookie),
        "403 pulse": ask(f"{circle}/pulse", {}, cookie=cookie),
        "200 left": ask(f"{circle}/left", cookie=cookie),
        "200 reminders": ask(f"{url}/reminders"),
        "200 stop": ask(f"{url}/reminders/stop/x"),
        "200 help": ask(f"{url}/help"),
        "200 privacy": ask(f"{url}/privacy"),
        "200 manifest in static": ask(f"{url}/static/app.webmanifest"),
        "200 healthz": ask(f"{url}/healthz"),
        "200 readyz": ask(f"{url}/readyz"),
        "303 start": ask(f"{url}/circles", FORM),
        "400 start": ask(f"{url}/circles", {}),
        "400 fields": ask(f"{url}/circles", {f"field{n}": "x" for n in range(40)}),
        "401 circle": ask(circle),
        "401 room": ask(f"{circle}/room"),
        "403 join": ask(f"{url}/join", {}),
        "403 origin": ask(f"{url}/circles", FORM, origin="null"),
        "404 page": ask(f"{url}/nothing"),
        "404 circle": ask(f"{url}/circles/nowhere/room"),
        "404 static": ask(f"{url}/static/nothing.js"),
        "405 circles": ask(f"{url}/circles"),
        "200 static": ask(f"{url}/static/room/room.js"),
        "200 vendor": ask(f"{url}/static/vendor/htmx.min.js"),
    }


def test_every_answer_is_as_strict_as_the_first_page(url: str, redis_url: str) -> None:
    """Every status has own files only, nothing inline, no framing, and no sniffing."""
    for name, answer in answers(url, redis_url).items():
        headers = answer.headers
        assert answer.status == int(name[:3]), name
        if "static" in name or "vendor" in name:
            assert (
                headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
            )
            assert headers["X-Content-Type-Options"] == "nosniff", name
            assert "Referrer-Policy" not in headers, name  # A file requests nothing.
            continue
        pairs = [part.split(maxsplit=1) for part in headers["Content-Security-Policy"].split("; ")]
        policy = {directive: sources.split() for directive, sources in pairs}
        assert {d for d, sources in policy.items() if sources == ["'none'"]} == NEVER, name
        assert {d for d, sources in policy.items() if sources == ["'self'"]} == SELF_ONLY, name
        assert policy.keys() == NEVER | SELF_ONLY, name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        referrer = "no-referrer" if name == "200 stop" else "same-origin"  # its URL has a token
        assert headers["Referrer-Policy"] == referrer, name
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", name
        allowed = dict(part.split("=") for part in headers["Permissions-Policy"].split(", "))
        assert allowed["camera"] == allowed["microphone"] == "(self)", name
        assert allowed["display-capture"] == "()", name
        assert "Server" not in headers, name


FOR_EVERYBODY = ("static", "vendor", "help", "privacy")


def test_only_what_is_the_same_for_everybody_is_kept_by_a_browser(url: str, redis_url: str) -> None:
    """No other page is stored, since it may contain names, or a link that opens the circle."""
    for name, answer in answers(url, redis_url).items():
        kept = "no-cache" if any(word in name for word in FOR_EVERYBODY) else "no-store"
        assert answer.headers.get_all("Cache-Control") == [kept], name


class Elsewhere(BaseHTTPRequestHandler):
    """A foreign site: a page with a frame around `?address`, and a page inside such a frame."""

    def do_GET(self) -> None:
        inner = "<main>not ours</main>"
        _, _, framed = self.path.partition("?")
        body = f'<iframe src="{framed}"></iframe><iframe src="/"></iframe>' if framed else inner
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_args: object) -> None:
        """No output."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Its address: another origin on the same site, so that browsers send cookies."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{site.server_port}"
        site.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["", "/join", "room"])
def test_no_page_of_ours_stands_in_a_frame(
    path: str, chromium: Browser, url: str, redis_url: str, elsewhere: str
) -> None:
    """A foreign page that puts ours under its own buttons shows nothing of it."""
    fay = seated(url, plant(redis_url, a_room()), "fay")
    page = chromium.new_page()
    name, _, value = fay.cookie.partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": url}])
    page.goto(f"{elsewhere}/?{fay.room if path == 'room' else url + path}")
    shown = [frame.locator("main").count() for frame in page.frames]
    assert shown == [0, 0, 1]
    page.context.close()
