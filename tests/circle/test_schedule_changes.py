"""The changes of a schedule: what lies ahead changes, and what is past or exceptional stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from msgspec.structs import replace

from server.circle.changes import choose_format, keep_format
from server.circle.circle import Circle
from server.circle.fields import WrongFields
from server.circle.meeting_changes import cancel, move, restore
from server.circle.meetings import changed_late, meeting_on, meetings, recent_singles, year_ahead
from server.circle.rhythm import DAY_MS, HOUR_MS, Kind, Nth, Rhythm, Weekday, instant, local_time
from server.circle.schedule import (
    AHEAD_DAYS,
    BACK_MS,
    MAX_SINGLES,
    SOON_MS,
    Fate,
    Schedule,
    Single,
    Wanted,
)
from server.circle.schedule_changes import begin, in_force, pause, set_schedule
from server.room.formats.shipped import FORMATS
from server.room.refused import Refused
from server.views.refusals import sentence

ZONE = "Europe/Berlin"
FIRST_TUESDAYS = Rhythm(Kind.MONTH, Nth.FIRST, Weekday.TUESDAY, at=time(19))
SECOND_TUESDAYS = replace(FIRST_TUESDAYS, nth=Nth.SECOND)
AT_EIGHT = replace(FIRST_TUESDAYS, at=time(20))


def at(text: str, zone: str = ZONE) -> int:
    """The epoch ms of a local time."""
    return instant(datetime.fromisoformat(text), zone)


def local(text: str) -> datetime:
    """A naive local time."""
    return datetime.fromisoformat(text)


def day(text: str) -> date:
    """A date."""
    return date.fromisoformat(text)


NOW = at("2026-11-27T12:00")
DEC, JAN, FEB = day("2026-12-01"), day("2027-01-05"), day("2027-02-02")
BARE = Circle("id", "C", "classic-60", ZONE)
CIRCLE = begin(BARE, Wanted(FIRST_TUESDAYS, None, ZONE), at("2026-09-15T12:00"))


def wanted(rhythm: Rhythm, until: str = "", zone: str = ZONE) -> Wanted:
    """This schedule."""
    return Wanted(rhythm, day(until) if until else None, zone)


def shown(circle: Circle, now: int = NOW, days: int = 70) -> list[str]:
    """The meetings of the last and the coming days: original date, state, local start, sequence."""
    return [
        f"{m.date} {m.state} {local_time(m.starts_at, circle.time_zone):%m-%d %H:%M} {m.sequence}"
        for m in meetings(circle, now - days * DAY_MS, now + days * DAY_MS)
    ]


def refusal(change: Callable[[], Circle]) -> str:
    """The id of the sentence by which this change is refused, after the field if there is one."""
    with pytest.raises(Refused) as caught:
        change()
    assert sentence(caught.value).endswith(".")
    if isinstance(caught.value, WrongFields):
        ((field, why),) = caught.value.faults
        return f"{field}: {why.id}"
    return f"{caught.value.code}: {caught.value.reason.id}"


def test_a_new_circle_has_no_changed_meetings() -> None:
    """Only its later changes are news."""
    assert shown(CIRCLE) == [
        "2026-10-06 planned 10-06 19:00 0",
        "2026-11-03 planned 11-03 19:00 0",
        "2026-12-01 planned 12-01 19:00 0",
        "2027-01-05 planned 01-05 19:00 0",
        "2027-02-02 planned 02-02 19:00 0",
    ]
    assert {meeting.changed_at for meeting in year_ahead(CIRCLE, NOW)} == {0}
    assert changed_late(CIRCLE, at("2026-12-01T18:00")) == ()


def test_a_change_of_rhythm_touches_only_what_lies_ahead() -> None:
    """Past meetings stay; what people count on and is left out shows as cancelled."""
    changed = set_schedule(CIRCLE, wanted(SECOND_TUESDAYS), NOW)
    assert shown(changed) == [
        "2026-10-06 planned 10-06 19:00 0",
        "2026-11-03 planned 11-03 19:00 0",
        "2026-12-01 cancelled 12-01 19:00 1",
        "2026-12-08 planned 12-08 19:00 1",
        "2027-01-12 planned 01-12 19:00 1",
    ]
    assert meeting_on(changed, JAN) is None
    again = set_schedule(changed, wanted(replace(SECOND_TUESDAYS, at=time(18))), NOW + HOUR_MS)
    assert shown(again) == [
        "2026-10-06 planned 10-06 19:00 0",
        "2026-11-03 planned 11-03 19:00 0",
        "2026-12-01 cancelled 12-01 19:00 1",
        "2026-12-08 planned 12-08 18:00 2",
        "2027-01-12 planned 01-12 18:00 2",
    ]


def test_who_changes_the_rhythm_back_has_the_meetings_back() -> None:
    """The one that was left out at short notice takes place again."""
    changed = set_schedule(CIRCLE, wanted(SECOND_TUESDAYS), NOW)
    back = set_schedule(changed, wanted(FIRST_TUESDAYS), NOW + HOUR_MS)
    assert shown(back)[2:] == [
        "2026-12-01 planned 12-01 19:00 2",
        "2026-12-08 cancelled 12-08 19:00 2",
        "2027-01-05 planned 01-05 19:00 2",
        "2027-02-02 planned 02-02 19:00 2",
    ]


def test_a_meeting_in_progress_stays_and_its_date_does_not_come_twice() -> None:
    """The new rhythm may have the same date, some hours later."""
    now = at("2026-12-01T19:30")
    changed = set_schedule(CIRCLE, wanted(replace(FIRST_TUESDAYS, at=time(21))), now)
    assert shown(changed, now)[2:4] == [
        "2026-12-01 planned 12-01 19:00 0",
        "2027-01-05 planned 01-05 21:00 1",
    ]


def test_a_start_that_is_moved_into_the_past_is_a_meeting_left_out() -> None:
    """At noon, tonight's meeting cannot take place in the morning."""
    now = at("2026-12-01T12:00")
    changed = set_schedule(CIRCLE, wanted(replace(FIRST_TUESDAYS, at=time(9))), now)
    assert "2026-12-01 cancelled 12-01 19:00 1" in shown(changed, now)


