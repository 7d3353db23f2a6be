"""One Redis, and the connections to it: by redis-py for what is asked seldom, and by lean lines
(connection.py) for what is asked often. The other kinds differ only in how it is found.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from redis.asyncio import BlockingConnectionPool, Redis, SSLConnection
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from server.redis_client.connection import Answer, RedisConnection

CONNECTS_WITHIN_S = 1.0
Options = dict[str, Any]  # Any: redis-py's options are of all kinds

PATIENCE: Options = {
    "socket_timeout": 2,
    "socket_connect_timeout": CONNECTS_WITHIN_S,
    # Not after a silence: a Redis that says nothing once is asked by those who come later.
    "retry": Retry(ExponentialBackoff(cap=0.2, base=0.02), 3, (RedisConnectionError,)),
}


class Address(NamedTuple):
    """Where one Redis listens."""

    host: str
    """Or the path of its socket."""
    port: int = 0
    """0 for a socket's path."""


class Topology:
    """One Redis, `redis://`, `rediss://` or `unix://`."""

    is_one = True
    """Whether one Redis has the keys of all circles, so that one script may ask for several."""
    waits_for_replicas = 0
    """How many replicas must have a change before it counts as done."""

    def __init__(self, url: str) -> None:
        self._options: Options = dict(parse_url(url))
        self._lines: dict[Address, RedisConnection] = {}
        self._dialling: dict[Address, asyncio.Task[RedisConnection]] = {}
        self.client: Redis = self._client(url)

    async def connection(self, key: str) -> RedisConnection:
        """A connection to the Redis that keeps this key; raises RedisError if there is none."""
        return await self._connection_to(await self.address(key))

    async def nodes(self, key: str) -> list[Address]:
        """Where every Redis listens that has this key on its disk, as far as is known."""
        return [await self.address(key), *await self._replicas(key)]

    @asynccontextmanager
    async def dedicated_connection(self, address: Address) -> AsyncIterator[RedisConnection]:
        """A line that nobody else asks anything on; raises RedisError where nobody answers."""
        line = await self._dial(address, None)
        try:
            yield line
        finally:
            line.close()

    async def _connection_to(self, address: Address) -> RedisConnection:
        line = self._lines.get(address)
        if line is None or line.lost.done():
            try:
                line = await self._new_line(address)
            except RedisError:
                await self.rediscover()
                raise
        return line

    async def subscription(self, heard: Callable[[Answer], None]) -> RedisConnection:
        """A line of its own, whose pushes are given to `heard`."""
        return await self._dial(await self.address(""), heard)

    async def address(self, _key: str) -> Address:
        """Where this key is kept."""
        if "path" in self._options:
            return Address(self._options["path"])
        return Address(self._options.get("host", "localhost"), self._options.get("port", 6379))

    async def _replicas(self, _key: str) -> list[Address]:
        """Where this key is kept as well."""
        return []

    async def rediscover(self) -> None:
        """Whoever answered is not the one that keeps the key: look where it is."""

    async def follow(self) -> None:
        """Sees to it that a Redis that takes another one's place is found, until cancelled."""

    async def close(self) -> None:
        """Drops every connection."""
        for dialling in self._dialling.values():
            dialling.cancel()
        for line in self._lines.values():
            line.close()
        await self.client.aclose()

    def _client(self, url: str) -> Redis:
        pool = BlockingConnectionPool.from_url(url, max_connections=32, timeout=2, **PATIENCE)
        return Redis.from_pool(pool)

    async def _new_line(self, address: Address) -> RedisConnection:
        """Whoever wants a line while it is being made waits for this one, however it ends."""
        dialling = self._dialling.get(address)
        if dialling is None:
            dialling = self._dialling[address] = asyncio.create_task(self._keep_line(address))
        return await asyncio.shield(dialling)

    async def _keep_line(self, address: Address) -> RedisConnection:
        try:
            line = self._lines[address] = await self._dial(address, None)
        finally:
            del self._dialling[address]
        return line

    async def _dial(
        self, address: Address, heard: Callable[[Answer], None] | None
    ) -> RedisConnection:
        line = RedisConnection(heard)
        try:
            async with asyncio.timeout(CONNECTS_WITHIN_S):
                await self._connect(line, address)
                await self._greet(line)
        except BaseException as error:
            line.close()
            if isinstance(error, OSError):  # TimeoutError is one, too
                name = type(error).__name__
                raise RedisConnectionError(f"no connection to Redis ({name})") from None
            raise
        return line

    async def _connect(self, line: RedisConnection, address: Address) -> None:
        loop = asyncio.get_running_loop()
        if address.port == 0:
            await loop.create_unix_connection(lambda: line, address.host)
        else:
            tls = _tls(self._options)
            await loop.create_connection(lambda: line, address.host, address.port, ssl=tls)

    async def _greet(self, line: RedisConnection) -> None:
        if "password" in self._options:
            user = self._options.get("username", "default")
            await line.command("AUTH", user, self._options["password"])
        if self._options.get("db"):
            await line.command("SELECT", self._options["db"])
        # A frozen Redis lets everybody connect, for the kernel does that, and answers nobody.
        await line.command("PING")


def _tls(options: Options) -> Any:
    if options.get("connection_class") is not SSLConnection:
        return None
    given = {name: value for name, value in options.items() if name.startswith("ssl_")}
    return SSLConnection(**given).ssl_context.get()
