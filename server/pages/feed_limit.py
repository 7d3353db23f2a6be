"""How often calendar feeds are read, in this process.

A secret that has opened a feed is known, and has a bucket of its own. All others may be invented:
they share one, and each network address takes its part of it, so that somebody who tries many shuts
out no calendar. It is decided before anything is read from Redis, so that a flood of readers does
not touch the rooms. A program reads a feed a few times a day.
"""

import re
from collections import OrderedDict

from server.identity import CIRCLE_ID, LETTER, PROOF_LETTERS
from server.live.token_bucket import TokenBucket

MOST_KEPT = 8192
"""Of so many known secrets, and addresses, the buckets are kept, those that were used last."""
AT_ONCE, EVERY_S = 12, 30
"""Of one known secret: a burst, and one more in so many seconds."""
ALL_AT_ONCE, ALL_A_SECOND = 200, 20
"""Of all known secrets together, and of all others together."""
ADDRESS_AT_ONCE, ADDRESS_A_SECOND = 30, 1
"""Of secrets that are not known, from one address."""
_SECRET = re.compile(f"{CIRCLE_ID}\\.{LETTER}{{{PROOF_LETTERS}}}")

Buckets = OrderedDict[str, TokenBucket]
"""The one that was used last stands last."""


def is_well_formed(secret: str) -> bool:
    """Whether it looks like the secret of a feed."""
    return _SECRET.fullmatch(secret) is not None


class FeedLimit:
    """The token buckets of one process. Times are those of a monotonic clock."""

    def __init__(self) -> None:
        self._known: Buckets = OrderedDict()
        self._addresses: Buckets = OrderedDict()
        self._all_known = TokenBucket(ALL_AT_ONCE, ALL_A_SECOND)
        self._all_others = TokenBucket(ALL_AT_ONCE, ALL_A_SECOND)

    def allows(self, secret: str, address: str, now: float) -> bool:
        """Takes the tokens of a reading; returns whether there were all. `address` is a digest of
        the reader's, empty if it stands for many."""
        if bucket := self._known.get(secret):
            self._known.move_to_end(secret)
            return bucket.take(now, 1) and self._all_known.take(now, 1)
        if address:
            bucket = self._addresses.get(address) or TokenBucket(ADDRESS_AT_ONCE, ADDRESS_A_SECOND)
            _keep(self._addresses, address, bucket)
            if not bucket.take(now, 1):
                return False
        return self._all_others.take(now, 1)

    def opened(self, secret: str, now: float) -> None:
        """This secret has just opened a feed."""
        if secret not in self._known:
            bucket = TokenBucket(AT_ONCE, 1 / EVERY_S)
            bucket.take(now, 1)
            _keep(self._known, secret, bucket)

    def failed(self, secret: str) -> None:
        """This secret opens nothing, or nothing any more."""
        self._known.pop(secret, None)


def _keep(buckets: Buckets, key: str, bucket: TokenBucket) -> None:
    buckets[key] = bucket
    buckets.move_to_end(key)
    if len(buckets) > MOST_KEPT:
        buckets.popitem(last=False)
