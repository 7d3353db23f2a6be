"""What whoever runs the server asks a process: does it live, can it serve, what did it count?"""

from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server import metrics
from server.redis_at.refusal import why_refused
from server.store import Store


def routes(store: Store, why_not: Callable[[], list[str]]) -> list[Route]:
    """`why_not` tells why people should not be sent to this process."""

    async def readyz(_request: Request) -> Response:
        """Whether people may be sent to this process; if not, why, a reason a line."""
        reasons = why_not()
        try:
            await store.due()
        except RedisError as error:
            reasons.append(why_refused(error) or f"Redis does not answer ({type(error).__name__})")
        return PlainTextResponse("\n".join(reasons) or "ok", 503 if reasons else 200)

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", measures, methods=["GET"]),
    ]


async def healthz(_request: Request) -> Response:
    """The process lives."""
    return PlainTextResponse("ok")


async def measures(_request: Request) -> Response:
    """What is counted, for Prometheus."""
    return Response(metrics.told(), media_type=CONTENT_TYPE_LATEST)
