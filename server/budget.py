"""How fast one connection may ask: a bucket of tokens, filled at a steady pace.

Owns the two budgets. What is over a budget waits, unread: whoever floods fills only their own line.
"""


class Budget:
    """So many at once, and so many a second for long. Seconds are those of a monotonic clock."""

    def __init__(self, at_once: int, a_second: float) -> None:
        self.at_once = at_once
        self._a_second = a_second
        self._left = float(at_once)
        self._filled_at = 0.0

    def wait_s(self, now: float) -> float:
        """Takes one token; how long to wait before the next word is heard, 0 within the budget."""
        grown = self._left + (now - self._filled_at) * self._a_second
        self._left = min(self.at_once, grown) - 1
        self._filled_at = now
        return max(0.0, -self._left / self._a_second)


def for_commands() -> Budget:
    """A person presses less often than this, even in a hurry."""
    return Budget(40, 10)


def for_signalling() -> Budget:
    """What a page sends by itself: pings, and what sets up voices with a whole circle."""
    return Budget(240, 60)
