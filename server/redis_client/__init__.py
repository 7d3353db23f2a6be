"""The topology that REDIS_URL names: a single Redis, Sentinel, or a Redis Cluster.

Chooses the topology by the URL's scheme. Each topology has its file: how it finds the Redis,
connects, and follows a failover. Knows no key.
"""

from urllib.parse import urlsplit

from redis.exceptions import ResponseError

from server.redis_client.cluster import ClusterTopology
from server.redis_client.sentinel import SentinelTopology
from server.redis_client.single import Address, Topology

__all__ = ["Address", "Topology", "is_elsewhere", "topology_of"]


def topology_of(url: str) -> Topology:
    topologies = {"redis+sentinel": SentinelTopology, "redis+cluster": ClusterTopology}
    return topologies.get(urlsplit(url).scheme, Topology)(url)


def is_elsewhere(error: ResponseError) -> bool:
    """Whether this error means that another Redis keeps the key now."""
    return str(error).startswith(("MOVED", "ASK", "READONLY", "CLUSTERDOWN"))
