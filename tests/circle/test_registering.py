"""The register changes with the session, with time, and with people."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from server.circle.changes import forgetting, with_roles
from server.circle.circle import Circle
from server.circle.kept import after, lasts, only_presentations
from server.circle.register import Attended, Register, Row, first_over, pruned
from server.circle.registering import next_pruning, pruned_at, switched, taken_out, with_row
from server.circle.rhythm import local_time
from server.room import commands as c
from server.room.due import KEPT_UNCHANGED_MS
from server.room.rules import decide
from server.room.state import Role, Room
from tests.support.factories import NOW, a_room

MINUTE = 60_000
HOUR = 60 * MINUTE
ON = Register(is_on=True)
DAY = date(2027, 1, 15)
"""The date of NOW."""


def a_session(**more: object) -> Room:
    """A session that the register counts, begun at NOW."""
    return replace(a_room("reflection", registers=True, began_at=NOW, changed_at=NOW), **more)


SESSION = a_session()
CIRCLE = Circle(
    SESSION.id,
    "Tuesday",
    "classic-60",
    "UTC",
    roles={seat.id: seat.role for seat in SESSION.seats},
    register=ON,
)


def ended(before: Room, command: c.Command, actor: str | None, at: int = NOW + HOUR) -> Circle:
    """The circle after the session has ended by this command."""
    changed = decide(before, command, actor, at)
    assert lasts(before, changed)
    return after(CIRCLE, before, changed)


def rows(circle: Circle) -> list[tuple[date, int, set[str]]]:
    """Date, minutes and people of each row."""
    found = circle.register.rows
    return [(row.date, row.minutes, {person.seat for person in row.people}) for row in found]


EVERYBODY = {seat.id for seat in SESSION.seats}


def test_the_end_of_a_session_is_a_row() -> None:
    """By a facilitator, or with the debrief, whose end adds no second one."""
    assert rows(ended(SESSION, c.End(), "fay")) == [(DAY, 60, EVERYBODY)]
    assert rows(ended(SESSION, c.Debrief(), "fay")) == [(DAY, 60, EVERYBODY)]
    debrief = decide(SESSION, c.Debrief(), "fay", NOW + HOUR)
    over = decide(debrief, c.End(), "fay", NOW + 2 * HOUR)
    assert after(CIRCLE, debrief, over).register == CIRCLE.register


def test_a_session_that_nobody_ends_lasts_until_somebody_was_last_active() -> None:
    """A forgotten tab does not make it twelve hours long."""
    idle = a_session(changed_at=NOW + 50 * MINUTE)
    at = idle.changed_at + KEPT_UNCHANGED_MS
    assert rows(ended(idle, c.FallDue(), None, at)) == [(DAY, 50, EVERYBODY)]


def test_a_format_that_goes_on_by_itself_ends_with_its_last_phase() -> None:
    """Although nobody has pressed anything for long."""
    own = replace(SESSION.plan, key="own", auto_advance=True)
    room = a_session(own_plan=own, format="own", phase="closing", began_at=NOW - HOUR)
    assert room.clock is not None
    at = room.clock.ends_at
    assert rows(ended(room, c.FallDue(), None, at)) == [
        (DAY, (at - NOW + HOUR) // MINUTE, EVERYBODY)
    ]


def test_a_row_has_the_date_on_which_the_session_began_in_the_circles_zone() -> None:
    """Also when it ends after midnight."""
    zone = "Pacific/Auckland"
    circle = replace(CIRCLE, time_zone=zone)
    changed = decide(SESSION, c.End(), "fay", NOW + 4 * HOUR)
    (row,) = with_row(circle, SESSION, changed).register.rows
    begun, over = (local_time(at, zone).date() for at in (NOW, NOW + 4 * HOUR))
    assert row.date == begun
    assert begun < over


def test_without_a_register_nothing_is_noted() -> None:
    """It was off when the room was opened, or is off by now."""
    silent = a_session(registers=False, began_at=None)
    changed = decide(silent, c.End(), "fay", NOW + HOUR)
    assert after(CIRCLE, silent, changed).register == CIRCLE.register
    off = replace(CIRCLE, register=Register())
    ended_ = decide(SESSION, c.End(), "fay", NOW + HOUR)
    assert after(off, SESSION, ended_).register == off.register


def test_a_room_follows_the_register_when_it_is_opened() -> None:
    """So the switch applies from the next session on."""
    assert CIRCLE.opened(NOW).registers
    assert not replace(CIRCLE, register=Register()).opened(NOW).registers


def test_nothing_of_somebody_who_loses_their_seat_stays() -> None:
    """Forgotten or removed, also by the change that ends the session."""
    circle = ended(SESSION, c.End(), "fay")
    circle = taken_out(circle, "ben")
    for changed in (forgetting(circle, ["ann", "ben"]), with_roles(circle, {"ann": "", "ben": ""})):
        assert rows(changed) == [(DAY, 60, EVERYBODY - {"ann", "ben"})]
        assert changed.register.out == ()
    alone = replace(SESSION, seats=SESSION.seats[:2], presenter=None)
    over = decide(alone, c.Forget(frozenset({"fay", "ann"}), renews_link=True), None, NOW + HOUR)
    both_gone = replace(CIRCLE, roles={**CIRCLE.roles, "fay": Role.MEMBER})
    assert not over.is_live
    assert rows(after(both_gone, alone, over)) == []


def test_whoever_was_forgotten_by_an_earlier_release_goes_with_the_next_session() -> None:
    """It deleted the role and left the register; pages show nothing of them until then."""
    forgotten = Attended("ida", "Ida", "member")
    row = Row(date(2027, 1, 1), 60, (Attended("ann", "Ann", "member"), forgotten))
    circle = replace(CIRCLE, register=Register(is_on=True, rows=(row,), out=("zoe",)))
    assert rows(pruned_at(circle, NOW)) == [(row.date, 60, {"ann"})]
    assert pruned_at(circle, NOW).register.out == ()
    over = decide(SESSION, c.End(), "fay", NOW + HOUR)
    assert rows(after(circle, SESSION, over)) == [(row.date, 60, {"ann"}), (DAY, 60, EVERYBODY)]


def test_an_unreadable_circle_holds_up_no_debrief() -> None:
    """The names go all the same; the session is then missing from the register."""
    assert only_presentations(SESSION, decide(SESSION, c.Debrief(), "fay", NOW + HOUR))


def test_rows_go_on_the_day_on_which_their_months_are_over() -> None:
    """The deadline is that day's midnight in the circle's zone; no day earlier, no day later."""
    for months in (1, 12, 13, 60):
        for day in (date(2027, 1, 31), date(2028, 2, 29), date(2026, 12, 15), date(2026, 12, 31)):
            row = Row(day, 60, (Attended("ann", "Ann", "member"),))
            register = Register(months=months, rows=(row,))
            over = first_over(register)
            assert over is not None
            assert pruned(register, over).rows == ()
            assert pruned(register, date.fromordinal(over.toordinal() - 1)).rows == (row,)
            circle = replace(CIRCLE, register=register, time_zone="America/New_York")
            at = next_pruning(circle)
            assert at is not None
            assert pruned_at(circle, at).register.rows == ()
            assert pruned_at(circle, at - 1) == circle
    assert next_pruning(CIRCLE) is None


def test_fewer_months_end_earlier() -> None:
    """At once, for rows that are older."""
    old = Row(date(2026, 11, 1), 60, (Attended("ann", "Ann", "member"),))
    circle = replace(CIRCLE, register=replace(ON, rows=(old,)))
    assert switched(circle, "2", NOW, on=True).register.rows == ()
    assert switched(circle, "3", NOW, on=False).register == Register(months=3, rows=(old,))
