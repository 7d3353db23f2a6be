"""When a circle meets, as its page shows it: the next session, the year, and each coming one.

Pure: values of the core and the time become words of one language.
"""

from datetime import date
from typing import NamedTuple

from server.circle.absences import how_many, is_absent
from server.circle.circle import Circle
from server.circle.meetings import (
    Change,
    changed_late,
    is_long_before,
    length_ms,
    meetings,
    next_meeting,
    year_ahead,
)
from server.circle.rhythm import MINUTE_MS, Kind, Rhythm, local_time
from server.circle.schedule import BACK_MS, CANCELLED, MOVED, PLANNED, Meeting
from server.circle.schedule_changes import in_force
from server.room.coming import EARLY_MS
from server.views import rhythms
from server.views.dates import (
    day_of_year,
    how_far_away,
    short_day,
    time_of_day,
    zone_name,
)
from server.views.language import N_, Language

STONES = 12
"""On the path of the year."""
STONES_BEHIND = 3
PAST, NEXT = "past", "next"
"""The states of a stone, besides those of a meeting."""


class Session(NamedTuple):
    """A coming meeting, as the page shows it."""

    date: str
    """The original local date, ISO 8601."""
    starts_at: int
    ends_at: int
    state: str
    sequence: int
    day: str
    time: str
    local: str
    """Its local start, as a field of date and time has it."""
    is_usual: bool
    """Whether it starts at the rhythm's time of day."""
    status: str
    """Says that it is moved or cancelled; empty otherwise."""
    is_mine: bool
    """Whether this person comes, as far as they have said."""
    missing: int
    """How many people cannot come."""


class Stone(NamedTuple):
    """A meeting on the path of the year."""

    state: str
    """`past`, `next`, or the state of the meeting."""
    label: str
    words: str
    """Says the state to those who do not see it; empty for a planned one."""


class Month(NamedTuple):
    """When a circle meets, for one person."""

    rhythm: str
    minutes: int
    """How long a session lasts."""
    zone: str
    next: Session | None
    far: str
    """How far away the next session is."""
    opens: str
    """When people arrive for it, if that is still ahead: from then on the room awaits them."""
    pause: str
    """Says until when the circle pauses; empty if it does not."""
    sessions: list[Session]
    stones: list[Stone]


def month(language: Language, circle: Circle, seat: str, now: int) -> Month:
    """When this circle meets, for the person of this seat."""
    coming = next_meeting(circle, now)
    zone, until = circle.time_zone, in_force(circle, now).pause_until
    starts_at, ends_at = (coming.starts_at, coming.ends_at) if coming else (0, 0)
    is_ahead = coming is not None and is_long_before(circle, now)
    pause = language.gettext("A pause until {day}.")
    return Month(
        rhythm_words(language, circle.schedule.rhythm),
        length_ms(circle) // MINUTE_MS,
        zone_name(language, zone),
        session(language, circle, coming, seat) if coming else None,
        how_far_away(language, starts_at, ends_at, now, zone) if coming else "",
        time_of_day(language, starts_at - EARLY_MS, zone) if is_ahead else "",
        pause.format(day=day_of_year(language, until)) if until else "",
        [session(language, circle, each, seat) for each in year_ahead(circle, now)],
        stones(language, circle, coming, now),
    )


def session(language: Language, circle: Circle, meeting: Meeting, seat: str) -> Session:
    local = local_time(meeting.starts_at, circle.time_zone)
    return Session(
        date=meeting.date.isoformat(),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        state=meeting.state,
        sequence=meeting.sequence,
        day=day_of_year(language, local.date()),
        time=time_of_day(language, meeting.starts_at, circle.time_zone),
        local=f"{local:%Y-%m-%dT%H:%M}",
        is_usual=local.time() == circle.schedule.rhythm.at,
        status=_status(language, meeting, local.date()),
        is_mine=not is_absent(circle, seat, meeting),
        missing=how_many(circle, meeting),
    )


