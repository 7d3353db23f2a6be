"""One lean connection to one Redis: what is asked, or published, many times a second.

redis-py costs 45 µs for a command and this 4, at some thousands of commands a second (docs/
performance.md); for everything that is asked seldom, and for finding the Redis, there is redis-py.
Owns the order of questions and answers on the connection, and that a silent one is dropped.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import hiredis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

ANSWERS_WITHIN_S = 1.0
"""A connection on which a question waits for longer is dropped, one to two times this later."""
SILENT_FOR = 3
"""A subscription that has answered none of so many pings, one a second, is dropped."""
NOT_YET = object()

# Any: whatever Redis can answer.
Answer = Any
Word = str | int | float | bytes


class RedisConnection(asyncio.Protocol):
    """Questions go out at once, answers come in their order; `heard` is given what is pushed."""

    def __init__(self, heard: Callable[[Answer], None] | None = None) -> None:
        self._heard = heard
        self._reader = hiredis.Reader(
            protocolError=RedisConnectionError, replyError=ResponseError, notEnoughData=NOT_YET
        )
        self._waiting: deque[asyncio.Future[Answer]] = deque()
        self._oldest: asyncio.Future[Answer] | None = None
        self._silent_for = 0
        self._transport: Any = None  # Any: asyncio types it wider than what can be written to
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        """Done when the connection is gone."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        # Not at once: a ping before the password is refused, and taken for the password's answer.
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
        self._silent_for = 0
        self._reader.feed(data)
        try:
            while (answer := self._reader.gets()) is not NOT_YET:
                self._take(answer)
        except RedisConnectionError:
            self.close()

    def command(self, *words: Word) -> asyncio.Future[Answer]:
        """The future answer; it raises RedisError for a refusal and for a lost connection."""
        future = self._loop.create_future()
        if self.lost.done() or self._transport.is_closing():
            future.set_exception(RedisConnectionError("there is no connection to Redis"))
            return future
        self._waiting.append(future)
        self.send(*words)
        return future

    def send(self, *words: Word) -> None:
        """Asks for what is not answered in its turn: a subscription."""
        self._transport.write(hiredis.pack_command(words))  # type: ignore[arg-type]  # its type forbids what its documentation allows

    def close(self) -> None:
        """Drops the connection, if there is one."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, answer: Answer) -> None:
        if self._heard is not None and not self._waiting:
            self._heard(answer)
            return
        future = self._waiting.popleft()
        if future.done():
            return  # Whoever asked has given up waiting.
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)

    def _watch(self) -> None:
        oldest = self._waiting[0] if self._waiting else None
        if oldest is not None and oldest is self._oldest:
            self.close()
        elif self._heard is not None and oldest is None:
            # Nobody asks on a subscription, and its silence says nothing: so this is asked.
            self._silent_for += 1
            if self._silent_for > SILENT_FOR:
                self.close()
            else:
                self.send("PING")
        self._oldest = oldest
        self._watching = self._loop.call_later(ANSWERS_WITHIN_S, self._watch)
