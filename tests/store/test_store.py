"""The store, on one Redis, on a Cluster of three masters, and on a master found by Sentinel.

Commits, their effect on the circle, and deadlines.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import nullcontext
from functools import partial
from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from server.circle.changes import choose_format, keep_format, with_roles
from server.circle.changes import founded as founded_by
from server.circle.circle import Circle, described
from server.identity import new_circle_id
from server.live import deadlines
from server.live.deadlines import DueRooms
from server.redis_client import topology_of
from server.room import commands as c
from server.room.arrival import is_in
from server.room.due import AWAY_KEEPS_PLACE_MS, KEPT_AFTER_END_MS, KEPT_UNCHANGED_MS
from server.room.formats.shipped import FORMATS
from server.room.refused import Refused
from server.room.state import Door, Role, Room, encode
from server.store.arrivals import SeatGone
from server.store.circles import FOUNDER_KEEPS_MS
from server.store.commit import CircleChange, CircleChanged
from server.store.deadlines import Deadline, deadline_of, member_of
from server.store.keys import stamp_text
from server.store.memory import NoRoom, share_used
from server.store.rooms import ROOM_EXPIRES_MS, RoomGone
from server.store.store import Store
from server.store.unreadable import TooNew
from tests.support.processes import wait_until
from tests.support.redis_servers import Node, client_of, cluster, full, nearly_full
from tests.support.sentinel import sentinel


@pytest.fixture(scope="module", params=["one", "cluster", "sentinel"])
def redis_url(request: pytest.FixtureRequest, redis_url: str) -> Iterator[str]:
    """Each kind of Redis in turn; all tests hold on all of them."""
    with tempfile.TemporaryDirectory(prefix="bc-") as path:
        if request.param == "cluster":
            with cluster(Path(path)) as (url, _nodes):
                yield url
        elif request.param == "sentinel":
            with sentinel(Path(path)) as watched:
                yield watched.url
        else:
            yield redis_url


def with_stores(redis_url: str, scene: Callable[[Store, Store], Awaitable[None]]) -> None:
    """The stores of two processes on one Redis, for the duration of the scene."""

    async def run() -> None:
        one, other = Store(topology_of(redis_url)), Store(topology_of(redis_url))
        try:
            await one.deadlines.due()  # sets its clock
            await other.deadlines.due()
            await scene(one, other)
        finally:
            await one.close()
            await other.close()

    asyncio.run(run())


def led_by_fay(
    *members: str, name: str = "Tuesday", plan: str = "classic-60", zone: str = "UTC"
) -> Circle:
    """A circle that knows these members and its facilitator Fay."""
    roles = {"fay": Role.FACILITATOR} | dict.fromkeys(members, Role.MEMBER)
    return Circle(new_circle_id(), name, plan, zone, roles=roles)


async def a_circle(store: Store, *members: str) -> tuple[Circle, Room]:
    """A circle that knows these members; its facilitator Fay has opened the room."""
    circle = led_by_fay(*members)
    await store.circles.create(circle)
    return circle, await store.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))


def seats_of(leases: dict[str, int]) -> set[str]:
    """The seats of these leases."""
    return {lease.partition(":")[0] for lease in leases}


def test_two_changes_of_one_value_both_take_effect(redis_url: str) -> None:
    """The loser of the race decides again on the newer value."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        await asyncio.gather(
            one.rooms.change(room, c.Prompt("What if?"), "fay"),
            other.rooms.change(room, c.Enter("ann", "Ann", Role.MEMBER), None),
        )
        after = await one.rooms.load(circle.id)
        assert after is not None
        assert after.version == room.version + 2
        assert (after.prompt, after.seats[1].id) == ("What if?", "ann")

    with_stores(redis_url, scene)


@pytest.mark.parametrize(
    "kept", ["localtime", "Factory", "posix/Europe/Berlin", "Etc/Unknown", "", "Mars/Olympus"]
)
def test_a_circle_that_has_kept_what_is_no_zone_opens_in_utc(redis_url: str, kept: str) -> None:
    """An older release stored any zone that the machine offered."""

    async def scene(one: Store, _other: Store) -> None:
        circle = led_by_fay(zone=kept)
        await one.circles.create(circle)
        assert await one.circles.get(circle.id) == replace(circle, time_zone="UTC")
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        assert room.phase == "waiting"

    with_stores(redis_url, scene)


