"""Which reminders are due, once each; and which addresses can be mailed to."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from server.circle import reminders
from server.circle.absences import can_come, cannot_come
from server.circle.circle import Circle
from server.circle.fields import WrongFields
from server.circle.meeting_changes import cancel, move, restore
from server.circle.meetings import next_meeting
from server.circle.reminders import LATE_MS, Due, Reminder, due, mail_address, next_look, noted
from server.circle.rhythm import DAY_MS, HOUR_MS, Kind, Nth, Rhythm, Weekday, instant
from server.circle.schedule import Schedule, Wanted
from server.circle.schedule_changes import set_schedule
from server.room.state import NewerSchema

ZONE = "Europe/Berlin"
TUESDAYS = Rhythm(Kind.MONTH, Nth.FIRST, Weekday.TUESDAY, at=time(19))


def at(text: str) -> int:
    """The epoch ms of a local time."""
    return instant(datetime.fromisoformat(text), ZONE)


ASKED = at("2026-11-20T08:00")
NEXT = at("2026-12-01T19:00")
FIRST = date(2026, 12, 1)
CIRCLE = Circle("id", "C", "classic-60", ZONE, schedule=Schedule(TUESDAYS))


def asked(**more: Any) -> Reminder:
    """The reminders of somebody who confirmed on 20 November. Any: other fields."""
    return Reminder(sealed="…", asked_at=ASKED, confirmed_at=ASKED, **more)


def keys(circle: Circle, reminder: Reminder, now: int) -> list[str]:
    """The kinds of what is due."""
    return [mail.kind for mail in due(circle, "ann", reminder, now)]


def test_a_day_and_an_hour_before() -> None:
    """Each from its time on, for both or one of them."""
    assert keys(CIRCLE, asked(), NEXT - DAY_MS - 1) == []
    assert keys(CIRCLE, asked(), NEXT - DAY_MS) == ["day"]
    assert keys(CIRCLE, asked(hour_before=False), NEXT - DAY_MS) == ["day"]
    assert keys(CIRCLE, asked(day_before=False), NEXT - DAY_MS) == []
    assert keys(CIRCLE, asked(day_before=False), NEXT - HOUR_MS) == ["hour"]
    [mail] = due(CIRCLE, "ann", asked(day_before=False), NEXT - HOUR_MS)
    assert (mail.until, mail.time) == (NEXT, NEXT)
    [mail] = due(CIRCLE, "ann", asked(), NEXT - DAY_MS)
    assert mail.until == NEXT - DAY_MS + LATE_MS


def test_who_cannot_come_is_not_reminded_but_reads_of_a_change() -> None:
    """For then they may be able to come; and they are reminded of the new day."""
    absent = cannot_come(CIRCLE, "ann", FIRST, ASKED)
    assert keys(absent, asked(), NEXT - DAY_MS) == []
    assert [mail.kind for mail in due(absent, "ben", asked(), NEXT - DAY_MS)] == ["day"]
    assert next_look(absent, {"ann": asked()}, NEXT - HOUR_MS - 1) == NEXT - HOUR_MS - 1 + DAY_MS
    changed = NEXT - 3 * DAY_MS
    moved = move(absent, FIRST, datetime.fromisoformat("2026-12-03T19:00"), changed)
    assert keys(moved, asked(), changed) == ["change"]
    assert keys(moved, asked(), NEXT + DAY_MS) == ["change", "day"]
    assert keys(can_come(absent, "ann", FIRST, ASKED), asked(), NEXT - DAY_MS) == ["day"]


def test_what_is_noted_is_not_due_again() -> None:
    """The mark stays when others come, and goes after a month."""
    [mail] = due(CIRCLE, "ann", asked(), NEXT - DAY_MS)
    once = noted(asked(), mail, "claim", NEXT - DAY_MS)
    assert due(CIRCLE, "ann", once, NEXT - DAY_MS + 1) == ()
    [hour] = due(CIRCLE, "ann", once, NEXT - HOUR_MS)
    assert len(noted(once, hour, "claim", NEXT).marks) == 2
    assert len(noted(once, hour, "claim", NEXT + 32 * DAY_MS).marks) == 1


def test_who_confirms_later_hears_of_what_lies_ahead_alone() -> None:
    """The page has told them the rest."""
    late = asked()
    late = replace(late, confirmed_at=NEXT - DAY_MS + 1)
    assert keys(CIRCLE, late, NEXT - DAY_MS + HOUR_MS) == []
    assert keys(CIRCLE, late, NEXT - HOUR_MS) == ["hour"]
    changed = cancel(CIRCLE, FIRST, NEXT - 2 * DAY_MS)
    assert keys(changed, late, NEXT - DAY_MS + HOUR_MS) == []


def test_a_moved_meeting_is_told_at_once_and_has_its_reminders_at_its_new_time() -> None:
    """What was noted of its earlier time does not stand in their way."""
    now = NEXT - DAY_MS
    [mail] = due(CIRCLE, "ann", asked(), now)
    person = noted(asked(), mail, "claim", now)
    changed = move(CIRCLE, FIRST, datetime.fromisoformat("2026-12-03T20:00"), now + 1)
    assert next_look(changed, {"ann": person}, now) == now + 1
    [mail] = due(changed, "ann", person, now + 1)
    assert mail.kind == "change"
    [(meeting, was)] = mail.changes
    assert (was, meeting.starts_at) == (NEXT, at("2026-12-03T20:00"))
    person = noted(person, mail, "claim", now)
    assert keys(changed, person, NEXT) == []
    assert keys(changed, person, at("2026-12-02T20:00")) == ["day"]


def test_a_meeting_moved_into_its_last_day_has_no_reminder_of_the_day_before() -> None:
    """The change has told its time a moment ago."""
    now = NEXT - 3 * DAY_MS
    changed = move(CIRCLE, FIRST, datetime.fromisoformat("2026-11-29T09:00"), now)
    starts_at = at("2026-11-29T09:00")
    assert starts_at - DAY_MS < now
    assert keys(changed, asked(), now) == ["change"]
    assert keys(changed, asked(), starts_at - HOUR_MS) == ["change", "hour"]


def test_what_is_cancelled_within_two_weeks_is_told_and_has_no_reminder() -> None:
    """Put back, it has one again."""
    soon, early = NEXT - 14 * DAY_MS, NEXT - 14 * DAY_MS - 1
    before = replace(asked(), confirmed_at=0)
    assert keys(cancel(CIRCLE, FIRST, early), before, early) == []
    changed = cancel(CIRCLE, FIRST, soon)
    assert keys(changed, before, soon) == ["change"]
    assert keys(changed, before, NEXT - DAY_MS) == ["change"]
    back = restore(changed, FIRST, soon + 1)
    assert keys(back, before, NEXT - DAY_MS) == ["change", "day"]


def test_another_rhythm_is_one_mail() -> None:
    """It says of each meeting soon what has become of it."""
    now = NEXT - 5 * DAY_MS
    weekly = Rhythm(Kind.WEEKS, weekday=Weekday.MONDAY, first_on=date(2026, 11, 30), at=time(18))
    changed = set_schedule(CIRCLE, Wanted(weekly, None, ZONE), now)
    [mail] = due(changed, "ann", asked(), now)
    states = [(change.meeting.date.isoformat(), change.meeting.state) for change in mail.changes]
    assert states == [
        ("2026-11-30", "planned"),
        ("2026-12-01", "cancelled"),
        ("2026-12-07", "planned"),
    ]


def test_the_next_look_is_at_the_next_mail_and_within_a_day() -> None:
    """Nobody is looked at who has not asked."""
    assert next_look(CIRCLE, {}, NEXT) is None
    assert next_look(CIRCLE, {"ann": asked()}, ASKED) == ASKED + DAY_MS
    assert next_look(CIRCLE, {"ann": asked()}, NEXT - DAY_MS - 5) == NEXT - DAY_MS
    assert next_look(CIRCLE, {"ann": asked()}, NEXT - DAY_MS) == NEXT - HOUR_MS
    nothing = replace(CIRCLE, schedule=Schedule())
    assert next_look(nothing, {"ann": asked()}, NEXT) == NEXT + DAY_MS


@given(st.lists(st.integers(1, 20 * HOUR_MS), max_size=60))
def test_however_often_it_is_looked_each_mail_is_due_once(pauses: list[int]) -> None:
    """And none that lies more than a look back is missed."""
    person, now, sent = asked(), ASKED, []
    for pause in pauses:
        now = min(next_look(CIRCLE, {"ann": person}, now) or now, now + pause)
        for mail in due(CIRCLE, "ann", person, now):
            sent.append(mail.key)
            assert mail.at == now
            person = noted(person, mail, "claim", now)
    assert len(sent) == len(set(sent))
    meeting = next_meeting(CIRCLE, ASKED)
    assert meeting
    for kind, ms in (("day", DAY_MS), ("hour", HOUR_MS)):
        key = Due(kind, 0, 0, meeting.starts_at).key
        assert (key in sent) == (now >= meeting.starts_at - ms)


def test_two_refusals_in_a_row_erase_the_address() -> None:
    """A mail that is taken in between begins anew."""
    once = reminders.refused(asked())
    assert once
    assert reminders.refused(once) is None
    assert reminders.refused(reminders.accepted(once)) == once


def test_what_is_kept_is_read_again() -> None:
    """With its schema in it; of a later one nothing is read."""
    person = asked(marks=(reminders.Mark("day.1", "claim"),), day_before=False)
    text = reminders.encode(person)
    assert '"schema":1' in text
    assert reminders.decode(text.encode()) == person
    with pytest.raises(NewerSchema):
        reminders.decode(text.replace('"schema":1', '"schema":2').encode())


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" anna@example.org ", "anna@example.org"),
        ("Anna.B+circle@Mail.Example.ORG", "Anna.B+circle@mail.example.org"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org"),
    ],
)
def test_an_address_is_taken_as_mail_servers_read_it(typed: str, address: str) -> None:
    """Its domain is lower case and in ASCII."""
    assert mail_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "@"),
        *("anna", "anna@", "@example.org", "anna@localhost", "anna@example..org", "a@-b.org"),
        *("anna@example.org, ben@example.org", "Anna <anna@example.org>", "a b@example.org"),
        *("anna@example.org\nBcc: ben@example.org", "anna\r\n@example.org", "anna@exa\nmple.org"),
        *("ünna@example.org", ".a@example.org", "a..b@example.org", '"a b"@example.org'),
        *("=?utf-8?q?a?=@example.org", "=?x?b?!!?=@example.org"),
        *(f"{'a' * 65}@example.org", f"a@{'b' * 64}.org", f"a@{'b.' * 130}org", "a@b.org\x00"),
        "a@b" + "\u00ad" * 254 + ".org",
    ],
)
def test_anything_else_is_refused_beside_its_field(typed: str) -> None:
    """No address can hold a second one, or a header."""
    with pytest.raises(WrongFields) as caught:
        mail_address(typed)
    assert [field for field, _ in caught.value.faults] == ["address"]
