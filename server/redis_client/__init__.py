"""What REDIS_URL names: one Redis, a master found by Sentinel, or a Redis Cluster.

Owns which URL means which; each kind has its file: how it is found, connected to, and followed when
another Redis takes its place. Knows no key.
"""

from urllib.parse import urlsplit

from redis.exceptions import ResponseError

from server.redis_client.cluster import RedisClusterAt
from server.redis_client.sentinel import RedisBySentinel
from server.redis_client.single import Address, RedisAt

__all__ = ["Address", "RedisAt", "is_elsewhere", "redis_at"]


def redis_at(url: str) -> RedisAt:
    """The Redis that this URL names."""
    kinds = {"redis+sentinel": RedisBySentinel, "redis+cluster": RedisClusterAt}
    return kinds.get(urlsplit(url).scheme, RedisAt)(url)


def is_elsewhere(error: ResponseError) -> bool:
    """Whether a Redis refuses because another one keeps the key now."""
    return str(error).startswith(("MOVED", "ASK", "READONLY", "CLUSTERDOWN"))
