"""A room learns that its circle has changed when it meets."""

from __future__ import annotations

import pytest

from server.room.attention.table import attention
from server.room.coming import Coming
from server.room.commands import RenewComing
from server.room.rules import decide
from tests.support.factories import MOMENTS, NOW, a_room, outcome

SESSION = Coming("Europe/Berlin", "2027-02-02", NOW + 1, NOW + 2)


@pytest.mark.parametrize("moment", MOMENTS[:-1])
def test_it_knows_the_next_session_at_any_moment(moment: str) -> None:
    """Nobody has done anything in the room, so it does not keep an abandoned one."""
    room = a_room(moment, changed_at=5)
    after = decide(room, RenewComing(SESSION), None, NOW)
    assert (after.coming, after.changed_at) == (SESSION, 5)
    assert after.version == room.version + 1
    assert decide(after, RenewComing(None), None, NOW).coming is None


def test_what_it_knows_already_changes_nothing() -> None:
    """Nor does an ended room learn anything; nobody in the room may say so."""
    assert outcome(a_room(), RenewComing(None), None) == "stale"
    assert outcome(a_room(coming=SESSION), RenewComing(SESSION), None) == "stale"
    assert outcome(a_room("ended"), RenewComing(SESSION), None) == "stale"


def test_people_who_wait_are_told_of_it_until_it_is_time() -> None:
    """And nobody else."""
    for seat in ("fay", "ann"):
        room = a_room(coming=SESSION)
        me = room.seat(seat)
        assert me
        assert attention(room, me).facts.coming == SESSION
        assert attention(room, me, over=True).facts.coming is None
        for moment in MOMENTS[1:]:
            room = a_room(moment, coming=SESSION)
            me = room.seat(seat)
            assert me is None or attention(room, me).facts.coming is None
