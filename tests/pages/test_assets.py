"""The files under /static/, as browsers and proxies receive them."""

from __future__ import annotations

import gzip
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "web" / "static"
LATE_BEFORE_0_2 = [
    "awake",
    "bell",
    "check",
    "confirm",
    "copy",
    "more",
    "prompts",
    "seat",
    "timer",
    "voice",
    "whisper",
]
"""The modules that a room's page of the release before imported after its start."""


def fetch(url: str, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    """The response for a file, and its body unchanged."""
    line = HTTPConnection(url.removeprefix("http://"))
    line.request(method, f"/static/{path}", headers=headers)
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer, body


@pytest.mark.parametrize("path", ["room/liveness.js", "room.css"])
def test_what_only_explains_the_code_is_not_sent(url: str, path: str) -> None:
    """Comments stay in the sources; modules have the content type that browsers require."""
    answer, body = fetch(url, path)
    assert len(body) < len((STATIC / path).read_bytes()) * 0.9
    assert b"/*" not in body
    assert answer.headers["Content-Type"].startswith(("text/javascript", "text/css"))


def test_a_vendored_file_is_sent_byte_for_byte(url: str) -> None:
    """Its checksum can be compared in the browser, and its licence stays in it."""
    path = "vendor/htmx.min.js"
    assert fetch(url, path)[1] == (STATIC / path).read_bytes()
    answer, body = fetch(url, path, **{"Accept-Encoding": "br, gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(body) == (STATIC / path).read_bytes()


def test_a_file_that_a_browser_has_is_not_sent_again(url: str) -> None:
    """304 for the same ETag, weak or strong, in a list, and for `*`; HEAD has no body."""
    answer, body = fetch(url, "room.css")
    etag = answer.headers["ETag"]
    strong = etag.removeprefix("W/")
    several = (f'"another", {etag}', f'W/"a,b",{strong} , "c"', f'{etag},"another"')
    for known in (etag, strong, *several, "*", " * "):
        for method in ("GET", "HEAD"):
            again, nothing = fetch(url, "room.css", method, **{"If-None-Match": known})
            assert (known, again.status, nothing) == (known, 304, b"")
            assert again.headers["ETag"] == etag
    for other in ('"another"', f'"not {strong[1:]}', strong[1:-1], '"*"', "", "W/*"):
        assert fetch(url, "room.css", **{"If-None-Match": other})[0].status == 200, other
    head, nothing = fetch(url, "room.css", "HEAD")
    assert (head.headers["Content-Length"], nothing) == (str(len(body)), b"")
    assert fetch(url, "room.css", "POST")[0].status == 405


@pytest.mark.parametrize(
    "path", ["", "nothing.js", "vendor", "vendor/", "../templates/parts/base.html"]
)
def test_nothing_but_these_files_is_served(url: str, path: str) -> None:
    """404 for folders and for outside paths in every spelling."""
    for spelled in (path, path.replace("..", "%2e%2e"), path.replace("/", "%2f")):
        assert fetch(url, spelled)[0].status == 404


@pytest.mark.parametrize("name", [*LATE_BEFORE_0_2, "room/seat"])
def test_a_page_from_before_the_update_reloads(url: str, name: str) -> None:
    """It would get modules that do not fit its own, or a second copy with another state."""
    answer, body = fetch(url, f"{name}.js")
    assert (answer.status, body) == (200, b"location.reload();")
    assert answer.headers["Content-Type"].startswith("text/javascript")


def test_only_modules_have_a_former_address(url: str) -> None:
    """Stylesheets have not moved, and vendored files never stood elsewhere."""
    for path in (
        "htmx.min.js",
        "hx-ws.min.js",
        "vendor/room.js",
        "nothing.js",
        "bip39-english.json",
    ):
        assert fetch(url, path)[0].status == 404, path
