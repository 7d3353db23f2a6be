"""Pages for people who may not see the room."""

from __future__ import annotations

from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import redis

from tests.support.client import Answer, ask, start_circle


@pytest.mark.parametrize("path", ["/", "/join", "/circles", None])
def test_a_browser_that_keeps_no_cookie_reads_that_one_is_needed(
    url: str, path: str | None
) -> None:
    """The page comes right after a cookie was set; an unknown device needs an invitation."""
    fay = start_circle(url)
    came = {"Sec-Fetch-Site": "same-origin", **({"Referer": url + path} if path else {})}
    assert ask_with(fay.room, came) == "no_cookie"
    for other in (
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site"},
        {**came, "Referer": f"{url}/circles/{fay.circle_id}"},
        {**came, "Cookie": f"circle_{fay.circle_id}=old"},
        {},
    ):
        assert ask_with(fay.room, other) == "no_seat"


def ask_with(url: str, headers: dict[str, str]) -> str:
    """What the 401 page is about, for a request with these headers."""
    with pytest.raises(HTTPError) as answer:
        urlopen(Request(url, headers=headers))  # noqa: S310 - a server of the test's
    with answer.value as error:
        assert error.code == 401
        return Answer(401, error.headers, error.read().decode()).message


def test_without_a_cookie_the_room_is_not_shown(url: str) -> None:
    """401 with a kind sentence; an unknown circle is a 404."""
    fay = start_circle(url)
    for path in (f"/circles/{fay.circle_id}", f"/circles/{fay.circle_id}/room"):
        answer = ask(url + path)
        assert (answer.status, answer.message) == (401, "no_seat")
    assert ask(f"{url}/circles/nowhere/room").status == 404
    assert ask(f"{url}/nothing").status == 404


def test_a_seat_whose_role_redis_does_not_know_opens_nothing(url: str, redis_url: str) -> None:
    """A valid signature is not enough: the circle must know the seat."""
    fay = start_circle(url)
    with redis.Redis.from_url(redis_url) as client:
        key = f"circle:{{{fay.circle_id}}}"
        fields = [field for field in client.hkeys(key) if field.startswith(b"seat:")]
        client.hdel(key, *fields)
    assert ask(fay.room, cookie=fay.cookie).status == 401
