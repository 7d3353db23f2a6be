"""The register of a circle: its rows come with the end of a session, both or neither."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.register import Attended, Register, Row
from server.circle.registering import next_pruning, switched, taken_out
from server.live.registers import DueRegisters
from server.redis_client import topology_of
from server.room import commands as c
from server.room.refused import Refused
from server.room.state import Role, Room, encode
from server.store.deadlines import REGISTER
from server.store.keys import room_key, stamp_text
from server.store.store import Store
from tests.store.test_rewriting import AS_IT_IS
from tests.support.processes import wait_until
from tests.support.redis_servers import Node, client_of, full, url_of
from tests.support.stored import stands_in_files
from tests.support.stores import led_by_fay, with_stores

HOUR = 3_600_000
MARKED = "Marked-by-this-test"
DUE = "due"
"""The key of all deadlines."""


async def a_session(store: Store) -> tuple[Circle, Room]:
    """A circle with a register, in whose room Fay and Ann have been for an hour."""
    circle = replace(led_by_fay("ann"), register=Register(is_on=True))
    await store.circles.create(circle)
    room = await store.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
    room = await store.arrivals.seated(circle, c.Enter("ann", "Ann", Role.MEMBER), room)
    return circle, await store.rooms.change(room, c.Start("waiting"), "fay")


def an_hour_ago(redis_url: str, room: Room) -> Room:
    """The same session, begun an hour earlier."""
    assert room.began_at is not None
    begun = replace(room, began_at=room.began_at - HOUR, version=room.version + 1)
    with client_of(redis_url) as client:
        client.hset(room_key(room.id), mapping={"stamp": stamp_text(begun), "value": encode(begun)})
    return begun


async def rows_of(store: Store, circle: Circle) -> tuple[Row, ...]:
    """The rows that Redis holds."""
    found = await store.circles.get(circle.id)
    assert found is not None
    return found.register.rows


def test_a_row_comes_with_the_end_of_the_session_and_once(each_redis: str) -> None:
    """Two processes end it at the same time. Its deadline is scheduled."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_session(one)
        room = an_hour_ago(each_redis, room)
        ends = (store.rooms.change(room, c.End(), "fay") for store in (one, other))
        outcomes = await asyncio.gather(*ends, return_exceptions=True)
        assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1
        (row,) = await rows_of(other, circle)
        assert [(person.name, person.role) for person in row.people] == [
            ("Fay", "facilitator"),
            ("Ann", "member"),
        ]
        assert row.minutes == 60
        held = await one.circles.get(circle.id)
        assert held is not None
        with client_of(each_redis) as client:
            assert client.zscore(DUE, f"{REGISTER}:{circle.id}") == next_pruning(held)

    with_stores(each_redis, scene)


def test_room_and_row_are_stored_together_or_not_at_all(each_redis: str) -> None:
    """Where Redis takes no writes, neither is; the end that is then repeated is complete."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_session(one)
        room = an_hour_ago(each_redis, room)
        with full(each_redis), pytest.raises(Refused):
            await one.rooms.change(room, c.Debrief(), "fay")
        held = await other.rooms.load(circle.id)
        assert held is not None
        assert held.is_live
        assert await rows_of(other, circle) == ()
        await other.rooms.change(room, c.Debrief(), "fay")
        assert len(await rows_of(one, circle)) == 1

    with_stores(each_redis, scene)


def test_the_end_rests_on_the_register_as_it_is_at_that_moment(each_redis: str) -> None:
    """Somebody takes themselves out, or it is switched off, while the session is ending."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_session(one)
        room = an_hour_ago(each_redis, room)
        await other.circles.change(circle.id, lambda held: taken_out(held, "ann"))
        await one.rooms.change(room, c.End(), "fay")
        (row,) = await rows_of(one, circle)
        assert [person.seat for person in row.people] == ["fay"]
        circle, room = await a_session(one)
        room = an_hour_ago(each_redis, room)
        now = one.clock.now()
        await other.circles.change(circle.id, lambda held: switched(held, "", now, on=False))
        await one.rooms.change(room, c.End(), "fay")
        assert await rows_of(one, circle) == ()

    with_stores(each_redis, scene)


def test_rows_go_at_their_deadline(each_redis: str) -> None:
    """Any process runs it, and schedules the next; a circle that is gone has none."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_session(one)
        await one.rooms.change(an_hour_ago(each_redis, room), c.End(), "fay")
        held = await one.circles.get(circle.id)
        assert held is not None
        (row,) = held.register.rows
        old = replace(row, date=row.date - timedelta(days=3 * 366))

        def aged(circle: Circle) -> Circle:
            return replace(circle, register=replace(circle.register, rows=(old, row)))

        await one.circles.change(circle.id, aged)
        member = f"{REGISTER}:{circle.id}"
        with client_of(each_redis) as client:
            client.zadd(DUE, {member: 1})
            await DueRegisters(other).run(circle.id, "1")
            assert await rows_of(one, circle) == (row,)
            settled = partial(client.zscore, DUE, member)
            await asyncio.to_thread(wait_until, lambda: settled() == next_pruning(held))
            client.zadd(DUE, {member: 1})
            client.delete(f"circle:{{{circle.id}}}")
            await DueRegisters(one).run(circle.id, "1")
            assert client.zscore(DUE, member) is None

    with_stores(each_redis, scene)


def test_forgetting_leaves_no_name_in_the_register(each_redis: str) -> None:
    """Of people who leave, and of all who are absent."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_session(one)
        room = await one.rooms.change(an_hour_ago(each_redis, room), c.End(), "fay")
        await one.deletion.delete(room)
        await other.erasure.leave(circle.id, "ann")
        (row,) = await rows_of(one, circle)
        assert [person.name for person in row.people] == ["Fay"]
        with client_of(each_redis) as client:
            assert "Ann" not in str(client.hgetall(f"circle:{{{circle.id}}}"))

    with_stores(each_redis, scene)


def test_what_has_gone_is_on_no_disk(short_dir: Path) -> None:
    """The file of Redis is rewritten without it."""

    async def scene(url: str, folder: Path) -> None:
        store = Store(topology_of(url))
        try:
            await store.deadlines.due()  # sets its clock
            row = Row(date(2020, 1, 7), 60, (Attended("ann", MARKED, "member"),))
            circle = replace(led_by_fay("ann"), register=Register(rows=(row,)))
            await store.circles.create(circle)
            assert stands_in_files(folder, MARKED.encode())
            await store.deadlines.schedule(circle.id, 1, REGISTER)
            await DueRegisters(store).run(circle.id, "1")
            await asyncio.to_thread(
                wait_until, lambda: not stands_in_files(folder, MARKED.encode())
            )
            assert await store.circles.get(circle.id) == replace(
                circle, register=Register(), version=1
            )
        finally:
            await store.close()

    node = Node(short_dir, 0, AS_IT_IS)
    try:
        asyncio.run(scene(url_of(short_dir / "redis.sock"), short_dir))
    finally:
        node.close()
