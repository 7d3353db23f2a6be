"""Leases: who is here, by all processes."""

from __future__ import annotations

from server.live.deadlines import DueRooms
from server.room import commands as c
from server.store.keys import stamp_text
from server.store.store import Store
from tests.support.redis_servers import client_of
from tests.support.stores import a_circle, with_stores


def seats_of(leases: dict[str, int]) -> set[str]:
    """The seats of these leases."""
    return {lease.partition(":")[0] for lease in leases}


def test_of_a_room_that_is_gone_nothing_comes_back(each_redis: str) -> None:
    """Its last pages close at any time, and are swept until then."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.End(), "fay")
        await one.leases.sweep(circle.id, {"fay:1": 60_000})
        await DueRooms(one).forget(room)
        swept = await one.leases.sweep(circle.id, {"fay:1": 60_000, "fay:left": 4_000})
        assert (swept.stamp, swept.leases) == ("", {})
        with client_of(each_redis) as client:
            assert not client.exists(f"circle:{{{circle.id}}}:here")

    with_stores(each_redis, scene)


def test_presence_is_who_has_a_lease(each_redis: str) -> None:
    """Leases of all processes count; an expired one does not."""

    async def scene(one: Store, other: Store) -> None:
        circle, _ = await a_circle(one)
        await one.leases.sweep(circle.id, {"fay:1": 60_000})
        swept = await other.leases.sweep(circle.id, {"ann:2": 60_000, "ann:3": 60_000})
        assert seats_of(swept.leases) == {"fay", "ann"}
        for _ in range(20):  # Whatever the millisecond is, a lease that ends now is over.
            swept = await one.leases.sweep(circle.id, {"ann:2": 0, "ann:3": 0})
            assert seats_of(swept.leases) == {"fay"}

    with_stores(each_redis, scene)


def test_a_process_renews_its_own_leases_in_many_rooms_at_once(each_redis: str) -> None:
    """Other processes' leases and expired ones stay as they are; all people here are reported."""

    async def scene(one: Store, other: Store) -> None:
        (first, room), (second, _) = [await a_circle(one) for _ in range(2)]
        fay, ann, ben = one.leases.lease("fay"), other.leases.lease("ann"), one.leases.lease("ben")
        before = (await one.leases.sweep(first.id, {fay: 30_000, ann: 30_000})).leases
        with client_of(each_redis) as client:
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

    with_stores(each_redis, scene)
