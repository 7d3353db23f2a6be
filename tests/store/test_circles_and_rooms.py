"""A change of when a circle meets reaches its room in the same commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, time
from functools import partial

import pytest
from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.meeting_changes import cancel
from server.circle.meetings import next_meeting
from server.circle.register import Register
from server.circle.registering import switched
from server.circle.rhythm import MINUTE_MS, Kind, Rhythm, Weekday
from server.circle.schedule import Wanted
from server.circle.schedule_changes import set_schedule
from server.room import commands as c
from server.room.refused import Refused
from server.room.state import Role
from server.store.store import Store
from tests.support.redis_servers import client_of
from tests.support.stores import a_circle, led_by_fay, with_stores

WANTED = Wanted(Rhythm(Kind.MONTH, weekday=Weekday.TUESDAY, at=time(19)), None, "Europe/Berlin")


def in_the_room(circle: Circle | None, now: int) -> str:
    """The date that the room of this circle should know."""
    meeting = next_meeting(circle, now) if circle else None
    return meeting.date.isoformat() if meeting else ""


async def change(store: Store, circle_id: str, how: Callable[[Circle], Circle]) -> Circle:
    """The circle after this change."""
    await store.circles.change(circle_id, how)
    held = await store.circles.get(circle_id)
    assert held
    return held


def test_a_room_knows_the_next_session_from_its_opening_and_after_each_change(
    each_redis: str,
) -> None:
    """Every process reads the same, and the circle has changed, too."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        assert room.coming is None
        changed = partial(set_schedule, wanted=WANTED, now=one.clock.now())
        after = await change(one, circle.id, changed)
        day = in_the_room(after, one.clock.now())
        room = await other.rooms.load(circle.id) or room
        assert room.coming
        assert (room.coming.date, room.coming.zone) == (day, "Europe/Berlin")
        held = await other.circles.get(circle.id)
        assert held
        assert (held.schedule, held.version) == (after.schedule, circle.version + 1)
        room = await other.rooms.change(room, c.Start("waiting"), "fay")
        gone = partial(cancel, day=date.fromisoformat(day), now=one.clock.now())
        after = await change(one, circle.id, gone)
        room = await other.rooms.load(circle.id) or room
        assert (room.phase, room.coming and room.coming.date) == (
            "arrival",
            in_the_room(after, one.clock.now()),
        )

    with_stores(each_redis, scene)


def test_a_room_that_opens_later_knows_it_as_well(each_redis: str) -> None:
    """The circle changes where there is no room."""

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay()
        await one.circles.create(circle)
        changed = partial(set_schedule, wanted=WANTED, now=one.clock.now())
        after = await change(one, circle.id, changed)
        assert await other.rooms.load(circle.id) is None
        room = await other.arrivals.open_room(after)
        assert room.coming
        assert room.coming.date == in_the_room(after, one.clock.now())

    with_stores(each_redis, scene)


def test_what_is_refused_or_changes_nothing_leaves_both_as_they_are(each_redis: str) -> None:
    """An expired circle is no error."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one)

        def refuse(_circle: Circle) -> Circle:
            raise Refused("stale", "schedule_changed")

        with pytest.raises(Refused):
            await one.circles.change(circle.id, refuse)
        await one.circles.change(circle.id, lambda circle: circle)
        assert await one.rooms.load(circle.id) == room
        held = await one.circles.get(circle.id)
        assert held
        assert held.version == circle.version
        await one.circles.change(led_by_fay().id, refuse)

    with_stores(each_redis, scene)


def test_changes_at_once_lose_nothing(each_redis: str) -> None:
    """Neither of the schedule, nor of the room meanwhile; the room knows the last schedule."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        zones = ("Europe/Berlin", "Asia/Tokyo", "America/New_York", "Africa/Cairo")

        def to(zone: str, held: Circle) -> Circle:
            return set_schedule(held, WANTED._replace(time_zone=zone), one.clock.now())

        changes = [
            store.circles.change(circle.id, partial(to, zone))
            for store, zone in zip((one, other, one, other), zones, strict=True)
        ]
        await asyncio.gather(*changes, one.rooms.change(room, c.Start("waiting"), "fay"))
        held, now = await one.circles.get(circle.id), await other.rooms.load(circle.id)
        assert held
        assert now
        assert now.phase == "arrival"
        assert now.coming
        assert now.coming.zone == held.time_zone
        assert held.version == circle.version + len(changes)

    with_stores(each_redis, scene)


def test_another_format_changes_when_the_next_session_ends(each_redis: str) -> None:
    """Every change of a circle takes this way; one that concerns no meeting leaves the room."""

    async def scene(one: Store, _other: Store) -> None:
        circle, _room = await a_circle(one)
        await change(one, circle.id, partial(set_schedule, wanted=WANTED, now=one.clock.now()))
        before = await one.rooms.load(circle.id)
        await change(one, circle.id, lambda circle: replace(circle, format="classic-90"))
        after = await one.rooms.load(circle.id)
        assert before
        assert before.coming
        assert after
        assert after.coming
        assert after.coming.ends_at - before.coming.ends_at == 30 * MINUTE_MS
        await change(one, circle.id, lambda circle: replace(circle, name="Another"))
        assert await one.rooms.load(circle.id) == after

    with_stores(each_redis, scene)


def test_a_session_is_not_counted_once_the_register_is_off(each_redis: str) -> None:
    """Its room stops counting in the same commit."""

    async def scene(one: Store, other: Store) -> None:
        circle = replace(led_by_fay(), register=Register(is_on=True))
        await one.circles.create(circle)
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        assert room.registers
        off = partial(switched, months="", now=one.clock.now(), on=False)
        assert not (await change(one, circle.id, off)).register.is_on
        now = await other.rooms.load(circle.id)
        assert now
        assert (now.registers, now.began_at, now.phase) == (False, None, "arrival")

    with_stores(each_redis, scene)


def test_a_room_that_cannot_be_read_keeps_its_circle_from_nothing(each_redis: str) -> None:
    """It stays as it is."""

    async def scene(one: Store, _other: Store) -> None:
        circle, _room = await a_circle(one)
        with client_of(each_redis) as client:
            client.hset(f"circle:{{{circle.id}}}:room", "value", "spoilt")
            changed = partial(set_schedule, wanted=WANTED, now=one.clock.now())
            assert (await change(one, circle.id, changed)).time_zone == "Europe/Berlin"
            assert client.hget(f"circle:{{{circle.id}}}:room", "value") == b"spoilt"

    with_stores(each_redis, scene)