def stones(language: Language, circle: Circle, coming: Meeting | None, now: int) -> list[Stone]:
    """The last meetings and those of the year ahead."""
    behind = [
        meeting
        for meeting in meetings(circle, now - BACK_MS, now)
        if meeting.ends_at <= now and meeting.state != CANCELLED
    ]
    shown = [*behind[-STONES_BEHIND:], *year_ahead(circle, now)][:STONES]
    return [_stone(language, circle, meeting, coming, now) for meeting in shown]


def late_changes(language: Language, circle: Circle, now: int) -> list[tuple[str, str]]:
    """The dates of sessions that were changed less than a day before, and the sentence about each:
    for the circle's page, and for its room."""
    return [
        (change.meeting.date.isoformat(), _changed(language, circle, change))
        for change in changed_late(circle, now)
    ]


def rhythm_words(language: Language, rhythm: Rhythm) -> str:
    """Such as “Every first Tuesday of the month at 19:00”."""
    at = f"{rhythm.at:%H:%M}"
    match rhythm.kind:
        case Kind.MONTH:
            return rhythms.every_month(language, rhythm.nth, rhythm.weekday, at)
        case Kind.WEEKS if rhythm.first_on:
            weekday = rhythms.WEEKDAY_KEYS[rhythm.first_on.weekday()]
            return rhythms.every_weeks(language, rhythm.every, weekday, at)
        case Kind.DATES:
            return rhythms.on_dates(language, at)
    return rhythms.no_rhythm(language)


def when(language: Language, at: int, zone: str) -> str:
    """Such as “Tuesday 1 December, 19:00”, within the next twelve months."""
    return language.gettext("{day}, {time}").format(
        day=day_of_year(language, local_time(at, zone).date()),
        time=time_of_day(language, at, zone),
    )


def missing_words(language: Language, count: int) -> str:
    """Says how many people cannot come."""
    words = language.ngettext("{count} cannot come", "{count} cannot come", count)
    return words.format(count=count)


def _status(language: Language, meeting: Meeting, takes_place_on: date) -> str:
    if meeting.state == CANCELLED:
        return language.gettext("cancelled")
    if meeting.state != MOVED:
        return ""
    if meeting.date == takes_place_on:
        return language.gettext("at another time")
    return language.gettext("moved from {day}").format(day=short_day(language, meeting.date))


def _stone(
    language: Language, circle: Circle, meeting: Meeting, coming: Meeting | None, now: int
) -> Stone:
    on = local_time(meeting.starts_at, circle.time_zone).date()
    state = meeting.state
    if meeting.ends_at <= now:
        state = PAST
    elif coming and meeting.date == coming.date:
        state = NEXT
    words = language.gettext(STONE_WORDS[state]) if state != PLANNED else ""
    return Stone(state, short_day(language, on), words)


def _changed(language: Language, circle: Circle, change: Change) -> str:
    meeting, was = change
    sentence = LATE["new"]
    if meeting.state == CANCELLED:
        sentence = LATE["cancelled"]
    elif was == meeting.starts_at:
        sentence = LATE["restored"]
    elif was:
        sentence = LATE["moved"]
    before = when(language, was or meeting.starts_at, circle.time_zone)
    after = when(language, meeting.starts_at, circle.time_zone)
    return language.gettext(sentence).format(was=before, now=after)


STONE_WORDS = {
    PAST: N_("past"),
    NEXT: N_("the next session"),
    MOVED: N_("moved"),
    CANCELLED: N_("cancelled"),
}

LATE = {
    "cancelled": N_("Please note: the session on {was} is cancelled."),
    "moved": N_("Please note: the session of {was} is now on {now}."),
    "restored": N_("Please note: the session on {now} takes place after all."),
    "new": N_("Please note: there is a session on {now}."),
}
"""What was changed at short notice. A session that was moved or cancelled is named by its earlier
time, by which people know it."""
