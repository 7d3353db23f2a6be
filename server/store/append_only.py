"""Rewrites of append-only files, so that the names in a deleted room are on no disk any more.

By redis-py, once for each session and each erasure.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple

from redis.exceptions import (
    BusyLoadingError,
    MasterDownError,
    MovedError,
    RedisError,
    ResponseError,
)

from server.cancelling import cancel_all
from server.redis_client import Address, Topology

TRIES, PAUSE_S = 300, 0.2
ANSWERS_WITHIN_S = 2.0
CLAIM_MS = 90_000
"""How long a deadline is claimed by the process that deletes something and has the files rewritten:
longer than it tries."""


class Gone(NamedTuple):
    """What a Redis must have lost before its file is rewritten."""

    key: str
    field: str
    prefix: bytes = b""
    """Of the values that count."""


class AppendOnlyFiles:
    """The append-only file of each Redis, master or replica."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._rewriting: set[asyncio.Task[None]] = set()
        self._locks: defaultdict[Address, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._sent: Counter[Address] = Counter()
        """How many rewrites were requested of each Redis."""
        self._begun: Counter[Address] = Counter()
        """The number of the latest request by which one has begun."""

    async def close(self) -> None:
        """Cancels all rewrites; another process repeats them at their deadlines."""
        await cancel_all(self._rewriting)

    async def rewrite(
        self, key: str, gone: str, afterwards: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Rewrites the file of every Redis with this key, master and replicas, once the key has no
        stamp with the prefix `gone` there. Runs `afterwards` if all of them do it.
        """
        self._start(await self._topology.nodes(key), Gone(key, "stamp", gone.encode()), afterwards)

    async def rewrite_everywhere(
        self, key: str, field: str, afterwards: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """The same for every Redis that is known, since others may keep deadlines of a circle; each
        once it does not have this field in this key."""
        self._start(await self._topology.everywhere(), Gone(key, field), afterwards)

    def _start(
        self, nodes: list[Address], gone: Gone, afterwards: Callable[[], Awaitable[None]] | None
    ) -> None:
        # Not awaited, so that it does not hold up other deadlines.
        task = asyncio.create_task(self._rewrite_all(nodes, gone, afterwards))
        self._rewriting.add(task)
        task.add_done_callback(self._rewriting.discard)

    async def _rewrite_all(
        self,
        nodes: list[Address],
        gone: Gone,
        afterwards: Callable[[], Awaitable[None]] | None,
    ) -> None:
        done = await asyncio.gather(*(self._rewrite(node, gone) for node in nodes))
        if afterwards and all(done):
            with suppress(RedisError):
                await afterwards()

    async def _rewrite(self, node: Address, gone: Gone) -> bool:
        """Requests a rewrite until one begins; returns whether it has.

        A rewrite in progress may have begun before the deletion, and a replica may lag or be
        loading. One rewrite does for all deletions before it.
        """
        with suppress(RedisError, TimeoutError):  # It forbids rewrites or is lost.
            for _ in range(TRIES):
                if await self._has(node, gone) is False:
                    sent = self._sent[node]
                    async with self._locks[node]:
                        if self._begun[node] > sent or await self._begins(node):
                            return True
                await asyncio.sleep(PAUSE_S)
        return False

    async def _has(self, node: Address, gone: Gone) -> bool | None:
        """Whether this Redis still has what must be gone; None if it does not tell."""
        redis = self._topology.library_at(node)
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            async with redis.pipeline(transaction=False) as pipeline:
                pipeline.readonly()  # Else a replica in a Cluster redirects reads.
                pipeline.hget(gone.key, gone.field)
                _, held = await pipeline.execute(raise_on_error=False)
        if isinstance(held, MovedError):
            return False  # Another Redis of the Cluster keeps this key.
        if isinstance(held, BusyLoadingError | MasterDownError):
            return None
        if isinstance(held, RedisError):
            raise held
        return held is not None and held.startswith(gone.prefix)

    async def _begins(self, node: Address) -> bool:
        """Whether a rewrite begins by this request."""
        self._sent[node] += 1
        number = self._sent[node]
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            try:
                await self._topology.library_at(node).bgrewriteaof()
            except (BusyLoadingError, MasterDownError):
                return False
            except ResponseError as error:
                if "in progress" not in str(error):
                    raise
                return False
        self._begun[node] = number
        return True
