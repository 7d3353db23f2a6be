"""The meetings of a circle, computed from its schedule, time zone and format. Pure: `now` is given.

A year of meetings takes a fraction of a millisecond, so nothing of it is stored.
"""

from datetime import date, datetime
from typing import NamedTuple

from server.circle.circle import Circle
from server.circle.rhythm import DAY_MS, instant
from server.circle.schedule import (
    AHEAD_MS,
    BACK_MS,
    CANCELLED,
    MOVED,
    PLANNED,
    SOON_MS,
    Fate,
    Meeting,
    Single,
)
from server.room.coming import EARLY_MS

_STATES = {
    Fate.PLANNED: PLANNED,
    Fate.MOVED: MOVED,
    Fate.CANCELLED: CANCELLED,
    Fate.DROPPED: CANCELLED,
}

_ORDER = (Fate.DROPPED, Fate.CANCELLED, Fate.PLANNED, Fate.MOVED)
"""On one date, the later ones cover the earlier ones."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_FIRST_DAY, _LAST_DAY = date(2, 1, 1).toordinal(), date(9998, 12, 31).toordinal()
"""No computation with a date between these overflows."""


class Change(NamedTuple):
    """A meeting that was changed at short notice."""

    meeting: Meeting
    was: int
    """When it would have started (epoch ms) before the change; 0 if it is new."""


def length_ms(circle: Circle) -> int:
    """How long a meeting lasts: the sum of the phases of the circle's format, each of which has a
    time."""
    return sum(phase.ms for phase in circle.plan.phases)


def meetings(circle: Circle, from_ms: int, until_ms: int) -> tuple[Meeting, ...]:
    """The meetings that start from `from_ms` on and before `until_ms` (epoch ms), by their start.

    Cancelled ones are among them. A later occurrence that the clocks skip starts as long after the
    gap (rhythm.instant). Nothing is known of what lies more than BACK_MS before a change.
    """
    near = _by_shown_date(circle, from_ms, until_ms).values()
    found = (meeting for meeting in near if from_ms <= meeting.starts_at < until_ms)
    return tuple(sorted(found, key=lambda meeting: meeting.starts_at))


def year_ahead(circle: Circle, now: int) -> tuple[Meeting, ...]:
    """The meetings of the next twelve months, cancelled ones too, and the one in progress."""
    from_ms = now - length_ms(circle) + 1
    return meetings(circle, from_ms, now + AHEAD_MS)


def next_meeting(circle: Circle, now: int) -> Meeting | None:
    """The meeting in progress, or else the next one that takes place; None if the next twelve
    months have none."""
    ahead = year_ahead(circle, now)
    return next((meeting for meeting in ahead if meeting.state != CANCELLED), None)


def meeting_on(circle: Circle, day: date) -> Meeting | None:
    """The meeting with this original local date; None if the schedule has none, or if another one
    has been moved onto its date."""
    single = circle.schedule.singles.get(day)
    near = start_of(circle, day, single)
    found = _by_shown_date(circle, near, near).values()
    return next((meeting for meeting in found if meeting.date == day), None)


def meeting_at(circle: Circle, day: date) -> Meeting | None:
    """The meeting that takes place on this local date, be it planned or moved there; else None."""
    near = instant(datetime.combine(day, circle.schedule.rhythm.at), circle.time_zone)
    by_date = _by_shown_date(circle, near, near)
    there = (by_date.get((is_fixed, day)) for is_fixed in (False, True))
    return next((meeting for meeting in there if meeting and meeting.state != CANCELLED), None)


def is_long_before(circle: Circle, now: int) -> bool:
    """Whether there is a next meeting and it is not near: nobody is expected in the room yet.

    Near is from EARLY_MS before the start of a meeting until as long after its end.
    """
    earliest = now - length_ms(circle) - EARLY_MS + 1
    for meeting in meetings(circle, earliest, now + AHEAD_MS):
        if meeting.state != CANCELLED:
            return meeting.starts_at - EARLY_MS > now
    return False


def changed_late(circle: Circle, now: int, notice_ms: int = DAY_MS) -> tuple[Change, ...]:
    """What was changed less than `notice_ms` before a meeting that is still ahead, or would be.

    A meeting that was moved away, cancelled or left out stands here until its earlier start. With
    SOON_MS as notice it is all that people should hear of; those of one change have its time as
    `changed_at`.
    """
    singles = circle.schedule.singles
    found = []
    for meeting in _by_shown_date(circle, now, now + SOON_MS).values():
        if meeting.changed_at and (single := singles.get(meeting.date)):
            starts = (single.was, meeting.starts_at)
            if any(now < start <= meeting.changed_at + notice_ms for start in starts):
                found.append(Change(meeting, single.was))
    return tuple(sorted(found, key=lambda change: change.meeting.starts_at))


def start_of(circle: Circle, day: date, single: Single | None) -> int:
    """When the meeting with this original date starts (epoch ms), given what is stored of it."""
    if single and single.fixed_at:
        return single.fixed_at
    local = single.to if single and single.to else datetime.combine(day, circle.schedule.rhythm.at)
    return instant(local, circle.time_zone)


def recent_singles(circle: Circle, now: int) -> dict[date, Single]:
    """What is stored of single meetings, without those that lie more than BACK_MS back.

    One that was moved from a later date stays until that date is as far back: the rhythm would have
    it again.
    """
    return {
        day: single
        for day, single in circle.schedule.singles.items()
        if max(start_of(circle, day, single), start_of(circle, day, None)) > now - BACK_MS
    }


def _by_shown_date(circle: Circle, from_ms: int, until_ms: int) -> dict[tuple[bool, date], Meeting]:
    """The meetings by the local date on which each is shown, at most one for each; apart from these
    those with a fixed start, by the date that they had then. These are the meetings between the two
    times, some before and after, and all that have a single.

    A meeting that takes place covers a cancelled or dropped one of the same date. Only one that was
    moved and then cancelled covers what the rhythm has where it stood.
    """
    schedule = circle.schedule
    length = length_ms(circle)
    found = {}
    for day in schedule.rhythm.between(_day(from_ms, -2), _day(until_ms, 2)):
        if day not in schedule.singles and not schedule.is_paused(day):
            start = start_of(circle, day, None)
            if start > schedule.since:
                about = (PLANNED, schedule.sequence, schedule.changed_at)
                found[False, day] = Meeting(day, start, start + length, *about)
    for day, single in sorted(schedule.singles.items(), key=_rank):
        if single.fate is Fate.PLANNED and not single.fixed_at and not schedule.has(day):
            continue
        start = start_of(circle, day, single)
        about = (_STATES[single.fate], single.sequence, single.changed_at)
        shown = single.fixed_at > 0, single.to.date() if single.to else day
        if single.fate is not Fate.DROPPED or shown not in found:
            found[shown] = Meeting(day, start, start + length, *about)
    return found


def _rank(item: tuple[date, Single]) -> tuple[int, int, date]:
    day, single = item
    return _ORDER.index(single.fate), single.changed_at, day


def _day(at: int, more: int) -> date:
    """The UTC date of a time (epoch ms), some days later; local dates differ by one at most."""
    return date.fromordinal(min(max(_EPOCH_DAY + at // DAY_MS + more, _FIRST_DAY), _LAST_DAY))
