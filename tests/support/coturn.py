"""A coturn for tests, on this machine alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import Running
from tests.support.redis_servers import free_ports

SECRET = "a secret that the test and its coturn share"


@contextmanager
def coturn(folder: Path) -> Iterator[dict[str, str]]:
    """The environment variables that tell our server about it."""
    found = shutil.which("turnserver")
    assert found, "coturn's turnserver is needed: install the package coturn"
    [port] = free_ports(1)
    config = folder / "turnserver.conf"
    config.write_text(
        f"listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port={port}\n"
        "use-auth-secret\n"
        f"static-auth-secret={SECRET}\n"
        "realm=circle.example.org\nfingerprint\nno-tls\nno-dtls\nno-cli\n"
        "allow-loopback-peers\n"  # peers are on this machine
        f"log-file=stdout\nsimple-log\npidfile={folder / 'turnserver.pid'}\n"
        f"userdb={folder / 'turndb'}\n"
    )
    process = Running([found, "-c", str(config)], {})
    try:
        process.says("(?i)relay ports initialization done|listener opened on")
        yield {"TURN_URLS": f"turn:127.0.0.1:{port}", "TURN_SECRET": SECRET}
    finally:
        process.close()
