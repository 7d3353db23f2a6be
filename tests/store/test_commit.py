"""A room and its circle change together, or not at all."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.live.deadlines import DueRooms
from server.room import commands as c
from server.room.due import AWAY_KEEPS_PLACE_MS
from server.room.refused import Refused
from server.room.state import Door, Role, Room, encode
from server.store.keys import stamp_text
from server.store.store import Store
from server.store.unreadable import TooNew
from tests.support.redis_servers import client_of
from tests.support.stores import a_circle, with_stores


def test_a_press_that_changes_nothing_of_the_circle_does_not_need_it(each_redis: str) -> None:
    """Neither is it read; a change that lasts is refused while it cannot be read."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one, "ann")
        room = await one.arrivals.seated(circle, c.Enter("ann", "Ann", Role.MEMBER), room)
        key = f"circle:{{{circle.id}}}"
        with client_of(each_redis) as client:
            client.hset(key, mapping={"schema": 99, "version": 99})
            before = client.hgetall(key)
            room = await one.rooms.change(room, c.Start("waiting"), "fay")
            room = await one.rooms.change(room, c.Prompt("What if?"), "fay")
            with pytest.raises(Refused) as refused:
                await one.rooms.change(room, c.MakeFacilitator("ann"), "fay")
            assert refused.value.code == "unavailable"
            with pytest.raises(TooNew):
                await one.arrivals.seated(circle, c.Enter("new", "New", None, Role.MEMBER), room)
            lapsed = replace(room, lapsed=("dan",), version=room.version + 1)
            client.hset(
                f"{key}:room", mapping={"stamp": stamp_text(lapsed), "value": encode(lapsed)}
            )
            over = await one.rooms.change(lapsed, c.End(), "fay")
            assert (over.phase, over.prompt) == ("ended", "")
            assert client.hgetall(key) == before

    with_stores(each_redis, scene)


