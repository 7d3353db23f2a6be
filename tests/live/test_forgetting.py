"""A room ends and is forgotten at its deadline: once, by any process."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from server.live.deadlines import DueRooms
from server.room import commands as c
from server.room.due import KEPT_AFTER_END_MS, KEPT_UNCHANGED_MS
from server.room.state import Role, Room
from server.store.store import Store
from tests.support.processes import wait_until
from tests.support.redis_servers import client_of
from tests.support.stores import a_circle, with_stores


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


def test_a_session_that_nobody_ends_is_ended_and_forgotten_by_a_deadline(each_redis: str) -> None:
    """The deadline exists from the opening on; an early check moves it to the newest change."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        first = due_at(each_redis, circle.id)
        assert first is not None
        assert room.opened_at + KEPT_UNCHANGED_MS == first
        room = await one.rooms.change(room, c.Prompt("What if?"), "fay")
        assert due_at(each_redis, circle.id) == first  # It is not written at each change.
        await DueRooms(other).run(circle.id, first)
        assert await other.rooms.load(circle.id) == room
        assert due_at(each_redis, circle.id) == room.changed_at + KEPT_UNCHANGED_MS
        room = await left_alone(one, room)
        at = due_at(each_redis, circle.id)
        assert at == room.changed_at + KEPT_UNCHANGED_MS
        await asyncio.gather(DueRooms(one).run(circle.id, at), DueRooms(other).run(circle.id, at))
        over = await other.rooms.load(circle.id)
        assert over is not None
        assert over.ended_at is not None
        assert (over.phase, over.version) == ("ended", room.version + 1)
        assert due_at(each_redis, circle.id) == over.ended_at + KEPT_AFTER_END_MS
        long_ago = over.ended_at - KEPT_AFTER_END_MS
        await one.rooms.restore(over, replace(over, ended_at=long_ago, version=over.version + 1))
        await DueRooms(one).run(circle.id, long_ago + KEPT_AFTER_END_MS)
        assert await other.rooms.load(circle.id) is None
        # It stays until the files have been rewritten.
        await asyncio.to_thread(wait_until, lambda: due_at(each_redis, circle.id) is None, 60.0)
        held, role = await other.circles.get_with_role(circle.id, "fay")
        assert held is not None
        assert held.last is not None
        assert held.gone_at > 0
        numbers = {"last": None, "gone_at": 0, "met_on": None, "version": 0}
        assert (replace(held, **numbers), role) == (circle, Role.FACILITATOR)

    with_stores(each_redis, scene)


def test_a_session_that_is_opened_while_the_last_one_is_forgotten_has_its_deadline(
    each_redis: str,
) -> None:
    """It read the old deadline, which was deleted after that."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.End(), "fay")
        await DueRooms(one).forget(room)
        await other.deadlines.schedule(circle.id, 1)
        await other.arrivals.open_room(circle)
        await DueRooms(one)._finish(circle.id, 1, None, None)  # noqa: SLF001 - as it is between two awaits
        opened = await one.rooms.load(circle.id)
        assert opened is not None
        assert due_at(each_redis, circle.id) == opened.changed_at + KEPT_UNCHANGED_MS

    with_stores(each_redis, scene)


class Slow(DueRooms):
    """Another process checks right after this one has deleted a room."""

    def __init__(self, store: Store, other: Store, first: int) -> None:
        super().__init__(store)
        self._other, self._first = other, first

    async def forget(self, room: Room, due: int = 0) -> None:
        """Deletes the room, and then runs the other check with the original deadline."""
        await super().forget(room, due)
        await DueRooms(self._other).run(room.id, self._first)
        assert not self._other.files._rewriting  # noqa: SLF001 - a rewrite leaves no other trace


def test_a_process_that_finds_a_room_just_forgotten_leaves_its_deadline_alone(
    each_redis: str,
) -> None:
    """Considering it expired, the process would have the files rewritten a second time."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.End(), "fay")
        room = replace(room, ended_at=one.clock.now() - KEPT_AFTER_END_MS, version=room.version + 1)
        await one.rooms.restore(await one.rooms.load(circle.id) or room, room)
        at = due_at(each_redis, circle.id)
        assert at is not None
        await Slow(one, other, at).run(circle.id, at)
        assert await one.rooms.load(circle.id) is None
        await asyncio.to_thread(wait_until, lambda: due_at(each_redis, circle.id) is None, 60.0)

    with_stores(each_redis, scene)


def test_a_value_of_an_earlier_release_expires_and_is_given_a_deadline_when_it_changes(
    each_redis: str,
) -> None:
    """During a rolling update, each release writes values that the other has written."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        at = due_at(each_redis, circle.id)
        assert at is not None
        former = replace(room, changed_at=0, version=room.version + 1)
        await one.rooms.restore(room, former)
        await DueRooms(one).run(circle.id, at)
        with client_of(each_redis) as client:
            client.zrem("due", circle.id)  # As the earlier release does, once it is due.
        room = await other.rooms.change(former, c.Prompt("What if?"), "fay")
        assert due_at(each_redis, circle.id) == room.changed_at + KEPT_UNCHANGED_MS

    with_stores(each_redis, scene)
