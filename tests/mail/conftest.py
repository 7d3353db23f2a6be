"""A Redis of the mails' own, and a mail server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.mail_server import MailServer, mail_server
from tests.support.redis_servers import fresh_redis


@pytest.fixture(scope="module")
def mails_redis() -> Iterator[str]:
    """No server without a mail server polls its deadlines, nor any other."""
    with fresh_redis() as url:
        yield url


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """A mail server that takes everything."""
    with mail_server() as server:
        yield server
