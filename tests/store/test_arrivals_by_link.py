"""What a link opens: the role that it gives, and that a renewed one opens nothing."""

from __future__ import annotations

import asyncio
from itertools import product

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.arrival import is_in
from server.room.refused import Refused
from server.room.state import Role, Room
from server.store.store import Store
from tests.support.stores import a_circle, with_stores


@pytest.mark.parametrize("lobby", [True, False], ids=["lobby", "no lobby"])
@pytest.mark.parametrize("invited", [Role.MEMBER, Role.FACILITATOR])
def test_a_link_that_is_renewed_between_two_reads_lets_nobody_in(
    each_redis: str, invited: Role, lobby: bool
) -> None:
    """The circle was read before the room, or the room was decided on again."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.arrivals.seated(circle, c.Enter("gil", "Gil", None, Role.MEMBER), room)
        room = await one.rooms.change(room, c.Admit("gil"), "fay")
        room = await one.rooms.change(room, c.MakeFacilitator("gil"), "fay")
        if not lobby:
            room = await one.rooms.change(room, c.Lobby(on=False), "fay")
        held, read = room, await other.circles.get(circle.id)
        assert read is not None
        member = invited is Role.MEMBER
        room = await one.rooms.change(room, c.RenewLinks() if member else c.Remove("gil"), "fay")
        for seen in (None, held):
            with pytest.raises(Refused) as refused:
                await other.arrivals.seated(read, c.Enter("new", "New", None, invited), seen)
            assert refused.value.code == "not_allowed"
        assert await one.rooms.load(circle.id) == room
        assert (await one.circles.get_with_role(circle.id, "new"))[1] is None
        again = await other.circles.get(circle.id)
        assert again is not None
        coming = c.Enter("new", "New", None, invited)
        assert is_in(await other.arrivals.seated(again, coming), coming)

    with_stores(each_redis, scene)


def test_a_role_rises_by_a_link_and_never_by_a_cookie(each_redis: str) -> None:
    """A person who was demoted between two reads stays a member in the room and the circle."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one, "ann")
        room = await one.arrivals.seated(circle, c.Enter("ann", "Ann", Role.MEMBER), room)
        room = await one.rooms.change(room, c.MakeFacilitator("ann"), "fay")
        _, known = await other.circles.get_with_role(circle.id, "ann")
        assert known is Role.FACILITATOR
        room = await one.rooms.change(room, c.MakeMember("ann"), "fay")
        room = await other.arrivals.seated(circle, c.Enter("ann", "Anna", known, Role.MEMBER))
        assert [seat.role for seat in room.seats] == [Role.FACILITATOR, Role.MEMBER]
        assert (await one.circles.get_with_role(circle.id, "ann"))[1] is Role.MEMBER
        by_link = c.Enter("ann", "Anna", Role.MEMBER, Role.FACILITATOR)
        renewed, _ = await other.circles.get_with_role(circle.id, "ann")
        assert renewed is not None
        room = await other.arrivals.seated(renewed, by_link)
        assert (room.seats[-1].role, room.seats[-1].by_facilitator_link) == (Role.MEMBER, True)
        assert await other.arrivals.seated(renewed, by_link) == room
        assert (await one.circles.get_with_role(circle.id, "ann"))[1] is Role.MEMBER
        room = await one.rooms.change(room, c.NotePresence(frozenset({"ann"})), None)
        room = await other.arrivals.seated(renewed, by_link)
        assert (await one.circles.get_with_role(circle.id, "ann"))[1] is Role.FACILITATOR

    with_stores(each_redis, scene)


def test_somebody_who_waits_to_lead_leads_once_nobody_is_to_be_asked(each_redis: str) -> None:
    """They open the link once more; this does not help a person who was declined before."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.arrivals.seated(circle, c.Enter("eve", "Eve", None), room)
        room = await one.rooms.change(room, c.Decline("eve"), "fay")
        dan = c.Enter("dan", "Dan", None, Role.FACILITATOR)
        eve = c.Enter("eve", "Eve", None, Role.FACILITATOR)
        for coming in (dan, eve):
            room = await one.arrivals.seated(circle, coming, room)
        assert [seat.by_facilitator_link for seat in room.lobby] == [True, True]
        room = await one.rooms.change(room, c.NotePresence(frozenset({"dan", "eve"})), None)
        for coming in (dan, eve):
            room = await other.arrivals.seated(circle, replace(coming, role=Role.GUEST), room)
        assert [seat.id for seat in room.lobby] == ["eve"]
        assert (room.seats[-1].id, room.seats[-1].role) == ("dan", Role.FACILITATOR)

    with_stores(each_redis, scene)


def test_somebody_who_was_declined_and_let_in_asks_again_and_again(each_redis: str) -> None:
    """No facilitator is here. The form, sent again, finds their chair."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        for command in (c.Decline("eve"), c.Admit("eve")):
            room = await one.arrivals.seated(circle, c.Enter("eve", "Eve", None), room)
            room = await one.rooms.change(room, command, "fay")
        await one.rooms.change(room, c.NotePresence(frozenset({"eve"})), None)
        by_link = c.Enter("eve", "Eve", Role.MEMBER, Role.FACILITATOR)
        room = await other.arrivals.arrived(circle, by_link)
        assert (room.seats[-1].role, room.seats[-1].by_facilitator_link) == (Role.MEMBER, True)
        assert await one.arrivals.arrived(circle, by_link) == room

    with_stores(each_redis, scene)


def test_who_asks_to_lead_and_a_renewal_at_the_same_moment(each_redis: str) -> None:
    """On two processes, they ask by a valid link or not at all, and stay a member either way."""

    async def scene(one: Store, other: Store) -> None:
        renewals: tuple[c.Command, ...] = (c.Remove("gil"), c.RenewLinks())
        for command, n in product(renewals, range(6)):
            circle, room = await a_circle(one, "ann", "gil")
            for seat in ("ann", "gil"):
                room = await one.arrivals.seated(circle, c.Enter(seat, seat, Role.MEMBER), room)
            room = await one.rooms.change(room, c.MakeFacilitator("gil"), "fay")
            by_link = c.Enter("ann", "ann", Role.MEMBER, Role.FACILITATOR)

            async def renews(room: Room = room, command: c.Command = command, n: int = n) -> None:
                for _ in range(n):
                    await one.circles.get(room.id)
                await one.rooms.change(room, command, "fay")

            asks = other.arrivals.seated(circle, by_link, room)
            await asyncio.gather(renews(), asks, return_exceptions=True)
            after = await one.rooms.load(circle.id)
            assert after is not None
            ann = after.seat("ann")
            assert ann is not None
            assert (ann.role, ann.by_facilitator_link) == (Role.MEMBER, False)
            assert after.serial(Role.FACILITATOR) == 1
            with pytest.raises(Refused):
                await other.arrivals.seated(circle, by_link)

    with_stores(each_redis, scene)