def test_the_same_press_twice_has_one_effect(redis_url: str) -> None:
    """Two processes hold the same old value."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        results = await asyncio.gather(
            one.rooms.change(room, c.Start("waiting"), "fay"),
            other.rooms.change(room, c.Start("waiting"), "fay"),
            return_exceptions=True,
        )
        refused = [result for result in results if isinstance(result, Refused)]
        assert [r.code for r in refused] == ["not_now"]
        after = await other.rooms.load(circle.id)
        assert after is not None
        assert after.version == room.version + 1

    with_stores(redis_url, scene)


def test_nothing_of_a_circle_that_has_expired_comes_back(redis_url: str) -> None:
    """Its room lives on for a while, and people still change their roles in it."""

    async def scene(one: Store, _other: Store) -> None:
        circle = led_by_fay("ann", name="Rehearsal", plan="practice-3")
        await one.circles.create(circle, expires_s=600)
        assert await one.circles.get_with_role(circle.id, "ann") == (circle, Role.MEMBER)
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        key = f"circle:{{{circle.id}}}"
        with client_of(redis_url) as client:
            assert 590 < client.ttl(key) <= 600
            client.delete(key)
        await one.rooms.change(room, c.Enter("ben", "Ben", Role.MEMBER), None)
        with client_of(redis_url) as client:
            assert not client.exists(key)

    with_stores(redis_url, scene)


async def founded(store: Store) -> Circle:
    """A circle as the page starts one: only Fay has been there."""
    circle = founded_by(described(new_circle_id(), "Tuesday", "classic-60", "UTC"), "fay")
    await store.circles.create(circle)
    return circle


def expires_in(redis_url: str, circle_id: str, ms: int | None = None) -> int:
    """The time to live of the circle in ms, -1 for none; `ms` sets it first."""
    key = f"circle:{{{circle_id}}}"
    with client_of(redis_url) as client:
        if ms is not None:
            client.pexpire(key, ms)
        return int(client.pttl(key))


SOON_MS = 600_000


def test_a_circle_of_its_founder_alone_goes_when_they_stay_away(redis_url: str) -> None:
    """The limit is sixty days; each visit postpones it, and a guest at the door does not."""

    async def scene(one: Store, other: Store) -> None:
        circle = await founded(one)
        assert FOUNDER_KEEPS_MS - SOON_MS < expires_in(redis_url, circle.id) <= FOUNDER_KEEPS_MS
        assert await other.circles.get_with_role(circle.id, "fay") == (circle, Role.FACILITATOR)
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        room = await one.arrivals.seated(circle, c.Enter("dan", "Dan", None), room)
        assert [seat.id for seat in room.lobby] == ["dan"]
        expires_in(redis_url, circle.id, SOON_MS)
        held, role = await other.circles.get_with_role(circle.id, "dan")
        assert held is not None
        assert (held.founder_alone, role) == (True, Role.GUEST)
        await other.circles.visited(held, Role.GUEST)
        assert expires_in(redis_url, circle.id) <= SOON_MS
        await other.circles.visited(held, Role.FACILITATOR)
        assert expires_in(redis_url, circle.id) > FOUNDER_KEEPS_MS - SOON_MS
        await one.circles.change(circle.id, partial(choose_format, key="troika"))
        assert expires_in(redis_url, circle.id) > FOUNDER_KEEPS_MS - SOON_MS

    with_stores(redis_url, scene)


@pytest.mark.parametrize("by", ["admitted", "link", "facilitator link"])
def test_with_the_second_seat_a_circle_lasts(redis_url: str, by: str) -> None:
    """This holds after that person is removed, and for concurrent page loads of the founder."""

    async def scene(one: Store, other: Store) -> None:
        circle = await founded(one)
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        if by == "link":
            room = await one.rooms.change(room, c.Lobby(on=False), "fay")
        invited = Role.FACILITATOR if by == "facilitator link" else Role.MEMBER
        coming = c.Enter("ann", "Ann", None, invited)

        async def comes_in() -> Room:
            after = await other.arrivals.seated(circle, coming, room)
            return await other.rooms.change(after, c.Admit("ann"), "fay") if after.lobby else after

        async def visits() -> None:
            for _ in range(20):
                await one.circles.visited(circle, Role.FACILITATOR)

        room, _ = await asyncio.gather(comes_in(), visits())
        await one.circles.visited(circle, Role.FACILITATOR)
        assert expires_in(redis_url, circle.id) == -1
        if by != "facilitator link":
            await one.rooms.change(room, c.Remove("ann"), "fay")
        held = await one.circles.get(circle.id)
        assert held is not None
        assert not held.founder_alone
        await one.circles.visited(circle, Role.FACILITATOR)
        assert expires_in(redis_url, circle.id) == -1

    with_stores(redis_url, scene)


def test_whoever_comes_as_the_circle_expires_is_in_it_or_nowhere(redis_url: str) -> None:
    """Their seat and the circle's expiry are decided in one step; no part of it comes back."""

    async def scene(one: Store, other: Store) -> None:
        for _ in range(10):
            circle = await founded(one)
            room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
            room = await one.rooms.change(room, c.Lobby(on=False), "fay")
            expires_in(redis_url, circle.id, 3)
            try:
                await other.arrivals.seated(circle, c.Enter("ann", "Ann", None), room)
            except SeatGone:
                assert await one.rooms.load(circle.id) == room
                assert await one.circles.get(circle.id) is None
            else:
                assert expires_in(redis_url, circle.id) == -1
                assert (await one.circles.get_with_role(circle.id, "ann"))[1] is Role.MEMBER
        with client_of(redis_url) as client:
            client.delete(f"circle:{{{circle.id}}}")
            with pytest.raises(SeatGone):
                await other.arrivals.seated(circle, c.Enter("ben", "Ben", None))
            await one.circles.change(circle.id, partial(choose_format, key="troika"))
            await one.circles.visited(circle, Role.FACILITATOR)
            assert not client.exists(f"circle:{{{circle.id}}}")

    with_stores(redis_url, scene)


