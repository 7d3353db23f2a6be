"""Values in Redis that this release cannot decode. Each harms its own circle only.

They are counted and logged by a hash of the key and the type of the error: the key and the error's
text may contain a circle's id or what people typed.
"""

import hashlib

import msgspec
import structlog
from redis.exceptions import RedisError, ResponseError

from server import metrics
from server.room.state import NewerSchema

log = structlog.stdlib.get_logger(__name__)

WRONG_TYPE = "WRONGTYPE"
PARSING = (msgspec.MsgspecError, ValueError, LookupError, RecursionError)
"""The errors that parsing a value raises."""


class Unreadable(RedisError):
    """A value of one circle cannot be decoded. It stays as it is."""


class TooNew(Unreadable):
    """A later release has written this value, so another process may be able to read it."""


class reading:  # noqa: N801 - used as a statement, like contextlib.suppress
    """Turns errors of decoding the value of this key, or of its circle, into Unreadable.

    A class, since each change passes through it: a generator would cost ten times as much.
    """

    def __init__(self, key: str) -> None:
        self._key = key

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if not isinstance(error, Exception):
            return
        if isinstance(error, NewerSchema):
            count_unreadable(self._key, error)
            raise TooNew from None
        is_wrong_type = isinstance(error, ResponseError) and WRONG_TYPE in str(error)
        if isinstance(error, PARSING) or is_wrong_type:
            count_unreadable(self._key, error)
            raise Unreadable from None


def count_unreadable(key: str, error: Exception) -> None:
    """Counts and logs it. Operators find the key by its hash (docs/operations.md)."""
    digest = hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()[:12]
    what = key.rpartition(":")[2] if key.startswith("circle:") else "due"
    what = what if what in ("room", "news", "due") else "circle"
    metrics.UNREADABLE.labels(what).inc()
    log.warning("a value cannot be read", what=what, key=digest, error=type(error).__name__)
