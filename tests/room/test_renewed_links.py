"""The renewal of links, and who waits by an old one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.rules import decide
from server.room.state import Door, Role
from tests.support.at_door import (
    FACILITATOR,
    GUEST,
    MEMBER,
    a_door,
    a_stranger,
    lobby_of,
    somebody_known,
    with_strangers,
)
from tests.support.factories import NOW, a_room, outcome, refusal

RENEWALS = [
    (c.RenewLinks(), {MEMBER, FACILITATOR}),
    (c.Remove("ann", renew=True), {MEMBER, FACILITATOR}),
    (c.Remove("gil"), {FACILITATOR}),
    (c.MakeMember("gil"), {FACILITATOR}),
]


def test_a_removal_can_renew_the_links_in_the_same_step() -> None:
    """The removed person still has the old link, which no longer admits them."""
    room = a_room()
    assert decide(room, c.Remove("ann"), "fay", NOW).links == room.links
    room = decide(room, c.Remove("ann", renew=True), "fay", NOW)
    assert (room.seat("ann"), room.links) == (None, 1)


@pytest.mark.parametrize("command", [c.Remove("gil"), c.MakeMember("gil"), c.MakeObserver("gil")])
def test_the_facilitator_link_dies_with_each_facilitator_who_goes(command: c.Command) -> None:
    """They may remember it; the members' link stays valid."""
    room = a_room()
    changed = decide(room, command, "fay", NOW)
    assert changed.serial(FACILITATOR) == room.serial(FACILITATOR) + 1
    assert changed.serial(MEMBER) == room.serial(MEMBER)
    again = decide(changed, c.RenewLinks(), "fay", NOW)
    assert again.serial(FACILITATOR) == changed.serial(FACILITATOR) + 1
    assert decide(room, c.Remove("ann"), "fay", NOW).serial(FACILITATOR) == room.serial(FACILITATOR)


def test_links_are_renewed_each_time_anew() -> None:
    """Each renewal invalidates all earlier invitations."""
    room = decide(decide(a_room(), c.RenewLinks(), "fay", NOW), c.RenewLinks(), "gil", NOW)
    assert room.links == a_room().links + 2


@pytest.mark.parametrize("command", [c.RenewLinks(), c.Remove("ann", renew=True)])
def test_guests_do_not_wait_by_a_link_that_is_dead(command: c.Command) -> None:
    """Guests who were away cannot come back by it; people known to the circle still wait."""
    room = with_strangers(a_door(knows=False), "dan", "eva")
    room = replace(decide(room, c.Enter("flo", "Flo", MEMBER), None, NOW), lapsed=("hua",))
    room = decide(room, command, "fay", NOW)
    assert lobby_of(room) == ["flo"]
    assert room.lapsed == ()


@pytest.mark.parametrize("command", [c.Remove("gil"), c.MakeMember("gil"), c.MakeObserver("gil")])
def test_nobody_waits_to_lead_by_a_link_that_is_dead(command: c.Command) -> None:
    """The facilitator link is revoked with each facilitator who goes; the members' link is not, so
    Dan, who has opened both, still waits. From then on everybody is an ordinary guest."""
    room = decide(with_strangers(a_door(), "dan", "eva"), a_stranger("lea", FACILITATOR), None, NOW)
    room = decide(room, a_stranger("dan", FACILITATOR), None, NOW)
    assert [seat.id for seat in room.lobby if seat.by_facilitator_link] == ["dan", "lea"]
    assert decide(room, c.Remove("ann"), "fay", NOW).lobby == room.lobby
    room = decide(room, command, "fay", NOW)
    assert lobby_of(room) == ["dan", "eva", "lea"]
    assert not [seat for seat in room.lobby if seat.by_facilitator_link]
    room = decide(room, c.Admit(seats=("dan", "eva", "lea")), "fay", NOW)
    assert {seat.role for seat in room.seats[-3:]} == {MEMBER}


def test_a_member_who_was_put_out_and_waits_to_lead_does_not_lead_by_a_dead_link() -> None:
    """They are a member again once they are let in, however the link was renewed."""
    by_link = c.Enter("dan", "Dan", MEMBER, FACILITATOR)
    room = decide(a_door(knows=False), somebody_known(), None, NOW)
    room = decide(decide(room, c.Decline("dan"), "fay", NOW), by_link, None, NOW)
    for renewal in (c.Remove("gil"), c.RenewLinks()):
        after = decide(decide(room, renewal, "fay", NOW), c.Admit("dan"), "fay", NOW)
        assert (after.seats[-1].id, after.seats[-1].role) == ("dan", MEMBER)


@pytest.mark.parametrize(
    "renewal",
    [c.RenewLinks(links=0), c.Remove("ann", renew=True, links=0)],
    ids=["renew", "remove"],
)
def test_links_that_were_renewed_meanwhile_are_not_renewed_again(renewal: c.Command) -> None:
    """Guests who came by the new link stay, as does the person whom the request was about."""
    room = decide(a_door(), c.RenewLinks(links=0), "fay", NOW)
    room = with_strangers(room, "dan")
    assert refusal(room, renewal, "gil").code == "stale"
    assert decide(room, replace(renewal, links=1), "gil", NOW).links == 2
    assert decide(decide(a_door(), c.MakeMember("gil"), "fay", NOW), renewal, "fay", NOW).links == 1


def test_who_is_removed_without_new_links_needs_not_say_which_were_seen() -> None:
    """The serial number matters only for a renewal."""
    room = decide(a_door(), c.RenewLinks(), "fay", NOW)
    assert decide(room, c.Remove("ann", links=0), "fay", NOW).seat("ann") is None


@pytest.mark.parametrize("lobby", [True, False])
@pytest.mark.parametrize(("renewal", "dead"), RENEWALS)
@pytest.mark.parametrize("invited", [MEMBER, FACILITATOR])
def test_a_link_that_is_renewed_while_the_form_is_under_way_lets_nobody_in(
    invited: Role, renewal: c.Command, dead: set[Role], lobby: bool
) -> None:
    """It promotes nobody, waiting or seated, either; a link that was not renewed stays valid."""
    before = with_strangers(a_door(lobby=True), "eva")
    before = replace(before, door=Door(lobby=lobby))
    serial = before.serial(invited)
    room = decide(before, renewal, "fay", NOW)
    for seat, role in (("dan", GUEST), ("eva", GUEST), ("ben", MEMBER)):
        enter = c.Enter(seat, "Dan", role, invited, serial=serial)
        assert outcome(before, enter, None) == "ok"
        assert outcome(room, enter, None) == ("not_allowed" if invited in dead else "ok")
        newer = replace(enter, serial=room.serial(invited))
        assert outcome(room, newer, None) == "ok"
