"""What Redis holds of a circle and this release cannot read: that circle's trouble alone.

Owns the error, and that it is counted and logged: by a hash of the key and the type of the error,
since either's own words may hold a circle's id or what people typed.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import structlog
from redis.exceptions import RedisError, ResponseError

from server import metrics
from server.room.state import NewerSchema

log = structlog.stdlib.get_logger(__name__)

WRONG_TYPE = "WRONGTYPE"
PARSING = (msgspec.MsgspecError, ValueError, LookupError, RecursionError)
"""What parsing a value raises."""


class Unreadable(RedisError):
    """A value of one circle that cannot be read. It is left as it is."""


class TooNew(Unreadable):
    """A later release has written this value, so another process may well read it."""


@contextmanager
def reading(key: str) -> Iterator[None]:
    """Raises Unreadable where what stands under this key, or beside it, is no value of ours."""
    try:
        yield
    except NewerSchema as error:
        count_unreadable(key, error)
        raise TooNew from None
    except PARSING as error:
        count_unreadable(key, error)
        raise Unreadable from None
    except ResponseError as error:
        if WRONG_TYPE not in str(error):
            raise
        count_unreadable(key, error)
        raise Unreadable from None


def count_unreadable(key: str, error: Exception) -> None:
    """Counts and logs it. An operator finds the key by its hash (docs/operations.md)."""
    digest = hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()[:12]
    what = key.rpartition(":")[2] if key.startswith("circle:") else "due"
    what = what if what in ("room", "news", "due") else "circle"
    metrics.UNREADABLE.labels(what).inc()
    log.warning("a value cannot be read", what=what, key=digest, error=type(error).__name__)
