"""A master that Sentinel names: `redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME`.

Owns the address of the current master, and how many replicas must have a change before it counts:
all that Sentinel sees in sync, and at least one. Any of them may be the next master.
The Sentinels' own login is `?sentinel_username=…&sentinel_password=…`.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from redis.asyncio import Redis, Sentinel
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from server.redis_client.connection import Answer, RedisConnection
from server.redis_client.single import LIBRARY, Address, Options, Topology
from server.redis_client.urls import hosts, plain

POLLS_EVERY_S = 1.0
SENTINELS: Options = {
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "retry": Retry(NoBackoff(), 0),  # Another Sentinel is tried instead.
    "decode_responses": True,
    "protocol": LIBRARY["protocol"],
    "driver_info": LIBRARY["driver_info"],
}
Row = dict[str, Any]
"""A Sentinel's description of a Redis. Any: many fields of all kinds."""
SENTINEL_LOGIN = ("sentinel_username", "sentinel_password")


class SentinelTopology(Topology):
    """Follows the master from one Redis to the next."""

    waits_for_replicas = 1

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        login = {
            name.removeprefix("sentinel_"): query.pop(name)
            for name in SENTINEL_LOGIN
            if name in query
        }
        self._name = parts.path.strip("/") or "mymaster"
        self._sentinels = _Sentinels(hosts(parts.netloc, 26379), login)
        self._master: Address | None = None
        self._open: dict[RedisConnection, Address] = {}
        url = urlunsplit(parts._replace(query=urlencode(query)))
        super().__init__(plain(url, "localhost"))

    async def address(self, _key: str) -> Address:
        """The address of the master."""
        return self._master or await self._refresh_master()

    async def rediscover(self) -> None:
        """Looks up the master again."""
        await self._refresh_master()

    async def follow(self) -> None:
        """Polls Sentinel: a replaced master may not know that it is replaced."""
        while True:
            with suppress(RedisError):  # While no Sentinel answers, nothing changes.
                before = self._master
                if await self._refresh_master() == before:
                    in_sync = await self._sentinels.in_sync(self._name)
                    self.waits_for_replicas = max(1, len(in_sync))
            await asyncio.sleep(POLLS_EVERY_S)

    async def close(self) -> None:
        """Drops all connections, also those to the Sentinels."""
        await super().close()
        await self._sentinels.aclose()

    async def _replicas(self, _key: str) -> list[Address]:
        return [_address(one) for one in await self._sentinels.replicas(self._name)]

    async def _refresh_master(self) -> Address:
        master = await self._sentinels.discover_master(self._name)
        if master != self._master:
            self._master, self.waits_for_replicas = master, 1
            # A subscription to the former master would receive nothing more and not notice it;
            # commands would read stale values.
            for connection, address in tuple(self._open.items()):
                if address != master:
                    connection.close()
            await self._pool.disconnect(inuse_connections=False)
            await self._pool.update_active_connections_for_reconnect()  # type: ignore[no-untyped-call]  # redis-py left it so
        return master

    def _library(self) -> Redis:
        options = {**self._options, **LIBRARY}
        client: Redis = self._sentinels.master_for(self._name, **options)
        self._pool = client.connection_pool
        return client

    async def _connect(
        self, address: Address, on_push: Callable[[Answer], None] | None
    ) -> RedisConnection:
        connection = await super()._connect(address, on_push)
        self._open[connection] = address
        connection.lost.add_done_callback(lambda _: self._open.pop(connection))
        return connection


class _Sentinels(Sentinel):
    """Asks for the master as Redis' guide for Sentinel clients says: so a new one is known as soon
    as it is elected, not only when all replicas follow it."""

    def __init__(self, addresses: list[Address], login: Options) -> None:
        super().__init__([tuple(one) for one in addresses], sentinel_kwargs={**SENTINELS, **login})  # type: ignore[no-untyped-call]  # redis-py left it so

    async def discover_master(self, service_name: str) -> Address:
        """The master, from the first Sentinel that answers. redis-py's client asks here, too."""
        refusal: RedisError = MasterNotFoundError("no Sentinel answers")
        for index, sentinel in enumerate(self.sentinels):
            try:
                # Any: redis-py's type is wider than its reply.
                master: Any = await sentinel.sentinel_get_master_addr_by_name(service_name)
            except AuthenticationError as error:
                refusal = error
            except (RedisConnectionError, RedisTimeoutError):
                continue
            else:
                if master:
                    # This Sentinel is the first to ask next time.
                    self.sentinels.insert(0, self.sentinels.pop(index))
                    return Address(master[0], int(master[1]))
                refusal = MasterNotFoundError(f"no Sentinel knows a master {service_name}")
        raise refusal

    async def in_sync(self, name: str) -> list[Address]:
        """The replicas that are up and linked to their master."""
        return [
            _address(one)
            for one in await self.replicas(name)
            if not (one["is_sdown"] or one["is_disconnected"]) and one["master-link-status"] == "ok"
        ]

    async def replicas(self, name: str) -> list[Row]:
        """All replicas that the Sentinel knows, in any state."""
        replicas: Any = await self.sentinels[0].sentinel_slaves(name)
        return list(replicas)


def _address(replica: Row) -> Address:
    return Address(replica["ip"], int(replica["port"]))
