"""The circle's next session, as its room knows it: for people who come before its hour.

A copy of facts about the circle (circle/coming.py makes it), since nothing else of a room reads the
circle. It is made as the room opens, and renewed in the commit that changes the schedule
(store/circles_and_rooms.py), so that every process shows the new one at once.
"""

from msgspec import Struct

EARLY_MS = 15 * 60_000
"""A person who comes so long before the session, or longer, reads when it starts."""
MOVED, CANCELLED = "moved", "cancelled"


class Coming(Struct, frozen=True, omit_defaults=True):
    """The next session, and what was changed at short notice."""

    zone: str
    """The circle's time zone."""
    date: str = ""
    """The original local date of the session, YYYY-MM-DD; empty if none is planned."""
    starts_at: int = 0
    """Epoch ms; 0 if none is planned."""
    ends_at: int = 0
    """Epoch ms; if no session is planned, when the cancelled one would have ended."""
    news: str = ""
    """MOVED or CANCELLED, if a session was changed so shortly before it that the room says so."""
    was: int = 0
    """When that session would have started (epoch ms)."""

    @property
    def early_until(self) -> int:
        """Until then (epoch ms) it is too early for the session, so that nobody is expected."""
        return self.starts_at - EARLY_MS if self.starts_at else self.ends_at

    def is_early(self, now: int) -> bool:
        return now < self.early_until
