"""Token buckets within one process, which fill at a steady rate."""


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
