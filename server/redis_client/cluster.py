"""A Redis Cluster: `redis+cluster://USER:PASSWORD@HOST:PORT,HOST:PORT`, with some of its nodes.

Finds the master of a key.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from redis.asyncio import RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

from server.redis_client.single import LIBRARY, Address, Options, Topology
from server.redis_client.urls import hosts, plain, without_host

NODE_ANSWERS_WITHIN_S = 3
"""When it looks for the slots, before a commit too, each silent node costs so much time. The store
waits less for a call of redis-py, whose cancellation may not come together with this timeout
(asyncio.wait_for)."""


class ClusterTopology(Topology):
    """Finds the master of each key's slot."""

    is_one = False

    def __init__(self, url: str) -> None:
        addresses = hosts(urlsplit(url).netloc, 6379)
        nodes = [ClusterNode(address.host, address.port) for address in addresses]
        options = {**without_host(url), **LIBRARY, "socket_timeout": NODE_ANSWERS_WITHIN_S}
        self._cluster = RedisCluster(startup_nodes=nodes, **options)
        super().__init__(plain(url, addresses[0].host))

    async def address(self, key: str) -> Address:
        """The address of the master of this key's slot."""
        node = await self._owner(key)
        return Address(node.host, int(node.port))

    async def to_owner(self, key: str) -> Options:
        """The same, for redis-py."""
        return {"target_nodes": await self._owner(key)}

    async def _owner(self, key: str) -> ClusterNode:
        """The master of this key's slot."""
        with _as_redis_error():
            await self._cluster.initialize()
            node = self._cluster.get_node_from_key(key)
        if node is None:
            raise RedisConnectionError("no master has this key's slot")
        return node

    def _library(self) -> RedisCluster:
        return self._cluster

    async def _replicas(self, key: str) -> list[Address]:
        nodes = self._cluster.nodes_manager.slots_cache.get(self._cluster.keyslot(key), [])
        return [Address(node.host, int(node.port)) for node in nodes[1:]]

    async def masters(self) -> list[Address]:
        with _as_redis_error():
            await self._cluster.initialize()
            primaries = self._cluster.get_primaries()
        return [Address(node.host, int(node.port)) for node in primaries]

    async def everywhere(self) -> list[Address]:
        with _as_redis_error():
            await self._cluster.initialize()
            nodes = self._cluster.get_nodes()
        return [Address(node.host, int(node.port)) for node in nodes]

    async def rediscover(self) -> None:
        """Reads the slots again, after a failover or a moved slot."""
        with _as_redis_error():
            await self._cluster.nodes_manager.initialize()

    async def close(self) -> None:
        """Closes all connections, also those of a discovery that was cut short: redis-py leaves
        these open.
        """
        await super().close()
        manager = self._cluster.nodes_manager
        nodes = {*manager.nodes_cache.values(), *manager.startup_nodes.values()}
        await asyncio.gather(*(node.disconnect() for node in nodes), return_exceptions=True)


@contextmanager
def _as_redis_error() -> Iterator[None]:
    """redis-py raises no RedisError if no node answers; this does."""
    try:
        yield
    except RedisClusterException as error:
        raise RedisConnectionError(str(error)) from None
