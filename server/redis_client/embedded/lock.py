"""A lock on a file, as long as somebody has it open.

Owns how it is taken and waited for; who may hold which file is its callers' business.
The kernel lets go of it when the last process that has it open is gone, however it went.
"""

from __future__ import annotations

import fcntl
import time
from pathlib import Path
from typing import IO

from server.redis_client.embedded.errors import EmbeddedRedisError


def opened(path: Path) -> IO[bytes]:
    try:
        return path.open("ab")
    except OSError as error:
        raise EmbeddedRedisError(f"{path} cannot be written: {error.strerror}.") from None


def taken(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # some network file systems have no locks
        raise EmbeddedRedisError(f"{lock.name} cannot be locked: {error.strerror}.") from None
    return True


def taken_within(seconds: float, lock: IO[bytes]) -> bool:
    deadline = time.monotonic() + seconds
    while not taken(lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
