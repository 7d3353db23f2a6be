"""Every door against every wrong key: nothing is opened, said or changed by it.

A door that is a page answers with a kind refusal; the socket accepts, because a browser learns a
close code in no other way, and closes at once: no word of the room comes before that.
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from server.identity import COOKIE_SECONDS, Identity, cookie_name
from server.room.state import Role, Room
from tests.attack.planted import KEY, plant, seated
from tests.attack.raw import Closed, RawSocket
from tests.factories import a_room
from tests.processes import Server, StartServer
from tests.server.people import Caller, Visit, ask, call

CIRCLE = {"circle_name": "Tuesday", "your_name": "Eve"}


class LongAgo(TimestampSigner):
    """Signs as this server did a little more than the life of a cookie ago."""

    def get_timestamp(self) -> int:
        return super().get_timestamp() - COOKIE_SECONDS - 1


def wrong_cookies(room: Room, other: Room) -> dict[str, str]:
    """Values that look like a cookie of this circle, and are none."""
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
        "doubled": f"{fay}{fay}",
        "not even text": "\xff\xfe",
    }


KINDS = tuple(wrong_cookies(a_room(), a_room()))


@pytest.fixture
def circle(redis_url: str) -> Room:
    """A room in the middle of a session."""
    return plant(redis_url, a_room("reflection"))


@pytest.fixture
def held(redis_url: str, circle: Room) -> Iterator[Any]:
    """Whatever Redis holds of that circle must be the same afterwards."""
    with redis.Redis.from_url(redis_url) as client:
        key = f"circle:{{{circle.id}}}"

        def everything() -> list[Any]:
            here = {seat.partition(b":")[0] for seat in client.zrange(f"{key}:here", 0, -1)}
            return [client.hgetall(key), client.hgetall(f"{key}:room"), here]

        before = everything()
        yield
        assert everything() == before


async def turned_away(
    visit: Visit, watcher: Visit, origin: str | None = None, ours: str | None = None
) -> int | None:
    """How the socket ends it; nothing was said before, and whoever is in the room saw nothing."""
    async with call(watcher, origin=ours) as line:
        gil = Caller(line)
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
    """Neither the circle's page, its form, the room, nor the socket."""
    value = wrong_cookies(circle, plant(redis_url, a_room()))[kind]
    cookie = f"{cookie_name(circle.id)}={value}"
    page = f"{url}/circles/{circle.id}"
    answers = [ask(page, cookie=cookie), ask(f"{page}/room", cookie=cookie)]
    answers.append(ask(page, {"format": "classic-45"}, cookie=cookie))
    assert [answer.status for answer in answers] == [401, 401, 403]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert not any(seat.name in answer.text for seat in circle.seats)
    knocking = Visit(url, circle.id, cookie)
    assert asyncio.run(turned_away(knocking, seated(url, circle, "gil"))) == 4401


