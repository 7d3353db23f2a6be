"""Fixtures for all tests: a real Redis, and real servers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.own_redis import own_redis
from tests.processes import StartServer, servers


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """An empty folder whose path leaves room for a socket's name; pytest's own are long."""
    with tempfile.TemporaryDirectory(prefix="bc-") as path:
        yield Path(path)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis for the whole run; tests keep apart by the circles that they make in it."""
    with (
        tempfile.TemporaryDirectory(prefix="bc-") as path,
        # One that cannot be kept alive fails the run at its end, and does not end it in the middle.
        own_redis(Path(path), when_lost=lambda: None) as url,
    ):
        yield url


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """`start_server(redis_url, NAME="value")` starts `python -m server`; None: on its own Redis."""
    with servers() as start:
        yield start
