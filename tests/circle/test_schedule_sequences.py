"""Invariants of a circle's meetings under any sequence of changes.

A meeting that nobody touches never moves, and no date stands twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from server.circle import stored
from server.circle.changes import choose_format
from server.circle.circle import Circle
from server.circle.meeting_changes import cancel, move, restore
from server.circle.meetings import changed_late, meetings, next_meeting, year_ahead
from server.circle.rhythm import DAY_MS, Kind, Nth, Rhythm, Weekday, instant, local_time
from server.circle.schedule import (
    AHEAD_DAYS,
    AHEAD_MS,
    BACK_MS,
    CANCELLED,
    MOVED,
    PLANNED,
    SOON_MS,
    Fate,
    Meeting,
    Schedule,
    Wanted,
)
from server.circle.schedule_changes import begin, in_force, pause, set_schedule
from server.room.refused import Refused
from server.views.refusals import sentence

pytestmark = pytest.mark.unmeasured

START = instant(datetime.fromisoformat("2026-11-27T12:00"), "UTC")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Auckland")
TIMES = (time(9), time(19), time(2, 30))

numbers = st.integers(0, 60)
times = st.sampled_from(TIMES)
Change = Callable[[Circle], Circle]


@st.composite
def rhythms(draw: st.DrawFn) -> tuple[Rhythm, tuple[int, ...]]:
    """A rhythm, whose dates are still to be counted from today, by these numbers of days."""
    kind = draw(st.sampled_from(Kind))
    if kind is Kind.NONE:
        return Rhythm(), ()
    if kind is Kind.MONTH:
        nth, weekday = draw(st.sampled_from(Nth)), draw(st.sampled_from(Weekday))
        return Rhythm(kind, nth, weekday, at=draw(times)), ()
    if kind is Kind.WEEKS:
        every, ahead = draw(st.sampled_from((1, 2, 4))), draw(st.integers(1, 20))
        return Rhythm(kind, every=every, at=draw(times)), (ahead,)
    days = draw(st.sets(st.integers(1, 70), min_size=1, max_size=6))
    return Rhythm(kind, at=draw(times)), tuple(sorted(days))


class Months(RuleBasedStateMachine):
    """A circle whose facilitators change their minds."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.circle = Circle("id", "C", "classic-60", ZONES[0])

    @property
    def today(self) -> date:
        return local_time(self.now, self.circle.time_zone).date()

    def ahead(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def dated(self, drawn: tuple[Rhythm, tuple[int, ...]]) -> Rhythm:
        """The drawn rhythm with its dates counted from today."""
        rhythm, days = drawn
        dates = tuple(map(self.ahead, days))
        if rhythm.kind is Kind.WEEKS:
            return replace(rhythm, first_on=dates[0])
        return replace(rhythm, dates=dates)

    def known(self, circle: Circle | None = None) -> dict[date, Meeting]:
        """The meetings in sight, by their original dates."""
        found = meetings(
            circle or self.circle, self.now - BACK_MS + 1, self.now + AHEAD_MS + DAY_MS
        )
        by_date = {meeting.date: meeting for meeting in found}
        assert len(by_date) == len(found)
        return by_date

    def picked(self, number: int) -> date:
        """The original date of one of the meetings, past or ahead, or any date."""
        known = sorted(self.known())
        return known[number % len(known)] if known and number < 55 else self.ahead(number)

    def do(self, change: Change) -> Circle:
        """Tries a change, and returns the circle before it; a refusal changes nothing."""
        before = self.circle
        self.now += 1000
        try:
            self.circle = change(before)
        except Refused as refused:
            said = sentence(refused)
        else:
            self.sequences_rise(self.known(before), self.known())
            return before
        assert said.endswith(".")
        return before

    def sequences_rise(self, before: dict[date, Meeting], after: dict[date, Meeting]) -> None:
        """Each change of a meeting raises its sequence, and has the time of the change."""
        for day in before.keys() & after.keys():
            old, new = before[day], after[day]
            assert new.sequence >= old.sequence
            if (old.starts_at, old.state) != (new.starts_at, new.state):
                assert new.sequence > old.sequence
                assert new.changed_at == self.now
            elif new.starts_at <= self.now + SOON_MS:
                assert (new.sequence, new.changed_at) == (old.sequence, old.changed_at)

    @initialize(drawn=rhythms())
    def begins(self, drawn: tuple[Rhythm, tuple[int, ...]]) -> None:
        self.circle = begin(self.circle, Wanted(self.dated(drawn), None, ZONES[0]), self.now)

    @rule(days=st.integers(0, 40), hours=st.integers(0, 23))
    def time_passes(self, days: int, hours: int) -> None:
        self.now += days * DAY_MS + hours * 3_600_000

    def do_with_one(self, day: date, change: Change) -> None:
        """A change of one meeting leaves all others alone. Only a cancelled or planned one of the
        date that it leaves, or to which it goes, may appear or be covered."""
        before = self.known(self.do(change))
        after = self.known()
        dates = {self.shown_on(known[day]) for known in (before, after) if day in known}
        for other in (before.keys() | after.keys()) - {day}:
            if other in before and other in after:
                assert before[other] == after[other]
            else:
                found = before.get(other) or after[other]
                assert self.shown_on(found) in dates
                assert other not in before or found.state == CANCELLED

    def shown_on(self, meeting: Meeting) -> date:
        return local_time(meeting.starts_at, self.circle.time_zone).date()

    @rule(number=numbers, days=st.integers(-3, 70), at=times)
    def one_is_moved(self, number: int, days: int, at: time) -> None:
        day, to = self.picked(number), datetime.combine(self.ahead(days), at)
        self.do_with_one(day, lambda circle: move(circle, day, to, self.now))
        found = self.known().get(day)
        if found and found.state == MOVED and found.changed_at == self.now:
            assert found.starts_at == instant(to, self.circle.time_zone) > self.now

    @rule(number=numbers, other=numbers, at=times)
    def one_is_moved_onto_another(self, number: int, other: int, at: time) -> None:
        day, onto = self.picked(number), self.known().get(self.picked(other))
        if onto is None or onto.date == day:
            return
        to = datetime.combine(self.shown_on(onto), at)
        before = self.circle
        self.do_with_one(day, lambda circle: move(circle, day, to, self.now))
        assert self.circle == before or onto.state == CANCELLED

    @rule(number=numbers)
    def one_is_cancelled(self, number: int) -> None:
        day = self.picked(number)
        self.do_with_one(day, lambda circle: cancel(circle, day, self.now))

    @rule(number=numbers)
    def one_is_put_back(self, number: int) -> None:
        day = self.picked(number)
        before = self.circle
        self.do_with_one(day, lambda circle: restore(circle, day, self.now))
        if self.circle != before:
            assert self.known()[day].state == PLANNED

    def do_with_all(self, change: Change) -> None:
        """A change of schedule leaves the past alone, and what people have changed themselves."""
        held = self.do(change)
        if self.circle == held:
            return
        before, after = self.known(held), self.known()
        for day, old in before.items():
            if old.starts_at <= self.now:
                assert after.get(day) == old or self.is_covered(day, old)
            elif day in held.schedule.singles and old.state == MOVED:
                assert after[day].state == MOVED
                if self.circle.time_zone == held.time_zone:
                    assert after[day] == old
            elif old.state == PLANNED and old.starts_at <= self.now + SOON_MS:
                assert day in after or self.shown_on(old) in map(self.shown_on, after.values())
        planned = {day for day, one in after.items() if one.state == PLANNED}
        assert {day for day in planned if after[day].starts_at > self.now} == self.expected()

    def is_covered(self, day: date, old: Meeting) -> bool:
        """Whether it was cancelled, and another past one had the same date, in another zone."""
        singles = self.circle.schedule.singles
        past = [one.date for one in self.known().values() if one.starts_at <= self.now]
        then = {each: to.date() for each, one in singles.items() if (to := one.to)}
        dates = [then.get(each, each) for each in past if each != day]
        return old.state == CANCELLED and then.get(day, day) in dates

    def expected(self) -> set[date]:
        """The original dates that the rhythm should have ahead, found day by day."""
        schedule, zone = self.circle.schedule, self.circle.time_zone
        known = self.known()
        dropped = {day for day, one in schedule.singles.items() if one.fate is Fate.DROPPED}
        standing = {
            self.shown_on(one)
            for day, one in known.items()
            if one.state != PLANNED and day not in dropped
        }
        past = {day for day, one in known.items() if one.starts_at <= self.now}
        exceptional = {
            day for day, one in schedule.singles.items() if one.fate in (Fate.MOVED, Fate.CANCELLED)
        }
        found = set()
        for day in map(self.ahead, range(AHEAD_DAYS + 3)):
            start = instant(datetime.combine(day, schedule.rhythm.at), zone)
            is_in_sight = self.now < start < self.now + AHEAD_MS + DAY_MS
            if schedule.has(day) and is_in_sight and day not in past | standing | exceptional:
                found.add(day)
        return found

    @rule(drawn=rhythms(), zone=st.sampled_from((ZONES[0], ZONES[0], *ZONES)))
    def the_rhythm_changes(self, drawn: tuple[Rhythm, tuple[int, ...]], zone: str) -> None:
        until = in_force(self.circle, self.now).pause_until
        plan = Wanted(self.dated(drawn), until, zone)
        self.do_with_all(lambda circle: set_schedule(circle, plan, self.now))

    @rule(at=times)
    def the_hour_changes(self, at: time) -> None:
        plan = in_force(self.circle, self.now)
        plan = plan._replace(rhythm=replace(plan.rhythm, at=at))
        self.do_with_all(lambda circle: set_schedule(circle, plan, self.now))

    @rule(format=st.sampled_from(("classic-45", "classic-60")))
    def the_length_changes(self, format: str) -> None:
        before = self.known()
        late = [one.meeting.date for one in changed_late(self.circle, self.now, SOON_MS)]
        has_changed = format != self.circle.format and self.circle.schedule != Schedule()
        self.now += 1000
        self.circle = choose_format(self.circle, format, self.now)
        after = self.known()
        assert before.keys() - after.keys() <= {d for d in before if before[d].starts_at < self.now}
        for day in before.keys() & after.keys():
            assert after[day].starts_at == before[day].starts_at
            assert after[day].state == before[day].state
            assert (after[day].sequence > before[day].sequence) == has_changed
        still = [one.meeting.date for one in changed_late(self.circle, self.now, SOON_MS)]
        assert set(still) <= set(late)

    @rule(days=st.integers(1, 90))
    def all_is_paused(self, days: int) -> None:
        until = self.ahead(days)
        self.do_with_all(lambda circle: pause(circle, until, self.now))

    @rule()
    def the_pause_ends(self) -> None:
        self.do_with_all(lambda circle: pause(circle, None, self.now))

    @invariant()
    def no_date_stands_twice(self) -> None:
        ahead = [one for one in self.known().values() if one.starts_at > self.now]
        dates = [self.shown_on(one) for one in ahead]
        assert len(set(dates)) == len(dates)

    @invariant()
    def the_next_one_is_the_first_that_takes_place(self) -> None:
        coming = [one for one in year_ahead(self.circle, self.now) if one.state != CANCELLED]
        assert next_meeting(self.circle, self.now) == (coming[0] if coming else None)
        assert all(one.ends_at > self.now for one in coming)

    @invariant()
    def it_is_stored_as_it_is(self) -> None:
        fields = {name.encode(): text.encode() for name, text in stored.encode(self.circle).items()}
        assert stored.decode("id", fields) == self.circle


TestMonths = Months.TestCase
TestMonths.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    phases=(Phase.reuse, Phase.generate),  # Shrinking takes minutes.
)
