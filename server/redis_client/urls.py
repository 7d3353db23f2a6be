"""URLs that name several hosts: what redis-py's own parser does not read."""

from urllib.parse import urlsplit

from redis.asyncio.connection import parse_url

from server.redis_client.single import Address, Options


def hosts(netloc: str, port: int) -> list[Address]:
    """The hosts of a URL, each with its port or this one."""
    places = (place.rpartition("@")[2].partition(":") for place in netloc.split(","))
    return [Address(host, int(given or port)) for host, _, given in places]


def plain(url: str, host: str) -> str:
    """The same user, password and options as of one Redis at this host."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return f"redis://{user}{at}{host}" + (f"?{parts.query}" if parts.query else "")


def without_host(url: str) -> Options:
    """The user, password and options."""
    given = parse_url(plain(url, "localhost"))
    return {name: value for name, value in given.items() if name not in ("host", "port")}
