"""How often calendar feeds are read, by secret and by all readers of this process together.

It is decided before anything is read from Redis, so that a flood of readers does not touch the
rooms. A program reads a feed a few times a day.
"""

import re
from collections import OrderedDict

from server.identity import CIRCLE_ID, LETTER, PROOF_LETTERS
from server.token_bucket import TokenBucket

MOST_SECRETS = 4096
"""Of so many secrets the buckets are kept, those that were used last."""
AT_ONCE, EVERY_S = 12, 30
"""Of one secret: a burst, and one more in so many seconds."""
ALL_AT_ONCE, ALL_A_SECOND = 200, 20
"""Of all secrets together."""
_SECRET = re.compile(f"{CIRCLE_ID}\\.{LETTER}{{{PROOF_LETTERS}}}")


def is_well_formed(secret: str) -> bool:
    """Whether it looks like the secret of a feed."""
    return _SECRET.fullmatch(secret) is not None


class FeedLimit:
    """The token buckets of one process. Times are those of a monotonic clock."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, TokenBucket] = OrderedDict()
        self._of_all = TokenBucket(ALL_AT_ONCE, ALL_A_SECOND)

    def allows(self, secret: str, now: float) -> bool:
        """Takes a token of this secret and one of all; returns whether there were both."""
        bucket = self._of.pop(secret, None) or TokenBucket(AT_ONCE, 1 / EVERY_S)
        self._of[secret] = bucket
        if len(self._of) > MOST_SECRETS:
            self._of.popitem(last=False)
        return bucket.take(now, 1) and self._of_all.take(now, 1)
