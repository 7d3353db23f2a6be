"""What the room of a circle knows of its next session (room/coming.py)."""

from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.meetings import changed_late, length_ms, next_meeting
from server.circle.schedule import CANCELLED as CANCELLED_MEETING
from server.room.coming import CANCELLED, MOVED, Coming
from server.room.state import Room


def coming(circle: Circle, now: int) -> Coming | None:
    """The next session, and the change within 24 hours before a session that people should hear of:
    the one whose session would have been first. None if there is neither.

    A person who comes late to a session that was cancelled or moved away learns that as well.
    """
    known = Coming(circle.time_zone)
    if changed := _changed(circle, now):
        was, is_cancelled = changed
        ends_at = was + length_ms(circle)
        known = replace(known, news=CANCELLED if is_cancelled else MOVED, was=was, ends_at=ends_at)
    if meeting := next_meeting(circle, now):
        day = meeting.date.isoformat()
        return replace(known, date=day, starts_at=meeting.starts_at, ends_at=meeting.ends_at)
    return known if known.news else None


def opened(circle: Circle, now: int) -> Room:
    """The room for the circle's next session, which knows when that is."""
    return replace(circle.opened(now), coming=coming(circle, now))


def _changed(circle: Circle, now: int) -> tuple[int, bool] | None:
    """When the session would have started (epoch ms), and whether it was cancelled."""
    found = []
    for change in changed_late(circle, now - length_ms(circle)):
        is_cancelled = change.meeting.state == CANCELLED_MEETING
        if change.was and (is_cancelled or change.was != change.meeting.starts_at):
            found.append((change.was, is_cancelled))
    return min(found, default=None)
