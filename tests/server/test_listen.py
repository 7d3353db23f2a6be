"""The port that a server opens."""

from __future__ import annotations

from server.config import Settings
from server.listen import open_port


def test_port_zero_is_any_free_port() -> None:
    """Two servers of one test never compete for a port."""
    with open_port(Settings().host, 0) as one, open_port("127.0.0.1", 0) as other:
        assert one.getsockname()[1] != other.getsockname()[1]
