"""The one error of this package."""

from server.config import CannotStart


class EmbeddedRedisError(CannotStart):
    """What keeps our Redis from running."""
