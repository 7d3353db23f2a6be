"""What a room knows of its circle's next session."""

from __future__ import annotations

from datetime import date, datetime, time

from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.coming import coming, opened
from server.circle.meeting_changes import cancel, move, restore
from server.circle.rhythm import DAY_MS, HOUR_MS, MINUTE_MS, Kind, Nth, Rhythm, Weekday, instant
from server.circle.schedule import Schedule, Wanted
from server.circle.schedule_changes import set_schedule
from server.room.coming import CANCELLED, EARLY_MS, MOVED, Coming

ZONE = "Europe/Berlin"
TUESDAYS = Rhythm(Kind.MONTH, Nth.FIRST, Weekday.TUESDAY, at=time(19))
CIRCLE = Circle("id", "C", "classic-60", ZONE, schedule=Schedule(TUESDAYS))


def at(text: str) -> int:
    """The epoch ms of a local time."""
    return instant(datetime.fromisoformat(text), ZONE)


FIRST, SECOND = date(2026, 12, 1), date(2027, 1, 5)
BEGINS, NEXT = at("2026-12-01T19:00"), at("2027-01-05T19:00")
EVE = BEGINS - 10 * HOUR_MS


def of(day: date, start: int, **news: object) -> Coming:
    """The coming session of an hour, with this news."""
    known = Coming(ZONE, day.isoformat(), start, start + HOUR_MS)
    return replace(known, **news)


def test_the_next_session_is_known_with_its_zone() -> None:
    """The one in progress, or else the next one."""
    for now in (BEGINS - 3 * DAY_MS, BEGINS, BEGINS + HOUR_MS - 1):
        assert coming(CIRCLE, now) == of(FIRST, BEGINS)
    assert coming(CIRCLE, BEGINS + HOUR_MS) == of(SECOND, NEXT)
    room = opened(CIRCLE, EVE)
    assert room == replace(CIRCLE.opened(EVE), coming=of(FIRST, BEGINS))


def test_a_circle_without_a_rhythm_has_none() -> None:
    """Nor a paused one for more than a year; its room says nothing of it."""
    assert coming(replace(CIRCLE, schedule=Schedule()), EVE) is None
    assert opened(replace(CIRCLE, schedule=Schedule()), EVE).coming is None


def test_a_session_that_is_moved_shortly_before_is_news() -> None:
    """Under its original date. Long before it is none."""
    later = datetime.fromisoformat("2026-12-01T20:00")
    moved = at("2026-12-01T20:00")
    assert coming(move(CIRCLE, FIRST, later, EVE), EVE) == of(FIRST, moved, news=MOVED, was=BEGINS)
    early = BEGINS - 2 * DAY_MS
    assert coming(move(CIRCLE, FIRST, later, early), EVE) == of(FIRST, moved)


def test_a_session_that_is_moved_behind_another_one_is_news_as_well() -> None:
    """The next session is another one then."""
    weekly = replace(TUESDAYS, kind=Kind.WEEKS, every=1, first_on=FIRST)
    circle = replace(CIRCLE, schedule=Schedule(weekly))
    found = coming(move(circle, FIRST, datetime.fromisoformat("2026-12-10T19:00"), EVE), EVE)
    assert found == of(date(2026, 12, 8), at("2026-12-08T19:00"), news=MOVED, was=BEGINS)


def test_a_session_that_is_cancelled_shortly_before_is_news_until_it_would_be_over() -> None:
    """Somebody who comes late reads it, too."""
    cancelled = cancel(CIRCLE, FIRST, EVE)
    news = of(SECOND, NEXT, news=CANCELLED, was=BEGINS)
    for now in (EVE, BEGINS, BEGINS + HOUR_MS - 1):
        assert coming(cancelled, now) == news
    assert coming(cancelled, BEGINS + HOUR_MS) == of(SECOND, NEXT)
    assert coming(restore(cancelled, FIRST, EVE + 1), EVE + 1) == of(FIRST, BEGINS)


def test_the_last_session_that_is_cancelled_leaves_none() -> None:
    """The room says so until it would be over."""
    once = Rhythm(Kind.DATES, dates=(FIRST,), at=time(19))
    circle = cancel(replace(CIRCLE, schedule=Schedule(once)), FIRST, EVE)
    known = coming(circle, EVE)
    assert known == Coming(ZONE, ends_at=BEGINS + HOUR_MS, news=CANCELLED, was=BEGINS)
    assert known.is_early(BEGINS + HOUR_MS - 1)
    assert not known.is_early(BEGINS + HOUR_MS)
    assert coming(circle, BEGINS + HOUR_MS) is None


def test_another_time_of_day_is_news_on_that_day_alone() -> None:
    """A change of the schedule counts like that of a meeting."""
    wanted = Wanted(replace(TUESDAYS, at=time(18)), None, ZONE)
    moved = of(FIRST, BEGINS - HOUR_MS, news=MOVED, was=BEGINS)
    assert coming(set_schedule(CIRCLE, wanted, EVE), EVE) == moved
    before = BEGINS - 3 * DAY_MS
    assert coming(set_schedule(CIRCLE, wanted, before), EVE) == of(FIRST, BEGINS - HOUR_MS)


def test_it_is_early_until_a_quarter_of_an_hour_before() -> None:
    """By then people may be expected."""
    assert EARLY_MS == 15 * MINUTE_MS
    session = of(FIRST, BEGINS)
    assert session.is_early(BEGINS - EARLY_MS - 1)
    assert not session.is_early(BEGINS - EARLY_MS)