def test_moved_and_cancelled_meetings_keep_their_dates_under_a_new_rhythm() -> None:
    """A moved one stands for what the new rhythm has on its date."""
    circle = move(CIRCLE, DEC, local("2026-12-08T18:00"), NOW)
    circle = cancel(circle, JAN, NOW)
    changed = set_schedule(circle, wanted(SECOND_TUESDAYS), NOW)
    assert shown(changed)[2:] == [
        "2026-12-01 moved 12-08 18:00 1",
        "2027-01-05 cancelled 01-05 19:00 1",
        "2027-01-12 planned 01-12 19:00 2",
    ]
    gone = cancel(changed, DEC, NOW)
    assert "2026-12-01 cancelled 12-08 18:00 2" in shown(gone)
    assert "2026-12-08" not in " ".join(one.split()[0] for one in shown(gone))
    assert refusal(lambda: restore(changed, DEC, NOW)) == "not_now: restored_without_rhythm"
    back = set_schedule(gone, wanted(FIRST_TUESDAYS), NOW)
    assert "2027-01-05 cancelled 01-05 19:00 1" in shown(back)
    assert "2027-01-05 planned 01-05 19:00 2" in shown(restore(back, JAN, NOW))


def test_another_time_of_day_changes_what_follows_the_rhythm() -> None:
    """A moved meeting has its own time; one that is put back follows the rhythm."""
    circle = move(CIRCLE, JAN, local("2027-01-12T18:00"), NOW)
    circle = restore(cancel(circle, FEB, NOW), FEB, NOW)
    changed = set_schedule(circle, wanted(AT_EIGHT), NOW)
    assert shown(changed)[2:] == [
        "2026-12-01 planned 12-01 20:00 3",
        "2027-01-05 moved 01-12 18:00 1",
        "2027-02-02 planned 02-02 20:00 3",
    ]
    assert "2027-01-05 planned 01-05 20:00 2" in shown(restore(changed, JAN, NOW))


