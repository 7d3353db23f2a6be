"""A Redis Cluster: `redis+cluster://USER:PASSWORD@HOST:PORT,HOST:PORT`, with some of its nodes.

Finds the master of a key.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from redis.asyncio import RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

from server.redis_client.single import CONNECTS_WITHIN_S, Address, Options, Topology
from server.redis_client.urls import hosts, plain, without_host

PATIENCE: Options = {
    "socket_timeout": 2,
    "socket_connect_timeout": CONNECTS_WITHIN_S,
    # Not after a timeout: a silent Redis would hold up the caller again and again.
    "retry": Retry(ExponentialBackoff(cap=0.2, base=0.02), 3, (RedisConnectionError,)),
}


class ClusterTopology(Topology):
    """Finds the master of each key's slot."""

    is_one = False

    def __init__(self, url: str) -> None:
        addresses = hosts(urlsplit(url).netloc, 6379)
        nodes = [ClusterNode(address.host, address.port) for address in addresses]
        self._cluster = RedisCluster(startup_nodes=nodes, **PATIENCE, **without_host(url))
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

    async def close(self) -> None:
        """Drops all connections, also those by which it finds the slots."""
        await super().close()
        await self._cluster.aclose()


@contextmanager
def _as_redis_error() -> Iterator[None]:
    """redis-py raises no RedisError if no node answers; this does."""
    try:
        yield
    except RedisClusterException as error:
        raise RedisConnectionError(str(error)) from None