def test_a_circle_of_an_earlier_release_lasts_and_so_does_whom_that_release_seats(
    redis_url: str,
) -> None:
    """Its circles do not say that the founder is alone, and it seats people without noting it."""

    async def scene(one: Store, _other: Store) -> None:
        former, _ = await a_circle(one)
        await one.circles.visited(replace(former, founder="fay"), Role.FACILITATOR)
        assert expires_in(redis_url, former.id) == -1
        circle = await founded(one)
        with client_of(redis_url) as client:
            client.hset(f"circle:{{{circle.id}}}", "seat:ann", "member")
        held = await one.circles.get(circle.id)
        assert held is not None
        await one.circles.visited(held, Role.FACILITATOR)
        assert expires_in(redis_url, circle.id) == -1
        assert (await one.circles.get_with_role(circle.id, "ann"))[1] is Role.MEMBER

    with_stores(redis_url, scene)


def test_a_room_is_opened_once(redis_url: str) -> None:
    """Two processes that open it at the same moment get the same room."""

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay()
        await one.circles.create(circle)
        rooms = await asyncio.gather(
            one.arrivals.open_room(circle), other.arrivals.open_room(circle)
        )
        assert rooms[0] == rooms[1]

    with_stores(redis_url, scene)


@pytest.mark.parametrize("change", ["leave", "format"])
def test_a_room_is_opened_by_the_circle_as_it_is_then(redis_url: str, change: str) -> None:
    """The circle was read earlier: a link was renewed since, or another format chosen."""

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay("ann")
        await one.circles.create(circle)
        with client_of(redis_url) as client:
            client.hset(f"circle:{{{circle.id}}}", "seat:gil", "facilitator")
        if change == "leave":
            await other.erasure.leave(circle.id, "gil")
        else:
            await other.circles.change(circle.id, partial(choose_format, key="troika"))
        by_link = c.Enter("new", "New", None, Role.FACILITATOR)
        if change == "leave":
            with pytest.raises(Refused):
                await one.arrivals.seated(circle, by_link)
        room = await one.arrivals.open_room(circle)
        newer = await other.circles.get(circle.id)
        assert newer is not None
        assert (room.facilitator_links, room.format) == (newer.facilitator_links, newer.format)
        assert (room.facilitator_links, room.format) == (
            (1, "classic-60") if change == "leave" else (0, "troika")
        )

    with_stores(redis_url, scene)


def test_a_circle_is_created_once(redis_url: str) -> None:
    """A form that arrives again later resets nothing."""

    async def scene(one: Store, other: Store) -> None:
        circle = await founded(one)
        await one.circles.change(circle.id, partial(choose_format, key="troika"))
        before = await one.circles.get(circle.id)
        await other.circles.create(circle)
        assert await other.circles.get(circle.id) == before

    with_stores(redis_url, scene)


def test_two_who_change_a_circle_at_once_both_take_effect(redis_url: str) -> None:
    """Each change raises the version; one that changes nothing does not."""

    async def scene(one: Store, other: Store) -> None:
        circle, _ = await a_circle(one)
        own = replace(FORMATS["classic-45"], key="own", title="Ours")
        await asyncio.gather(
            *(store.circles.change(circle.id, partial(keep_format, plan=own)) for store in (one,)),
            *(
                other.arrivals.seated(circle, c.Enter(seat, seat, None, Role.MEMBER))
                for seat in ("ann", "ben")
            ),
        )
        await one.circles.change(circle.id, partial(choose_format, key="own"))
        held = await one.circles.get(circle.id)
        assert held is not None
        guests = {"ann": Role.GUEST, "ben": Role.GUEST}
        assert (held.own, held.roles, held.version) == (own, {**circle.roles, **guests}, 3)

    with_stores(redis_url, scene)


def test_all_who_come_at_the_same_moment_come_in(redis_url: str) -> None:
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

    with_stores(redis_url, scene)


