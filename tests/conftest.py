"""Fixtures for all tests: a real Redis, and real servers.

Two servers on one Redis serve the whole run; tests are isolated by their circles. A test that ends
or harms a server starts its own.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import settings

from server.views.format_files import hand_in_formats
from tests.support.planted import KEY
from tests.support.processes import Server, StartServer, servers, two_servers_on
from tests.support.redis_servers import data_folder, fresh_redis
from tests.support.topologies import KINDS, redis_of_kind

# On a machine that others use as well, an example may take as long as it likes.
settings.register_profile("without a time limit", deadline=None)
settings.load_profile("without a time limit")
hand_in_formats()  # before the modules of tests are imported, which list them


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Does not measure coverage in tests marked `unmeasured`."""
    coverage = Coverage.current() if item.get_closest_marker("unmeasured") else None
    if coverage is None:
        return (yield)
    coverage.stop()
    try:
        return (yield)
    finally:
        coverage.start()


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """A folder for a Redis; pytest's own paths are too long for its socket."""
    with data_folder() as path:
        yield path


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis for the whole run; tests are isolated by creating circles of their own."""
    with fresh_redis() as url:
        yield url


@pytest.fixture(scope="session", params=KINDS)
def each_redis(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of each kind of Redis in turn. No server uses it, which would run the deadlines of a
    test."""
    with redis_of_kind(request.param) as url:
        yield url


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """`start_server(redis_url, NAME="value")` starts `python -m server`; None: embedded Redis."""
    with servers() as start:
        yield start


@pytest.fixture(scope="session")
def two_servers(redis_url: str) -> Iterator[tuple[Server, Server]]:
    """Two processes that serve the same rooms."""
    with two_servers_on(redis_url) as two:
        yield two


@pytest.fixture(scope="session")
def keyed_servers(redis_url: str) -> Iterator[tuple[Server, Server]]:
    """The same, but they sign with the key of planted cookies."""
    with two_servers_on(redis_url, SECRET_KEY=KEY) as two:
        yield two


@pytest.fixture
def url(two_servers: tuple[Server, Server]) -> str:
    """The address of the first server."""
    return two_servers[0].url


@pytest.fixture
def other_url(two_servers: tuple[Server, Server]) -> str:
    """The address of the second server."""
    return two_servers[1].url
