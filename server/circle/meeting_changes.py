"""The changes of a single meeting, as pure functions; `seen` as in schedule_changes.py."""

from datetime import date, datetime

from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.fields import WrongFields
from server.circle.meetings import meeting_at, meeting_on, recent_singles, start_of
from server.circle.rhythm import instant, is_skipped
from server.circle.schedule import (
    AHEAD_MS,
    BACK_MS,
    CANCELLED,
    MAX_SINGLES,
    PLANNED,
    Fate,
    Meeting,
    Single,
)
from server.room.refused import Refused, reason


def move(circle: Circle, day: date, to: datetime, now: int, seen: int | None = None) -> Circle:
    """The circle whose meeting of this original date starts at the naive local time `to`.

    A cancelled meeting takes place then. `seen` is the sequence of the meeting that the person saw.
    Raises WrongFields about `to` if that time is past, too far ahead, skipped by the clocks or on
    the date of another meeting; Refused if the meeting is past or gone, or has changed.
    """
    meeting = _still_ahead(circle, day, now)
    start = instant(to, circle.time_zone)
    if meeting.state != CANCELLED and meeting.starts_at == start:
        return circle
    _compare(meeting, seen)
    if start <= now:
        raise WrongFields(("to", reason("move_into_past")))
    if start > now + AHEAD_MS:
        raise WrongFields(("to", reason("move_too_far")))
    if is_skipped(to, circle.time_zone):
        raise WrongFields(("to", reason("move_skipped")))
    other = meeting_at(circle, to.date())
    if other and other.date != day:
        raise WrongFields(("to", reason("move_onto_other")))
    if circle.schedule.has(day) and start == start_of(circle, day, None):
        return restore(circle, day, now)
    return _with_single(circle, meeting, Fate.MOVED, to, now)


def cancel(circle: Circle, day: date, now: int, seen: int | None = None) -> Circle:
    """The circle whose meeting of this original date does not take place.

    `seen` is the sequence of the meeting that the person saw. Raises Refused if the meeting is past
    or gone, or has changed.
    """
    meeting = _still_ahead(circle, day, now)
    if meeting.state == CANCELLED:
        return circle
    _compare(meeting, seen)
    single = circle.schedule.singles.get(day)
    moved_to = single.to if single else None
    to = moved_to or datetime.combine(day, circle.schedule.rhythm.at)
    return _with_single(circle, meeting, Fate.CANCELLED, to, now)


def restore(circle: Circle, day: date, now: int, seen: int | None = None) -> Circle:
    """The circle whose meeting of this original date takes place as the rhythm has it.

    `seen` is the sequence of the meeting that the person saw. Raises Refused if the schedule no
    longer has this date, if its time is past, if another meeting has been moved there, if the
    meeting is past or gone, or has changed.
    """
    meeting = _still_ahead(circle, day, now)
    if meeting.state == PLANNED:
        return circle
    _compare(meeting, seen)
    if not circle.schedule.rhythm.has(day):
        raise Refused("not_now", "restored_without_rhythm")
    if circle.schedule.is_paused(day):
        raise Refused("not_now", "restored_in_pause")
    if start_of(circle, day, None) <= now:
        raise Refused("not_now", "restored_into_past")
    other = meeting_at(circle, day)
    if other and other.date != day:
        raise Refused("not_now", "restored_onto_other")
    return _with_single(circle, meeting, Fate.PLANNED, None, now)


def _still_ahead(circle: Circle, day: date, now: int) -> Meeting:
    """The meeting with this original date; raises Refused if it has begun, or there is none."""
    meeting = meeting_on(circle, day)
    if meeting is None or meeting.starts_at > now + AHEAD_MS:
        raise Refused("stale", "no_such_meeting")
    if meeting.starts_at <= now:
        raise Refused("not_now", "meeting_is_past")
    return meeting


def _compare(meeting: Meeting, seen: int | None) -> None:
    if seen is not None and seen != meeting.sequence:
        raise Refused("stale", "meeting_changed")


def _with_single(
    circle: Circle, meeting: Meeting, fate: Fate, to: datetime | None, now: int
) -> Circle:
    """The circle with this change of a meeting; raises Refused if there are too many.

    What lies too far back goes, and with it what the rhythm would have there.
    """
    schedule = circle.schedule
    single = Single(fate, meeting.sequence + 1, now, to, was=meeting.starts_at)
    singles = {**recent_singles(circle, now), meeting.date: single}
    if len(singles) > MAX_SINGLES:
        raise Refused("full", "too_many_singles", most=MAX_SINGLES)
    since = max(schedule.since, now - BACK_MS)
    return replace(circle, schedule=replace(schedule, singles=singles, since=since))
