"""Rate limits within one process: token buckets, filled at a steady pace.

Owns the budgets of a connection and of a seat. What a connection asks over its budget waits unread,
so a flood fills only its own line. What a seat signals over its budget is dropped; pages try again.
"""


class TokenBucket:
    """So many at once, and so many a second for long. Seconds are those of a monotonic clock."""

    def __init__(self, at_once: int, a_second: float) -> None:
        self.at_once = at_once
        self._a_second = a_second
        self._left = float(at_once)
        self._filled_at = 0.0

    def wait_s(self, now: float) -> float:
        """Takes one token; how long to wait before the next word is heard, 0 within the budget."""
        self._left = self._filled(now) - 1
        return max(0.0, -self._left / self._a_second)

    def take(self, now: float, tokens: int) -> bool:
        """Takes so many tokens, or none where there are fewer; whether it did."""
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
    """Of one seat: a person presses less often than this, even in a hurry."""
    return TokenBucket(40, 10)


def for_signalling() -> TokenBucket:
    """What a page sends by itself: pings, and what sets up voices with a whole circle."""
    return TokenBucket(240, 60)


def for_signals_of_a_seat() -> TokenBucket:
    """Bytes, by all its connections to a process: ten kilobytes for each of eleven, many times."""
    return TokenBucket(1024 * 1024, 64 * 1024)


def for_signals_of_a_pair() -> TokenBucket:
    """Bytes from one seat to another: a tenth of what the slowest line of a voice takes."""
    return TokenBucket(128 * 1024, 8 * 1024)
