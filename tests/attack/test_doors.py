"""Every entrance with every wrong credential: it opens, reveals and changes nothing.

A page answers with a kind refusal. The socket accepts, because browsers get close codes in no other
way, and closes at once, before any data of the room.
"""

from __future__ import annotations

import asyncio
import base64
import json

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from server.identity import COOKIE_SECONDS, Identity, Person, cookie_name
from server.room.state import Role, Room
from tests.support.client import Caller, Visit, ask, call
from tests.support.factories import a_room
from tests.support.planted import KEY, plant, seated
from tests.support.processes import StartServer
from tests.support.raw import Closed, RawSocket

CIRCLE = {"circle_name": "Tuesday", "your_name": "Eve"}


class LongAgo(TimestampSigner):
    """Signs with a time slightly longer ago than a cookie's lifetime."""

    def get_timestamp(self) -> int:
        return super().get_timestamp() - COOKIE_SECONDS - 1


def wrong_cookies(room: Room, other: Room) -> dict[str, str]:
    """Values that look like a cookie of this circle, and are invalid."""
    fay = seated("", room, "fay").cookie.partition("=")[2]
    ann = seated("", room, "ann").cookie.partition("=")[2]
    payload, _, signature = fay.partition(".")
    claimed = base64.urlsafe_b64encode(json.dumps(["fay", "Fay", room.id]).encode()).rstrip(b"=")
    salted = URLSafeTimedSerializer(KEY, salt="invite").dumps(["fay", "Fay", room.id])
    old = URLSafeTimedSerializer(KEY, salt="seat", signer=LongAgo)
    return {
        "none": "",
        "of another circle": seated("", other, "fay").cookie.partition("=")[2],
        "made up": "fay",
        "cut short": fay[:-1],
        "without a signature": payload,
        "with another's signature": payload + "." + ann.partition(".")[2],
        "claims more than was signed": f"{claimed.decode()}.{signature}",
        "signed with another key": seated("", room, "fay", key=KEY[::-1]).cookie.partition("=")[2],
        "signed for another purpose": str(salted),
        "signed too long ago": str(old.dumps(["fay", "Fay", room.id])),
        "of a seat that never was": seated("", room, "nobody").cookie.partition("=")[2],
        "of a removed person": seated("", room, "gone").cookie.partition("=")[2],
        # A sibling domain could plant its owner's own cookie under another name.
        "of a cookie that cannot be planted": Identity(KEY).cookie(
            Person(room.id, "fay", "Fay"), secure=True
        ),
        "doubled": f"{fay}{fay}",
        "not even text": "\xff\xfe",
    }


KINDS = tuple(wrong_cookies(a_room(), a_room()))


async def turned_away(
    visit: Visit, watcher: Visit, origin: str | None = None, ours: str | None = None
) -> int | None:
    """The close code of the socket; nothing was sent before, and people in the room saw nothing."""
    async with call(watcher, origin=ours) as connection:
        gil = Caller(connection)
        await gil.until(lambda me: "dock" in me.regions)
        async with RawSocket(visit, origin=origin) as knocking:
            with pytest.raises(Closed) as closed:
                pytest.fail(f"the room said {await knocking.read()!r}")
        seen = dict(gil.regions)
        await gil.send(do="ping", t=1)
        await gil.until(lambda me: bool(me.answers))
        assert gil.regions == seen
    code: int | None = closed.value.code
    return code


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_cookie_opens_nothing(kind: str, circle: Room, redis_url: str, url: str) -> None:
    """The circle's page, its form, the room and the socket refuse it."""
    value = wrong_cookies(circle, plant(redis_url, a_room()))[kind]
    cookie = f"{cookie_name(circle.id)}={value}"
    page = f"{url}/circles/{circle.id}"
    answers = [ask(page, cookie=cookie), ask(f"{page}/room", cookie=cookie)]
    answers.append(ask(page, {"format": "classic-45"}, cookie=cookie))
    assert [answer.status for answer in answers] == [401, 401, 401]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert not any(seat.name in answer.text for seat in circle.seats)
    knocking = Visit(url, circle.id, cookie)
    assert asyncio.run(turned_away(knocking, seated(url, circle, "gil"))) == 4401


