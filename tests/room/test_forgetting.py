"""Who is not here, and the room of a circle that forgets them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.forgetting import absent
from server.room.rules import decide
from server.room.state import ENDED, WAITING, Floor, Role, Room
from tests.factories import MOMENTS, NOW, a_room, a_seat, outcome


def with_away(room: Room, *away: str) -> Room:
    """The room in which these have been away for a moment."""
    seats = tuple(replace(s, away_since=NOW) if s.id in away else s for s in room.seats)
    return replace(room, seats=seats)


def forgotten(room: Room, *seats: str) -> Room:
    """The room after its circle has forgotten these people."""
    return decide(room, c.Forget(frozenset(seats)), None, NOW)


def ids(room: Room) -> list[str]:
    """Who has a chair."""
    return [seat.id for seat in room.seats]


def test_whoever_the_room_shows_as_away_is_not_here() -> None:
    """Whoever it does not show so is here, though their lease may be missing for a moment."""
    room = with_away(a_room("reflection"), "ann", "cem")
    lobby = (a_seat("gus", Role.GUEST), a_seat("ida", away_since=NOW))
    room = replace(room, lobby=lobby)
    assert absent(room, frozenset({"fay"})) == {"ann", "cem", "ida"}
    assert absent(room, frozenset({"fay", "ann", "ida"})) == {"cem"}


def test_where_nobody_is_connected_nobody_is_here() -> None:
    """Whoever left last was noted by nobody."""
    room = replace(a_room(), lobby=(a_seat("gus", Role.GUEST),))
    assert absent(room, frozenset()) == {*ids(room), "gus"}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_circle_forgets_people_at_any_moment(moment: str) -> None:
    """Before, during and after a session their chairs and their places at the door are free."""
    room = replace(a_room(moment), lobby=(a_seat("gus", Role.GUEST), a_seat("ida")))
    after = forgotten(room, "gil", "cem", "ida")
    assert ids(after) == [seat for seat in ids(room) if seat not in ("gil", "cem")]
    assert [seat.id for seat in after.lobby] == ["gus"]


def test_nothing_waits_for_whoever_is_forgotten() -> None:
    """Neither the floor nor the hands nor the case nor the clock."""
    room = replace(a_room("questions"), floor=Floor("ben", NOW), hands=("cem", "ann"))
    room = with_away(room, "ben", "cem", "mei")
    room = decide(room, c.FallDue(), None, NOW)
    assert room.wait is not None
    after = forgotten(room, "ben", "cem", "mei")
    assert (after.holder, after.hands, after.presenter) == ("ann", (), None)
    assert after.wait is None
    assert after.clock is not None
    assert after.clock.paused_at is None


def test_a_room_keeps_the_chair_of_its_last_facilitator() -> None:
    """While others sit in it, or wait at its door: nobody else could lead them."""
    room = a_room("reflection")
    assert ids(forgotten(room, "fay", "gil", "ann")) == ["fay", "ben", "mei", "cem", "gil", "olu"]
    room = replace(room, lobby=(a_seat("gus", Role.GUEST),))
    assert ids(forgotten(room, *ids(room))) == ["fay", "gil"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_session_that_nobody_is_left_in_has_ended(moment: str) -> None:
    """Before its start the room stays as it is: they may be about to come."""
    room = a_room(moment)
    after = forgotten(room, *ids(room))
    assert after.seats == ()
    assert after.phase == (WAITING if moment == WAITING else ENDED)


def test_whom_the_room_does_not_have_it_does_not_forget() -> None:
    """So a repetition changes nothing."""
    assert outcome(a_room(), c.Forget(frozenset({"ida"})), None) == "stale"