def test_another_time_zone_is_a_change_of_schedule() -> None:
    """The local times hold in the new zone for what lies ahead; what is past stays."""
    circle = move(CIRCLE, JAN, local("2027-01-12T18:00"), NOW)
    changed = set_schedule(circle, wanted(FIRST_TUESDAYS, zone="Europe/London"), NOW)
    assert changed.time_zone == "Europe/London"
    assert shown(changed) == [
        "2026-10-06 planned 10-06 18:00 0",
        "2026-11-03 planned 11-03 18:00 0",
        "2026-12-01 planned 12-01 19:00 2",
        "2027-01-05 moved 01-12 18:00 2",
        "2027-02-02 planned 02-02 19:00 2",
    ]
    (found, _) = changed_late(changed, NOW, notice_ms=60 * DAY_MS)
    assert (found.meeting.date, found.was) == (DEC, at("2026-12-01T19:00"))


def test_a_new_time_zone_moves_no_meeting_into_the_past() -> None:
    """One that was moved to tonight takes place at that moment."""
    circle = move(CIRCLE, DEC, local("2026-11-27T18:00"), NOW)
    changed = set_schedule(circle, wanted(FIRST_TUESDAYS, zone="Pacific/Auckland"), NOW)
    found = meeting_on(changed, DEC)
    assert found
    assert found.starts_at == at("2026-11-27T18:00")


def test_a_meeting_that_is_over_covers_none_that_a_new_time_zone_shows_on_its_date() -> None:
    """In Berlin, the half past two of Tokyo is the evening before."""
    nights = Rhythm(Kind.DATES, dates=(day("2026-12-05"), day("2026-12-06")), at=time(2, 30))
    tokyo = begin(BARE, wanted(nights, zone="Asia/Tokyo"), NOW)
    now = at("2026-12-05T12:00", "Asia/Tokyo")
    tokyo = pause(tokyo, day("2026-12-05"), now)
    assert shown(set_schedule(tokyo, wanted(Rhythm()), now)) == [
        "2026-12-05 planned 12-04 18:30 0",
        "2026-12-06 cancelled 12-05 18:30 2",
    ]


def test_a_pause_leaves_out_what_it_covers() -> None:
    """What people count on shows as cancelled; a moved meeting stays; the end brings them back."""
    circle = move(CIRCLE, JAN, local("2027-01-12T18:00"), NOW)
    paused = pause(circle, day("2027-03-01"), NOW)
    assert shown(paused)[2:] == [
        "2026-12-01 cancelled 12-01 19:00 2",
        "2027-01-05 moved 01-12 18:00 1",
    ]
    assert refusal(lambda: restore(paused, DEC, NOW)) == "not_now: restored_in_pause"
    after = shown(paused, at("2027-03-01T00:00"), 40)
    assert after == ["2027-03-02 planned 03-02 19:00 2", "2027-04-06 planned 04-06 19:00 2"]
    assert in_force(paused, NOW).pause_until == day("2027-03-01")
    assert in_force(paused, at("2027-03-01T00:00")).pause_until is None
    ended = pause(paused, None, NOW + HOUR_MS)
    assert shown(ended)[2:] == [
        "2026-12-01 planned 12-01 19:00 3",
        "2027-01-05 moved 01-12 18:00 1",
        "2027-02-02 planned 02-02 19:00 3",
    ]


def test_what_a_change_of_schedule_leaves_alone_is_no_news() -> None:
    """A pause in summer does not change next week's meeting."""
    paused = pause(CIRCLE, day("2026-12-01"), NOW)
    assert shown(paused)[2] == "2026-12-01 planned 12-01 19:00 0"
    near = at("2026-12-01T08:00")
    paused = pause(CIRCLE, day("2026-12-01"), near - HOUR_MS)
    assert changed_late(paused, near) == ()
    late = set_schedule(CIRCLE, wanted(AT_EIGHT), near - HOUR_MS)
    (found,) = changed_late(late, near)
    assert (found.meeting.starts_at, found.was) == (
        at("2026-12-01T20:00"),
        at("2026-12-01T19:00"),
    )
    thursdays = Rhythm(Kind.DATES, dates=(day("2026-12-02"),), at=time(7))
    added = set_schedule(CIRCLE, wanted(thursdays), near - HOUR_MS)
    assert [(m.date, m.state, was > 0) for m, was in changed_late(added, near)] == [
        (DEC, "cancelled", True),
        (day("2026-12-02"), "planned", False),
    ]


