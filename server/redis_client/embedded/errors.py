"""The one error of this package."""

from server.config import CannotStart


class EmbeddedRedisError(CannotStart):
    """The embedded Redis cannot run."""
