"""One meeting of a circle, as its schedule computes it."""

from datetime import date
from typing import NamedTuple


class Meeting(NamedTuple):
    """A meeting that the schedule plans, moves or cancels."""

    date: date
    """The original local date, by which the meeting is known for ever."""
    starts_at: int
    """Epoch ms."""
    ends_at: int
    """Epoch ms."""
    state: str
    """`planned`, `moved` or `cancelled`."""
    sequence: int
    """Raised by each change of this meeting, for calendars."""
    changed_at: int
    """When something last changed this meeting (epoch ms); 0 if nothing ever has."""