def wrong_origins(url: str) -> tuple[str, ...]:
    """Where a page of somebody else's may come from, or pretend to."""
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
    """Even with a facilitator's own good cookie and a good token: a page elsewhere sends it."""
    origin = wrong_origins(url)[place]
    fay = seated(url, circle, "fay")
    token = Identity(KEY).token(circle.id, Role.FACILITATOR, circle.links)
    forms = {
        "/circles": CIRCLE,
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
    """Its scheme and port as well; the address by which the proxy reaches us is not."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    port = url.rpartition(":")[2]
    start_server(redis_url, SECRET_KEY=KEY, PUBLIC_URL="https://circle.example", PORT=port)
    room = plant(redis_url, a_room())
    fay, gil = (seated(url, room, who) for who in ("fay", "gil"))
    for origin in (
        *("http://circle.example", "https://circle.example:8443", "https://circle.example/"),
        *(url, "https://www.circle.example", "https://circle.example.net"),
    ):
        assert ask(f"{url}/circles", CIRCLE, origin=origin).status == 403
        assert asyncio.run(turned_away(fay, gil, origin, "https://circle.example")) == 4403
    assert ask(f"{url}/circles", CIRCLE, origin="https://circle.example").status == 303


def wrong_tokens(room: Room, other: Room) -> dict[str, str]:
    """What is near to an invitation to this circle, and is none."""
    made = Identity(KEY)
    good = made.token(room.id, Role.FACILITATOR, room.links)
    foreign = made.token(other.id, Role.FACILITATOR, other.links)
    return {
        "of an observer": made.token(room.id, Role.OBSERVER, room.links),
        "old": made.token(room.id, Role.FACILITATOR, room.links - 1),
        "of the links to come": made.token(room.id, Role.FACILITATOR, room.links + 1),
        "of another circle": f"{room.id}.{foreign.partition('.')[2]}",
        "of another key": Identity(KEY[::-1]).token(room.id, Role.FACILITATOR, room.links),
        "cut short": good[:-1],
        "too long": f"{good}A",
        "in capitals": good.upper(),
        "with a blank": f" {good}",
        "the circle alone": f"{room.id}.",
        "of no circle": good.partition(".")[2],
        "with what cannot be seen": f"{good}\u200b",
        "very long": f"{room.id}." + "A" * 60_000,
        "with a zero": f"{good}\x00",
    }


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("kind", wrong_tokens(a_room(), a_room()))
def test_a_wrong_token_seats_nobody(kind: str, circle: Room, redis_url: str, url: str) -> None:
    """Not even somebody who sits there: the answer is the same for all, and sets no cookie."""
    token = wrong_tokens(circle, plant(redis_url, a_room()))[kind]
    for cookie in ("", seated(url, circle, "ann").cookie):
        form = {"token": token, "your_name": "Eve", "agree": "yes"}
        answer = ask(f"{url}/join", form, cookie=cookie)
        assert answer.status == 403
        assert "Set-Cookie" not in answer.headers
        assert "not valid any more" in answer.text


def role_after_joining(url: str, circle: Room, invited: Role, cookie: str = "") -> str:
    """The role in which this token seats somebody, as their room's page says."""
    form = {"token": Identity(KEY).token(circle.id, invited, circle.links), "your_name": "Eve"}
    more = {"agree": "yes", "role": "facilitator", "seat": "fay", "data-role": "facilitator"}
    answer = ask(f"{url}/join", form | more, cookie=cookie)
    assert answer.status == 303
    page = ask(f"{url}/circles/{circle.id}/room", cookie=answer.cookie).text
    return page.partition('data-role="')[2].partition('"')[0]


def test_a_token_gives_its_own_role_and_no_other(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """A member's makes nobody a facilitator, gives nobody another's seat, frees no observer."""
    url = two_servers[0].url
    circle, other = plant(redis_url, a_room()), plant(redis_url, a_room())
    borrowed = seated(url, other, "fay").cookie.partition("=")[2]
    cookies = {
        "": "member",
        seated(url, circle, "ann").cookie: "member",
        seated(url, circle, "olu").cookie: "observer",
        f"{cookie_name(circle.id)}={borrowed}": "member",
    }
    for cookie, role in cookies.items():
        assert role_after_joining(url, circle, Role.MEMBER, cookie) == role
    assert role_after_joining(url, circle, Role.FACILITATOR) == "facilitator"


def test_renewed_links_shut_out_whoever_has_the_old_one(url: str, redis_url: str) -> None:
    """From the moment it is done, for both roles; who sits there stays."""
    circle = plant(redis_url, a_room())
    fay, ann = seated(url, circle, "fay"), seated(url, circle, "ann")
    old = [fay.token("member"), fay.token("facilitator")]

    async def renew() -> None:
        async with call(fay) as line:
            me = Caller(line)
            await me.until(lambda me: bool(me.versions))
            await me.send(do="renew_links")
            await me.reaches(circle.version + 1)

    asyncio.run(renew())
    for token in old:
        form = {"token": token, "your_name": "Eve", "agree": "yes"}
        assert ask(f"{url}/join", form).status == 403
    assert ask(ann.room, cookie=ann.cookie).status == 200
    assert not {fay.token("member"), fay.token("facilitator")} & set(old)
