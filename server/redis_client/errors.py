"""Sentences for a Redis that answers but refuses our commands, without secrets."""

from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)

LOGIN_ERRORS = ("WRONGPASS", "NOAUTH", "ERR AUTH", "ERR invalid password")
"""The prefixes of a refused login. redis-py has an error class for it, our connection has not."""

WRITE_ERRORS = {
    "OOM": "Redis is full, and takes nothing new (maxmemory).",
    "MISCONF": "Redis cannot write to its disk, and takes nothing new.",
    "READONLY": "This Redis is a replica, and takes nothing new.",
}
"""By the first word of Redis' error."""
NAMED: dict[type[RedisError], str] = {OutOfMemoryError: "OOM", ReadOnlyError: "READONLY"}
"""The errors of redis-py that omit this word."""


def is_forbidden(error: RedisError) -> bool:
    """Whether our Redis user may not run this command."""
    return isinstance(error, NoPermissionError) or str(error).startswith("NOPERM")


def why_refused(error: RedisError) -> str:
    """The reason for a refusal; empty for any other error."""
    if isinstance(error.__cause__, RedisError):  # redis-py hides a refused login on a Unix socket.
        return why_refused(error.__cause__)
    text = str(error)
    if isinstance(error, AuthenticationError) or text.startswith(LOGIN_ERRORS):
        return "Redis does not let us in: the user or the password in REDIS_URL is not right."
    if is_forbidden(error):
        return "Redis lets us in, but its user may not do all that is needed (docs/operations.md)."
    return WRITE_ERRORS.get(NAMED.get(type(error), text.partition(" ")[0]), "")
