"""Two servers on one Redis for all tests of a module, which are isolated by their circles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.processes import Server, two_servers_on


@pytest.fixture(scope="module")
def two_servers(redis_url: str) -> Iterator[tuple[Server, Server]]:
    """Two processes that serve the same rooms."""
    with two_servers_on(redis_url) as two:
        yield two


@pytest.fixture
def url(two_servers: tuple[Server, Server]) -> str:
    """The address of the first server."""
    return two_servers[0].url


@pytest.fixture
def other_url(two_servers: tuple[Server, Server]) -> str:
    """The address of the second server."""
    return two_servers[1].url
