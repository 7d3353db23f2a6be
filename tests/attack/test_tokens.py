"""Invalid invitations, and the limits of a valid one."""

from __future__ import annotations

import asyncio

import pytest

from server.identity import Identity, cookie_name
from server.room.state import Role, Room
from tests.support.client import Caller, ask, call
from tests.support.factories import a_room
from tests.support.planted import KEY, plant, seated


def wrong_tokens(room: Room, other: Room) -> dict[str, str]:
    """Invalid tokens that are similar to an invitation to this circle."""
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
        "the circle alone": f"{room.id}.",
        "of no circle": good.partition(".")[2],
        "with what cannot be seen within": f"{good[:30]}\u200b{good[30:]}",
        "very long": f"{room.id}." + "A" * 60_000,
        "with a zero within": f"{good[:30]}\x00{good[30:]}",
    }


CUT = (
    "cut short",
    "the circle alone",
    "of no circle",
    "with what cannot be seen within",
    "with a zero within",
)
"""The rest have the length of a token, so they may come from renewed links."""


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("kind", wrong_tokens(a_room(), a_room()))
def test_a_wrong_token_seats_nobody(kind: str, circle: Room, redis_url: str, url: str) -> None:
    """The answer is the same for everybody, even for a seated person, and sets no cookie."""
    token = wrong_tokens(circle, plant(redis_url, a_room()))[kind]
    for cookie in ("", seated(url, circle, "ann").cookie):
        form = {"token": token, "your_name": "Eve", "agree": "yes"}
        answer = ask(f"{url}/join", form, cookie=cookie)
        code = "invalid" if kind in CUT else "not_allowed"
        assert (answer.status, answer.refused) == (403, code)
        assert "Set-Cookie" not in answer.headers


def role_after_joining(url: str, circle: Room, invited: Role, cookie: str = "") -> str:
    """The role after joining with this token, from the person's page of the room."""
    form = {"token": Identity(KEY).token(circle.id, invited, circle.links), "your_name": "Eve"}
    more = {"agree": "yes", "role": "facilitator", "seat": "fay", "data-role": "facilitator"}
    answer = ask(f"{url}/join", form | more, cookie=cookie)
    assert answer.status == 303
    page = ask(f"{url}/circles/{circle.id}/room", cookie=answer.cookie).text
    return page.partition('data-role="')[2].partition('"')[0]


def test_a_token_gives_its_own_role_and_no_other(url: str, redis_url: str) -> None:
    """A member's token promotes nobody, gives nobody another's seat, and changes no observer."""
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
    """Both old links stop working at once; seated people stay."""
    circle = plant(redis_url, a_room())
    fay, ann = seated(url, circle, "fay"), seated(url, circle, "ann")
    old = [fay.token("member"), fay.token("facilitator")]

    async def renew() -> None:
        async with call(fay) as connection:
            me = Caller(connection)
            await me.until(lambda me: bool(me.versions))
            await me.send(do="renew_links")
            await me.reaches(circle.version + 1)

    asyncio.run(renew())
    for token in old:
        form = {"token": token, "your_name": "Eve", "agree": "yes"}
        assert ask(f"{url}/join", form).status == 403
    assert ask(ann.room, cookie=ann.cookie).status == 200
    assert not {fay.token("member"), fay.token("facilitator")} & set(old)
