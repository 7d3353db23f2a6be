"""URLs with several hosts, which redis-py's own parser does not read."""

from urllib.parse import urlsplit

from redis.asyncio.connection import parse_url

from server.redis_client.single import Address, Options


def hosts(netloc: str, port: int) -> list[Address]:
    """The addresses in a URL; `port` is the default."""
    parts = (part.rpartition("@")[2].partition(":") for part in netloc.split(","))
    return [Address(host, int(given or port)) for host, _, given in parts]


def plain(url: str, host: str) -> str:
    """The URL of a single Redis at this host, with the same user, password and options."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return f"redis://{user}{at}{host}" + (f"?{parts.query}" if parts.query else "")


def without_host(url: str) -> Options:
    """The user, password and options, as redis-py takes them."""
    given = parse_url(plain(url, "localhost"))
    return {name: value for name, value in given.items() if name not in ("host", "port")}
