"""What whoever runs the server asks a process: does it live, can it serve, what did it count?"""

import hmac
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server import metrics
from server.http.addresses import is_from_here
from server.redis_client.errors import why_refused
from server.store.store import Store


def routes(
    store: Store,
    why_not: Callable[[], list[str]],
    remarks: Callable[[], list[str]],
    metrics_key: str | None,
) -> list[Route]:
    """`why_not` tells why people should not be sent to this process, `remarks` what else whoever
    runs it should know."""

    async def readyz(_request: Request) -> Response:
        """Whether people may be sent to this process; if not, why, a reason a line."""
        reasons = why_not()
        try:
            await store.deadlines.due()
        except RedisError as error:
            reasons.append(why_refused(error) or f"Redis does not answer ({type(error).__name__})")
        said = reasons or ["ok", *remarks()]
        return PlainTextResponse("\n".join(said), 503 if reasons else 200)

    async def measures(request: Request) -> Response:
        """What is counted, for Prometheus, and for nobody who could learn from it what is pressed
        in a room of few."""
        if not (_is_from_here(request) or _has_key(request, metrics_key)):
            raise HTTPException(404)
        return Response(metrics.told(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", measures, methods=["GET"]),
    ]


async def healthz(_request: Request) -> Response:
    """The process lives."""
    return PlainTextResponse("ok")


def _is_from_here(request: Request) -> bool:
    """Whether this comes from this machine itself, and not through a proxy on it.

    A proxy that FORWARDED_ALLOW_IPS does not list still has the loopback's address here.
    """
    if "x-forwarded-for" in request.headers:
        return False
    return is_from_here(request.client.host if request.client else "")


def _has_key(request: Request, key: str | None) -> bool:
    given = request.headers.get("authorization", "").encode()
    return key is not None and hmac.compare_digest(given, f"Bearer {key}".encode())
