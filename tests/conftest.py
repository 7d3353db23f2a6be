"""Fixtures for all tests: a real Redis, and real servers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import StartServer, servers
from tests.support.redis_servers import fresh_redis


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """An empty folder whose path is short enough for a socket; pytest's own paths are too long."""
    with tempfile.TemporaryDirectory(prefix="bc-") as path:
        yield Path(path)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis for the whole run; tests are isolated by creating circles of their own."""
    with fresh_redis() as url:
        yield url


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """`start_server(redis_url, NAME="value")` starts `python -m server`; None: embedded Redis."""
    with servers() as start:
        yield start
