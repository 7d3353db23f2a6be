"""The people that a circle knows, and how it forgets them during concurrent changes."""

from __future__ import annotations

import asyncio
from datetime import date

import msgspec
import pytest
from msgspec.structs import replace

from server.circle.circle import FOUNDER_GONE, Circle
from server.circle.feed import Feed
from server.circle.register import Attended, Register, Row
from server.live.erasures import DueErasures
from server.room import commands as c
from server.room.refused import Refused
from server.room.state import Role, Room
from server.store.arrivals import SeatGone
from server.store.circle_erasure import LEAVING
from server.store.erasure import Left, NotLeading
from server.store.store import Store
from tests.support.redis_servers import client_of
from tests.support.stores import a_circle, a_new_circle, led_by_fay, with_stores

ROUNDS = 30


async def led_by_two(store: Store, *, is_open: bool = False) -> Circle:
    """A circle that Fay and Gil lead, with Ann as a member; Fay may have opened its room."""
    circle = led_by_fay("ann")
    circle = replace(circle, roles={**circle.roles, "gil": Role.FACILITATOR})
    await store.circles.create(circle)
    if is_open:
        await store.arrivals.arrived(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
    return circle


async def known(store: Store, circle: Circle) -> dict[Role, int]:
    """The number of people whom the circle knows, by role."""
    held = await store.circles.get(circle.id)
    assert held is not None
    return held.known()


async def role(store: Store, circle: Circle, seat: str) -> Role | None:
    """The role in which the circle knows this person."""
    return (await store.circles.get_with_role(circle.id, seat))[1]


def test_nothing_of_those_who_are_forgotten_is_kept(each_redis: str) -> None:
    """Their membership and presentations are deleted; the rest of the circle stays."""

    async def scene(one: Store, other: Store) -> None:
        circle = await led_by_two(one)
        key = f"circle:{{{circle.id}}}"
        with client_of(each_redis) as client:
            client.hset(key, mapping={"presented:ann": 1, "presented:fay": 2, "seat:dan": "guest"})
            assert await known(one, circle) == {Role.FACILITATOR: 2, Role.MEMBER: 1}
            client.hset(key, "seat:eve", "conductor")
            assert await known(one, circle) == {Role.FACILITATOR: 2, Role.MEMBER: 1}
            before = client.hgetall(key)
            assert await other.erasure.forget_absent(circle.id, "fay") == 3  # Dan was a guest.
            gone = {b"seat:gil", b"seat:ann", b"seat:dan", b"seat:eve", b"presented:ann"}
            stays = {n: v for n, v in before.items() if n not in gone}
            stays |= {b"facilitator_links": b"1", b"version": b"1"}
            assert client.hgetall(key) == stays
            assert await other.erasure.forget_absent(circle.id, "fay") == 0
            assert client.hgetall(key) == stays
            assert not client.exists(f"{key}:room")
        assert await known(one, circle) == {Role.FACILITATOR: 1}

    with_stores(each_redis, scene)


def test_whoever_is_forgotten_between_two_reads_does_not_come_back(each_redis: str) -> None:
    """Their role was read earlier; the room opens later, and only people in it become known."""

    async def scene(one: Store, other: Store) -> None:
        circle = await led_by_two(one)
        before = await role(one, circle, "ann")
        await other.erasure.forget_absent(circle.id, "fay")
        with pytest.raises(SeatGone):
            await one.arrivals.seated(circle, c.Enter("ann", "Ann", before))
        assert await role(one, circle, "ann") is None

    with_stores(each_redis, scene)


@pytest.mark.parametrize("is_open", [False, True], ids=["no room yet", "an open room"])
def test_whoever_arrives_at_that_moment_is_in_or_out_and_never_half(
    each_redis: str, is_open: bool
) -> None:
    """Either they are in the room and known, or neither. The person who asks stays, and leads."""

    async def scene(one: Store, other: Store) -> None:
        for _ in range(ROUNDS):
            circle = await led_by_two(one)
            if is_open:
                await one.arrivals.open_room(circle)
            _, arrived = await asyncio.gather(
                one.erasure.forget_absent(circle.id, "fay"),
                other.arrivals.arrived(circle, c.Enter("ann", "Ann", Role.MEMBER)),
                return_exceptions=True,
            )
            room = await one.rooms.load(circle.id)
            sits = room is not None and room.seat("ann") is not None
            assert sits == (not isinstance(arrived, SeatGone)), arrived
            assert await role(other, circle, "ann") == (Role.MEMBER if sits else None)
            assert await role(other, circle, "fay") is Role.FACILITATOR
            assert await role(other, circle, "gil") is None

    with_stores(each_redis, scene)


@pytest.mark.parametrize("place", ["chair", "place at the door"])
def test_somebody_who_was_away_and_comes_back_at_that_moment_is_in_or_out(
    each_redis: str, place: str
) -> None:
    """Either their lease is older and they keep their place, or they are refused."""

    async def scene(one: Store, other: Store) -> None:
        outcomes = set()
        for n in range(ROUNDS):
            circle, room = await a_circle(one, "ann")
            if place == "place at the door":
                room = await one.rooms.change(room, c.Lock(on=True), "fay")
            room = await one.arrivals.seated(circle, c.Enter("ann", "Ann", Role.MEMBER), room)
            await one.leases.sweep(circle.id, {"fay:1": 60_000})
            room = await one.rooms.change(room, c.NotePresence(frozenset({"fay"})), None)

            async def comes(circle: Circle = circle, n: int = n) -> Room:
                for _ in range(n % 10):
                    await other.circles.get(circle.id)
                return await other.arrivals.arrived(circle, c.Enter("ann", "Ann", Role.MEMBER))

            _, back = await asyncio.gather(
                one.erasure.forget_absent(circle.id, "fay"), comes(), return_exceptions=True
            )
            assert isinstance(back, Room | SeatGone)
            kept, after = await role(other, circle, "ann"), await one.rooms.load(circle.id)
            assert after is not None
            has_place = bool(after.seat("ann") or after.waiting("ann"))
            is_in = isinstance(back, Room)
            assert (kept, has_place) == ((Role.MEMBER, True) if is_in else (None, False))
            outcomes.add(is_in)
        assert outcomes == {True, False}

    with_stores(each_redis, scene)


def test_somebody_who_left_before_the_debrief_and_is_still_there_is_here(each_redis: str) -> None:
    """Their last page is open, or they reload it; the others are forgotten."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one, "ann", "ben")
        for seat in ("ann", "ben"):
            room = await one.arrivals.seated(circle, c.Enter(seat, seat, Role.MEMBER), room)
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        room = await one.rooms.change(room, c.Debrief(), "fay")
        assert room.gone == ("ann", "ben")
        await one.leases.sweep(circle.id, {"fay:1": 60_000, "ann:2": 60_000})
        assert await other.erasure.forget_absent(circle.id, "fay") == 1
        assert await role(one, circle, "ann") is Role.MEMBER
        assert await role(one, circle, "ben") is None

    with_stores(each_redis, scene)


def test_of_two_who_forget_each_other_one_stays(each_redis: str) -> None:
    """A circle never loses its last facilitator."""

    async def scene(one: Store, other: Store) -> None:
        for _ in range(ROUNDS):
            circle = await led_by_two(one)
            done = await asyncio.gather(
                one.erasure.forget_absent(circle.id, "fay"),
                other.erasure.forget_absent(circle.id, "gil"),
                return_exceptions=True,
            )
            assert {type(outcome) for outcome in done} == {NotLeading, int}
            assert await known(one, circle) == {Role.FACILITATOR: 1}

    with_stores(each_redis, scene)


def test_of_two_who_leave_at_once_neither_stays_known(each_redis: str) -> None:
    """Each of them saw another facilitator."""

    async def scene(one: Store, other: Store) -> None:
        for _ in range(ROUNDS):
            circle = await led_by_two(one)
            left = await asyncio.gather(
                one.erasure.leave(circle.id, "fay"), other.erasure.leave(circle.id, "gil")
            )
            assert set(left) == {Left.FORGOTTEN}
            assert await known(one, circle) == {Role.MEMBER: 1}

    with_stores(each_redis, scene)


@pytest.mark.parametrize("command", [c.MakeMember("gil"), c.MakeObserver("gil")])
def test_whoever_steps_down_as_the_other_leaves_finds_nobody_else(
    each_redis: str, command: c.Command
) -> None:
    """The room still shows the other one for a moment. Nobody steps down as the last who leads;
    the last one may leave, and the facilitator link then leads in."""

    async def scene(one: Store, other: Store) -> None:
        for _ in range(ROUNDS):
            circle = await led_by_two(one)
            room = await one.arrivals.open_room(circle)
            for seat in ("fay", "gil"):
                room = await one.arrivals.seated(
                    circle, c.Enter(seat, seat, Role.FACILITATOR), room
                )
            _, stepped = await asyncio.gather(
                one.erasure.leave(circle.id, "fay"),
                other.rooms.change(room, command, "gil"),
                return_exceptions=True,
            )
            assert isinstance(stepped, Room | Refused)
            leads = (await known(one, circle))[Role.FACILITATOR]
            assert leads == isinstance(stepped, Refused)
            assert await role(one, circle, "fay") is None

    with_stores(each_redis, scene)


def test_whoever_leaves_keeps_no_chair(each_redis: str) -> None:
    """Only an open window keeps it; a closed one and a loading page do not."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one, "ann")
        room = await one.arrivals.seated(circle, c.Enter("ann", "Ann", Role.MEMBER), room)
        leases = {"ann:1": 60_000, "ann:left": 60_000, "ann:page": 60_000, "anna:2": 60_000}
        await one.leases.sweep(circle.id, leases)
        assert await other.erasure.leave(circle.id, "ann") is Left.SITS
        assert await role(one, circle, "ann") is Role.MEMBER
        await one.leases.sweep(circle.id, {"ann:1": -1})
        assert await other.erasure.leave(circle.id, "ann") is Left.FORGOTTEN
        assert await role(one, circle, "ann") is None
        after = await one.rooms.load(circle.id)
        assert after is not None
        assert [seat.id for seat in after.seats] == ["fay"]

    with_stores(each_redis, scene)


def test_of_whoever_leaves_while_a_window_is_in_the_room_only_the_chair_stays(
    each_redis: str,
) -> None:
    """Until the session has ended and the window is closed: then the deadline erases it, too."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one, "ann")
        room = await one.arrivals.seated(circle, c.Enter("ann", "Ann", Role.MEMBER), room)
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        key, place = f"circle:{{{circle.id}}}", f"{circle.id}.ann"
        row = Row(date(2026, 11, 3), 60, (Attended("ann", "Ann", "member"),))
        with client_of(each_redis) as client:
            fields = {
                "presented:ann": "1",
                "absent:ann": "2027-01-05",
                "seen:ann": "2026-11",
                "feed:ann": '{"serial":1,"neutral":true}',
                "register": msgspec.json.encode(Register(is_on=True, rows=(row,))),
            }
            client.hset(key, mapping=fields)  # type: ignore[arg-type] # invariant
            client.hset(f"{key}:mail", "ann", "sealed")
            await one.leases.sweep(circle.id, {"fay:1": 60_000, "ann:1": 60_000})
            assert await other.erasure.leave(circle.id, "ann") is Left.SITS
            kept = await held(one, circle)
            assert (kept.roles["ann"], kept.feeds) == (Role.MEMBER, {"ann": Feed(2)})
            assert not {*kept.presented, *kept.absent, *kept.seen}
            # The session that goes on enters nothing of them.
            assert (kept.register.rows, kept.register.out) == ((), ("ann",))
            assert not client.exists(f"{key}:mail")
            later = DueErasures(one).run_by_kind[LEAVING]

            async def falls_due() -> Role | None:
                client.zadd("due", {f"{LEAVING}:{place}": 1})
                await later(place, 1)
                return await role(one, circle, "ann")

            assert await falls_due() is Role.MEMBER
            await one.leases.sweep(circle.id, {"ann:1": -1})
            assert await falls_due() is Role.MEMBER  # A locked phone loses no chair.
            assert int(client.zscore("due", f"{LEAVING}:{place}") or 0) > one.clock.now()
            await one.rooms.change(room, c.End(), "fay")
            assert await falls_due() is None
            assert client.zscore("due", f"{LEAVING}:{place}") is None
            assert "ann" not in str(client.hgetall(key))

    with_stores(each_redis, scene)


def test_a_chair_of_somebody_who_is_away_is_free(each_redis: str) -> None:
    """Connected people stay, and so do those who connect a moment later by the same cookie."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one, "ann", "ben", "cem")
        for seat in ("ann", "ben"):
            room = await one.arrivals.seated(circle, c.Enter(seat, seat, Role.MEMBER), room)
        await one.leases.sweep(circle.id, {"ann:1": 60_000})
        await one.rooms.change(room, c.NotePresence(frozenset({"ann"})), None)
        await other.erasure.forget_absent(circle.id, "fay")
        after = await one.rooms.load(circle.id)
        assert after is not None
        assert [seat.id for seat in after.seats] == ["fay", "ann"]
        assert [await role(one, circle, s) for s in ("ann", "ben", "cem")] == [
            Role.MEMBER, None, None,
        ]  # fmt: skip

    with_stores(each_redis, scene)


@pytest.mark.parametrize("is_half_done", [False, True], ids=["at once", "its answer was lost"])
def test_a_facilitator_who_leaves_is_no_ghost_in_the_room(
    each_redis: str, is_half_done: bool
) -> None:
    """This holds although nobody else leads; repeating the request completes an interrupted one."""

    async def scene(one: Store, other: Store) -> None:
        circle = await led_by_two(one)
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        room = await one.arrivals.seated(circle, c.Enter("ann", "Ann", Role.MEMBER), room)
        if is_half_done:
            with client_of(each_redis) as client:
                client.hdel(f"circle:{{{circle.id}}}", "seat:fay")
        assert await other.erasure.leave(circle.id, "fay") is Left.FORGOTTEN
        after = await one.rooms.load(circle.id)
        assert after is not None
        assert [seat.id for seat in after.seats] == ["ann"]
        assert await role(one, circle, "gil") is Role.FACILITATOR
        assert await serials(one, circle) == (0, 0)

    with_stores(each_redis, scene)


@pytest.mark.parametrize("is_open", [False, True], ids=["no room yet", "an open room"])
def test_the_facilitator_link_dies_with_whoever_another_one_has_forgotten(
    each_redis: str, is_open: bool
) -> None:
    """In the room or not. The one who asks sees the new one."""

    async def scene(one: Store, other: Store) -> None:
        circle = await led_by_two(one, is_open=is_open)
        assert await other.erasure.forget_absent(circle.id, "fay") == 2
        assert await serials(one, circle) == (1, 1 if is_open else None)

    with_stores(each_redis, scene)


@pytest.mark.parametrize("is_open", [False, True], ids=["no room yet", "an open room"])
def test_the_facilitator_link_outlives_all_who_leave_by_themselves(
    each_redis: str, is_open: bool
) -> None:
    """The others may be seats that no device has any more: then the link alone leads in."""

    async def scene(one: Store, other: Store) -> None:
        circle = await led_by_two(one, is_open=is_open)
        for seat in ("gil", "fay"):
            assert await other.erasure.leave(circle.id, seat) is Left.FORGOTTEN
            assert await serials(one, circle) == (0, 0 if is_open else None)
        assert await known(one, circle) == {Role.MEMBER: 1}
        enter = c.Enter("new", "Fay", None, Role.FACILITATOR)
        await other.arrivals.arrived(await held(one, circle), enter)
        assert await role(one, circle, "new") is Role.FACILITATOR

    with_stores(each_redis, scene)


def test_of_a_founder_who_leaves_nothing_stays_while_nobody_else_has_come(each_redis: str) -> None:
    """The circle still expires; a facilitator who joins later makes it permanent."""

    async def scene(one: Store, other: Store) -> None:
        circle = await a_new_circle(one)
        assert await other.erasure.leave(circle.id, "fay") is Left.FORGOTTEN
        assert (await held(one, circle)).founder == FOUNDER_GONE
        with client_of(each_redis) as client:
            key = f"circle:{{{circle.id}}}"
            assert "fay" not in str(client.hgetall(key))
            assert client.pttl(key) > 0
            enter = c.Enter("gil", "Gil", None, Role.FACILITATOR)
            await other.arrivals.arrived(await held(one, circle), enter)
            assert client.pttl(key) == -1

    with_stores(each_redis, scene)


async def held(store: Store, circle: Circle) -> Circle:
    """The circle as Redis has it."""
    found = await store.circles.get(circle.id)
    assert found is not None
    return found


async def serials(store: Store, circle: Circle) -> tuple[int, int | None]:
    """How often the facilitator link was renewed, as circle and room have it."""
    room = await store.rooms.load(circle.id)
    of_room = room.facilitator_links if room else None
    return (await held(store, circle)).facilitator_links, of_room