DEAD = {"of a seat that never was", "of a removed person"}
"""Signed for this circle, so it cannot be known which of two such cookies is planted."""


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in DEAD])
def test_a_wrong_cookie_beside_a_good_one_shuts_nobody_out(
    kind: str, circle: Room, redis_url: str, url: str
) -> None:
    """Without TLS a sibling host can plant one of the same name; a browser sends both."""
    value = wrong_cookies(circle, plant(redis_url, a_room()))[kind]
    ann = seated(url, circle, "ann")
    planted = f"{cookie_name(circle.id)}={value}"

    async def comes_in(cookie: str) -> None:
        async with call(Visit(url, circle.id, cookie)) as connection:
            await Caller(connection).until(lambda me: me.state.get("seat") == "ann")

    for cookie in (f"{planted}; {ann.cookie}", f"{ann.cookie}; {planted}"):
        page = ask(ann.room, cookie=cookie)
        assert (page.status, 'data-seat="ann"' in page.text) == (200, True)
        asyncio.run(comes_in(cookie))


def wrong_origins(url: str) -> tuple[str, ...]:
    """Origins of foreign pages, real and faked."""
    host = url.removeprefix("http://")
    return (
        "",
        "null",
        "NULL",
        "http://elsewhere.example",
        f"http://{host}.elsewhere.example",
        f"http://elsewhere.example/{host}",
        f"http://elsewhere.example#{host}",
        f"http://{host}@elsewhere.example",
        f"http://elsewhere.example@{host}",
        f"http://{host.partition(':')[0]}",
        f"http://{host.partition(':')[0]}:1",
        f"http://www.{host}",
        host,
        f"{url}, http://elsewhere.example",
        "file://",
        "\xff",
    )


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("place", range(len(wrong_origins(""))))
def test_a_wrong_origin_opens_nothing(place: int, circle: Room, url: str) -> None:
    """A foreign page may make a browser send a facilitator's valid cookie and a valid token."""
    origin = wrong_origins(url)[place]
    fay = seated(url, circle, "fay")
    token = Identity(KEY).token(circle.id, Role.FACILITATOR, circle.links)
    forms = {
        "/circles": CIRCLE,
        "/practice": {},
        "/join": {"token": token, "your_name": "Eve", "agree": "yes"},
        f"/circles/{circle.id}": {"format": "classic-45"},
    }
    for path, form in forms.items():
        answer = ask(url + path, form, cookie=fay.cookie, origin=origin)
        assert (path, answer.status) == (path, 403)
        assert "Set-Cookie" not in answer.headers
    assert asyncio.run(turned_away(fay, seated(url, circle, "gil"), origin)) == 4403


def test_behind_a_proxy_only_the_public_address_is_ours(
    redis_url: str, start_server: StartServer
) -> None:
    """Scheme and port count, too; the address between proxy and server is not ours."""
    server = start_server(redis_url, SECRET_KEY=KEY, PUBLIC_URL="https://circle.example")
    url = f"http://127.0.0.1:{server.port}"
    room = plant(redis_url, a_room())
    fay, gil = (seated(url, room, who) for who in ("fay", "gil"))
    for origin in (
        *("http://circle.example", "https://circle.example:8443", "https://circle.example/"),
        *(url, "https://www.circle.example", "https://circle.example.net"),
    ):
        assert ask(f"{url}/circles", CIRCLE, origin=origin).status == 403
        assert asyncio.run(turned_away(fay, gil, origin, "https://circle.example")) == 4403
    assert ask(f"{url}/circles", CIRCLE, origin="https://circle.example").status == 303
