"""The servers' clock: that of the Redis which keeps the deadlines. In a Cluster each master has its
own."""

import time


class ServerClock:
    """Redis' clock as this process knows it: its own, and how far that is off."""

    def __init__(self) -> None:
        self._offset_ms = 0

    def now(self) -> int:
        """Epoch ms."""
        return own_clock() + self._offset_ms

    def set(self, asked: int, told: int) -> None:
        """Takes over `told`, Redis' time at some moment between `asked` (on our own clock) and now.

        An offset that fits this stays as it is: if `told` counted as the time of its arrival, the
        clock would go back whenever an answer has to wait.
        """
        earliest, latest = told - own_clock(), told - asked
        self._offset_ms = min(max(self._offset_ms, earliest), latest)


def own_clock() -> int:
    """This machine's clock: epoch ms."""
    return int(time.time() * 1000)
