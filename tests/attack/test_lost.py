"""A Redis that has lost its data: people are informed, and the key is put back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import redis

from server.identity import COOKIE_SECONDS
from server.store.secret_key import LOSS_REMEMBERED_S
from tests.support.client import Caller, ask, call, start_circle
from tests.support.processes import Server, servers, wait_until
from tests.support.redis_servers import fresh_redis

LOST_ITS_ROOMS = 4412


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis to be emptied."""
    with fresh_redis() as url:
        yield url


def test_whoever_is_in_a_room_that_redis_has_lost_is_told_so(
    two_new_servers: tuple[Server, Server], redis_url: str
) -> None:
    """The message is not that of an ended session; a page that is loaded has it as well."""
    fay = start_circle(two_new_servers[0].url)
    gone = start_circle(two_new_servers[0].url)

    async def scene() -> None:
        async with call(fay) as here, call(fay.at(two_new_servers[1].url)) as there:
            lines = [Caller(here), Caller(there)]
            for me in lines:
                await me.until(lambda me: "dock" in me.regions)
            with redis.Redis.from_url(redis_url) as client:
                client.flushall()
            for me in lines:
                assert await me.closed() == LOST_ITS_ROOMS

    asyncio.run(scene())
    for visit in (fay, gone):
        for server in two_new_servers:
            answer = ask(visit.at(server.url).room, cookie=visit.cookie)
            assert (answer.status, answer.message) == (404, "circle_lost")
    with redis.Redis.from_url(redis_url) as client:
        wait_until(lambda: client.get("secret"))
    with servers() as start:  # a process that started later knows it as well
        answer = ask(fay.at(start(redis_url).url).room, cookie=fay.cookie)
        assert (answer.status, answer.message) == (404, "circle_lost")
    answer = ask(fay.room)
    assert (answer.status, answer.message) == (404, "no_such_page")


def test_the_key_that_redis_has_lost_is_put_back(
    two_new_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Otherwise the next process makes a new one, and the processes reject each other's cookies."""
    with redis.Redis.from_url(redis_url) as client:
        before = client.get("secret")
        client.flushall()
        wait_until(lambda: client.get("secret") == before)
    wait_until(
        lambda: any("lost" in ask(f"{server.url}/readyz").text for server in two_new_servers)
    )
    assert [ask(f"{server.url}/readyz").status for server in two_new_servers] == [200, 200]
    with servers() as start:
        third = start(redis_url)
        fay = start_circle(two_new_servers[0].url)
        assert ask(fay.at(third.url).room, cookie=fay.cookie).status == 200


def test_a_loss_is_remembered_for_as_long_as_a_cookie_may_name_what_was_lost(
    two_new_servers: tuple[Server, Server],  # noqa: ARG001 - they put back what is lost
    redis_url: str,
) -> None:
    """After that time, a missing circle must have expired."""
    assert LOSS_REMEMBERED_S >= COOKIE_SECONDS
    with redis.Redis.from_url(redis_url) as client:
        assert not client.exists("circle:lost")
        client.delete("secret")
        wait_until(lambda: client.get("secret"))
        assert LOSS_REMEMBERED_S - 600 < client.ttl("circle:lost") <= LOSS_REMEMBERED_S


def test_a_process_with_another_key_than_the_others_is_not_ready(
    two_new_servers: tuple[Server, Server], redis_url: str
) -> None:
    """It would reject cookies that the others have signed."""
    with redis.Redis.from_url(redis_url) as client:
        client.set("secret", "another one, of another process that was first")
    for server in two_new_servers:
        wait_until(lambda url=server.url: ask(f"{url}/readyz").status == 503)  # type: ignore[misc]  # a default binds the loop's value
        assert "another key" in ask(f"{server.url}/readyz").text
