"""The servers' clock: the clock of the Redis that keeps the deadlines.

In a Cluster each master has its own.
"""

import time


class ServerClock:
    """An estimate of Redis' clock: this process' clock and its offset."""

    def __init__(self) -> None:
        self._offset_ms = 0

    def now(self) -> int:
        """Epoch ms."""
        return own_clock() + self._offset_ms

    def set(self, sent_at: int, redis_time: int) -> None:
        """Adjusts the offset: `redis_time` was read between `sent_at` (on our own clock) and now.

        An offset within these bounds stays as it is. If `redis_time` counted as the time at which
        the reply arrived, the clock would go back whenever a reply is delayed.
        """
        earliest, latest = redis_time - own_clock(), redis_time - sent_at
        self._offset_ms = min(max(self._offset_ms, earliest), latest)


def own_clock() -> int:
    """This machine's clock: epoch ms."""
    return int(time.time() * 1000)
