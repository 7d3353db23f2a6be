"""A lean connection to one Redis, for all commands and for pub/sub.

redis-py finds the Redis, and reads its URL; a command by it costs many times as much (docs/
performance.md). Owns the order of commands and replies on the connection, and drops a silent one.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import hiredis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

ANSWERS_WITHIN_S = 1.0
"""A connection on which a command waits for this long is dropped, within the double of it."""
LATE_S = 0.5
"""A process that looks so late has stood still, and Redis perhaps as well: it looks once more."""
MOST_UNANSWERED_PINGS = 3
"""A subscription that leaves so many heartbeats unanswered, one a second, is dropped."""
NOT_YET = object()

# Any: whatever Redis can reply.
Answer = Any
Word = str | int | float | bytes


class RedisConnection(asyncio.Protocol):
    """Pipelines commands; replies come in their order. `on_push` receives published messages."""

    def __init__(self, on_push: Callable[[Answer], None] | None = None) -> None:
        self._on_push = on_push
        self._reader = hiredis.Reader(
            protocolError=RedisConnectionError, replyError=ResponseError, notEnoughData=NOT_YET
        )
        self._waiting: deque[asyncio.Future[Answer]] = deque()
        self._oldest: asyncio.Future[Answer] | None = None
        self._unanswered_pings = 0
        self._transport: Any = None  # Any: asyncio types it wider than what can be written to
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        """Done when the connection is lost."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        # Not at once: a ping before AUTH would be refused and taken for the reply to AUTH.
        self._watching = self._loop.call_later(ANSWERS_WITHIN_S, self._watch)

    def connection_lost(self, _error: Exception | None) -> None:
        self._watching.cancel()
        if not self.lost.done():
            self.lost.set_result(None)
        for future in self._waiting:
            if not future.done():
                future.set_exception(RedisConnectionError("the connection to Redis was lost"))
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        self._unanswered_pings = 0
        self._reader.feed(data)
        try:
            while (answer := self._reader.gets()) is not NOT_YET:
                self._take(answer)
        except RedisConnectionError:
            self.close()

    def command(self, *words: Word) -> asyncio.Future[Answer]:
        """The future reply; it raises RedisError for a refusal or a lost connection."""
        future = self._loop.create_future()
        if self.lost.done() or self._transport.is_closing():
            future.set_exception(RedisConnectionError("there is no connection to Redis"))
            return future
        self._waiting.append(future)
        self.send(*words)
        return future

    def send(self, *words: Word) -> None:
        """Sends a command whose reply is a push: a subscription."""
        self._transport.write(hiredis.pack_command(words))  # type: ignore[arg-type]  # its type forbids what its documentation allows

    def close(self) -> None:
        """Drops the connection, if there is one."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, answer: Answer) -> None:
        if self._on_push is not None and not self._waiting:
            self._on_push(answer)
            return
        future = self._waiting.popleft()
        if future.done():
            return  # The caller has stopped waiting.
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)

    def _watch(self) -> None:
        oldest = self._waiting[0] if self._waiting else None
        is_late = self._loop.time() > self._watching.when() + LATE_S
        if oldest is not None and oldest is self._oldest and not is_late:
            self.close()
        elif self._on_push is not None and oldest is None:
            # A subscription may be silent for long, so heartbeats show whether it is alive.
            self._unanswered_pings += 1
            if self._unanswered_pings > MOST_UNANSWERED_PINGS:
                self.close()
            else:
                self.send("PING")
        self._oldest = oldest
        self._watching = self._loop.call_later(ANSWERS_WITHIN_S, self._watch)
