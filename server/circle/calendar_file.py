"""A circle's meetings for other calendars (iCalendar, RFC 5545): a file to import, and a feed.

Both hold single events without recurrence, so that moved and cancelled meetings come out right in
every program. They have no names of people, no invitation and no case: others may read a calendar.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText
from msgspec import Struct

from server.circle.rhythm import DAY_MS
from server.circle.schedule import Meeting
from server.circle.vtimezone import vtimezone
from server.room.typed import tidied

PRODUCT = "-//Balint Circle//Meetings//EN"
READ_AGAIN = timedelta(hours=6)
"""How often programs should read a feed again."""
MONTHS_BACK_DAYS, YEAR_AHEAD_DAYS = 62, 366
"""What a calendar shows: two months back, and twelve ahead."""
_UTC = "UTC"


class CalendarFacts(Struct, frozen=True):
    """What a calendar shows of a circle."""

    name: str
    """The circle's name, or the neutral word "Circle" for a person who has chosen it."""
    feed_id: str
    """The same for all calendars of a circle for ever: events are recognised by it."""
    host: str
    """The host of this server, such as `circle.example`, without a port."""
    time_zone: str
    """The circle's time zone, one of TIME_ZONES."""
    footer: str
    """The POSIX footer of that zone (views/zone_footers.py); empty if it is not known."""
    url: str
    """The address of the room."""
    meetings: Sequence[Meeting]
    """The meetings within `window`, in any order."""
    changed_at: int
    """When something of all meetings last changed (epoch ms): the rhythm, the zone, the format
    (which has their length) or the name."""


def window(now: int) -> tuple[int, int]:
    """The time whose meetings a calendar shows (epoch ms), in whole days of UTC: a feed that is
    read twice a day is the same."""
    today = now - now % DAY_MS
    return today - MONTHS_BACK_DAYS * DAY_MS, today + (YEAR_AHEAD_DAYS + 1) * DAY_MS


def calendar_file(facts: CalendarFacts, now: int) -> bytes:
    """A file with these meetings, to be imported; with one of them alone if it is the only one."""
    calendar = _calendar()
    calendar.add("method", "PUBLISH")
    return _with_meetings(calendar, facts, now)


def calendar_feed(facts: CalendarFacts, now: int) -> bytes:
    """The feed of these meetings, which programs read again and again."""
    calendar = _calendar()
    # Without a name, programs show the address, which is secret.
    for name in ("name", "x-wr-calname"):
        calendar.add(name, _Text(tidied(facts.name)))
    return _with_meetings(calendar, facts, now)


def etag(body: bytes) -> str:
    """The entity tag of a feed (RFC 9110, 8.8.3), with its quotes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _calendar() -> Calendar:
    made = Calendar()
    made.add("version", "2.0")
    made.add("prodid", PRODUCT)
    made.add("refresh-interval", READ_AGAIN, parameters={"value": "DURATION"})
    made.add("x-published-ttl", "PT6H")
    return made


def _with_meetings(calendar: Calendar, facts: CalendarFacts, now: int) -> bytes:
    zone = ZoneInfo(facts.time_zone)
    today = _local(now, zone).date()
    shown = [each for each in sorted(facts.meetings) if _is_shown(each, zone, today)]
    # Not even an empty calendar is without a component (RFC 5545, 3.6).
    if facts.time_zone != _UTC or not shown:
        moments = [now, *(at for each in shown for at in (each.starts_at, each.ends_at))]
        first, last = (_local(at, UTC).year for at in (min(moments), max(moments)))
        calendar.add_component(vtimezone(facts.time_zone, facts.footer, range(first, last + 1)))
    for meeting in shown:
        calendar.add_component(_event(facts, meeting, zone))
    body: bytes = calendar.to_ical()
    return body


def _is_shown(meeting: Meeting, zone: ZoneInfo, today: date) -> bool:
    """Whether a calendar has this meeting: a cancelled one only until its day is past."""
    return meeting.state != "cancelled" or _local(meeting.ends_at, zone).date() >= today


def _event(facts: CalendarFacts, meeting: Meeting, zone: ZoneInfo) -> Event:
    changed = _local(max(meeting.changed_at, facts.changed_at), UTC)
    event = Event()
    event.add("uid", f"{facts.feed_id}-{meeting.date.isoformat()}@{facts.host}")
    event.add("sequence", meeting.sequence)
    # Not the time of the request: the same meetings are the same feed.
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    times = [_local(at, zone) for at in (meeting.starts_at, meeting.ends_at)]
    # In autumn an hour comes twice: the wall clock has no name for the second one, and programs
    # take the name of the first one for either. Some misread an event with one time in a zone and
    # one in UTC, so both are in UTC.
    exact = facts.time_zone == _UTC or any(map(_comes_twice, times))
    for name, local in zip(("dtstart", "dtend"), times, strict=True):
        if exact:
            event.add(name, local.astimezone(UTC))
        else:
            event.add(name, local.replace(tzinfo=None), parameters={"tzid": facts.time_zone})
    event.add("summary", _Text(tidied(facts.name)))
    event.add("url", facts.url)
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if meeting.state == "cancelled" else "CONFIRMED")
    return event


def _local(at: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(at // 1000, zone)


def _comes_twice(local: datetime) -> bool:
    """Whether the wall clock shows this time twice."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


class _Text(vText):
    r"""A text on a single line. The library takes the `\N` of a name for the end of a line."""

    def to_ical(self) -> bytes:
        text = str(self)
        for character in "\\;,":
            text = text.replace(character, f"\\{character}")
        return text.encode()