def test_a_change_of_the_release_before_counts_although_it_raises_no_version(
    redis_url: str,
) -> None:
    """During a rolling update its processes write the same circle."""

    async def scene(one: Store, _other: Store) -> None:
        circle, _ = await a_circle(one, "ann")
        key = f"circle:{{{circle.id}}}"
        with client_of(redis_url) as client:
            client.hdel(key, "seat:ann")
            with pytest.raises(SeatGone):
                await one.arrivals.seated(circle, c.Enter("ann", "Ann", Role.MEMBER))
            client.hset(key, "seat:gil", "facilitator")
            two = await one.circles.get(circle.id)
            assert two is not None
            client.hdel(key, "seat:gil")
            with pytest.raises(CircleChanged):
                await one.circles.commit(CircleChange(two, with_roles(two, {"fay": "member"})))
            with pytest.raises(Refused):
                with_roles(await one.circles.get(circle.id) or two, {"fay": "member"})
            client.hset(key, mapping={"tomorrow": "a field of a later release"})
            await one.circles.change(circle.id, partial(choose_format, key="troika"))
            assert client.hget(key, "tomorrow") == b"a field of a later release"

    with_stores(redis_url, scene)


def test_a_press_that_changes_nothing_of_the_circle_does_not_need_it(redis_url: str) -> None:
    """Neither is it read; a change that lasts is refused while it cannot be read."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one, "ann")
        room = await one.arrivals.seated(circle, c.Enter("ann", "Ann", Role.MEMBER), room)
        key = f"circle:{{{circle.id}}}"
        with client_of(redis_url) as client:
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

    with_stores(redis_url, scene)


def test_of_a_circle_that_has_expired_no_room_is_opened(redis_url: str) -> None:
    """Nobody could have a seat in it."""

    async def scene(one: Store, _other: Store) -> None:
        circle = led_by_fay()
        with pytest.raises(SeatGone):
            await one.arrivals.open_room(circle)
        assert await one.rooms.load(circle.id) is None

    with_stores(redis_url, scene)


def test_a_circle_learns_roles_and_links_in_the_same_commit(redis_url: str) -> None:
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

    with_stores(redis_url, scene)


def test_a_circle_knows_whom_it_let_in_and_forgets_whom_it_did_not(redis_url: str) -> None:
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

    with_stores(redis_url, scene)


def test_a_guest_who_was_away_from_the_lobby_comes_back_until_the_session_ends(
    redis_url: str,
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

    with_stores(redis_url, scene)


def test_a_guest_who_was_away_does_not_come_back_by_a_link_that_was_renewed(
    redis_url: str,
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

    with_stores(redis_url, scene)


def test_of_a_room_that_is_gone_nothing_comes_back(redis_url: str) -> None:
    """Its last pages close at any time, and are swept until then."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.End(), "fay")
        await one.leases.sweep(circle.id, {"fay:1": 60_000})
        await DueRooms(one).forget(room)
        swept = await one.leases.sweep(circle.id, {"fay:1": 60_000, "fay:left": 4_000})
        assert (swept.stamp, swept.leases) == ("", {})
        with client_of(redis_url) as client:
            assert not client.exists(f"circle:{{{circle.id}}}:here")

    with_stores(redis_url, scene)


