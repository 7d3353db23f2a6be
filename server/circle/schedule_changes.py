"""The changes of a circle's schedule, as pure functions, like those of changes.py.

meeting_changes.py has those of a single meeting.

Two facilitators may change it at once. So each change may carry what the person saw (`seen`): the
sequence of the schedule, or of the meeting. If that has changed meanwhile, the change is refused as
stale, unless the circle already is as they want it. Without `seen` the latest change counts.
Changes of different meetings, or of a meeting and of the rhythm, do not disturb each other.
"""

from collections.abc import Mapping
from datetime import date, datetime, time

from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.meetings import length_ms, meetings, recent_singles, start_of
from server.circle.rhythm import instant, local_time
from server.circle.schedule import (
    BACK_MS,
    PLANNED,
    SOON_MS,
    Fate,
    Meeting,
    Schedule,
    Single,
    Wanted,
)
from server.room.refused import Refused


def begin(circle: Circle, wanted: Wanted, now: int) -> Circle:
    """A new circle with its first schedule: none of its meetings counts as changed."""
    schedule = Schedule(wanted.rhythm, wanted.pause_until, since=now)
    return replace(circle, time_zone=wanted.time_zone, schedule=schedule)


def set_schedule(circle: Circle, wanted: Wanted, now: int, seen: int | None = None) -> Circle:
    """The circle with this schedule for what lies ahead; schedule.py says what that leaves alone.

    `seen` is the sequence of the schedule that the person saw. Raises Refused if it is stale.
    """
    held = circle.schedule
    if wanted == in_force(circle, now):
        return circle
    if seen is not None and seen != held.sequence:
        raise Refused("stale", "schedule_changed")
    sequence = _next_sequence(held)
    schedule = Schedule(wanted.rhythm, wanted.pause_until, now, sequence, now)
    after = replace(circle, time_zone=wanted.time_zone, schedule=schedule)
    after = _with_singles(after, _changed_singles(circle, after, now))
    after = _with_singles(after, _past_and_soon(circle, after, now))
    return _with_singles(after, _added(after, now))


def pause(circle: Circle, until: date | None, now: int, seen: int | None = None) -> Circle:
    """The circle that meets again from this local date on; None ends the pause.

    Otherwise like set_schedule.
    """
    wanted = in_force(circle, now)._replace(pause_until=until)
    return set_schedule(circle, wanted, now, seen)


def with_length(before: Circle, after: Circle, now: int) -> Circle:
    """The circle after a change of its format. If that changes how long its meetings last, it
    raises the sequence of each, since calendars show when a meeting ends.

    What is soon is stored as it is: another length is no news of a meeting.
    """
    schedule = after.schedule
    if length_ms(before) == length_ms(after) or schedule == Schedule():
        return after
    sequence = _next_sequence(schedule)
    singles = {
        meeting.date: Single(Fate.PLANNED, sequence, meeting.changed_at)
        for meeting in meetings(before, now + 1, now + SOON_MS + 1)
        if meeting.state == PLANNED
    }
    held = {day: replace(one, sequence=sequence) for day, one in schedule.singles.items()}
    singles |= held
    changed = replace(schedule, sequence=sequence, changed_at=now, singles=singles)
    return replace(after, schedule=changed)


def in_force(circle: Circle, now: int) -> Wanted:
    """The schedule, without dates and a pause that are past."""
    schedule, zone = circle.schedule, circle.time_zone
    rhythm, until = schedule.rhythm, schedule.pause_until
    dates = tuple(
        day for day in rhythm.dates if instant(datetime.combine(day, rhythm.at), zone) > now
    )
    is_over = until is not None and instant(datetime.combine(until, time()), zone) <= now
    return Wanted(replace(rhythm, dates=dates), None if is_over else until, zone)


def _next_sequence(schedule: Schedule) -> int:
    """Higher than the sequence of each meeting."""
    return 1 + max([schedule.sequence, *(one.sequence for one in schedule.singles.values())])


def _with_singles(circle: Circle, more: Mapping[date, Single]) -> Circle:
    schedule = circle.schedule
    return replace(circle, schedule=replace(schedule, singles={**schedule.singles, **more}))


def _changed_singles(before: Circle, after: Circle, now: int) -> dict[date, Single]:
    """The moved, cancelled and dropped meetings after a change of schedule."""
    return {
        day: _changed_single(before, after, day, single, now)
        for day, single in recent_singles(before, now).items()
        if single.fate is not Fate.PLANNED
    }


def _changed_single(before: Circle, after: Circle, day: date, single: Single, now: int) -> Single:
    start, sequence = start_of(before, day, single), after.schedule.sequence
    if start <= now:
        return replace(single, fixed_at=start)
    same_instant = replace(single, to=local_time(start, after.time_zone))
    if single.fate is Fate.DROPPED:
        takes_place = after.schedule.has(day) and start_of(after, day, None) > now
        return Single(Fate.PLANNED, sequence, now) if takes_place else same_instant
    starts_at = start_of(after, day, single)
    if starts_at == start:
        return single
    if starts_at <= now:  # A new zone moves no meeting into the past.
        return same_instant
    return replace(single, sequence=sequence, changed_at=now, was=start)


def _past_and_soon(before: Circle, after: Circle, now: int) -> dict[date, Single]:
    """The planned meetings of the former schedule that are past or soon: the past ones fixed, the
    others as they are now."""
    held = before.schedule.singles
    return {
        meeting.date: _kept(meeting, held.get(meeting.date), after, now)
        for meeting in meetings(before, now - BACK_MS + 1, now + SOON_MS + 1)
        if meeting.state == PLANNED
    }


def _kept(meeting: Meeting, held: Single | None, after: Circle, now: int) -> Single:
    start, was = meeting.starts_at, held.was if held else 0
    as_before = Single(Fate.PLANNED, meeting.sequence, meeting.changed_at, was=was)
    if start <= now:
        return replace(as_before, fixed_at=start)
    sequence = after.schedule.sequence
    starts_at = start_of(after, meeting.date, None)
    if not after.schedule.has(meeting.date) or starts_at <= now:
        to = local_time(start, after.time_zone)
        return Single(Fate.DROPPED, sequence, now, to, was=start)
    return as_before if starts_at == start else Single(Fate.PLANNED, sequence, now, was=start)


def _added(after: Circle, now: int) -> dict[date, Single]:
    """The meetings that a change of schedule adds soon."""
    return {
        meeting.date: Single(Fate.PLANNED, meeting.sequence, now)
        for meeting in meetings(after, now + 1, now + SOON_MS + 1)
        if meeting.date not in after.schedule.singles
    }
