"""Why a Redis that answers does not let us work, in a sentence without anything secret."""

from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)

NOT_LET_IN = ("WRONGPASS", "NOAUTH", "ERR AUTH", "ERR invalid password")
"""How the refusal of a login begins; redis-py has errors of its own for it, a lean line has not."""

TAKES_NOTHING = {
    "OOM": "Redis is full, and takes nothing new (maxmemory).",
    "MISCONF": "Redis cannot write to its disk, and takes nothing new.",
    "READONLY": "This Redis is a replica, and takes nothing new.",
}
"""By the first word of what Redis says."""
NAMED: dict[type[RedisError], str] = {OutOfMemoryError: "OOM", ReadOnlyError: "READONLY"}
"""The errors of redis-py that leave this word out."""


def is_forbidden(error: RedisError) -> bool:
    """Whether the Redis user that we are may not give this command."""
    return isinstance(error, NoPermissionError) or str(error).startswith("NOPERM")


def why_refused(error: RedisError) -> str:
    """The reason; empty where this Redis is away, or the fault is another one."""
    said = str(error)
    if isinstance(error, AuthenticationError) or said.startswith(NOT_LET_IN):
        return "Redis does not let us in: the user or the password in REDIS_URL is not right."
    if is_forbidden(error):
        return "Redis lets us in, but its user may not do all that is needed (docs/operations.md)."
    return TAKES_NOTHING.get(NAMED.get(type(error), said.partition(" ")[0]), "")
