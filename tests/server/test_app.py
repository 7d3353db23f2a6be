"""What holds for all pages: strict headers, nothing inline, escaped input, no token elsewhere."""

from __future__ import annotations

import re

from tests.support.client import Visit, ask, start_circle
from tests.support.processes import Server
from tests.support.stored import everything_in

SCRIPT = "<script>alert(1)</script>"


def test_a_circle_s_name_turns_no_title_around(url: str) -> None:
    """A title is plain text: a right-to-left name is isolated from what follows."""
    name = "מעגל (1"
    answer = ask(f"{url}/circles", {"circle_name": name, "your_name": "Fay"})
    circle = f"{url}/circles/{answer.headers['Location'].split('/')[2]}"
    for address in (circle, f"{circle}/room", f"{circle}/format"):
        title = re.findall("<title>(.*)</title>", ask(address, cookie=answer.cookie).text)
        assert [t.count(f"\u2068{name}\u2069") for t in title] == [1]


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
            assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] in ("no-store", "no-cache")
    assert ask(fay.room, cookie=fay.cookie).headers["Cache-Control"] == "no-store"


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
