"""The pages for operators: liveness, readiness, metrics."""

import hmac
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server import VERSION, metrics
from server.http.addresses import is_from_here
from server.redis_client.errors import why_refused
from server.store.store import Store


def routes(
    store: Store,
    why_not: Callable[[], list[str]],
    remarks: Callable[[], list[str]],
    metrics_key: str | None,
) -> list[Route]:
    """The three pages. `why_not` returns reasons why this process is not ready, `remarks` anything
    else that its operator should know."""

    async def readyz(_request: Request) -> Response:
        """Readiness: 200, or 503 with a reason in each line."""
        reasons = why_not()
        try:
            await store.check()
        except RedisError as error:
            reasons.append(why_refused(error) or f"Redis does not answer ({type(error).__name__})")
        lines = reasons or ["ok", *remarks()]
        return PlainTextResponse("\n".join(lines), 503 if reasons else 200)

    async def metrics_page(request: Request) -> Response:
        """The metrics, for Prometheus. Hidden from others, who could learn from them what is
        pressed in a room of few."""
        if not (_is_from_here(request) or _has_key(request, metrics_key)):
            raise HTTPException(404)
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics_page, methods=["GET"]),
    ]


async def healthz(_request: Request) -> Response:
    """Liveness: 200, and the version. It is no secret, since the code is public."""
    return PlainTextResponse(f"ok\n{VERSION}")


def _is_from_here(request: Request) -> bool:
    """Whether this comes from this machine itself, not through a proxy on it.

    Requests through a proxy that FORWARDED_ALLOW_IPS does not list come from the loopback, too.
    """
    if "x-forwarded-for" in request.headers:
        return False
    return is_from_here(request.client.host if request.client else "")


def _has_key(request: Request, key: str | None) -> bool:
    given = request.headers.get("authorization", "").encode()
    return key is not None and hmac.compare_digest(given, f"Bearer {key}".encode())