def test_two_who_change_the_schedule_at_once_lose_nothing() -> None:
    """The second is refused, unless both want the same; a single meeting disturbs neither."""
    first = set_schedule(CIRCLE, wanted(SECOND_TUESDAYS), NOW, seen=0)
    stale = refusal(lambda: set_schedule(first, wanted(AT_EIGHT), NOW, seen=0))
    assert stale == "stale: schedule_changed"
    assert set_schedule(first, wanted(SECOND_TUESDAYS), NOW + 5, seen=0) == first
    assert set_schedule(first, wanted(AT_EIGHT), NOW, seen=1).schedule.rhythm == AT_EIGHT
    moved = move(CIRCLE, JAN, local("2027-01-12T18:00"), NOW)
    both = set_schedule(moved, wanted(AT_EIGHT), NOW, seen=0)
    assert "2027-01-05 moved 01-12 18:00 1" in shown(both)
    assert refusal(lambda: pause(first, JAN, NOW, seen=0)) == "stale: schedule_changed"


def test_past_dates_are_no_difference() -> None:
    """A form shows only those ahead."""
    rhythm = Rhythm(Kind.DATES, dates=(day("2026-11-20"), DEC), at=time(19))
    circle = begin(BARE, wanted(rhythm), at("2026-11-01T12:00"))
    without = replace(rhythm, dates=(DEC,))
    assert set_schedule(circle, wanted(without), NOW) == circle
    later = set_schedule(circle, wanted(replace(without, dates=(DEC, JAN))), NOW)
    assert [one.split()[0] for one in shown(later)] == ["2026-11-20", "2026-12-01", "2027-01-05"]


def test_one_meeting_is_moved_and_put_back() -> None:
    """The others stay as they are. A move to the rhythm's own time puts it back."""
    moved = move(CIRCLE, DEC, local("2026-12-10T18:30"), NOW, seen=0)
    assert shown(moved)[2:4] == [
        "2026-12-01 moved 12-10 18:30 1",
        "2027-01-05 planned 01-05 19:00 0",
    ]
    again = move(moved, DEC, local("2026-12-01T20:00"), NOW + 1, seen=1)
    assert shown(again)[2] == "2026-12-01 moved 12-01 20:00 2"
    back = restore(again, DEC, NOW + 2, seen=2)
    assert shown(back)[2] == "2026-12-01 planned 12-01 19:00 3"
    assert back == move(again, DEC, local("2026-12-01T19:00"), NOW + 2, seen=2)
    assert shown(back)[3:] == shown(CIRCLE)[3:]
    found = meeting_on(back, DEC)
    assert found
    assert found.changed_at == NOW + 2


def test_a_cancelled_meeting_is_moved_and_put_back() -> None:
    """It shows where it would have been; a move lets it take place."""
    gone = cancel(move(CIRCLE, DEC, local("2026-12-10T18:30"), NOW), DEC, NOW, seen=1)
    assert shown(gone)[2] == "2026-12-01 cancelled 12-10 18:30 2"
    assert shown(restore(gone, DEC, NOW))[2] == "2026-12-01 planned 12-01 19:00 3"
    assert shown(move(gone, DEC, local("2026-12-10T18:30"), NOW))[2].endswith("moved 12-10 18:30 3")


BAD_MOVES = [
    ("2026-11-27T12:00", "move_into_past"),
    ("2020-01-01T12:00", "move_into_past"),
    ("0001-01-01T00:00", "move_into_past"),
    ("9999-12-31T23:59", "move_too_far"),
    ("2027-11-29T12:00", "move_too_far"),
    ("2027-03-28T02:30", "move_skipped"),
    ("2027-01-05T12:00", "move_onto_other"),
    ("2027-01-05T19:00", "move_onto_other"),
]


@pytest.mark.parametrize(("to", "id_"), BAD_MOVES)
def test_a_bad_time_to_move_to_is_refused_by_its_field(to: str, id_: str) -> None:
    """Each with its sentence."""
    assert AHEAD_DAYS == 366
    assert refusal(lambda: move(CIRCLE, DEC, local(to), NOW)) == f"to: {id_}"


