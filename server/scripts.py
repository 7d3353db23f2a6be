"""The Lua scripts, run where their keys are: one round trip each, on lean lines.

Owns how a script reaches the Redis that keeps its keys, and that a change waits for its replica.
What the scripts do stands at the head of each (lua/).
"""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from server import metrics
from server.redis_at import RedisAt, is_elsewhere
from server.redis_line import Answer, RedisLine, Word

LUA = Path(__file__).parent / "lua"
REPLICA_ANSWERS_WITHIN_MS = 800
TRIES = 4
PAUSES_S = (0.02, 0.05, 0.1)
REWRITE_TRIES, REWRITE_PAUSE_S = 300, 0.2


class NoReplica(RedisError):
    """A change stands in the master alone, so it may be lost: it does not count as done."""


class Scripts:
    """The scripts of lua/, by their names."""

    def __init__(self, at: RedisAt) -> None:
        self._at = at
        self._texts = {path.stem: path.read_text() for path in LUA.glob("*.lua")}
        self._digests = {
            name: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            for name, text in self._texts.items()
        }

        self._waits: dict[RedisLine, asyncio.Task[None]] = {}
        self._next_wait: dict[RedisLine, asyncio.Task[None]] = {}
        self._rewriting: set[asyncio.Task[None]] = set()
        self._times = {name: metrics.REDIS.labels(name) for name in self._texts}

    async def ask(self, key: str, *words: Word) -> Answer:
        """What the Redis that keeps this key answers to a command that may be asked twice.

        Not by redis-py, whose waiting may swallow that its task was cancelled (Python 3.11): then
        whoever looks for what falls due would go on for ever.
        """
        for pause in PAUSES_S:
            with suppress(RedisConnectionError):
                return (await self._put(key, words))[0]
            await asyncio.sleep(pause)
        return (await self._put(key, words))[0]

    async def run(self, name: str, keys: Sequence[str], args: Sequence[Word]) -> Answer:
        """What the script answers; raises RedisError."""
        answer, _ = await self._run(name, keys, args)
        return answer

    async def run_and_keep(self, name: str, keys: Sequence[str], args: Sequence[Word]) -> Answer:
        """The same; what it has changed stands where no single Redis can lose it."""
        answer, line = await self._run(name, keys, args)
        if self._at.waits_for_replicas:
            await self._in_replicas(line)
        return answer

    async def rewrite(self, key: str) -> None:
        """Has every Redis that keeps this key rewrite what stands on its disk."""
        with suppress(NoReplica):  # Replicas have to know first what is not there any more.
            if self._at.waits_for_replicas:
                await self._in_replicas(await self._at.line(key))
        for line in await self._at.lines_to_all(key):
            task = asyncio.create_task(_rewritten(line))  # Others may fall due meanwhile.
            self._rewriting.add(task)
            task.add_done_callback(self._rewriting.discard)

    async def _in_replicas(self, line: RedisLine) -> None:
        """Waits until replicas have all that was written on this line; raises NoReplica.

        Asked once for all who come while it was asked before: nothing else is answered meanwhile.
        """
        asking = self._next_wait.get(line)
        if asking is None:
            asking = asyncio.create_task(self._wait(line, self._waits.get(line)))
            self._next_wait[line] = asking
        await asyncio.shield(asking)

    async def _wait(self, line: RedisLine, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        # Whoever writes from now on is not meant by this one.
        this = self._waits[line] = self._next_wait.pop(line)
        try:
            replicas = self._at.waits_for_replicas
            if await line.ask("WAIT", replicas, REPLICA_ANSWERS_WITHIN_MS) < replicas:
                raise NoReplica(f"fewer than {replicas} replicas have the change")
        finally:
            if self._waits[line] is this:
                del self._waits[line]

    async def _run(
        self, name: str, keys: Sequence[str], args: Sequence[Word]
    ) -> tuple[Answer, RedisLine]:
        with self._times[name].time():
            return await self._ask(name, keys, args)

    async def _ask(
        self, name: str, keys: Sequence[str], args: Sequence[Word]
    ) -> tuple[Answer, RedisLine]:
        words = ("EVALSHA", self._digests[name], len(keys), *keys, *args)
        return await self._put(keys[0], words, self._texts[name])

    async def _put(
        self, key: str, words: Sequence[Word], script: str = ""
    ) -> tuple[Answer, RedisLine]:
        for _ in range(TRIES):
            line = await self._at.line(key)
            try:
                return await line.ask(*words), line
            except ResponseError as error:
                if is_elsewhere(error):
                    await self._at.find_anew()
                elif script and str(error).startswith("NOSCRIPT"):
                    await line.ask("SCRIPT", "LOAD", script)
                else:
                    raise
        raise RedisError("Redis is being rearranged")


async def _rewritten(line: RedisLine) -> None:
    """Asks for a rewrite until it is granted: one under way began before what is gone now was.

    A Redis that lets nobody ask for one is left alone, as is one that has gone.
    """
    for _ in range(REWRITE_TRIES):
        try:
            await line.ask("BGREWRITEAOF")
        except RedisError as error:
            if "in progress" not in str(error):
                return
            await asyncio.sleep(REWRITE_PAUSE_S)
        else:
            return
