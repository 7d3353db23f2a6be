"""Who is not here, and the room of a circle that forgets them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.forgetting import absent, lacks_leases
from server.room.rules import decide
from server.room.state import ENDED, WAITING, Floor, Role, Room, Wait
from tests.support.factories import MOMENTS, NOW, PHASES, a_room, a_seat, outcome


def with_away(room: Room, *away: str) -> Room:
    """The room after these people dropped out a moment ago."""
    seats = tuple(replace(s, away_since=NOW) if s.id in away else s for s in room.seats)
    return replace(room, seats=seats)


def forgotten(room: Room, *seats: str) -> Room:
    """The room after its circle has forgotten these people."""
    return decide(room, c.Forget(frozenset(seats)), None, NOW)


def ids(room: Room) -> list[str]:
    """The seats in the room."""
    return [seat.id for seat in room.seats]


def test_whoever_the_room_shows_as_away_is_not_here() -> None:
    """Everybody else is here, even if their lease is briefly missing."""
    room = with_away(a_room("reflection"), "ann", "cem")
    lobby = (a_seat("gus", Role.GUEST), a_seat("ida", away_since=NOW))
    room = replace(room, lobby=lobby)
    assert absent(room, frozenset({"fay"})) == {"ann", "cem", "ida"}
    assert absent(room, frozenset({"fay", "ann", "ida"})) == {"cem"}


def test_where_nobody_is_connected_nobody_is_here() -> None:
    """No process was left to record the last departure."""
    room = replace(a_room(), lobby=(a_seat("gus", Role.GUEST),))
    assert absent(room, frozenset()) == {*ids(room), "gus"}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_circle_forgets_people_at_any_moment(moment: str) -> None:
    """In every phase their chairs and their places at the door become free."""
    room = replace(a_room(moment), lobby=(a_seat("gus", Role.GUEST), a_seat("ida")))
    after = forgotten(room, "gil", "cem", "ida")
    assert ids(after) == [seat for seat in ids(room) if seat not in ("gil", "cem")]
    assert [seat.id for seat in after.lobby] == ["gus"]


def test_nothing_waits_for_whoever_is_forgotten() -> None:
    """The floor, the hands, the case and the clock do not."""
    room = replace(a_room("questions"), floor=Floor("ben", NOW), hands=("cem", "ann"))
    room = with_away(room, "ben", "cem", "mei")
    room = decide(room, c.FallDue(), None, NOW)
    assert room.wait is not None
    after = forgotten(room, "ben", "cem", "mei")
    assert (after.holder, after.hands, after.presenter) == ("ann", (), None)
    assert after.wait is None
    assert after.clock is not None
    assert after.clock.paused_at is None


def test_nobody_whom_the_circle_forgets_leads_on_as_a_ghost() -> None:
    """The last facilitator's chair becomes free as well, so the next one is the only one."""
    room = a_room("reflection")
    room = forgotten(room, "fay", "gil", "ann")
    assert ids(room) == ["ben", "mei", "cem", "olu"]
    room = decide(room, c.Enter("gil", "Gil", Role.FACILITATOR), None, NOW)
    assert outcome(room, c.MakeMember("gil"), "gil") == "not_now"
    room = replace(a_room("reflection"), lobby=(a_seat("gus", Role.GUEST),))
    assert ids(forgotten(room, *ids(room))) == []


@pytest.mark.parametrize("phase", PHASES)
def test_a_session_whose_last_facilitator_left_asks_who_would_hold_it(phase: str) -> None:
    """It asks at once, since nobody is waited for; the clock stops until somebody leads."""
    room = forgotten(a_room(phase), "fay", "gil")
    assert room.wait == Wait("", 0, paused=True, asks=True)
    assert room.clock is not None
    assert room.clock.paused_at == NOW
    assert outcome(room, c.HoldRoom(), "olu") == "not_allowed"
    held = decide(room, c.HoldRoom(), "ann", NOW)
    led = decide(room, c.Enter("gil", "Gil", Role.FACILITATOR), None, NOW)
    for after in (held, led):
        assert after.wait is None
        assert after.clock is not None
        assert after.clock.paused_at is None


def test_where_nobody_leads_by_design_nobody_is_asked_to() -> None:
    """This is so before the start, and among peers whose phases follow by themselves."""
    assert forgotten(a_room(), "fay", "gil").wait is None
    room = a_room("arrival")
    peers = replace(room.plan, key="own", peers=True)
    assert forgotten(replace(room, own_plan=peers), "fay", "gil").wait is not None
    peers = replace(peers, auto_advance=True)
    assert forgotten(replace(room, own_plan=peers), "fay", "gil").wait is None


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_facilitator_link_is_renewed_where_another_one_has_a_facilitator_forgotten(
    moment: str,
) -> None:
    """The facilitator need not be in this room. The members' link stays valid, and guests who came
    by the revoked link wait as ordinary guests. Who leaves by themselves takes no link along."""
    room = a_room(moment)
    waits = a_seat("gus", Role.GUEST, by_facilitator_link=True)
    room = replace(room, lobby=(waits,), facilitator_links=3, links=5)
    for seat in ("gil", "ida"):
        after = decide(room, c.Forget(frozenset({seat}), renews_link=True), None, NOW)
        assert (after.facilitator_links, after.links) == (4, 5)
        assert after.lobby == (replace(waits, by_facilitator_link=False),)
    assert forgotten(room, "gil").facilitator_links == 3


def test_after_the_end_only_whoever_is_connected_is_here() -> None:
    """Departures are no longer recorded then."""
    room = a_room(ENDED)
    assert absent(room, frozenset({"fay"})) == set(ids(room)) - {"fay"}


def test_a_room_that_shows_people_and_has_no_lease_is_doubted() -> None:
    """All leases expire at once when Redis was away or the only process stalled."""
    room = a_room("reflection")
    assert lacks_leases(room, frozenset())
    assert not lacks_leases(room, frozenset({"fay"}))
    assert not lacks_leases(with_away(room, *ids(room)), frozenset())
    assert lacks_leases(replace(room, seats=(), lobby=(a_seat("gus"),)), frozenset())


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_session_that_nobody_is_left_in_has_ended(moment: str) -> None:
    """Before its start the room stays as it is, since its people may be about to come."""
    room = a_room(moment)
    after = forgotten(room, *ids(room))
    assert after.seats == ()
    assert after.phase == (WAITING if moment == WAITING else ENDED)


def test_whom_the_room_does_not_have_it_does_not_forget() -> None:
    """A repetition changes nothing."""
    assert outcome(a_room(), c.Forget(frozenset({"ida"})), None) == "stale"