def test_no_meeting_is_moved_or_put_back_onto_another() -> None:
    """Neither onto a moved one, nor back where another one stands meanwhile; onto a cancelled one
    it may."""
    moved = move(CIRCLE, JAN, local("2027-01-20T19:00"), NOW)
    onto = refusal(lambda: move(moved, DEC, local("2027-01-20T10:00"), NOW))
    assert onto == "to: move_onto_other"
    there = move(moved, DEC, local("2027-01-05T10:00"), NOW)
    assert refusal(lambda: restore(there, JAN, NOW)) == "not_now: restored_onto_other"
    covered = move(cancel(CIRCLE, JAN, NOW), DEC, local("2027-01-05T10:00"), NOW)
    assert shown(covered)[2:] == [
        "2026-12-01 moved 01-05 10:00 1",
        "2027-02-02 planned 02-02 19:00 0",
    ]
    assert refusal(lambda: restore(covered, JAN, NOW)) == "stale: no_such_meeting"


def test_a_cancelled_meeting_that_was_moved_hides_none_that_is_put_back() -> None:
    """It was moved to a date that another meeting had left."""
    circle = move(CIRCLE, JAN, local("2027-01-20T19:00"), NOW)
    circle = cancel(move(circle, DEC, local("2027-01-05T10:00"), NOW), DEC, NOW)
    assert "2027-01-05 planned 01-05 19:00 2" in shown(restore(circle, JAN, NOW))


@pytest.mark.parametrize("change", [cancel, restore])
def test_what_is_past_or_not_there_cannot_be_changed(
    change: Callable[[Circle, date, int], Circle],
) -> None:
    """Also a meeting beyond the year in sight."""
    assert refusal(lambda: change(CIRCLE, day("2026-11-03"), NOW)) == "not_now: meeting_is_past"
    for missing in ("2026-12-02", "2028-02-01", "0001-01-01", "9999-12-31", "2026-08-04"):
        found = refusal(lambda missing=missing: change(CIRCLE, day(missing), NOW))  # type: ignore[misc]  # bound now
        assert found == "stale: no_such_meeting"
    begun = at("2026-12-01T19:00")
    assert refusal(lambda: change(CIRCLE, DEC, begun)) == "not_now: meeting_is_past"
    assert refusal(lambda: move(CIRCLE, DEC, local("2026-12-08T19:00"), begun)) == (
        "not_now: meeting_is_past"
    )


def test_a_meeting_whose_first_date_has_passed_is_not_put_back() -> None:
    """It can be moved once more."""
    moved = move(CIRCLE, DEC, local("2026-12-10T18:30"), NOW)
    later = at("2026-12-05T12:00")
    assert refusal(lambda: restore(moved, DEC, later)) == "not_now: restored_into_past"
    assert "2026-12-01 moved 12-12 18:30 2" in shown(
        move(moved, DEC, local("2026-12-12T18:30"), later)
    )


def test_two_who_change_one_meeting_at_once_lose_nothing() -> None:
    """The second sees what holds, unless both want the same."""
    first = cancel(CIRCLE, DEC, NOW, seen=0)
    second = refusal(lambda: move(first, DEC, local("2026-12-10T18:30"), NOW, seen=0))
    assert second == "stale: meeting_changed"
    assert cancel(first, DEC, NOW + 5, seen=0) == first
    assert restore(CIRCLE, DEC, NOW, seen=7) == CIRCLE
    assert refusal(lambda: restore(first, DEC, NOW, seen=0)) == "stale: meeting_changed"
    other = cancel(first, JAN, NOW, seen=0)
    assert {DEC, JAN} == set(other.schedule.singles)
    moved = move(CIRCLE, DEC, local("2026-12-10T18:30"), NOW, seen=0)
    assert move(moved, DEC, local("2026-12-10T18:30"), NOW + 5, seen=0) == moved
    assert refusal(lambda: cancel(moved, DEC, NOW, seen=0)) == "stale: meeting_changed"


