"""What strangers may have a server keep: how many circles, and for how long."""

from __future__ import annotations

import asyncio

import pytest
import redis

from server.store import FOUNDER_KEEPS_MS
from tests.processes import Server
from tests.server.people import Caller, Visit, ask, call, join, open_door, start_circle

SOON_MS = 600_000


def by_page(visit: Visit, path: str) -> None:
    """Loads a page of the circle."""
    assert ask(f"{visit.url}/circles/{visit.circle_id}{path}", cookie=visit.cookie).status == 200


def by_socket(visit: Visit, _path: str) -> None:
    """The page comes back by its socket alone."""

    async def scene() -> None:
        async with call(visit) as line:
            await Caller(line).until(lambda me: "seat" in me.state)

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("visits", "path"), [(by_page, ""), (by_page, "/room"), (by_page, "/format"), (by_socket, "")]
)
def test_a_circle_lasts_while_its_founder_comes_and_once_somebody_else_has(
    visits: object, path: str, two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """By whichever process; nobody else's visit counts, and a guest at the door is none."""
    assert callable(visits)
    fay = start_circle(two_servers[0].url, door="closed")
    key = f"circle:{{{fay.circle_id}}}"
    with redis.Redis.from_url(redis_url) as client:
        client.pexpire(key, SOON_MS)
        eve = join(fay.at(two_servers[1].url), "Eve")
        # The host's page with the link was a visit.
        assert client.pttl(key) > FOUNDER_KEEPS_MS - SOON_MS
        client.pexpire(key, SOON_MS)
        assert ask(eve.room, cookie=eve.cookie).status == 200
        assert ask(fay.room, cookie="circle=made-up").status == 401
        assert client.pttl(key) <= SOON_MS
        visits(fay.at(two_servers[1].url), path)
        assert client.pttl(key) > FOUNDER_KEEPS_MS - SOON_MS
        open_door(fay)
        join(fay, "Ann")
        visits(fay, path)
        assert client.pttl(key) == -1
        page = ask(f"{fay.url}/circles/{fay.circle_id}", cookie=fay.cookie).text
        assert "60 days" not in page


def test_whoever_starts_a_circle_reads_how_long_it_is_kept(
    two_servers: tuple[Server, Server],
) -> None:
    """As long as nobody else has come in."""
    fay = start_circle(two_servers[0].url)
    page = ask(f"{fay.url}/circles/{fay.circle_id}", cookie=fay.cookie).text
    assert "this circle is kept for 60 days after your last visit" in page
