"""People come to a room, at the same moment or after the circle has changed."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from msgspec.structs import replace

from server.circle.changes import choose_format
from server.room import commands as c
from server.room.arrival import is_in
from server.room.refused import Refused
from server.room.state import Role
from server.store.arrivals import SeatGone
from server.store.store import Store
from tests.support.redis_servers import client_of
from tests.support.stores import a_circle, led_by_fay, with_stores


def test_a_room_is_opened_once(each_redis: str) -> None:
    """Two processes that open it at the same moment get the same room."""

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay()
        await one.circles.create(circle)
        rooms = await asyncio.gather(
            one.arrivals.open_room(circle), other.arrivals.open_room(circle)
        )
        assert rooms[0] == rooms[1]

    with_stores(each_redis, scene)


@pytest.mark.parametrize("change", ["forget", "format"])
def test_a_room_is_opened_by_the_circle_as_it_is_then(each_redis: str, change: str) -> None:
    """The circle was read earlier: a link was renewed since, or another format chosen."""

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay("ann")
        await one.circles.create(circle)
        with client_of(each_redis) as client:
            client.hset(f"circle:{{{circle.id}}}", "seat:gil", "facilitator")
        if change == "forget":
            await other.erasure.forget_absent(circle.id, "fay")
        else:
            await other.circles.change(circle.id, partial(choose_format, key="troika", now=0))
        by_link = c.Enter("new", "New", None, Role.FACILITATOR)
        if change == "forget":
            with pytest.raises(Refused):
                await one.arrivals.seated(circle, by_link)
        room = await one.arrivals.open_room(circle)
        newer = await other.circles.get(circle.id)
        assert newer is not None
        assert (room.facilitator_links, room.format) == (newer.facilitator_links, newer.format)
        assert (room.facilitator_links, room.format) == (
            (1, "classic-60") if change == "forget" else (0, "troika")
        )

    with_stores(each_redis, scene)


def test_all_who_come_at_the_same_moment_come_in(each_redis: str) -> None:
    """Nobody is refused because others are faster, by whichever value of the circle they came."""

    async def scene(one: Store, other: Store) -> None:
        circle, _ = await a_circle(one)
        coming = [c.Enter(f"new{n}", f"New {n}", None, Role.MEMBER) for n in range(12)]
        await asyncio.gather(
            *((one, other)[n % 2].arrivals.arrived(circle, new) for n, new in enumerate(coming))
        )
        room, held = await one.rooms.load(circle.id), await other.circles.get(circle.id)
        assert room is not None
        assert held is not None
        seats = {new.seat for new in coming}
        assert {seat.id for seat in room.lobby} == seats
        assert held.roles == {**circle.roles, **dict.fromkeys(seats, Role.GUEST)}

    with_stores(each_redis, scene)


def test_of_a_circle_that_has_expired_no_room_is_opened(each_redis: str) -> None:
    """Nobody could have a seat in it."""

    async def scene(one: Store, _other: Store) -> None:
        circle = led_by_fay()
        with pytest.raises(SeatGone):
            await one.arrivals.open_room(circle)
        assert await one.rooms.load(circle.id) is None

    with_stores(each_redis, scene)


@pytest.mark.parametrize("away", [False, True], ids=["seated", "gone before"])
def test_whoever_is_removed_between_two_reads_does_not_come_back(
    each_redis: str, away: bool
) -> None:
    """Their role was read before the room, and a declined guest's as well."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one, "ann")
        _, known = await other.circles.get_with_role(circle.id, "ann")
        room = await one.arrivals.seated(circle, c.Enter("ann", "Ann", known), room)
        room = await one.arrivals.seated(circle, c.Enter("dan", "Dan", None), room)
        held = room
        room = await one.rooms.change(room, c.Remove("ann"), "fay")
        room = await one.rooms.change(room, c.Decline("dan"), "fay")
        ann = c.Enter("ann", "Anna", known, Role.MEMBER)
        leads = replace(ann, name="Ann", invited=Role.FACILITATOR)
        for coming in (ann, leads, c.Enter("dan", "Dani", Role.GUEST, Role.MEMBER)):
            with pytest.raises(SeatGone):
                await other.arrivals.seated(circle, coming, None if away else held)
            assert (await one.circles.get_with_role(circle.id, coming.seat))[1] is None
        assert await one.rooms.load(circle.id) == room

    with_stores(each_redis, scene)


@pytest.mark.parametrize("known", [Role.GUEST, Role.MEMBER])
def test_a_name_changes_by_the_form_and_never_by_a_cookie(each_redis: str, known: Role) -> None:
    """With two cookies for one seat, each page load would change the room, even for a person who
    only waits at its door."""

    async def scene(one: Store, _other: Store) -> None:
        is_known = known is Role.MEMBER
        circle, _ = await a_circle(one, *["dan"] * is_known)
        await one.arrivals.seated(circle, c.Enter("dan", "Dan", known if is_known else None))
        renamed = await one.arrivals.seated(circle, c.Enter("dan", "Ben", known, Role.MEMBER))
        assert [seat.name for seat in (*renamed.seats, *renamed.lobby)] == ["Fay", "Ben"]
        for name in ("Dan", "Ben", "Dan"):
            assert await one.arrivals.seated(circle, c.Enter("dan", name, known)) == renamed

    with_stores(each_redis, scene)


def test_a_guest_of_a_session_that_nobody_ended_needs_a_link_again(each_redis: str) -> None:
    """Their room expires without admitting them; in the next session an old link is invalid."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        await one.arrivals.seated(circle, c.Enter("dan", "Dan", None, Role.MEMBER), room)
        with client_of(each_redis) as client:
            client.delete(f"circle:{{{circle.id}}}:room")
        room = await other.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        room = await other.rooms.change(room, c.RenewLinks(), "fay")
        _, known = await one.circles.get_with_role(circle.id, "dan")
        with pytest.raises(SeatGone):
            await one.arrivals.seated(circle, c.Enter("dan", "Dan", known))
        renewed, known = await one.circles.get_with_role(circle.id, "dan")
        assert renewed is not None
        room = await one.arrivals.seated(renewed, c.Enter("dan", "Dan", known, Role.MEMBER))
        assert [seat.id for seat in room.lobby] == ["dan"]

    with_stores(each_redis, scene)


def test_the_same_person_who_comes_in_twice_at_once_has_one_place(each_redis: str) -> None:
    """A form is sent twice, to two processes: both answers are the same."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        for seat, door in (("dan", True), ("eva", False)):
            if not door:
                room = await one.rooms.change(room, c.Lobby(on=False), "fay")
            coming = c.Enter(seat, "Dan", None)
            rooms = await asyncio.gather(
                one.arrivals.seated(circle, coming, room),
                other.arrivals.seated(circle, coming, room),
            )
            for after in rooms:
                assert is_in(after, coming)
            room = max(rooms, key=lambda after: after.version)
        assert [seat.id for seat in (*room.seats, *room.lobby)] == ["fay", "eva", "dan"]

    with_stores(each_redis, scene)
