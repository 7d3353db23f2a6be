"""The compressed page of the room: lossless, and of a length that is independent of tokens."""

from __future__ import annotations

import gzip
import random
import string
from urllib.request import Request, urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from server.pages.compression import accepts_gzip, gzipped
from tests.support.client import start_circle

TOKEN = "".join(random.Random(5).choices(string.ascii_letters + string.digits, k=32))
LINK = f'<input value="https://circle.example/join#{TOKEN}">'
PAGE = "<p>{name}</p>" * 3 + LINK + "<br>" * 40


@given(st.text(), st.lists(st.text(min_size=1, max_size=5), max_size=3))
def test_what_was_compressed_is_whole_again(html: str, secrets: list[str]) -> None:
    """This holds for any text and any positions of the secrets."""
    assert gzip.decompress(gzipped(html, secrets)) == html.encode()


def test_a_name_that_repeats_the_token_makes_the_page_no_shorter() -> None:
    """The same letters in another order give the same length; a plain compressor would differ."""
    right = TOKEN[:20]
    wrong = right
    chance = random.Random(7)
    while any(wrong[n : n + 3] in TOKEN for n in range(18)):
        wrong = "".join(chance.sample(right, len(right)))
    pages = [PAGE.format(name=name) for name in (right, wrong)]
    with_it, without = (len(gzipped(page, [TOKEN])) for page in pages)
    assert with_it == without
    naive_with_it, naive_without = (len(gzip.compress(page.encode())) for page in pages)
    assert naive_with_it < naive_without


@pytest.mark.parametrize(
    ("accepted", "gzipped"),
    [
        ("gzip", True),
        ("br, GZip;Q=0.5", True),
        ("gzip;q=0.001", True),
        ("gzip ; q=1.000", True),
        ("*", True),
        ("*;q=0.5, identity;q=0.1", True),
        ("identity;q=0, *;q=0, gzip", True),
        ("gzip;q=0", False),
        ("br, gzip;q=0.000", False),
        ("*;q=0", False),
        ("*, gzip;q=0", False),
        ("identity", False),
        ("gzip;q=0.5, identity", False),
        ("gzip;q=2", False),
        ("gzip;q=nan", False),
        ("gzip;level=1", False),
        ("notgzip", False),
        ("", False),
    ],
)
def test_only_who_takes_gzip_gets_it(accepted: str, *, gzipped: bool) -> None:
    """Names and weights are read in any case and order (RFC 9110, 12.5.3)."""
    for lines in ([accepted], accepted.split(",")):
        headers = Headers(raw=[(b"accept-encoding", line.encode()) for line in lines])
        assert accepts_gzip(headers) == gzipped
    assert not accepts_gzip(Headers())


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
