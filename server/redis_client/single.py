"""A single Redis: our own connection (connection.py) for what is frequent, and redis-py's client
for everything else. The other topologies differ only in how they find the Redis, which redis-py
does for both.
"""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from redis.asyncio import ConnectionPool, Redis, RedisCluster, SSLConnection
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from server.redis_client.connection import Answer, RedisConnection
from server.redis_client.time_limit import within

CONNECTS_WITHIN_S = 1.0
Options = dict[str, Any]  # Any: redis-py's options are of all kinds

LIBRARY: Options = {
    # The store bounds each call. With a timeout of its own redis-py sends each command in a task,
    # by asyncio.wait_for, which may swallow a cancellation (Python 3.11).
    "socket_timeout": None,
    "socket_connect_timeout": CONNECTS_WITHIN_S,
    # Not after a timeout: a silent Redis would hold up the caller again and again.
    "retry": Retry(ExponentialBackoff(cap=0.1, base=0.01), 3, (RedisConnectionError,)),
    "protocol": 2,
    # No CLIENT SETINFO, which the app's user may not send.
    "driver_info": None,
}
"""The options of redis-py's clients."""


class Address(NamedTuple):
    """The address of a Redis."""

    host: str
    """Or the path of its socket."""
    port: int = 0
    """0 for a socket's path."""


class Topology:
    """One Redis, `redis://`, `rediss://` or `unix://`."""

    is_one = True
    """Whether one Redis has the keys of all circles, so that one script may use several."""
    waits_for_replicas = 0
    """How many replicas must have a change before it counts as done."""

    def __init__(self, url: str) -> None:
        self._options: Options = dict(parse_url(url))
        self._connections: dict[Address, RedisConnection] = {}
        self._connecting: dict[Address, asyncio.Task[RedisConnection]] = {}
        self._libraries: dict[Address, Redis] = {}
        self.library: Redis | RedisCluster = self._library()
        """redis-py's client, for all that is not frequent. It sends a command again if the reply is
        lost."""

    async def connection(self, key: str) -> RedisConnection:
        """A connection to the Redis that keeps this key; raises RedisError if there is none."""
        return await self._connection_to(await self.address(key))

    async def nodes(self, key: str) -> list[Address]:
        """The addresses of all Redis servers that have this key on disk, as far as is known."""
        return [await self.address(key), *await self._replicas(key)]

    async def masters(self) -> list[Address]:
        """The addresses of all Redis servers that keep keys of their own."""
        return [await self.address("")]

    async def everywhere(self) -> list[Address]:
        """The addresses of all Redis servers, as far as is known."""
        return await self.nodes("")

    def library_at(self, address: Address) -> Redis:
        """redis-py's client of this one Redis, whichever keys it keeps."""
        if address not in self._libraries:
            place = {"host": address.host, "port": address.port} if address.port else {}
            pool = ConnectionPool(**{**self._options, **LIBRARY, **place})
            self._libraries[address] = Redis.from_pool(pool)
        return self._libraries[address]

    async def _connection_to(self, address: Address) -> RedisConnection:
        connection = self._connections.get(address)
        if connection is None or connection.lost.done():
            try:
                connection = await self._new_connection(address)
            except RedisError:
                await self.rediscover()
                raise
        return connection

    async def subscription(self, on_push: Callable[[Answer], None]) -> RedisConnection:
        """A connection of its own for pub/sub; its messages go to `on_push`."""
        return await self._connect(await self.address(""), on_push)

    async def address(self, _key: str) -> Address:
        """The address of the Redis that keeps this key."""
        return self._given_address()

    def _given_address(self) -> Address:
        """The address in the URL."""
        if "path" in self._options:
            return Address(self._options["path"])
        return Address(self._options.get("host", "localhost"), self._options.get("port", 6379))

    def _library(self) -> Redis | RedisCluster:
        return self.library_at(self._given_address())

    async def to_owner(self, _key: str) -> Options:
        """The options by which a command without a key goes to the Redis that keeps this one."""
        return {}

    async def _replicas(self, _key: str) -> list[Address]:
        """The addresses of the replicas that have this key."""
        return []

    async def rediscover(self) -> None:
        """Finds the Redis again, after one has answered that it does not keep a key."""

    async def follow(self) -> None:
        """Follows failovers, until cancelled."""

    async def close(self) -> None:
        for attempt in self._connecting.values():
            attempt.cancel()
        for connection in self._connections.values():
            connection.close()
        for client in (self.library, *self._libraries.values()):
            await client.aclose()

    async def _new_connection(self, address: Address) -> RedisConnection:
        """Connects; callers that come meanwhile wait for the same attempt and share its result."""
        attempt = self._connecting.get(address)
        if attempt is None:
            attempt = self._connecting[address] = asyncio.create_task(
                self._keep_connection(address)
            )
        return await asyncio.shield(attempt)

    async def _keep_connection(self, address: Address) -> RedisConnection:
        try:
            connection = self._connections[address] = await self._connect(address, None)
        finally:
            del self._connecting[address]
        return connection

    async def _connect(
        self, address: Address, on_push: Callable[[Answer], None] | None
    ) -> RedisConnection:
        connection = RedisConnection(on_push)
        try:
            async with within(CONNECTS_WITHIN_S):
                await self._open_transport(connection, address)
                await self._log_in(connection)
        except BaseException as error:
            connection.close()
            if isinstance(error, OSError):  # TimeoutError is one, too
                name = type(error).__name__
                raise RedisConnectionError(f"no connection to Redis ({name})") from None
            raise
        return connection

    async def _open_transport(self, connection: RedisConnection, address: Address) -> None:
        loop = asyncio.get_running_loop()
        if address.port == 0:
            await loop.create_unix_connection(lambda: connection, address.host)
        else:
            tls = _tls(self._options)
            await loop.create_connection(lambda: connection, address.host, address.port, ssl=tls)

    async def _log_in(self, connection: RedisConnection) -> None:
        if "password" in self._options:
            user = self._options.get("username", "default")
            await connection.command("AUTH", user, self._options["password"])
        if self._options.get("db"):
            await connection.command("SELECT", self._options["db"])
        # The kernel accepts connections for a frozen Redis, which then answers nobody.
        await connection.command("PING")


def _tls(options: Options) -> Any:
    if options.get("connection_class") is not SSLConnection:
        return None
    given = {name: value for name, value in options.items() if name.startswith("ssl_")}
    return SSLConnection(**given).ssl_context.get()
