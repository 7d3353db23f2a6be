"""Bounds on what strangers can make a server store: how many circles, and for how long."""

from __future__ import annotations

import asyncio
import re

import pytest
import redis

from server.circle.circle import FOUNDER_KEEPS_DAYS, FOUNDER_KEEPS_MS
from server.pages.start import START_TRIES, STARTS
from tests.support.client import Answer, Caller, Visit, ask, call, join, open_door, start_circle
from tests.support.processes import Server
from tests.support.redis_servers import nearly_full

SOON_MS = 600_000
NOT_KEPT = 4413


def by_page(visit: Visit, path: str) -> None:
    """Loads a page of the circle."""
    assert ask(f"{visit.url}/circles/{visit.circle_id}{path}", cookie=visit.cookie).status == 200


def by_socket(visit: Visit, _path: str) -> None:
    """The page reconnects by its socket alone."""

    async def scene() -> None:
        async with call(visit) as connection:
            await Caller(connection).until(lambda me: "seat" in me.state)

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("visits", "path"), [(by_page, ""), (by_page, "/room"), (by_page, "/format"), (by_socket, "")]
)
def test_a_circle_lasts_while_its_founder_comes_and_once_somebody_else_has(
    visits: object, path: str, two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Any process counts visits, only of the founder; a guest at the door is no member."""
    assert callable(visits)
    fay = start_circle(two_servers[0].url, door="closed")
    key = f"circle:{{{fay.circle_id}}}"
    with redis.Redis.from_url(redis_url) as client:
        client.pexpire(key, SOON_MS)
        eve = join(fay.at(two_servers[1].url), "Eve")
        # Loading the host's page for the link was a visit.
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
        assert f"{FOUNDER_KEEPS_DAYS} days" not in page


def test_whoever_starts_a_circle_reads_how_long_it_is_kept(
    two_servers: tuple[Server, Server],
) -> None:
    """The sentence is there until somebody else has come in."""
    fay = start_circle(two_servers[0].url)
    page = ask(f"{fay.url}/circles/{fay.circle_id}", cookie=fay.cookie).text
    assert f"the circle is kept for {FOUNDER_KEEPS_DAYS} days after your last visit" in page


def test_a_founder_who_comes_back_too_late_reads_that_the_circle_is_not_kept(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Page and socket say so; the server has lost no data, and nobody needs to report it."""
    fay = start_circle(two_servers[0].url)
    sits = start_circle(two_servers[0].url)

    async def scene(client: redis.Redis) -> None:
        async with call(sits) as connection:
            await Caller(connection).until(lambda me: "seat" in me.state)
            for visit in (fay, sits):
                client.delete(*client.keys(f"circle:{{{visit.circle_id}}}*"))
            assert await Caller(connection).closed() == NOT_KEPT
        for server in two_servers:
            async with call(fay.at(server.url)) as connection:
                assert await Caller(connection).closed() == NOT_KEPT

    with redis.Redis.from_url(redis_url) as client:
        asyncio.run(scene(client))
    for server in two_servers:
        answer = ask(fay.at(server.url).room, cookie=fay.cookie)
        assert (answer.status, answer.message) == (404, "circle_gone")
        assert f" {FOUNDER_KEEPS_DAYS} " in answer.text


def start(url: str, address: str, **typed: str) -> Answer:
    """The response to the form of a new circle."""
    form = {"circle_name": "Tuesday", "your_name": "Fay", **typed}
    return ask(f"{url}/circles", form, forwarded_for=address)


def test_an_address_starts_twenty_circles_and_then_one_in_ten_minutes(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Both processes count together; the refusal states the waiting time."""
    urls = [server.url for server in two_servers]
    assert STARTS[1:] == (20, 600_000)
    refused = [start(urls[0], "192.0.2.60", your_name="").status for _ in range(5)]
    assert refused == [400] * 5  # Nothing was started, so nothing counts.
    first = start(urls[0], "192.0.2.60", attempt="one")
    codes = [start(urls[n % 2], "192.0.2.60").status for n in range(STARTS.at_once)]
    assert codes == [303] * (STARTS.at_once - 1) + [429]
    waits = start(urls[1], "192.0.2.60")
    assert (waits.status, waits.message) == (429, "too_often")
    assert 590 < int(waits.headers["Retry-After"]) <= 600
    again = start(urls[1], "192.0.2.60", attempt="one")  # the same form, sent again
    assert (again.status, again.headers["Location"]) == (303, first.headers["Location"])
    assert start(urls[1], "192.0.2.61").status == 303
    with redis.Redis.from_url(redis_url) as client:
        lasts = [client.pttl(key) for key in client.scan_iter("limit:start:*")]
    assert min(lasts) > 0
    assert max(lasts) <= STARTS.at_once * STARTS.every_ms


def test_a_flood_of_forms_that_start_nothing_waits(two_servers: tuple[Server, Server]) -> None:
    """Otherwise a start key could be guessed at any rate."""
    url = two_servers[0].url
    codes = [start(url, "192.0.2.62", your_name="").status for _ in range(START_TRIES.at_once + 20)]
    assert codes[: START_TRIES.at_once] == [400] * START_TRIES.at_once
    assert 429 in codes


def test_where_redis_is_nearly_full_no_circle_starts_and_those_that_exist_go_on(
    two_new_servers: tuple[Server, Server], redis_url: str
) -> None:
    """The refusal keeps the input; practice rooms need room, too. The log reports it once."""
    url, other = (server.url for server in two_new_servers)
    fay = start_circle(url)
    with nearly_full(redis_url):
        for _ in range(3):
            answer = ask(f"{url}/circles", {"circle_name": "Wednesday", "your_name": "Gil"})
            assert (answer.status, answer.refused) == (503, "full")
            assert 'value="Wednesday"' in answer.text
        tries = [start(url, "192.0.2.63").status for _ in range(STARTS.at_once + 1)]
        assert tries == [503] * len(tries)  # None counts as a start.
        practice = ask(f"{other}/practice", {})
        assert (practice.status, practice.message) == (503, "no_room")
        assert ask(fay.room, cookie=fay.cookie).status == 200
        by_socket(join(fay.at(other), "Ann"), "")
        counted = ask(f"{url}/metrics").text
    assert re.search(r'balint_turned_away_total\{what="memory"\} 24', counted)
    assert two_new_servers[0].log.count("no new circles") == 1
    assert start_circle(url).cookie
