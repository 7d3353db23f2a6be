"""The supervisor of the embedded Redis: starts it, restarts it when it ends, and stops it.

Owns its thread and the limits of restarts. The package decides on paths and on the lock of the data
folder; process.py owns the command line.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import structlog

from server.redis_client.embedded.errors import EmbeddedRedisError
from server.redis_client.embedded.lock import acquire, acquire_within, open_lock
from server.redis_client.embedded.process import (
    answers,
    could_not_write,
    last_output,
    shut_down,
    spawn,
)

log = structlog.stdlib.get_logger(__name__)

START_WITHIN = 30.0  # seconds; a large append-only file takes a while to load
STOP_WITHIN = 5.0
RELEASE_WITHIN = 10.0  # an earlier Redis may still be writing
TRIES = 5  # of a Redis that never answers
PAUSE, LONGEST_PAUSE = 0.2, 1.0
STEADY = 10.0  # after a run of so long the next one starts soon


class Supervisor:
    """One thread that starts Redis, reads its output until it ends, and starts it again.

    All starts are in this thread, since Redis ends with the thread that started it.
    """

    def __init__(
        self, executable: str, folder: Path, path: Path, when_lost: Callable[[], None]
    ) -> None:
        self._executable = executable
        self._folder = folder
        self._path = path
        self._when_lost = when_lost
        self._child: subprocess.Popen[str] | None = None
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._start_done = threading.Event()  # Redis answered for the first time, or never will
        self._failure: EmbeddedRedisError | None = None
        self._thread = threading.Thread(target=self._run, name="embedded-redis", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._start_done.wait()
            if self._failure:
                raise self._failure
        except BaseException:  # a signal, too
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        if self._failure:
            raise self._failure

    def _stop(self) -> None:
        with self._starting:
            self._stopping.set()
            child = self._child
        if child:
            child.terminate()
        self._thread.join(STOP_WITHIN)
        if child and self._thread.is_alive():
            child.kill()
            self._thread.join(STOP_WITHIN)

    def _run(self) -> None:
        try:
            self._keep_running()
        except EmbeddedRedisError as failure:
            self._failure = failure
            first = not self._start_done.is_set()
            self._start_done.set()
            if not first:
                self._when_lost()

    def _keep_running(self) -> None:
        failures, pause = 0, PAUSE
        while True:
            began = time.monotonic()
            answered, output = self._run_once()
            if self._stopping.is_set():
                return
            # A Redis that has answered could load its data, so the cause may pass: on a full disk
            # it ends at each first write, until there is space.
            failures = 0 if answered else failures + 1
            if failures > TRIES or not self._start_done.is_set():
                raise EmbeddedRedisError(f"Redis on DATA_DIR {self._folder} ended: {output}")
            if could_not_write(output):
                log.error("Redis cannot write to DATA_DIR: is the disk full?", said=output)
            else:
                log.warning("Redis ended and is started again on the same data", said=output)
            pause = PAUSE if time.monotonic() - began > STEADY else min(2 * pause, LONGEST_PAUSE)
            self._stopping.wait(pause)

    def _run_once(self) -> tuple[bool, str]:
        """Runs Redis from start to end; returns whether it has answered, and its last output."""
        child = self._start()
        if child is None:
            return False, ""
        answered = threading.Event()
        watch = threading.Thread(target=self._wait_for_answer, args=(child, answered), daemon=True)
        watch.start()
        output = last_output(child)
        watch.join()
        # A Redis that is stopped while it starts may leave its socket behind.
        self._path.unlink(missing_ok=True)
        return answered.is_set(), output

    def _start(self) -> subprocess.Popen[str] | None:
        """Redis inherits the lock, so no second one opens the same files, not even while the orphan
        of a killed server is still writing."""
        with open_lock(self._folder / "redis.lock") as lock:
            self._wait_for_earlier_redis(lock)
            with self._starting:
                if not self._stopping.is_set():
                    self._child = spawn(self._executable, self._folder, self._path, lock)
                    return self._child
        return None

    def _wait_for_earlier_redis(self, lock: IO[bytes]) -> None:
        if acquire(lock):
            return
        shut_down(self._path)
        if not acquire_within(RELEASE_WITHIN, lock):
            raise EmbeddedRedisError(f"An earlier Redis still has DATA_DIR {self._folder} open.")

    def _wait_for_answer(self, child: subprocess.Popen[str], answered: threading.Event) -> None:
        deadline = time.monotonic() + START_WITHIN
        while child.poll() is None and not self._stopping.is_set():
            if answers(self._path):
                answered.set()
                self._start_done.set()
                return
            if time.monotonic() > deadline:
                child.kill()
                return
            time.sleep(0.02)
