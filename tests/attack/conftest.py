"""Two servers whose key is known to the tests, and the browser of the page tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from server.room.state import Room
from tests.support.chromium import chromium as chromium  # a fixture, for the tests of this folder
from tests.support.factories import a_room
from tests.support.planted import plant
from tests.support.processes import Server, two_servers_on


@pytest.fixture(scope="session")
def two_servers(keyed_servers: tuple[Server, Server]) -> tuple[Server, Server]:
    """Two processes that sign with the key of planted cookies."""
    return keyed_servers


@pytest.fixture
def two_new_servers(redis_url: str) -> Iterator[tuple[Server, Server]]:
    """Two processes for one test, which share the key in Redis and have logged nothing yet."""
    with two_servers_on(redis_url) as two:
        yield two


@pytest.fixture
def circle(redis_url: str) -> Room:
    """A room in the middle of a session."""
    return plant(redis_url, a_room("reflection"))


@pytest.fixture
def held(redis_url: str, circle: Room) -> Iterator[Any]:
    """Asserts that the test has not changed Redis' data about that circle."""
    with redis.Redis.from_url(redis_url) as client:
        key = f"circle:{{{circle.id}}}"

        def everything() -> list[Any]:
            here = {seat.partition(b":")[0] for seat in client.zrange(f"{key}:here", 0, -1)}
            return [client.hgetall(key), client.hgetall(f"{key}:room"), here]

        before = everything()
        yield
        assert everything() == before
