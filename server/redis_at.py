"""What REDIS_URL names: one Redis, a master found by Sentinel, or a Redis Cluster.

Owns how each is found and connected to: by redis-py for what is asked seldom, and by lean lines
(redis_line.py) for what is asked often. Knows no key.
"""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster, Sentinel, SSLConnection
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from server.redis_line import Answer, RedisLine

CONNECTS_WITHIN_S = 1.0
Options = dict[str, Any]  # Any: redis-py's options are of all kinds


class Address(NamedTuple):
    """Where one Redis listens."""

    host: str
    """Or the path of its socket."""
    port: int = 0
    """0 for a socket's path."""


class RedisAt:
    """One Redis, `redis://`, `rediss://` or `unix://`."""

    waits_for_replicas = 0
    """How many replicas must have a change before it counts as done."""

    def __init__(self, url: str) -> None:
        self._options: Options = dict(parse_url(url))
        self._lines: dict[Address, RedisLine] = {}
        self._one_at_a_time = asyncio.Lock()
        self.client: Redis = self._client(url)

    async def line(self, key: str) -> RedisLine:
        """A line to the Redis that keeps this key; raises RedisError where there is none now."""
        address = await self.address(key)
        line = self._lines.get(address)
        if line is None or line.lost.done():
            async with self._one_at_a_time:
                line = self._lines.get(address)
                if line is None or line.lost.done():
                    line = self._lines[address] = await self._dial(address, None)
        return line

    async def subscription(self, heard: Callable[[Answer], None]) -> RedisLine:
        """A line of its own, whose pushes are given to `heard`."""
        return await self._dial(await self.address(""), heard)

    async def address(self, _key: str) -> Address:
        """Where this key is kept."""
        if "path" in self._options:
            return Address(self._options["path"])
        return Address(self._options.get("host", "localhost"), self._options.get("port", 6379))

    async def find_anew(self) -> None:
        """Whoever answered is not the one that keeps the key: look where it is."""

    async def close(self) -> None:
        """Drops every connection."""
        for line in self._lines.values():
            line.close()
        await self.client.aclose()

    def _client(self, url: str) -> Redis:
        pool = BlockingConnectionPool.from_url(url, max_connections=32, timeout=2, **PATIENCE)
        return Redis.from_pool(pool)

    async def _dial(self, address: Address, heard: Callable[[Answer], None] | None) -> RedisLine:
        options, loop = self._options, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECTS_WITHIN_S):
                if address.port == 0:
                    _, line = await loop.create_unix_connection(
                        lambda: RedisLine(heard), address.host
                    )
                else:
                    _, line = await loop.create_connection(
                        lambda: RedisLine(heard), address.host, address.port, ssl=_tls(options)
                    )
                if "password" in options:
                    user = options.get("username", "default")
                    await line.ask("AUTH", user, options["password"])
                if options.get("db"):
                    await line.ask("SELECT", options["db"])
        except OSError as error:  # TimeoutError is one, too
            raise RedisConnectionError(f"no connection to Redis ({type(error).__name__})") from None
        return line


class RedisBySentinel(RedisAt):
    """The master that Sentinel names: `redis+sentinel://HOST:PORT,HOST:PORT/NAME`.

    There a change counts as done when a replica has it, too: only then it outlives the master.
    """

    waits_for_replicas = 1

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._name = parts.path.strip("/") or "mymaster"
        self._sentinels = [tuple(host) for host in _hosts(parts.netloc, 26379)]
        self._master: Address | None = None
        super().__init__(_plain(url, "localhost"))

    async def address(self, _key: str) -> Address:
        """Where the master is."""
        if self._master is None:
            self._master = Address(*await self._sentinel.discover_master(self._name))
        return self._master

    async def find_anew(self) -> None:
        """After a failover: the next question goes to the new master."""
        self._master = None

    async def close(self) -> None:
        """Drops every connection, those to the Sentinels, too."""
        await super().close()
        for one in self._sentinel.sentinels:
            await one.aclose()

    def _client(self, url: str) -> Redis:
        self._sentinel = Sentinel(self._sentinels, sentinel_kwargs=SENTINELS)  # type: ignore[no-untyped-call]  # redis-py left it so
        client: Redis = self._sentinel.master_for(self._name, **PATIENCE, **_without_host(url))
        return client


class RedisClusterAt(RedisAt):
    """A Redis Cluster: `redis+cluster://HOST:PORT,HOST:PORT`, of which some are enough."""

    def __init__(self, url: str) -> None:
        hosts = _hosts(urlsplit(url).netloc, 6379)
        self._nodes = [ClusterNode(host.host, host.port) for host in hosts]
        super().__init__(_plain(url, hosts[0].host))

    async def address(self, key: str) -> Address:
        """Where the master of this key's slot is."""
        await self._cluster.initialize()
        node = self._cluster.get_node_from_key(key)
        if node is None:
            raise RedisConnectionError("no master has this key's slot")
        return Address(node.host, int(node.port))

    async def find_anew(self) -> None:
        """After a failover or a moved slot."""
        await self._cluster.nodes_manager.initialize()

    def _client(self, url: str) -> Redis:
        options = PATIENCE | _without_host(url)
        self._cluster = RedisCluster(startup_nodes=self._nodes, **options)
        return self._cluster  # type: ignore[return-value]  # it has the commands that we use


def redis_at(url: str) -> RedisAt:
    """The Redis that this URL names."""
    kinds = {"redis+sentinel": RedisBySentinel, "redis+cluster": RedisClusterAt}
    return kinds.get(urlsplit(url).scheme, RedisAt)(url)


def is_elsewhere(error: ResponseError) -> bool:
    """Whether a Redis refuses because another one keeps the key now."""
    return str(error).startswith(("MOVED", "ASK", "READONLY", "CLUSTERDOWN"))


PATIENCE: Options = {
    "socket_timeout": 2,
    "socket_connect_timeout": CONNECTS_WITHIN_S,
    "retry": Retry(ExponentialBackoff(cap=0.2, base=0.02), 3),
}
SENTINELS: Options = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}


def _hosts(netloc: str, port: int) -> list[Address]:
    places = (place.rpartition("@")[2].partition(":") for place in netloc.split(","))
    return [Address(host, int(given or port)) for host, _, given in places]


def _plain(url: str, host: str) -> str:
    """The same user, password and options as of one Redis at this host."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return f"redis://{user}{at}{host}" + (f"?{parts.query}" if parts.query else "")


def _without_host(url: str) -> Options:
    return {k: v for k, v in parse_url(url).items() if k not in ("host", "port")}


def _tls(options: Options) -> Any:
    if options.get("connection_class") is not SSLConnection:
        return None
    given = {name: value for name, value in options.items() if name.startswith("ssl_")}
    return SSLConnection(**given).ssl_context.get()
