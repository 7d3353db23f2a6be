"""A Redis Cluster: `redis+cluster://USER:PASSWORD@HOST:PORT,HOST:PORT`, with some of its nodes.

Finds the master of a key.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

from server.redis_client.single import PATIENCE, Address, Topology
from server.redis_client.urls import hosts, plain, without_host


class ClusterTopology(Topology):
    """Finds the master of each key's slot."""

    is_one = False

    def __init__(self, url: str) -> None:
        addresses = hosts(urlsplit(url).netloc, 6379)
        self._nodes = [ClusterNode(address.host, address.port) for address in addresses]
        super().__init__(plain(url, addresses[0].host))

    async def address(self, key: str) -> Address:
        """The address of the master of this key's slot."""
        with _as_redis_error():
            await self._cluster.initialize()
            node = self._cluster.get_node_from_key(key)
        if node is None:
            raise RedisConnectionError("no master has this key's slot")
        return Address(node.host, int(node.port))

    async def _replicas(self, key: str) -> list[Address]:
        nodes = self._cluster.nodes_manager.slots_cache.get(self._cluster.keyslot(key), [])
        return [Address(node.host, int(node.port)) for node in nodes[1:]]

    async def rediscover(self) -> None:
        """Reads the slots again, after a failover or a moved slot."""
        with _as_redis_error():
            await self._cluster.nodes_manager.initialize()

    def _client(self, url: str) -> Redis:
        self._cluster = _Cluster(startup_nodes=self._nodes, **PATIENCE, **without_host(url))
        return self._cluster  # type: ignore[return-value]  # it has the commands that we use


class _Cluster(RedisCluster):
    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Any: redis-py's own signature."""
        with _as_redis_error():
            return await super().execute_command(*args, **kwargs)


@contextmanager
def _as_redis_error() -> Iterator[None]:
    """redis-py raises no RedisError if no node answers; this does."""
    try:
        yield
    except RedisClusterException as error:
        raise RedisConnectionError(str(error)) from None
