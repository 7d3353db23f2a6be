"""Attendance: the absences of each person, against the intervals in which they were present."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.room.attendance import DROP_MS, missed_between, missed_ms
from server.room.commands import (
    Advance,
    Back,
    Debrief,
    End,
    Enter,
    NotePresence,
    Remove,
    Start,
    StopRegister,
)
from server.room.rules import decide
from server.room.state import WAITING, Role, Room
from tests.support.factories import NOW, a_room, decided, outcome

MINUTE = 60_000
HOUR = 60 * MINUTE
SEATS = ("fay", "ann", "ben", "zoe")
"""Zoe comes by herself later; the others have a seat from the beginning."""


def a_registered_room() -> Room:
    """Fay, Ann and Ben, before the start."""
    room = a_room(registers=True, presenter=None)
    return replace(room, seats=room.seats[:3])


def started(now: int = NOW) -> Room:
    """The same room, just started."""
    return decide(a_registered_room(), Start(WAITING), "fay", now)


def here(room: Room, now: int, *seats: str) -> Room:
    """The room when these people alone are connected."""
    return decided(room, NotePresence(here=frozenset(seats), in_two_tabs=frozenset()), None, now)


def missed(room: Room, until: int) -> dict[str, int]:
    """The absences of all people, in minutes."""
    assert room.began_at is not None
    return {s.id: missed_ms(s, room.began_at, until) // MINUTE for s in room.seats}


def test_nothing_is_added_up_while_the_register_is_off() -> None:
    """The room's value is the same as if there were no register."""
    room = decide(replace(a_registered_room(), registers=False), Start(WAITING), "fay", NOW)
    room = here(here(room, NOW, "fay"), NOW + HOUR, "fay", "ann", "ben")
    assert (room.began_at, {seat.absent_ms for seat in room.seats}) == (None, {0})


def test_nothing_is_left_once_the_register_is_off() -> None:
    """As if there had been none. A second time is refused."""
    room = here(here(started(), NOW, "fay"), NOW + HOUR, "fay", "ann", "ben")
    assert any(seat.absent_ms for seat in room.seats)
    room = decide(room, StopRegister(), None, NOW + HOUR)
    assert (room.registers, room.began_at, {s.absent_ms for s in room.seats}) == (False, None, {0})
    later = here(here(room, NOW + HOUR, "fay"), NOW + 2 * HOUR, "fay", "ann", "ben")
    assert (later.began_at, {seat.absent_ms for seat in later.seats}) == (None, {0})
    assert outcome(room, StopRegister(), None) == "stale"


def test_an_absence_counts_from_two_minutes_on() -> None:
    """A shorter one is a dropped line, even if there are many of them."""
    room, now = started(), NOW
    for _ in range(10):
        room = here(room, now, "fay", "ann")
        now += DROP_MS - 1
        room = here(room, now, "fay", "ann", "ben")
        now += MINUTE
    assert missed(room, now) == {"fay": 0, "ann": 0, "ben": 0}
    back = here(here(room, now, "fay", "ann"), now + DROP_MS, *SEATS)
    assert missed(back, now + HOUR) == {"fay": 0, "ann": 0, "ben": 2}


def test_only_the_session_itself_counts() -> None:
    """Absences from before the start count from it on, and open ones up to the end."""
    room = here(a_registered_room(), NOW - HOUR, "fay", "ann")
    room = decide(room, Start(WAITING), "fay", NOW)
    assert missed(room, NOW + 10 * MINUTE) == {"fay": 0, "ann": 0, "ben": 10}
    room = here(room, NOW + 10 * MINUTE, *SEATS)
    room = here(room, NOW + 50 * MINUTE, "fay", "ben")
    assert missed(room, NOW + HOUR) == {"fay": 0, "ann": 10, "ben": 10}


def test_a_latecomer_misses_the_time_before() -> None:
    """As somebody who was away until then."""
    room = decide(started(), Enter("zoe", "Zoe", Role.MEMBER), None, NOW + 7 * MINUTE)
    assert missed(room, NOW + HOUR)["zoe"] == 7


def test_a_later_phase_begins_no_other_session() -> None:
    """Nor does going back to the first one."""
    room = decide(started(), Advance("arrival"), "fay", NOW + MINUTE)
    room = decide(room, Back("call"), "fay", NOW + 2 * MINUTE)
    assert room.began_at == NOW


def test_of_a_removed_person_nothing_is_added_up() -> None:
    """It goes with their seat."""
    room = decide(here(started(), NOW, "fay"), Remove("ben"), "fay", NOW + HOUR)
    assert set(missed(room, NOW + HOUR)) == {"fay", "ann"}


@pytest.mark.parametrize("command", [End(), Debrief()], ids=["end", "debrief"])
def test_nothing_of_it_stays_in_the_room_after_the_members_have_left(
    command: End | Debrief,
) -> None:
    """As with the names."""
    room = here(here(started(), NOW, "ann"), NOW + HOUR, *SEATS)
    assert any(seat.absent_ms for seat in room.seats)
    over = decide(room, command, "fay", NOW + HOUR)
    assert (over.registers, over.began_at) == (False, None)
    assert not any(seat.absent_ms for seat in over.seats)


Presences = Mapping[str, list[bool]]
presences = st.fixed_dictionaries(
    {seat: st.lists(st.booleans(), min_size=12, max_size=12) for seat in SEATS}
)
pauses = st.lists(
    st.sampled_from([1, 30_000, DROP_MS - 1, DROP_MS, 7 * MINUTE]), min_size=12, max_size=12
)


@settings(max_examples=40)
@given(presences, pauses, st.integers(0, 5))
def test_the_room_adds_up_what_follows_from_the_intervals(
    at: Presences, pauses: list[int], start: int
) -> None:
    """Whoever comes and goes, before the start and after."""
    room, now = here(a_registered_room(), NOW - HOUR), NOW
    intervals: dict[str, list[tuple[int, int]]] = {seat: [] for seat in SEATS}
    began_at = 0
    for turn, pause in enumerate(pauses):
        if turn == start:
            began_at = now
            room = decide(room, Start(WAITING), "fay", now)
        present = [seat for seat in SEATS if at[seat][turn]]
        if "zoe" in present and not room.seat("zoe"):
            room = decide(room, Enter("zoe", "Zoe", Role.MEMBER), None, now)
        room = here(room, now, *present)
        for seat in present:
            intervals[seat].append((now, now + pause))
        now += pause
    for person in room.seats:
        assert missed_ms(person, began_at, now) == missed_between(
            intervals[person.id], began_at, now
        )
