"""A master that Sentinel names: `redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME`.

Owns who the master is now, and how many replicas a change has to reach there before it counts: all
that Sentinel sees in step, and never none. For any of them may be the next master.
A password of the Sentinels' own is said as `?sentinel_username=…&sentinel_password=…`.
"""

import asyncio
from collections.abc import Awaitable, Callable
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
from server.redis_client.single import PATIENCE, Address, Options, Topology
from server.redis_client.urls import hosts, plain, without_host

LOOKS_EVERY_S = 1.0
SENTINELS: Options = {
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "retry": Retry(NoBackoff(), 0),  # There are others to ask.
    "decode_responses": True,
}
Row = dict[str, Any]
"""What a Sentinel says of one Redis. Any: many fields of all kinds."""
OWN = ("sentinel_username", "sentinel_password")


class SentinelTopology(Topology):
    """Follows the master from one Redis to the next."""

    waits_for_replicas = 1

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        login = {name.removeprefix("sentinel_"): query.pop(name) for name in OWN if name in query}
        self._name = parts.path.strip("/") or "mymaster"
        self._sentinels = _Sentinels(hosts(parts.netloc, 26379), login, self._look)
        self._master: Address | None = None
        self._open: dict[RedisConnection, Address] = {}
        url = urlunsplit(parts._replace(query=urlencode(query)))
        super().__init__(plain(url, "localhost"))

    async def address(self, _key: str) -> Address:
        """Where the master is."""
        return self._master or await self._look()

    async def rediscover(self) -> None:
        """Whoever answered is not the master any more."""
        await self._look()

    async def follow(self) -> None:
        """A master that was replaced need not know it, and says nothing: so this is asked."""
        while True:
            with suppress(RedisError):  # As long as no Sentinel answers, all stays as it was.
                before = self._master
                if await self._look() == before:
                    in_step = await self._sentinels.in_step(self._name)
                    self.waits_for_replicas = max(1, len(in_step))
            await asyncio.sleep(LOOKS_EVERY_S)

    async def close(self) -> None:
        """Drops every connection, those to the Sentinels, too."""
        await super().close()
        await self._sentinels.aclose()

    async def _replicas(self, _key: str) -> list[Address]:
        return [_address(one) for one in await self._sentinels.replicas(self._name)]

    async def _look(self) -> Address:
        master = await self._sentinels.named(self._name)
        if master != self._master:
            self._master, self.waits_for_replicas = master, 1
            # Whoever listens to the one before hears nothing more, and would not know it; whoever
            # asks it is told what was.
            for line, address in tuple(self._open.items()):
                if address != master:
                    line.close()
            pool = self.client.connection_pool
            await pool.disconnect(inuse_connections=False)
            await pool.update_active_connections_for_reconnect()  # type: ignore[no-untyped-call]  # redis-py left it so
        return master

    async def _dial(
        self, address: Address, heard: Callable[[Answer], None] | None
    ) -> RedisConnection:
        line = await super()._dial(address, heard)
        self._open[line] = address
        line.lost.add_done_callback(lambda _: self._open.pop(line))
        return line

    def _client(self, url: str) -> Redis:
        client: Redis = self._sentinels.master_for(self._name, **PATIENCE, **without_host(url))
        return client


class _Sentinels(Sentinel):
    """Asked for the master as their guide for clients says: so a new one is named as soon as it is
    chosen, and not only when all others follow it."""

    def __init__(
        self, places: list[Address], login: Options, look: Callable[[], Awaitable[Address]]
    ) -> None:
        super().__init__([tuple(one) for one in places], sentinel_kwargs={**SENTINELS, **login})  # type: ignore[no-untyped-call]  # redis-py left it so
        self._look = look

    async def discover_master(self, service_name: str) -> Address:  # noqa: ARG002 - its signature
        """For redis-py's own connections: they go where all others go."""
        return await self._look()

    async def named(self, name: str) -> Address:
        """The master, by the first Sentinel that answers."""
        refusal: RedisError = MasterNotFoundError("no Sentinel answers")
        for place, sentinel in enumerate(self.sentinels):
            try:
                # Any: redis-py's type says less than its answer.
                found: Any = await sentinel.sentinel_get_master_addr_by_name(name)
            except AuthenticationError as error:
                refusal = error
            except (RedisConnectionError, RedisTimeoutError):
                continue
            else:
                if found:
                    # The next time it is asked first.
                    self.sentinels.insert(0, self.sentinels.pop(place))
                    return Address(found[0], int(found[1]))
                refusal = MasterNotFoundError(f"no Sentinel knows a master {name}")
        raise refusal

    async def in_step(self, name: str) -> list[Address]:
        """The replicas that are there and linked to their master."""
        return [
            _address(one)
            for one in await self.replicas(name)
            if not (one["is_sdown"] or one["is_disconnected"]) and one["master-link-status"] == "ok"
        ]

    async def replicas(self, name: str) -> list[Row]:
        """All replicas that the Sentinel knows of, whatever state they are in."""
        replicas: Any = await self.sentinels[0].sentinel_slaves(name)
        return list(replicas)


def _address(replica: Row) -> Address:
    return Address(replica["ip"], int(replica["port"]))
