"""Keeps one Redis running on a data folder: started, started again when it ends, and ended.

Owns the thread that does it, and how often it tries. Where the data and the socket lie and who may
have the folder at all is decided before; what the process is told, and asked, is in `process`.
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
from server.redis_client.embedded.lock import opened, taken, taken_within
from server.redis_client.embedded.process import (
    answers,
    could_not_write,
    dismiss,
    last_output,
    spawn,
)

log = structlog.stdlib.get_logger(__name__)

START_WITHIN = 30.0  # seconds; a large append-only file takes a while to load
STOP_WITHIN = 5.0
LET_GO_WITHIN = 10.0  # an earlier Redis may be writing its last lines
TRIES = 5  # of a Redis that does not come to answer
PAUSE, LONGEST_PAUSE = 0.2, 1.0
STEADY = 10.0  # after a life of so long the next one begins soon


class Supervisor:
    """One thread that starts Redis, listens to it until it ends, and starts it again.

    All starts are made from this thread: Redis ends with the thread that started it.
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
        self._settled = threading.Event()  # Redis answered for the first time, or never will
        self._failure: EmbeddedRedisError | None = None
        self._thread = threading.Thread(target=self._keep, name="embedded-redis", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._settled.wait()
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

    def _keep(self) -> None:
        try:
            self._keep_alive()
        except EmbeddedRedisError as failure:
            self._failure = failure
            first = not self._settled.is_set()
            self._settled.set()
            if not first:
                self._when_lost()

    def _keep_alive(self) -> None:
        failures, pause = 0, PAUSE
        while True:
            began = time.monotonic()
            answered, last_words = self._one_life()
            if self._stopping.is_set():
                return
            # One that answers has read its data, and what ended it may pass: on a full disk it ends
            # with the first thing that it is to write, again and again until there is room.
            failures = 0 if answered else failures + 1
            if failures > TRIES or not self._settled.is_set():
                raise EmbeddedRedisError(f"Redis on DATA_DIR {self._folder} ended: {last_words}")
            if could_not_write(last_words):
                log.error("Redis cannot write to DATA_DIR: is the disk full?", said=last_words)
            else:
                log.warning("Redis ended and is started again on the same data", said=last_words)
            pause = PAUSE if time.monotonic() - began > STEADY else min(2 * pause, LONGEST_PAUSE)
            self._stopping.wait(pause)

    def _one_life(self) -> tuple[bool, str]:
        """From start to end; whether it came to answer, and what it said last."""
        child = self._start()
        if child is None:
            return False, ""
        answered = threading.Event()
        watch = threading.Thread(
            target=self._wait_until_it_answers, args=(child, answered), daemon=True
        )
        watch.start()
        last_words = last_output(child)
        watch.join()
        # One that is ended while it starts may leave its socket behind.
        self._path.unlink(missing_ok=True)
        return answered.is_set(), last_words

    def _start(self) -> subprocess.Popen[str] | None:
        """Redis inherits the lock: no second one ever opens the same files, not even while an
        orphan of a killed server writes its last lines."""
        with opened(self._folder / "redis.lock") as lock:
            self._wait_for_an_earlier_one(lock)
            with self._starting:
                if not self._stopping.is_set():
                    self._child = spawn(self._executable, self._folder, self._path, lock)
                    return self._child
        return None

    def _wait_for_an_earlier_one(self, lock: IO[bytes]) -> None:
        if taken(lock):
            return
        dismiss(self._path)
        if not taken_within(LET_GO_WITHIN, lock):
            raise EmbeddedRedisError(f"An earlier Redis still has DATA_DIR {self._folder} open.")

    def _wait_until_it_answers(
        self, child: subprocess.Popen[str], answered: threading.Event
    ) -> None:
        deadline = time.monotonic() + START_WITHIN
        while child.poll() is None and not self._stopping.is_set():
            if answers(self._path):
                answered.set()
                self._settled.set()
                return
            if time.monotonic() > deadline:
                child.kill()
                return
            time.sleep(0.02)