def test_a_circle_learns_roles_and_links_in_the_same_commit(each_redis: str) -> None:
    """A seat's role, its removal, and the serial numbers of the links."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.Enter("ann", "Ann", Role.MEMBER), None)
        assert (await other.circles.get_with_role(circle.id, "ann"))[1] is Role.MEMBER
        room = await one.rooms.change(room, c.MakeFacilitator("ann"), "fay")
        assert (await other.circles.get_with_role(circle.id, "ann"))[1] is Role.FACILITATOR
        room = await one.rooms.change(room, c.RenewLinks(), "fay")
        renewed = await other.circles.get(circle.id)
        assert renewed is not None
        assert renewed.links == 1
        await one.rooms.change(room, c.Remove("ann"), "fay")
        assert (await other.circles.get_with_role(circle.id, "ann"))[1] is None

    with_stores(each_redis, scene)


def test_a_circle_knows_whom_it_let_in_and_forgets_whom_it_did_not(each_redis: str) -> None:
    """Admitted guests become known, and declined guests do not; a declined member stays known."""

    async def scene(one: Store, other: Store) -> None:
        async def role(seat: str) -> Role | None:
            return (await other.circles.get_with_role(circle.id, seat))[1]

        circle, room = await a_circle(one, "flo")
        for seat, known in (("dan", None), ("eva", None), ("flo", Role.MEMBER)):
            room = (
                await one.rooms.change(room, c.SetDoor(knows=False), "fay")
                if room.door.knows
                else room
            )
            room = await one.arrivals.seated(circle, c.Enter(seat, seat, known), room)
        assert [await role(seat) for seat in ("dan", "flo")] == [Role.GUEST, Role.MEMBER]
        room = await one.rooms.change(room, c.Admit("dan"), "fay")
        for seat in ("eva", "flo"):
            room = await one.rooms.change(room, c.Decline(seat), "fay")
        roles = [await role(seat) for seat in ("dan", "eva", "flo")]
        assert roles == [Role.MEMBER, None, Role.MEMBER]

    with_stores(each_redis, scene)


def test_a_guest_who_was_away_from_the_lobby_comes_back_until_the_session_ends(
    each_redis: str,
) -> None:
    """Their place lapses; the cookie is valid until they are declined or the session ends."""

    async def scene(one: Store, other: Store) -> None:
        async def role(seat: str) -> Role | None:
            return (await other.circles.get_with_role(circle.id, seat))[1]

        async def lapse(room: Room, *seats: str) -> Room:
            """These drop out of the lobby, a minute before the deadlines that run now."""
            for seat in seats:
                room = await one.arrivals.seated(circle, c.Enter(seat, seat, None), room)
            long_ago = one.clock.now() - AWAY_KEEPS_PLACE_MS
            gone = tuple(replace(s, away_since=long_ago) for s in room.lobby if s.id in seats)
            lobby = (*(s for s in room.lobby if s.id not in seats), *gone)
            seen, room = room, replace(room, lobby=lobby, version=room.version + 1)
            await one.rooms.restore(seen, room)
            return await other.rooms.change(room, c.FallDue(), None)

        circle, room = await a_circle(one)
        room = await lapse(room, "dan", "eva", "flo")
        assert room.lobby == ()
        assert [await role(s) for s in ("dan", "eva", "flo")] == [Role.GUEST] * 3
        room = await one.arrivals.seated(circle, c.Enter("dan", "dan", None), room)
        room = await one.arrivals.seated(circle, c.Enter("eva", "eva", None), room)
        room = await one.rooms.change(room, c.Admit("dan"), "fay")
        room = await one.rooms.change(room, c.Decline("eva"), "fay")
        assert [await role(s) for s in ("dan", "eva", "flo")] == [Role.MEMBER, None, Role.GUEST]
        await one.rooms.change(room, c.End(), "fay")
        assert [await role(s) for s in ("dan", "eva", "flo")] == [Role.MEMBER, None, None]

    with_stores(each_redis, scene)


def test_a_guest_who_was_away_does_not_come_back_by_a_link_that_was_renewed(
    each_redis: str,
) -> None:
    """Guests who wait do not, either; members who wait stay known."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one, "flo")
        room = await one.rooms.change(room, c.SetDoor(knows=False), "fay")
        for seat, known in (("dan", None), ("eva", None), ("flo", Role.MEMBER)):
            room = await one.arrivals.seated(circle, c.Enter(seat, seat, known), room)
        away = tuple(seat for seat in room.lobby if seat.id != "dan")
        lapsed = replace(room, lobby=away, lapsed=("dan",), version=room.version + 1)
        await one.rooms.restore(room, lapsed)
        await one.rooms.change(lapsed, c.RenewLinks(), "fay")
        roles = [
            (await other.circles.get_with_role(circle.id, s))[1] for s in ("dan", "eva", "flo")
        ]
        assert roles == [None, None, Role.MEMBER]

    with_stores(each_redis, scene)


def test_what_a_circle_keeps_outlives_the_room(each_redis: str) -> None:
    """Known people, settings of the door, and presentations last into the next session."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.SetDoor(locks_with_case=False), "fay")
        room = await one.rooms.change(room, c.Lobby(on=False), "fay")
        room = await one.arrivals.seated(circle, c.Enter("ann", "Ann", None), room)
        for command, actor in (
            (c.Start("waiting"), "fay"),
            (c.SeatPresenter("ann"), "fay"),
            (c.Present(yes=True), "ann"),
            (c.Go(to="presentation", from_phase="arrival"), "fay"),
            (c.Advance("presentation"), "fay"),
            (c.Debrief(), "fay"),
            (c.End(), "fay"),
        ):
            room = await one.rooms.change(room, command, actor)
        await DueRooms(one).forget(room)
        again, role = await other.circles.get_with_role(circle.id, "ann")
        assert again is not None
        assert role is Role.MEMBER
        assert again.door == Door(lobby=False, locks_with_case=False)
        room = await other.arrivals.seated(again, c.Enter("ann", "Ann", role))
        assert room.door == again.door
        assert room.seats[0].presented_at is not None

    with_stores(each_redis, scene)