def test_what_lies_too_far_back_is_forgotten_with_the_next_change() -> None:
    """Of a moved meeting nothing stays then, not even at its first date."""
    moved = move(CIRCLE, DEC, local("2026-12-10T18:30"), NOW)
    later = at("2026-12-10T18:30") + BACK_MS
    for changed in (cancel(moved, day("2027-04-06"), later), pause(moved, JAN, later)):
        assert DEC not in changed.schedule.singles
        assert meeting_on(changed, DEC) is None
        assert meeting_on(changed, day("2027-03-02")) == meeting_on(CIRCLE, day("2027-03-02"))
    assert DEC in recent_singles(moved, later - 1)


def test_a_meeting_that_was_brought_forward_does_not_come_twice() -> None:
    """It is remembered until its first date is past as well."""
    moved = move(CIRCLE, day("2027-07-06"), local("2026-12-10T18:30"), NOW)
    later = at("2026-12-10T18:30") + BACK_MS
    changed = cancel(moved, day("2027-05-04"), later)
    assert [one.date.month for one in year_ahead(changed, later)[:5]] == [4, 5, 6, 8, 9]


def test_there_are_at_most_so_many_single_changes() -> None:
    """A form sent by a program would otherwise make the circle ever larger."""
    days = [date.fromordinal(FEB.toordinal() + number) for number in range(MAX_SINGLES)]
    singles = {one: Single(Fate.DROPPED, 1, NOW, datetime.combine(one, time(8))) for one in days}
    full = replace(CIRCLE, schedule=replace(CIRCLE.schedule, singles=singles))
    assert refusal(lambda: cancel(full, DEC, NOW)) == "full: too_many_singles"
    del singles[days[-1]]
    assert len(cancel(full, DEC, NOW).schedule.singles) == MAX_SINGLES


def test_a_circle_without_a_rhythm_gets_one_and_loses_it() -> None:
    """Nothing is past then."""
    first = set_schedule(BARE, wanted(FIRST_TUESDAYS), NOW)
    assert shown(first)[0] == "2026-12-01 planned 12-01 19:00 1"
    none = set_schedule(first, wanted(Rhythm()), NOW)
    assert shown(none) == ["2026-12-01 cancelled 12-01 19:00 2"]
    assert set_schedule(BARE, wanted(Rhythm()), NOW) == BARE
    assert BARE.schedule == Schedule()


def test_another_length_is_a_change_of_each_meeting() -> None:
    """Calendars show when a meeting ends, and take only what has a higher sequence. Nothing else
    changes, and nothing counts as changed at short notice."""
    moved = move(CIRCLE, DEC, local("2026-12-08T19:00"), NOW)
    longer = choose_format(moved, "classic-90", NOW + 1)
    before, after = year_ahead(moved, NOW), year_ahead(longer, NOW)
    assert {m.sequence for m in after} == {2}
    assert longer.schedule.changed_at == NOW + 1
    assert [m.starts_at for m in after] == [m.starts_at for m in before]
    late, late_before = changed_late(longer, NOW, SOON_MS), changed_late(moved, NOW, SOON_MS)
    assert [(c.meeting.date, c.was) for c in late] == [(c.meeting.date, c.was) for c in late_before]
    own = keep_format(moved, replace(FORMATS["classic-90"], key="own"), NOW + 1)
    assert own.schedule == longer.schedule


def test_another_format_of_the_same_length_changes_no_meeting() -> None:
    """And a circle that has no meetings has none to change."""
    own = replace(FORMATS["classic-60"], key="own", title="Ours")
    assert keep_format(CIRCLE, own, NOW).schedule == CIRCLE.schedule
    assert choose_format(BARE, "classic-90", NOW).schedule == Schedule()


def test_another_length_at_short_notice_makes_no_meeting_news() -> None:
    """Not even after a change of rhythm, which looks at when each meeting has changed."""
    now = at("2026-12-01T12:00")
    longer = choose_format(CIRCLE, "classic-90", now)
    assert changed_late(longer, now) == ()
    after = set_schedule(longer, wanted(FIRST_TUESDAYS, zone="Europe/Paris"), now + 1)
    assert changed_late(after, now + 1) == ()
