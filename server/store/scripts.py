"""The Lua scripts, run where their keys are: one round trip each, on our own connections.

Owns the way to the Redis that keeps a key, retries, and waiting for replicas. The head of each
script in lua/ says what it does.
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
COMMAND_WITHIN_S = 2.0
"""A person waits for the result of a press, and then reads that the room is paused."""
REWRITE_TRIES, REWRITE_PAUSE_S = 300, 0.2
TEMPORARY = ("in progress", "LOADING", "MASTERDOWN")
"""Words of errors for which the rewrite of an append-only file is tried again."""


class NoReplica(RedisError):
    """Too few replicas have the change, so a failover may lose it: it does not count as done."""


class Scripts:
    """The scripts of lua/, by their names."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
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
        """Cancels background tasks; another process repeats a rewrite at its deadline."""
        tasks = {*self._rewriting, *self._waits.values(), *self._next_wait.values()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def command(self, key: str, *words: Word) -> Answer:
        """The reply to an idempotent command from the Redis that keeps this key."""
        try:
            async with asyncio.timeout(COMMAND_WITHIN_S):
                for pause in PAUSES_S:
                    with suppress(RedisConnectionError):
                        return (await self._send(str(words[0]), key, words))[0]
                    await asyncio.sleep(pause)
                return (await self._send(str(words[0]), key, words))[0]
        except TimeoutError:
            raise RedisConnectionError("Redis does not answer") from None

    async def run(self, name: str, keys: Sequence[str], args: Sequence[Word]) -> Answer:
        """The reply of the script; raises RedisError."""
        answer, _ = await self._run(name, keys, args)
        return answer

    async def run_replicated(self, name: str, keys: Sequence[str], args: Sequence[Word]) -> Answer:
        """The same, once as many replicas as the topology demands have the change."""
        answer, connection = await self._run(name, keys, args)
        if self._topology.waits_for_replicas:
            await self._wait_for_replicas(connection)
        return answer

    async def rewrite(
        self, key: str, gone: str, afterwards: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Rewrites the append-only file of every Redis with this key, master and replicas, once the
        key has no stamp with the prefix `gone` there. Runs `afterwards` if all of them do it.
        """
        nodes = await self._topology.nodes(key)
        # Not awaited, so that it does not hold up other deadlines.
        task = asyncio.create_task(self._rewrite_all(nodes, key, gone.encode(), afterwards))
        self._rewriting.add(task)
        task.add_done_callback(self._rewriting.discard)

    async def _rewrite_all(
        self,
        nodes: Iterable[Address],
        key: str,
        gone: bytes,
        afterwards: Callable[[], Awaitable[None]] | None,
    ) -> None:
        done = await asyncio.gather(*(self._rewrite(node, key, gone) for node in nodes))
        if afterwards and all(done):
            with suppress(RedisError):
                await afterwards()

    async def _rewrite(self, address: Address, key: str, gone: bytes) -> bool:
        with suppress(RedisError):
            async with self._topology.dedicated_connection(address) as connection:
                with suppress(ResponseError):  # Else a replica in a Cluster redirects reads.
                    await connection.command("READONLY")
                return await _request_rewrite(connection, key, gone)
        return False

    async def _wait_for_replicas(self, connection: RedisConnection) -> None:
        """Waits until replicas have all writes of this connection; raises NoReplica.

        WAIT blocks the connection, so calls that come during one are coalesced into the next one.
        """
        upcoming = self._next_wait.get(connection)
        if upcoming is None:
            upcoming = asyncio.create_task(self._wait(connection, self._waits.get(connection)))
            self._next_wait[connection] = upcoming
        await asyncio.shield(upcoming)

    async def _wait(self, connection: RedisConnection, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        # Later writes need another WAIT.
        this = self._waits[connection] = self._next_wait.pop(connection)
        started = perf_counter()
        try:
            replicas = self._topology.waits_for_replicas
            if await connection.command("WAIT", replicas, REPLICA_ANSWERS_WITHIN_MS) < replicas:
                raise NoReplica(f"fewer than {replicas} replicas have the change")
        finally:
            self._record("WAIT", started)
            if self._waits[connection] is this:
                del self._waits[connection]

    async def _run(
        self, name: str, keys: Sequence[str], args: Sequence[Word]
    ) -> tuple[Answer, RedisConnection]:
        words = ("EVALSHA", self._digests[name], len(keys), *keys, *args)
        return await self._send(name, keys[0], words, self._texts[name])

    async def _send(
        self, name: str, key: str, words: Sequence[Word], script: str = ""
    ) -> tuple[Answer, RedisConnection]:
        started = perf_counter()
        try:
            for _ in range(TRIES):
                connection = await self._topology.connection(key)
                try:
                    return await connection.command(*words), connection
                except ResponseError as error:
                    if is_elsewhere(error):
                        await self._topology.rediscover()
                    elif script and str(error).startswith("NOSCRIPT"):
                        await connection.command("SCRIPT", "LOAD", script)
                    else:
                        raise
            raise RedisError("Redis is being rearranged")
        finally:
            self._record(name, started)

    def _record(self, name: str, started: float) -> None:
        times = self._times.get(name)
        if times is None:
            times = self._times[name] = metrics.Durations(metrics.REDIS.labels(name))
        times.observe(perf_counter() - started)


async def _request_rewrite(connection: RedisConnection, key: str, gone: bytes) -> bool:
    """Requests a rewrite until one begins; returns whether it has.

    A rewrite in progress may have begun before the deletion, and a replica may lag or be loading.
    Raises RedisError for a Redis that forbids rewrites or is lost.
    """
    for _ in range(REWRITE_TRIES):
        try:
            stamp = await connection.command("HGET", key, "stamp")
            if stamp is None or not stamp.startswith(gone):
                await connection.command("BGREWRITEAOF")
                return True
        except ResponseError as error:
            if not any(reason in str(error) for reason in TEMPORARY):
                raise
        await asyncio.sleep(REWRITE_PAUSE_S)
    return False
