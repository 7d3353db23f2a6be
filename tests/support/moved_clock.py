"""A Redis whose clock a test moves. The servers follow it, since it is their clock.

libfaketime stands between the process and the clock of the machine.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from tests.support.processes import wait_until
from tests.support.redis_servers import KEEPS, Node


def library() -> Path | None:
    """libfaketime, where Debian and Ubuntu install it; None: it is not there."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


class MovedRedis(Node):
    """A Redis that writes all of its data to its folder, and shows another time."""

    def __init__(self, folder: Path) -> None:
        found = library()
        assert found, "libfaketime is needed: install the package libfaketime"
        self._apart = folder / "clock"
        self.env: Mapping[str, str] = {
            "LD_PRELOAD": str(found),
            "FAKETIME_TIMESTAMP_FILE": str(self._apart),
            "FAKETIME_CACHE_DURATION": "1",  # seconds after which it reads the file again
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        folder.mkdir(exist_ok=True)
        self._apart.write_text("+0\n")
        super().__init__(folder, 0, KEEPS)

    def go_to(self, moment: datetime) -> None:
        """Sets the clock, and waits until Redis shows it."""
        at = moment.timestamp()
        self._apart.write_text(f"{at - time.time():+.0f}\n")
        wait_until(lambda: at - 2 < self.client.time()[0] < at + 60)
