"""Who cannot come, by seat and local date: pure changes of a circle.

A date is the one on which a meeting takes place, since this is what a person cannot make. So a
meeting that is moved to another day has no absences there, and has them again when it is put back.
Facilitators see how many there are; each person sees only their own.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.meetings import meeting_on
from server.circle.rhythm import local_time
from server.circle.schedule import AHEAD_MS, CANCELLED, Meeting
from server.room.refused import Refused
from server.room.state import Role

Absences = Mapping[str, tuple[date, ...]]
"""The dates on which each seat cannot come, ascending."""


def cannot_come(circle: Circle, seat: str, day: date, now: int) -> Circle:
    """The circle that knows that this person does not come to the meeting of this original date.

    Raises Refused if that meeting is over or cancelled, or there is none.
    """
    meeting = meeting_on(circle, day)
    if meeting is None or meeting.state == CANCELLED or meeting.starts_at > now + AHEAD_MS:
        raise Refused("stale", "no_such_meeting")
    if meeting.ends_at <= now:
        raise Refused("not_now", "meeting_is_over")
    known = without_past(circle, now)
    return _with_days(known, seat, {*known.absent.get(seat, ()), day_of(circle, meeting)})


def can_come(circle: Circle, seat: str, day: date, now: int) -> Circle:
    """The circle that expects this person at the meeting of this original date."""
    meeting = meeting_on(circle, day)
    known = without_past(circle, now)
    days = {*known.absent.get(seat, ())}
    return _with_days(known, seat, days - {day_of(circle, meeting) if meeting else day})


def is_absent(circle: Circle, seat: str, meeting: Meeting) -> bool:
    """Whether this person has said that they cannot come to this meeting."""
    return day_of(circle, meeting) in circle.absent.get(seat, ())


def how_many(circle: Circle, meeting: Meeting) -> int:
    """How many of those who have a seat cannot come to this meeting."""
    day = day_of(circle, meeting)
    return sum(
        day in days
        for seat, days in circle.absent.items()
        if circle.roles.get(seat, Role.GUEST) != Role.GUEST
    )


def without_past(circle: Circle, now: int) -> Circle:
    """The circle without dates that are past, and without those of seats that it does not know.

    Yesterday's meeting may go on past midnight.
    """
    first = local_time(now, circle.time_zone).date() - timedelta(days=1)
    kept = {
        seat: tuple(day for day in days if day >= first)
        for seat, days in circle.absent.items()
        if seat in circle.roles
    }
    kept = {seat: days for seat, days in kept.items() if days}
    return circle if kept == circle.absent else replace(circle, absent=kept)


def day_of(circle: Circle, meeting: Meeting) -> date:
    """The local date on which this meeting takes place."""
    return local_time(meeting.starts_at, circle.time_zone).date()


def _with_days(circle: Circle, seat: str, days: set[date]) -> Circle:
    others = {other: days for other, days in circle.absent.items() if other != seat}
    return replace(circle, absent={**others, seat: tuple(sorted(days))} if days else others)
