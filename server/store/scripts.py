"""The Lua scripts, run where their keys are: one round trip each, on lean lines.

Owns how a script reaches the Redis that keeps its keys, and that a change waits for its replica.
What the scripts do stands at the head of each (lua/).
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from server import metrics
from server.redis_client import Address, Topology, is_elsewhere
from server.redis_client.connection import Answer, RedisConnection, Word

LUA = Path(__file__).parent / "lua"
REPLICA_ANSWERS_WITHIN_MS = 800
TRIES = 4
PAUSES_S = (0.02, 0.05, 0.1)
ASKED_WITHIN_S = 2.0
"""Whoever has pressed waits for it, and is then told that the room is paused."""
REWRITE_TRIES, REWRITE_PAUSE_S = 300, 0.2
PASSES = ("in progress", "LOADING", "MASTERDOWN")
"""Why a Redis does not rewrite what is on its disk, or tell whether it has a key, just now."""


class NoReplica(RedisError):
    """A change stands in the master alone, so it may be lost: it does not count as done."""


class Scripts:
    """The scripts of lua/, by their names."""

    def __init__(self, at: Topology) -> None:
        self._at = at
        self._texts = {path.stem: path.read_text() for path in LUA.glob("*.lua")}
        self._digests = {
            name: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            for name, text in self._texts.items()
        }

        self._waits: dict[RedisConnection, asyncio.Task[None]] = {}
        self._next_wait: dict[RedisConnection, asyncio.Task[None]] = {}
        self._rewriting: set[asyncio.Task[None]] = set()
        self._times: dict[str, metrics.Durations] = {}

    async def close(self) -> None:
        """Gives up what runs behind; another process goes on with a rewrite at its deadline."""
        behind = {*self._rewriting, *self._waits.values(), *self._next_wait.values()}
        for task in behind:
            task.cancel()
        await asyncio.gather(*behind, return_exceptions=True)

    async def ask(self, key: str, *words: Word) -> Answer:
        """What the Redis that keeps this key answers to a command that may be asked twice.

        Not by redis-py, whose waiting may swallow that its task was cancelled (Python 3.11): then
        whoever looks for what falls due would go on for ever.
        """
        try:
            async with asyncio.timeout(ASKED_WITHIN_S):
                for pause in PAUSES_S:
                    with suppress(RedisConnectionError):
                        return (await self._put(str(words[0]), key, words))[0]
                    await asyncio.sleep(pause)
                return (await self._put(str(words[0]), key, words))[0]
        except TimeoutError:
            raise RedisConnectionError("Redis does not answer") from None

    async def run(self, name: str, keys: Sequence[str], args: Sequence[Word]) -> Answer:
        """What the script answers; raises RedisError."""
        answer, _ = await self._run(name, keys, args)
        return answer

    async def run_replicated(self, name: str, keys: Sequence[str], args: Sequence[Word]) -> Answer:
        """The same; what it has changed stands where no single Redis can lose it."""
        answer, line = await self._run(name, keys, args)
        if self._at.waits_for_replicas:
            await self._in_replicas(line)
        return answer

    async def rewrite(
        self, key: str, gone: str, afterwards: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Has every Redis that had this key rewrite what stands on its disk, once it knows there
        that no stamp which begins with `gone` is left of it. Runs `afterwards` if all of them do.
        """
        places = await self._at.nodes(key)
        # Not awaited: others may fall due meanwhile.
        task = asyncio.create_task(self._rewrite_all(places, key, gone.encode(), afterwards))
        self._rewriting.add(task)
        task.add_done_callback(self._rewriting.discard)

    async def _rewrite_all(
        self,
        places: Iterable[Address],
        key: str,
        gone: bytes,
        afterwards: Callable[[], Awaitable[None]] | None,
    ) -> None:
        done = await asyncio.gather(*(self._rewrite(place, key, gone) for place in places))
        if afterwards and all(done):
            with suppress(RedisError):
                await afterwards()

    async def _rewrite(self, address: Address, key: str, gone: bytes) -> bool:
        with suppress(RedisError):
            async with self._at.dedicated_connection(address) as line:
                with suppress(ResponseError):  # In a Cluster a replica tells of keys only then.
                    await line.command("READONLY")
                return await _rewritten(line, key, gone)
        return False

    async def _in_replicas(self, line: RedisConnection) -> None:
        """Waits until replicas have all that was written on this line; raises NoReplica.

        Asked once for all who come while it was asked before: nothing else is answered meanwhile.
        """
        asking = self._next_wait.get(line)
        if asking is None:
            asking = asyncio.create_task(self._wait(line, self._waits.get(line)))
            self._next_wait[line] = asking
        await asyncio.shield(asking)

    async def _wait(self, line: RedisConnection, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        # Whoever writes from now on is not meant by this one.
        this = self._waits[line] = self._next_wait.pop(line)
        asked = perf_counter()
        try:
            replicas = self._at.waits_for_replicas
            if await line.command("WAIT", replicas, REPLICA_ANSWERS_WITHIN_MS) < replicas:
                raise NoReplica(f"fewer than {replicas} replicas have the change")
        finally:
            self._note("WAIT", asked)
            if self._waits[line] is this:
                del self._waits[line]

    async def _run(
        self, name: str, keys: Sequence[str], args: Sequence[Word]
    ) -> tuple[Answer, RedisConnection]:
        words = ("EVALSHA", self._digests[name], len(keys), *keys, *args)
        return await self._put(name, keys[0], words, self._texts[name])

    async def _put(
        self, name: str, key: str, words: Sequence[Word], script: str = ""
    ) -> tuple[Answer, RedisConnection]:
        asked = perf_counter()
        try:
            for _ in range(TRIES):
                line = await self._at.line(key)
                try:
                    return await line.command(*words), line
                except ResponseError as error:
                    if is_elsewhere(error):
                        await self._at.rediscover()
                    elif script and str(error).startswith("NOSCRIPT"):
                        await line.command("SCRIPT", "LOAD", script)
                    else:
                        raise
            raise RedisError("Redis is being rearranged")
        finally:
            self._note(name, asked)

    def _note(self, name: str, asked: float) -> None:
        times = self._times.get(name)
        if times is None:
            times = self._times[name] = metrics.Durations(metrics.REDIS.labels(name))
        times.note(perf_counter() - asked)


async def _rewritten(line: RedisConnection, key: str, gone: bytes) -> bool:
    """Asks for a rewrite until it is granted: one under way began before what is gone now was, and
    a replica may be behind, or be filled just now.

    A Redis that lets nobody ask for one is left alone, as is one that has gone. Returns whether it
    was granted.
    """
    for _ in range(REWRITE_TRIES):
        try:
            stamp = await line.command("HGET", key, "stamp")
            if stamp is None or not stamp.startswith(gone):
                await line.command("BGREWRITEAOF")
                return True
        except ResponseError as error:
            if not any(reason in str(error) for reason in PASSES):
                raise
        await asyncio.sleep(REWRITE_PAUSE_S)
    return False
