"""Deadlines of the room, and the end of a session that nobody ends."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.due import KEPT_AFTER_END_MS, KEPT_UNCHANGED_MS, next_due
from server.room.rules import decide
from server.room.state import DEBRIEF, ENDED, WAITING, Role, encode
from tests.support.factories import NOW, a_room, a_seat, outcome

HOUR = 3_600_000


@pytest.mark.parametrize("moment", [WAITING, "reflection", DEBRIEF])
def test_a_session_that_nobody_ends_is_over_twelve_hours_after_its_last_change(moment: str) -> None:
    """This holds in every phase; no names or words stay in the room."""
    room = decide(a_room(moment), c.Prompt("Mut") if moment != DEBRIEF else c.Pause(), "fay", NOW)
    ends_at = NOW + 12 * HOUR
    assert next_due(room) == ends_at == NOW + KEPT_UNCHANGED_MS
    assert outcome(room, c.FallDue(), None, ends_at - 1) == "stale"
    over = decide(room, c.FallDue(), None, ends_at)
    assert (over.phase, over.ended_at) == (ENDED, ends_at)
    assert next_due(over) == ends_at + KEPT_AFTER_END_MS
    assert not any(word in encode(over) for word in (b"Fay", b"Gil", b"Mei", b"Mut"))


def test_a_session_that_goes_on_is_never_cut_off() -> None:
    """Every change by anybody postpones the end."""
    room = decide(a_room("reflection"), c.Prompt("one"), "fay", NOW)
    for hours in range(11, 60, 11):
        now = NOW + hours * HOUR
        assert outcome(room, c.FallDue(), None, now) == "stale"
        room = decide(room, c.Extend(60, room.clock.ends_at if room.clock else 0), "fay", now)
        assert next_due(room) == now + KEPT_UNCHANGED_MS


def test_a_tab_that_somebody_forgot_does_not_keep_the_session() -> None:
    """A laptop that sleeps at night reconnects each morning, and a guest's page knocks again."""
    room = decide(a_room("reflection"), c.Lobby(on=True), "fay", NOW)
    everybody = frozenset(seat.id for seat in room.seats)
    for hours in range(1, 11, 2):
        now = NOW + hours * HOUR
        room = decide(room, c.NotePresence(frozenset({"fay"})), None, now)
        room = decide(room, c.NotePresence(everybody), None, now + 1)
        room = decide(room, c.Enter(f"dan{hours}", "Dan", Role.GUEST), None, now + 2)
        assert room.changed_at == NOW
    over = decide(room, c.FallDue(), None, NOW + KEPT_UNCHANGED_MS)
    assert over.phase == ENDED


def test_somebody_who_comes_in_puts_the_end_off() -> None:
    """They press nothing, and are about to begin."""
    room = decide(a_room("reflection"), c.Prompt("one"), "fay", NOW)
    room = decide(room, c.Enter("zoe", "Zoe", Role.MEMBER), None, NOW + HOUR)
    assert (room.seat("zoe") is not None, room.changed_at) == (True, NOW + HOUR)


def test_a_value_that_does_not_say_when_it_was_changed_says_so_with_its_next_change() -> None:
    """Changes by the server count as well, or reconnecting tabs would keep the room for ever."""
    room = decide(a_room("reflection"), c.NotePresence(frozenset({"fay"})), None, NOW)
    assert room.changed_at == NOW


def test_what_falls_due_before_is_done_before() -> None:
    """A silence and a place in the lobby end earlier; the end of the session comes last."""
    room = decide(a_room("reflection"), c.Silence(5), "fay", NOW)
    assert next_due(room) == NOW + 5_000
    room = replace(room, lobby=(a_seat("dan", away_since=NOW),))
    room = decide(room, c.FallDue(), None, NOW + 60_000)
    assert (room.phase, room.lobby, room.silence_until) == ("reflection", (), None)
    assert next_due(room) == NOW + KEPT_UNCHANGED_MS


def test_a_value_that_does_not_say_when_it_was_changed_has_no_such_end() -> None:
    """An earlier release wrote it, and its key expires as it did there."""
    room = a_room("reflection")
    assert (room.changed_at, next_due(room)) == (0, None)
    assert outcome(room, c.FallDue(), None, NOW + 100 * HOUR) == "stale"
    assert decide(room, c.Prompt("one"), "fay", NOW).changed_at == NOW
