"""Why a Redis that answers does not let us work, in a sentence without anything secret."""

from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

NOT_LET_IN = ("WRONGPASS", "NOAUTH", "ERR AUTH", "ERR invalid password")
"""How the refusal of a login begins; redis-py has errors of its own for it, a lean line has not."""


def why_refused(error: RedisError) -> str:
    """The reason; empty where this Redis is away, or the fault is another one."""
    said = str(error)
    if isinstance(error, AuthenticationError) or said.startswith(NOT_LET_IN):
        return "Redis does not let us in: the user or the password in REDIS_URL is not right."
    if isinstance(error, NoPermissionError) or said.startswith("NOPERM"):
        return "Redis lets us in, but its user may not do all that is needed (docs/operations.md)."
    return ""
