"""What REDIS_URL names: one Redis, a master found by Sentinel, or a Redis Cluster.

Owns which URL means which; each kind has its file: how it is found, connected to, and followed when
another Redis takes its place. Knows no key.
"""

from urllib.parse import urlsplit

from redis.exceptions import ResponseError

from server.redis_client.cluster import ClusterTopology
from server.redis_client.sentinel import SentinelTopology
from server.redis_client.single import Address, Topology

__all__ = ["Address", "Topology", "is_elsewhere", "topology_of"]


def topology_of(url: str) -> Topology:
    """The Redis that this URL names."""
    kinds = {"redis+sentinel": SentinelTopology, "redis+cluster": ClusterTopology}
    return kinds.get(urlsplit(url).scheme, Topology)(url)


def is_elsewhere(error: ResponseError) -> bool:
    """Whether a Redis refuses because another one keeps the key now."""
    return str(error).startswith(("MOVED", "ASK", "READONLY", "CLUSTERDOWN"))