@pytest.mark.parametrize("away", [False, True], ids=["seated", "gone before"])
def test_whoever_is_removed_between_two_reads_does_not_come_back(
    redis_url: str, away: bool
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

    with_stores(redis_url, scene)


@pytest.mark.parametrize("lobby", [True, False], ids=["lobby", "no lobby"])
@pytest.mark.parametrize("invited", [Role.MEMBER, Role.FACILITATOR])
def test_a_link_that_is_renewed_between_two_reads_lets_nobody_in(
    redis_url: str, invited: Role, lobby: bool
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

    with_stores(redis_url, scene)


def test_a_role_rises_by_a_link_and_never_by_a_cookie(redis_url: str) -> None:
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

    with_stores(redis_url, scene)


def test_somebody_who_waits_to_lead_leads_once_nobody_is_to_be_asked(redis_url: str) -> None:
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

    with_stores(redis_url, scene)


def test_somebody_who_was_declined_and_let_in_asks_again_and_again(redis_url: str) -> None:
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

    with_stores(redis_url, scene)


def test_who_asks_to_lead_and_a_renewal_at_the_same_moment(redis_url: str) -> None:
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

    with_stores(redis_url, scene)


@pytest.mark.parametrize("known", [Role.GUEST, Role.MEMBER])
def test_a_name_changes_by_the_form_and_never_by_a_cookie(redis_url: str, known: Role) -> None:
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

    with_stores(redis_url, scene)


def test_a_guest_of_a_session_that_nobody_ended_needs_a_link_again(redis_url: str) -> None:
    """Their room expires without admitting them; in the next session an old link is invalid."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        await one.arrivals.seated(circle, c.Enter("dan", "Dan", None, Role.MEMBER), room)
        with client_of(redis_url) as client:
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

    with_stores(redis_url, scene)


def test_the_same_person_who_comes_in_twice_at_once_has_one_place(redis_url: str) -> None:
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

    with_stores(redis_url, scene)


def test_what_a_circle_keeps_outlives_the_room(redis_url: str) -> None:
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

    with_stores(redis_url, scene)


def due_at(redis_url: str, circle_id: str) -> int | None:
    """The deadline of this room."""
    with client_of(redis_url) as client:
        at = client.zscore("due", circle_id)
        return None if at is None else int(at)


async def left_alone(store: Store, room: Room) -> Room:
    """This room, as if nothing had changed in it for twelve hours."""
    before = store.clock.now() - KEPT_UNCHANGED_MS
    later = replace(room, changed_at=before, version=room.version + 1)
    await store.rooms.restore(room, later)
    return later


def test_a_store_that_is_closed_uses_redis_no_more(redis_url: str) -> None:
    """This includes waiting for a rewrite of the files."""

    async def scene(one: Store, _other: Store) -> None:
        _, room = await a_circle(one)
        await DueRooms(one).forget(room)
        before = asyncio.all_tasks()
        await one.close()
        assert asyncio.all_tasks() < before

    with_stores(redis_url, scene)


def test_a_session_that_nobody_ends_is_ended_and_forgotten_by_a_deadline(redis_url: str) -> None:
    """The deadline exists from the opening on; an early check moves it to the newest change."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        first = due_at(redis_url, circle.id)
        assert first is not None
        assert room.opened_at + KEPT_UNCHANGED_MS == first
        room = await one.rooms.change(room, c.Prompt("What if?"), "fay")
        assert due_at(redis_url, circle.id) == first  # It is not written at each change.
        await DueRooms(other).run(circle.id, first)
        assert await other.rooms.load(circle.id) == room
        assert due_at(redis_url, circle.id) == room.changed_at + KEPT_UNCHANGED_MS
        room = await left_alone(one, room)
        at = due_at(redis_url, circle.id)
        assert at == room.changed_at + KEPT_UNCHANGED_MS
        await asyncio.gather(DueRooms(one).run(circle.id, at), DueRooms(other).run(circle.id, at))
        over = await other.rooms.load(circle.id)
        assert over is not None
        assert over.ended_at is not None
        assert (over.phase, over.version) == ("ended", room.version + 1)
        assert due_at(redis_url, circle.id) == over.ended_at + KEPT_AFTER_END_MS
        long_ago = over.ended_at - KEPT_AFTER_END_MS
        await one.rooms.restore(over, replace(over, ended_at=long_ago, version=over.version + 1))
        await DueRooms(one).run(circle.id, long_ago + KEPT_AFTER_END_MS)
        assert await other.rooms.load(circle.id) is None
        # It stays until the files have been rewritten.
        await asyncio.to_thread(wait_until, lambda: due_at(redis_url, circle.id) is None, 60.0)
        assert await other.circles.get_with_role(circle.id, "fay") == (circle, Role.FACILITATOR)

    with_stores(redis_url, scene)


def test_a_session_that_is_opened_while_the_last_one_is_forgotten_has_its_deadline(
    redis_url: str,
) -> None:
    """It read the old deadline, which was deleted after that."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.End(), "fay")
        await DueRooms(one).forget(room)
        await other.deadlines.expect(circle.id, 1)
        await other.arrivals.open_room(circle)
        await DueRooms(one)._finish(circle.id, 1, None, None)  # noqa: SLF001 - as it is between two awaits
        opened = await one.rooms.load(circle.id)
        assert opened is not None
        assert due_at(redis_url, circle.id) == opened.changed_at + KEPT_UNCHANGED_MS

    with_stores(redis_url, scene)


class Slow(DueRooms):
    """Another process checks right after this one has deleted a room."""

    def __init__(self, store: Store, other: Store, first: int) -> None:
        super().__init__(store)
        self._other, self._first = other, first

    async def forget(self, room: Room, due: int = 0) -> None:
        """Deletes the room, and then runs the other check with the original deadline."""
        await super().forget(room, due)
        await DueRooms(self._other).run(room.id, self._first)
        assert not self._other.scripts._rewriting  # noqa: SLF001 - a rewrite leaves no other trace


def test_a_process_that_finds_a_room_just_forgotten_leaves_its_deadline_alone(
    redis_url: str,
) -> None:
    """Considering it expired, the process would have the files rewritten a second time."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.End(), "fay")
        room = replace(room, ended_at=one.clock.now() - KEPT_AFTER_END_MS, version=room.version + 1)
        await one.rooms.restore(await one.rooms.load(circle.id) or room, room)
        at = due_at(redis_url, circle.id)
        assert at is not None
        await Slow(one, other, at).run(circle.id, at)
        assert await one.rooms.load(circle.id) is None
        await asyncio.to_thread(wait_until, lambda: due_at(redis_url, circle.id) is None, 60.0)

    with_stores(redis_url, scene)


def test_a_value_of_an_earlier_release_expires_and_is_given_a_deadline_when_it_changes(
    redis_url: str,
) -> None:
    """During a rolling update, each release writes values that the other has written."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        at = due_at(redis_url, circle.id)
        assert at is not None
        former = replace(room, changed_at=0, version=room.version + 1)
        await one.rooms.restore(room, former)
        await DueRooms(one).run(circle.id, at)
        with client_of(redis_url) as client:
            client.zrem("due", circle.id)  # As the earlier release does, once it is due.
        room = await other.rooms.change(former, c.Prompt("What if?"), "fay")
        assert due_at(redis_url, circle.id) == room.changed_at + KEPT_UNCHANGED_MS

    with_stores(redis_url, scene)


def test_a_room_that_no_process_could_forget_expires_a_day_after_its_last_change(
    redis_url: str,
) -> None:
    """Each change restarts the day."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one)
        key = f"circle:{{{circle.id}}}:room"
        with client_of(redis_url) as client:
            client.pexpire(key, 60_000)
            await one.rooms.change(room, c.Prompt("What if?"), "fay")
            assert ROOM_EXPIRES_MS - 60_000 < client.pttl(key) <= ROOM_EXPIRES_MS
            client.delete(key)
        with pytest.raises(RoomGone):
            await one.rooms.change(room, c.Prompt("And now?"), "fay")

    with_stores(redis_url, scene)


def test_all_processes_sign_with_one_key(redis_url: str) -> None:
    """The first process that needs it creates it."""

    async def scene(one: Store, other: Store) -> None:
        keys = await asyncio.gather(one.secret.read_or_make(), other.secret.read_or_make())
        assert keys[0] == keys[1]
        assert len(keys[0]) >= 32
        with full(redis_url):  # A process that starts meanwhile needs it, too.
            assert await one.secret.read_or_make() == keys[0]

    with_stores(redis_url, scene)


def test_presence_is_who_has_a_lease(redis_url: str) -> None:
    """Leases of all processes count; an expired one does not."""

    async def scene(one: Store, other: Store) -> None:
        circle, _ = await a_circle(one)
        await one.leases.sweep(circle.id, {"fay:1": 60_000})
        swept = await other.leases.sweep(circle.id, {"ann:2": 60_000, "ann:3": 60_000})
        assert seats_of(swept.leases) == {"fay", "ann"}
        for _ in range(20):  # Whatever the millisecond is, a lease that ends now is over.
            swept = await one.leases.sweep(circle.id, {"ann:2": 0, "ann:3": 0})
            assert seats_of(swept.leases) == {"fay"}

    with_stores(redis_url, scene)


def test_a_process_renews_its_own_leases_in_many_rooms_at_once(redis_url: str) -> None:
    """Other processes' leases and expired ones stay as they are; all people here are reported."""

    async def scene(one: Store, other: Store) -> None:
        (first, room), (second, _) = [await a_circle(one) for _ in range(2)]
        fay, ann, ben = one.leases.lease("fay"), other.leases.lease("ann"), one.leases.lease("ben")
        before = (await one.leases.sweep(first.id, {fay: 30_000, ann: 30_000})).leases
        with client_of(redis_url) as client:
            for _ in range(20):  # Whatever the millisecond is, a lease that ends now is over.
                client.zadd(f"circle:{{{second.id}}}:here", {ben: one.clock.now()})
                assert (await one.leases.renew([second.id], 60_000))[0][1] == b""
        told = await one.leases.renew([first.id, second.id, "none"], 60_000)
        assert [(stamp, sorted(here.decode().split())) for stamp, here in told] == [
            (stamp_text(room), sorted([fay, ann])),
            (told[1][0], []),
            ("", []),
        ]
        after = (await one.leases.sweep(first.id, {})).leases
        assert after[ann] == before[ann]
        assert after[fay] >= before[fay] + 30_000
        assert (await one.leases.sweep(second.id, {})).leases == {}
        assert [one.leases.is_ours(lease) for lease in (fay, ann, "fay:left")] == [
            True,
            False,
            False,
        ]

    with_stores(redis_url, scene)


def test_a_silence_ends_by_itself_and_once(redis_url: str) -> None:
    """Two processes check for deadlines; the version rises by one."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        room = await one.rooms.change(room, c.Silence(1), "fay")
        tasks = [asyncio.create_task(deadlines.Poller(store).run()) for store in (one, other)]
        async with asyncio.timeout(15):
            after: Room | None = room
            while after is not None and after.silence_until is not None:
                after = await one.rooms.load(circle.id)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert after is not None
        assert after.version == room.version + 1

    with_stores(redis_url, scene)


def test_a_phase_that_begins_by_itself_begins_once(redis_url: str) -> None:
    """Two processes check for deadlines, and the one that opened the room may be gone."""

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay(plan="troika")
        await one.circles.create(circle)
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        assert room.clock is not None
        room = await one.rooms.change(room, c.Extend(-119, room.clock.ends_at), "fay")
        tasks = [asyncio.create_task(deadlines.Poller(store).run()) for store in (one, other)]
        async with asyncio.timeout(15):
            after: Room | None = room
            while after is not None and after.phase == "telling-1":
                after = await other.rooms.load(circle.id)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert after is not None
        assert after.clock is not None
        assert (after.phase, after.version) == ("asking-1", room.version + 1)
        await DueRooms(other).run(circle.id, after.clock.ends_at)
        assert await one.rooms.load(circle.id) == after

    with_stores(redis_url, scene)


def test_a_circles_own_format_is_kept_and_opens_its_next_session(redis_url: str) -> None:
    """It is JSON in the circle's hash; the open room keeps the plan that it began with."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        own = replace(FORMATS["classic-45"], key="own", title="Ours", peers=True)
        await one.circles.change(circle.id, partial(keep_format, plan=own))
        kept = await other.circles.get(circle.id)
        assert kept is not None
        assert (kept.format, kept.plan) == ("own", own)
        assert (await other.arrivals.open_room(kept)).plan == room.plan
        await other.circles.change(circle.id, partial(choose_format, key="classic-90"))
        back = await one.circles.get(circle.id)
        assert back is not None
        assert (back.own, back.plan.key) == (own, "classic-90")
        assert kept.opened(5).plan == own
        assert back.opened(5).own_plan is None

    with_stores(redis_url, scene)


@pytest.mark.parametrize(
    ("member", "kind", "id_", "is_ours"),
    [
        ("abcdefgh234567ab", "room", "abcdefgh234567ab", True),
        ("room:abcdefgh234567ab", "room", "abcdefgh234567ab", False),
        ("reminder:abcdefgh234567ab", "reminder", "abcdefgh234567ab", True),
        ("reminder:a:b", "reminder", "a:b", True),
        ("", "room", "", True),
        (":a", "room", ":a", True),
        ("Ä:a", "room", "Ä:a", True),
    ],
)
def test_a_deadline_has_a_kind(member: str, kind: str, id_: str, is_ours: bool) -> None:
    """The bare id of a circle is the deadline of its room, as the release before writes it."""
    deadline = deadline_of(member, "5")
    assert deadline == Deadline(kind, id_, "5", member)
    assert deadline.is_ours == is_ours
    assert (member_of(kind, id_) == member) == is_ours


async def polls(store: Store, until: Callable[[], Awaitable[bool]]) -> None:
    """Keeps the deadlines until this holds."""
    task = asyncio.create_task(deadlines.Poller(store).run())
    try:
        async with asyncio.timeout(15):
            while not await until():
                pass
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_the_deadline_of_a_room_in_the_form_of_a_later_release_is_met(redis_url: str) -> None:
    """It is there after a rollback, and is then one of this release."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        room = await one.rooms.change(room, c.Silence(1), "fay")

        async def is_over() -> bool:
            return (await one.rooms.load(circle.id) or room).silence_until is None

        with client_of(redis_url) as client:
            client.zrem("due", circle.id)
            client.zadd("due", {f"room:{circle.id}": 1})
            await polls(one, is_over)
            assert client.zscore("due", f"room:{circle.id}") is None
            assert client.zscore("due", circle.id) is not None

    with_stores(redis_url, scene)


def test_deadlines_of_unknown_kinds_are_left_to_others(redis_url: str) -> None:
    """However many there are, rooms have theirs meanwhile; none is removed, or run at each poll."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        room = await one.rooms.change(room, c.Silence(1), "fay")
        members = [f"reminder:{circle.id}{n}" for n in range(120)]

        async def is_over() -> bool:
            return (await one.rooms.load(circle.id) or room).silence_until is None

        with client_of(redis_url) as client:
            client.zadd("due", dict.fromkeys(members, 1))
            before = one.clock.now()
            try:
                await polls(one, is_over)
                assert all((at or 0) > before for at in client.zmscore("due", members))
            finally:
                client.zrem("due", *members)

    with_stores(redis_url, scene)


def test_whoever_looks_for_what_falls_due_ends_when_told(redis_url: str) -> None:
    """It ends at any point of its loop, while there is always something due."""

    async def scene(one: Store, other: Store) -> None:
        circle, _ = await a_circle(one)
        for steps in range(100):
            await other.deadlines.expect(circle.id, 1)
            task = asyncio.create_task(deadlines.Poller(one).run())
            for _ in range(steps % 50):
                await asyncio.sleep(0)
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=10)
            assert done == {task}, steps

    with_stores(redis_url, scene)


def test_a_deadline_outlives_every_process(redis_url: str) -> None:
    """It is in Redis, and a later process runs it."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        await one.rooms.change(room, c.Silence(1), "fay")
        async with asyncio.timeout(15):
            due: dict[str, str] = {}
            while circle.id not in due:
                due = {deadline.id: deadline.at for deadline in await other.deadlines.due()}
        await DueRooms(other).run(circle.id, due[circle.id])
        after = await other.rooms.load(circle.id)
        assert after is not None
        assert after.silence_until is None
        assert circle.id not in {deadline.id for deadline in await other.deadlines.due()}

    with_stores(redis_url, scene)


def test_while_redis_takes_no_writes_a_command_is_refused_with_a_sentence(redis_url: str) -> None:
    """No command is acknowledged that was not done."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        with full(redis_url):
            with pytest.raises(Refused) as refused:
                await one.rooms.change(room, c.Prompt("What if?"), "fay")
            assert await other.rooms.load(circle.id) == room
        assert refused.value.code == "unavailable"
        changed = await one.rooms.change(room, c.Prompt("What if?"), "fay")
        assert changed.prompt == "What if?"

    with_stores(redis_url, scene)


def test_a_redis_that_is_nearly_full_takes_in_no_new_circle(redis_url: str) -> None:
    """Existing circles go on: people come, and sessions are opened."""

    async def scene(one: Store, other: Store) -> None:
        circle = await founded(one)
        with nearly_full(redis_url):
            for store in (one, other):
                with pytest.raises(NoRoom):
                    await store.circles.check_memory(new_circle_id())
            room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
            room = await other.rooms.change(room, c.Lobby(on=False), "fay")
            await other.arrivals.seated(circle, c.Enter("ann", "Ann", None), room)
        await founded(one)

    with_stores(redis_url, scene)


def test_on_a_cluster_the_node_that_would_keep_the_circle_decides(short_dir: Path) -> None:
    """The other nodes have room."""

    async def scene(url: str, nodes: list[Node]) -> None:
        at = topology_of(url)
        store = Store(at)
        seen: set[bool] = set()
        try:
            with nearly_full(url, nodes[0].port):
                while len(seen) < 2:
                    circle = described(new_circle_id(), "Tuesday", "classic-60", "UTC")
                    address = await at.address(f"circle:{{{circle.id}}}")
                    is_full = address.port == nodes[0].port
                    seen.add(is_full)
                    with pytest.raises(NoRoom) if is_full else nullcontext():
                        await store.circles.check_memory(circle.id)
        finally:
            await store.close()

    with cluster(short_dir) as (url, nodes):
        asyncio.run(scene(url, nodes))


@pytest.mark.parametrize(
    ("info", "share"),
    [
        (b"# Memory\r\nused_memory:80\r\nused_memory_human:80B\r\nmaxmemory:100\r\n", 0.8),
        (b"used_memory:80\r\nmaxmemory:0\r\n", 0.0),
        (b"used_memory:80\r\n", 0.0),
        (b"", 0.0),
    ],
)
def test_how_full_a_redis_is_stands_in_what_it_tells(info: bytes, share: float) -> None:
    """Without `maxmemory` it is never full."""
    assert share_used(info) == share


def test_the_servers_clock_is_redis_clock(redis_url: str) -> None:
    """Two stores agree within a few milliseconds."""

    async def scene(one: Store, other: Store) -> None:
        wait_until(lambda: abs(one.clock.now() - other.clock.now()) < 100)
        with client_of(redis_url) as client:
            seconds, micros = client.time()
        assert abs(one.clock.now() - (seconds * 1000 + micros // 1000)) < 1000

    with_stores(redis_url, scene)


def test_an_answer_that_waits_does_not_set_the_clock_back(redis_url: str) -> None:
    """This machine's clock is Redis' clock, so a delayed answer must not change the offset."""

    async def scene(one: Store, _other: Store) -> None:
        for _ in range(5):
            asking = asyncio.ensure_future(one.deadlines.due())
            await asyncio.sleep(0)
            busy_until = time.monotonic() + 0.1
            while time.monotonic() < busy_until:
                pass
            await asking
            before, now, after = time.time(), one.clock.now(), time.time()
            assert int(before * 1000) <= now <= int(after * 1000)

    with_stores(redis_url, scene)
