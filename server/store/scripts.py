"""Commands and the Lua scripts, run where their keys are: what is FREQUENT on our own connection,
everything else by redis-py.

Owns the way to the Redis that keeps a key, retries, and waiting for replicas. The head of each
script in lua/ says what it does.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException, RedisError, ResponseError

from server import metrics
from server.cancelling import cancel_all
from server.redis_client import Address, Topology, is_elsewhere
from server.redis_client.connection import Answer, RedisConnection, Word
from server.redis_client.time_limit import within

FREQUENT = frozenset({"commit", "publish", "forget", "sweep", "renew", "due", "settle"})
"""The scripts of our own connection: those which by redis-py would add 5 % or more to a delivery of
prompts (docs/performance.md), or which must not be sent again when a reply is lost."""

LUA = Path(__file__).parent / "lua"
REPLICA_ANSWERS_WITHIN_MS = 800
TRIES = 4
PAUSES_S = (0.02, 0.05, 0.1)
COMMAND_WITHIN_S = 2.0
"""A person waits for the result of a press, and then reads that the room is paused."""
LIBRARY_AT_ONCE = 32
"""The most calls of redis-py to one Redis at a time: each takes a connection."""
BEGINS_BEFORE_S = 0.2
"""No call of redis-py leaves the queue later than this before its time is over. Cancelled while it
sends, it may go on for many seconds: asyncio.wait_for swallows the cancellation (Python 3.11)."""


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
        register = topology.library.register_script
        self._registered = {
            name: register(text) for name, text in self._texts.items() if name not in FREQUENT
        }
        self._library_calls: defaultdict[Address, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(LIBRARY_AT_ONCE)
        )
        self._waits: dict[RedisConnection, asyncio.Task[None]] = {}
        self._next_wait: dict[RedisConnection, asyncio.Task[None]] = {}
        self._times: dict[str, metrics.Durations] = {}

    async def close(self) -> None:
        """Cancels background tasks."""
        await cancel_all([*self._waits.values(), *self._next_wait.values()])

    async def command(self, key: str, *words: Word) -> Answer:
        """The reply to an idempotent command from the Redis that keeps this key, as redis-py parses
        it. Raises RedisError.
        """
        return await self._by_library(str(words[0]), key, lambda: self._execute(key, words))

    async def command_with_commit(self, key: str, *words: Word) -> Answer:
        """The same by our own connection, for what goes before or after a commit."""
        try:
            async with within(COMMAND_WITHIN_S):
                for pause in PAUSES_S:
                    with suppress(RedisConnectionError):
                        return (await self._send(str(words[0]), key, words))[0]
                    await asyncio.sleep(pause)
                return (await self._send(str(words[0]), key, words))[0]
        except TimeoutError:
            raise RedisConnectionError("Redis does not answer") from None

    async def run(self, name: str, keys: Sequence[str], args: Sequence[Word]) -> Answer:
        """The reply of the script; raises RedisError. A script that is not FREQUENT is idempotent,
        since redis-py sends it again if the reply is lost.
        """
        if name not in FREQUENT:
            return await self._by_library(name, keys[0], lambda: self._registered[name](keys, args))
        answer, _ = await self._run(name, keys, args)
        return answer

    async def run_replicated(self, name: str, keys: Sequence[str], args: Sequence[Word]) -> Answer:
        """The same, once as many replicas as the topology demands have the change.

        WAIT needs a write by this call, so the script writes even where nothing changes.
        """
        if not self._topology.waits_for_replicas:
            return await self.run(name, keys, args)
        if name not in FREQUENT:
            return await self._by_library(name, keys[0], lambda: self._replicated(name, keys, args))
        answer, connection = await self._run(name, keys, args)
        await self._wait_for_replicas(connection)
        return answer

    async def _execute(self, key: str, words: Sequence[Word]) -> Answer:
        """By redis-py, which finds the Redis by the key in the command, if there is one."""
        owner = {} if key in words else await self._topology.to_owner(key)
        return await self._topology.library.execute_command(*words, **owner)

    async def _replicated(self, name: str, keys: Sequence[str], args: Sequence[Word]) -> Answer:
        """By redis-py; in one pipeline, since WAIT is about the writes of its own connection."""
        replicas = self._topology.waits_for_replicas
        async with self._topology.library.pipeline(transaction=False) as pipeline:
            await self._registered[name](keys, args, client=pipeline)  # type: ignore[arg-type]  # its type forbids what its documentation shows
            pipeline.wait(replicas, REPLICA_ANSWERS_WITHIN_MS)
            answers = await pipeline.execute(raise_on_error=False)
        for answer in answers:
            if isinstance(answer, RedisError):
                raise answer
        if answers[1] < replicas:
            raise NoReplica(f"fewer than {replicas} replicas have the change")
        return answers[0]

    async def _by_library(
        self, name: str, key: str, call: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        started = perf_counter()
        try:
            # Each Redis by itself: a silent master of a Cluster delays its own circles alone.
            async with (
                within(COMMAND_WITHIN_S),
                self._library_calls[await self._topology.address(key)],
            ):
                if perf_counter() - started > COMMAND_WITHIN_S - BEGINS_BEFORE_S:
                    raise TimeoutError
                return await call()
        except TimeoutError:
            raise RedisConnectionError("Redis does not answer") from None
        except RedisClusterException as error:  # This one is no RedisError.
            raise RedisConnectionError(str(error)) from None
        finally:
            self._record(name, started)

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
