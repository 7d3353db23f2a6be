"""What was erased, remembered as hashes, so that it is erased again if a backup brings it back.

A backup brings back the hashes of its own time, too. So each process also keeps them in a small
file, outside Redis: what the file has and Redis has not, Redis has forgotten by a restore. The
hashes are dropped after as many days as backups live.
"""

import asyncio
import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import structlog

from server.store.clock import ServerClock
from server.store.scripts import Scripts

log = structlog.stdlib.get_logger(__name__)

KEY = "erased"
DAYS = 35
"""How long they are remembered, unless ERASED_DAYS says otherwise."""
FILE = "erased"
DAY_MS = 24 * 3_600_000
_LINE = re.compile("([0-9a-f]{32}) ([0-9]{1,14})")


def hash_of(circle_id: str, seat: str = "") -> str:
    """The hash of a circle, or of a seat in it. The ids are random, so nobody can guess them."""
    return hashlib.sha256(f"{circle_id}.{seat}".encode()).hexdigest()[:32]


class Tombstones:
    """In Redis, and in a file of this folder if there is one."""

    def __init__(
        self, scripts: Scripts, clock: ServerClock, folder: Path | None = None, days: int = DAYS
    ) -> None:
        self._scripts = scripts
        self._clock = clock
        self._file = folder / FILE if folder else None
        self._kept_ms = days * DAY_MS

    async def put(self, hashes: Iterable[str]) -> None:
        """Remembers these; the file first, since it outlives Redis."""
        at = {one: self._clock.now() for one in hashes}
        await self._to_file(at)
        await self._to_redis(at)

    async def has(self, circle_id: str) -> bool:
        """Whether this circle was erased."""
        score = await self._scripts.command(KEY, "ZSCORE", KEY, hash_of(circle_id))
        return score is not None

    async def forgotten(self) -> dict[str, int]:
        """What the file has and Redis has not: each was erased, and may be back. By its time."""
        await self._drop_old()
        filed, held = await self._in_file(), await self._in_redis()
        return {one: at for one, at in filed.items() if one not in held}

    async def spread(self, *, to_redis: bool = True) -> None:
        """Copies the hashes from Redis to the file, so that every machine has them, and back.

        Not back (`to_redis`) while something of them may have to be erased: what Redis has counts
        as done.
        """
        # In this order: what is put meanwhile is in the file first.
        held, filed = await self._in_redis(), await self._in_file()
        if to_redis:
            await self._to_redis({one: at for one, at in filed.items() if one not in held})
        await self._to_file({one: at for one, at in held.items() if one not in filed})

    async def _in_redis(self) -> dict[str, int]:
        words = await self._scripts.command(KEY, "ZRANGE", KEY, 0, -1, "WITHSCORES")
        return {
            one.decode(): int(float(at)) for one, at in zip(words[::2], words[1::2], strict=True)
        }

    async def _to_redis(self, at: Mapping[str, int]) -> None:
        if at:
            words = [word for one, ms in at.items() for word in (ms, one)]
            await self._scripts.command(KEY, "ZADD", KEY, *words)

    async def _in_file(self) -> dict[str, int]:
        if self._file is None:
            return {}
        try:
            return await asyncio.to_thread(_read, self._file)
        except OSError as error:
            log.warning("DATA_DIR cannot tell what was erased", error=type(error).__name__)
            return {}

    async def _to_file(self, at: Mapping[str, int]) -> None:
        if at and self._file:
            await self._safely(partial(_append, self._file, at))

    async def _drop_old(self) -> None:
        before = self._clock.now() - self._kept_ms
        await self._scripts.command(KEY, "ZREMRANGEBYSCORE", KEY, "-inf", before)
        if self._file:
            await self._safely(partial(_prune, self._file, before))

    async def _safely(self, write: Callable[[], None]) -> None:
        """Nobody's erasure fails because of the file."""
        try:
            await asyncio.to_thread(write)
        except OSError as error:
            log.warning("DATA_DIR cannot keep what was erased", error=type(error).__name__)


# In a thread; written under a lock of all processes of this machine


def _read(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    found = map(_LINE.fullmatch, path.read_text(errors="replace").splitlines())
    return {line[1]: int(line[2]) for line in found if line}


def _append(path: Path, at: Mapping[str, int]) -> None:
    with _locked(path), path.open("a") as file:
        os.fchmod(file.fileno(), 0o600)
        # A line that a full disk has cut short does not spoil the next one.
        file.write("".join(f"\n{one} {ms}\n" for one, ms in at.items()))
        file.flush()
        os.fsync(file.fileno())


def _prune(path: Path, before: int) -> None:
    if not path.exists():
        return
    with _locked(path):
        held = _read(path)
        stays = {one: ms for one, ms in held.items() if ms > before}
        if stays != held:
            new = path.with_suffix(".new")
            new.write_text("".join(f"{one} {ms}\n" for one, ms in stays.items()))
            new.chmod(0o600)
            new.replace(path)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
