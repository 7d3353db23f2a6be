"""Token buckets, which fill at a steady rate, and the rate limits of connections and seats.

They hold within one process; those of all processes together are in Redis (store/limits.py).
A connection over its limit is not read meanwhile, so a flood fills only its own socket. A signal
over the limit of its seat is dropped; pages try again.
"""


class TokenBucket:
    """Holds up to `at_once` tokens and gains `a_second`. Times are those of a monotonic clock."""

    def __init__(self, at_once: int, a_second: float) -> None:
        self.at_once = at_once
        self._a_second = a_second
        self._left = float(at_once)
        self._filled_at = 0.0

    def wait_s(self, now: float) -> float:
        """Takes one token; returns how long to wait before the next one, 0 within the limit."""
        self._left = self._filled(now) - 1
        return max(0.0, -self._left / self._a_second)

    def take(self, now: float, tokens: int) -> bool:
        """Takes so many tokens, or none if there are fewer; returns whether it did."""
        self._left = self._filled(now)
        if tokens > self._left:
            return False
        self._left -= tokens
        return True

    def _filled(self, now: float) -> float:
        grown = self._left + (now - self._filled_at) * self._a_second
        self._filled_at = now
        return min(self.at_once, grown)


def for_commands() -> TokenBucket:
    """For one seat: a person presses less often than this, even in a hurry."""
    return TokenBucket(40, 10)


def for_signalling() -> TokenBucket:
    """For what a page sends by itself: pings, and signals to set up voices with a whole circle."""
    return TokenBucket(240, 60)


def for_signals_of_a_seat() -> TokenBucket:
    """Bytes, of all its connections to a process: 10 KB for each of eleven people, many times."""
    return TokenBucket(1024 * 1024, 64 * 1024)


def for_signals_of_a_pair() -> TokenBucket:
    """Bytes from one seat to another: a tenth of the slowest line that carries a voice."""
    return TokenBucket(128 * 1024, 8 * 1024)
