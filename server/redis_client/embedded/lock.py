"""A file lock, which lasts until its file is closed.

The kernel releases it when the last process with the open file ends, however it ends. Callers
decide which files to lock.
"""

from __future__ import annotations

import fcntl
import time
from pathlib import Path
from typing import IO

from server.redis_client.embedded.errors import EmbeddedRedisError


def open_lock(path: Path) -> IO[bytes]:
    try:
        return path.open("ab")
    except OSError as error:
        raise EmbeddedRedisError(f"{path} cannot be written: {error.strerror}.") from None


def acquire(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # some network file systems have no locks
        raise EmbeddedRedisError(f"{lock.name} cannot be locked: {error.strerror}.") from None
    return True


def acquire_within(seconds: float, lock: IO[bytes]) -> bool:
    deadline = time.monotonic() + seconds
    while not acquire(lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
