"""The headers of all responses."""

from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
NOSNIFF = (b"x-content-type-options", b"nosniff")
PAGES = (
    NOSNIFF,
    (b"content-security-policy", POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), display-capture=()"),
)
# Static files need no other header; a room loads two dozen, often over a slow connection.
FILES = (
    NOSNIFF,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
NOT_STORED = (b"cache-control", b"no-store")
REVALIDATED = (b"cache-control", b"no-cache")
KEPT_BY_ONE = (b"cache-control", b"private, no-cache")
"""For feeds, whose readers ask with an ETag: no store between them and us keeps one."""
FEEDS = "/calendar/"
# With no-referrer browsers send `Origin: null` with a form, and we check the Origin. Only the form
# of a URL that contains a token needs none.
SAME_ORIGIN = (b"referrer-policy", b"same-origin")
NO_REFERRER = (b"referrer-policy", b"no-referrer")
WITH_TOKENS = "/reminders/stop/"
SECURE = (b"strict-transport-security", b"max-age=31536000")


class Headers:
    """Adds the headers of all responses; browsers must not store pages that are about somebody.

    `for_everybody`: the paths of the pages that are about nobody.
    """

    def __init__(self, app: ASGIApp, *, https: bool, for_everybody: Collection[str] = ()) -> None:
        self._app = app
        self._https = https
        self._for_everybody = for_everybody

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith("/static/"):
            headers = [*FILES, REVALIDATED]
        else:
            kept = REVALIDATED if path in self._for_everybody else NOT_STORED
            kept = KEPT_BY_ONE if path.startswith(FEEDS) else kept
            referrer = NO_REFERRER if path.startswith(WITH_TOKENS) else SAME_ORIGIN
            headers = [*PAGES, kept, referrer]
        if scope["scheme"] == "https" or self._https:
            headers.append(SECURE)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)
