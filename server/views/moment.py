"""What the regions of a room depend on beside its value: the time. It changes at few moments."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from server.circle.rhythm import instant, local_time
from server.room.coming import Coming
from server.room.state import WAITING, Room


class Moment(NamedTuple):
    """All that is different at another time. Rooms that are equal look the same at equal ones."""

    is_over: bool
    """The time of the phase is over; before the start, that of waiting for the next session."""
    session: Coming | None
    """The next session, until it starts."""
    is_early: bool
    """It is too early for that session."""
    days: int
    """In how many days of the circle's calendar the session is, while it is too early."""


def moment(room: Room, now: int) -> Moment:
    """What is different at this time (epoch ms)."""
    coming = room.coming
    is_early = coming is not None and coming.is_early(now)
    if room.phase == WAITING:
        is_over = not is_early
    else:
        is_over = room.clock is not None and room.clock.left(now) <= 0
    session = coming if coming and now < coming.starts_at else None
    days = _days(coming, now) if coming and is_early and session else 0
    return Moment(is_over, session, is_early, days)


def next_moment(room: Room, now: int) -> int | None:
    """When something will be different although nothing changes in the room (epoch ms)."""
    at = []
    if room.clock is not None and room.clock.paused_at is None:
        at.append(room.clock.ends_at)
    if (coming := room.coming) is not None:
        at += [coming.starts_at, coming.early_until]
        if coming.is_early(now):
            at.append(_midnight(coming.zone, now))
    return min((time for time in at if time > now), default=None)


def _days(coming: Coming, now: int) -> int:
    here, then = local_time(now, coming.zone), local_time(coming.starts_at, coming.zone)
    return (then.date() - here.date()).days


def _midnight(zone: str, now: int) -> int:
    tomorrow = local_time(now, zone).date() + timedelta(days=1)
    return instant(datetime.combine(tomorrow, time()), zone)
