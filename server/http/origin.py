"""The origin of a request: the beginning of our links, and whether a page of ours sends it."""

from starlette.requests import HTTPConnection


def base_url(connection: HTTPConnection, public_url: str | None) -> str:
    """The beginning of invitations: PUBLIC_URL, or the scheme and host of this request."""
    if public_url:
        return public_url
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    return f"{scheme}://{connection.url.netloc}"


def same_origin(connection: HTTPConnection, public_url: str | None) -> bool:
    """Whether a page of ours sends this; cookies alone would let any page press buttons (CSRF)."""
    origin = connection.headers.get("origin")
    if not origin or origin == "null":
        return False
    ours = base_url(connection, public_url)
    if public_url is None:
        # Behind a proxy that terminates TLS only the host is known, not the scheme.
        return origin.partition("://")[2] == ours.partition("://")[2]
    return origin == ours
