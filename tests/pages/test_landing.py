"""The first page knows the circles of this browser, by its cookies."""

from __future__ import annotations

import re
from typing import ClassVar

import redis
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from server.identity import cookie_name
from server.pages.requests import MOST_CIRCLES
from tests.support.client import ask, join, start_circle
from tests.support.factories import a_room
from tests.support.planted import KEY, plant
from tests.support.processes import StartServer
from tests.support.redis_servers import fresh_redis

ENTERED = re.compile(r'href="/circles/(\w+)/room" data-do="enter_room"')


def shown(url: str, *cookies: str) -> list[str]:
    """The circles whose rooms the first page links to."""
    answer = ask(url, cookie="; ".join(cookies))
    assert answer.status == 200
    return ENTERED.findall(answer.text)


def test_a_stranger_sees_no_circle(url: str) -> None:
    """Nor does somebody with an invented cookie."""
    fay = start_circle(url)
    name = cookie_name(fay.circle_id)
    for cookie in ("", f"{name}=invented", f"{name}={'x' * 2000}", "circle_=x", f"{name}="):
        assert shown(url, cookie) == []


def test_the_circles_of_a_browser_are_listed(url: str, other_url: str) -> None:
    """Both roles see names and rooms alone, and no secret, at any process."""
    fay, gil = start_circle(url), start_circle(url, "Gil")
    ann = join(fay, "Ann")
    assert sorted(shown(other_url, ann.cookie, gil.cookie)) == sorted(
        [fay.circle_id, gil.circle_id]
    )
    for visit, other in ((fay, "Ann"), (ann, "Fay")):
        page = ask(url, cookie=visit.cookie)
        assert "Tuesday" in page.text
        assert other not in page.text
        assert "data-invite" not in page.text
        assert fay.token() not in page.text
        assert "Set-Cookie" not in page.headers
        assert page.headers["Cache-Control"] == "no-store"


def test_a_guest_goes_back_to_the_door(url: str) -> None:
    """The circle's own page is not theirs yet."""
    fay = start_circle(url, door="closed")
    dan = join(fay, "Dan")
    page = ask(url, cookie=dan.cookie).text
    assert ENTERED.findall(page) == [fay.circle_id]
    assert 'data-do="circle_page"' not in page
    assert 'data-do="circle_page"' in ask(url, cookie=fay.cookie).text


def test_a_circle_that_is_lost_to_this_browser_is_not_listed(url: str, redis_url: str) -> None:
    """Its person was removed, it has expired, or its value cannot be read."""
    kept, removed, expired, spoilt = (start_circle(url) for _ in range(4))
    with redis.Redis.from_url(redis_url) as client:
        keys = [f"circle:{{{visit.circle_id}}}" for visit in (removed, expired, spoilt)]
        seats = [field for field in client.hkeys(keys[0]) if field.startswith(b"seat:")]
        client.hdel(keys[0], *seats)
        client.delete(keys[1])
        client.delete(keys[2])
        client.set(keys[2], "no hash")
        everything = [visit.cookie for visit in (kept, removed, expired, spoilt)]
        assert shown(url, *everything) == [kept.circle_id]
        client.delete(keys[2])


def test_a_rehearsal_is_not_listed(url: str) -> None:
    """It is over once its person has left it."""
    answer = ask(f"{url}/practice", {})
    assert answer.status == 303
    assert shown(url, answer.cookie) == []


def test_the_latest_visit_comes_first_and_there_is_an_end(
    redis_url: str, start_server: StartServer
) -> None:
    """Each circle costs a look-up, and a request may have many cookies."""
    url = start_server(redis_url, SECRET_KEY=KEY).url
    rooms = [plant(redis_url, a_room()) for _ in range(MOST_CIRCLES + 2)]
    cookies = [signed(room.id, ago_s=minute * 60) for minute, room in enumerate(rooms)]
    latest = [room.id for room in rooms[:MOST_CIRCLES]]
    assert shown(url, *reversed(cookies)) == latest


def signed(circle_id: str, *, ago_s: int) -> str:
    """The cookie of a facilitator that was set so many seconds ago."""
    signer = type("Then", (Earlier,), {"ago_s": ago_s})
    value = URLSafeTimedSerializer(KEY, salt="seat", signer=signer).dumps(["fay", "Fay", circle_id])
    return f"{cookie_name(circle_id)}={value!s}"


class Earlier(TimestampSigner):
    """Signs with an earlier time."""

    ago_s: ClassVar[int] = 0

    def get_timestamp(self) -> int:
        """That time."""
        return super().get_timestamp() - self.ago_s


def test_the_first_page_is_there_without_redis(start_server: StartServer) -> None:
    """It needs Redis for nothing but the list."""
    with fresh_redis() as gone:
        url = start_server(gone, SECRET_KEY=KEY).url
        fay = start_circle(url)
        assert shown(url, fay.cookie) == [fay.circle_id]
    assert shown(url, fay.cookie) == []


def test_a_refused_form_is_the_first_thing_on_the_page(url: str) -> None:
    """Neither the picture nor the list stands above its sentence."""
    fay = start_circle(url)
    page = ask(f"{url}/circles", {"your_name": ""}, cookie=fay.cookie).text
    assert 'role="alert"' in page
    assert "sketch" not in page
    assert ENTERED.findall(page) == []
