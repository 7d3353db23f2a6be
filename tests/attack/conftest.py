"""Two servers whose key the tests know, and the browser of the page tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attack.planted import KEY
from tests.browser.conftest import chromium as chromium  # a fixture, for the tests of this folder
from tests.processes import Server, servers


@pytest.fixture(scope="module")
def two_servers(redis_url: str) -> Iterator[tuple[Server, Server]]:
    """Two processes that serve the same rooms, and sign with the key of planted cookies."""
    with servers() as start:
        yield start(redis_url, SECRET_KEY=KEY), start(redis_url, SECRET_KEY=KEY)


@pytest.fixture
def url(two_servers: tuple[Server, Server]) -> str:
    """The address of the first of them."""
    return two_servers[0].url


@pytest.fixture
def other_url(two_servers: tuple[Server, Server]) -> str:
    """The address of the second."""
    return two_servers[1].url
