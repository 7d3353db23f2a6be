"""Parsing takes linear time: no input of a stranger blocks the process.

Each of these blocked everybody for seconds, or for half a minute.
"""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from tests.support.client import ask
from tests.support.factories import a_room
from tests.support.planted import plant, seated

PATIENCE_S = 10

DEEP = {
    "a key of many parts": "title.{} = 1",
    "a table of many parts": "[title.{}]",
    "many parts in a table within a line": "title = {{ a.{} = 1 }}",
    "many quoted parts": "title.{} = 1".replace("{}", '"a b".{}'),
    "behind a text with quotes": 'short = """ \\" "" """""\ntitle.{} = 1',
}
COOKIES = {"backslashes": "\\" * 30_000, "no octal numbers": "\\x" * 15_000}


@pytest.mark.parametrize("shape", DEEP)
def test_a_format_of_many_parts_is_refused_by_its_shape(
    shape: str, url: str, redis_url: str
) -> None:
    """TOML's own parser takes half a minute for such a key, which blocked everybody."""
    fay = seated(url, plant(redis_url, a_room()), "fay")
    file = DEEP[shape].format(".".join(["a"] * 30_000))
    address = f"{url}/circles/{fay.circle_id}/format"
    answer = ask(address, {"do": "read", "file": file}, cookie=fay.cookie)
    assert (answer.status, 'data-fault="file"' in answer.text) == (400, True)


@pytest.mark.parametrize("kind", COOKIES)
def test_quotes_of_a_cookie_are_not_taken_off(kind: str, url: str, redis_url: str) -> None:
    """Python takes ten seconds for one such header, which needs neither seat nor circle."""
    fay = seated(url, plant(redis_url, a_room()), "fay")
    cookie = f'{fay.cookie}; other="{COOKIES[kind]}"'
    with closing(HTTPConnection(*address_of(url), timeout=PATIENCE_S)) as connection:
        for _ in range(10):
            connection.request("GET", f"/circles/{fay.circle_id}", headers={"Cookie": cookie})
            with connection.getresponse() as answer:
                assert (answer.status, bool(answer.read())) == (200, True)


def test_a_form_has_so_many_fields(url: str) -> None:
    """The editor has some five hundred."""
    fields = {str(number): "" for number in range(10_000)}
    assert len(urlencode(fields)) < 64 * 1024
    assert ask(f"{url}/circles", fields).status == 413


@pytest.mark.parametrize("path", ["/static/" + "a/" * 10_000, "/circles/" + "a" * 20_000])
def test_an_address_has_so_many_letters(path: str, url: str) -> None:
    """Our own addresses have fewer than a hundred."""
    with closing(HTTPConnection(*address_of(url), timeout=PATIENCE_S)) as connection:
        connection.request("GET", path)
        with connection.getresponse() as answer:
            assert answer.status == 414


def address_of(url: str) -> tuple[str, int]:
    """The host and the port of a URL."""
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)
