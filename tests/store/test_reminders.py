"""Reminders in Redis: each value has one writer, and goes with the seat of its person."""

from __future__ import annotations

from msgspec.structs import replace

from server.circle.reminders import Reminder
from server.room import commands as c
from server.room.state import Role
from server.store.erasure import Left
from server.store.reminders import Replaced
from server.store.store import Store
from tests.support.redis_servers import client_of
from tests.support.stores import a_circle, led_by_fay, with_stores

ONE = Reminder(sealed="sealed", asked_at=1, confirmed_at=2)


def test_a_value_is_replaced_by_one_of_two(each_redis: str) -> None:
    """The other one learns that there is another value, and a repetition counts as done."""

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay("ann")
        await one.circles.create(circle)
        first, second = replace(ONE, sealed="first"), replace(ONE, sealed="second")
        assert await one.reminders.replace(circle.id, "ann", None, ONE) is Replaced.DONE
        assert await one.reminders.replace(circle.id, "ann", ONE, first) is Replaced.DONE
        assert await other.reminders.replace(circle.id, "ann", ONE, second) is Replaced.OTHER_VALUE
        assert await one.reminders.replace(circle.id, "ann", ONE, first) is Replaced.DONE
        assert await other.reminders.everybody(circle.id) == {"ann": first}
        assert await other.reminders.replace(circle.id, "ann", first, None) is Replaced.DONE
        assert await other.reminders.of(circle.id, "ann") is None

    with_stores(each_redis, scene)


def test_nothing_is_kept_of_somebody_without_a_seat(each_redis: str) -> None:
    """Nor of a guest at the door, or in a circle that is gone."""

    async def scene(one: Store, _other: Store) -> None:
        circle = replace(led_by_fay(), roles={"fay": Role.FACILITATOR, "gus": Role.GUEST})
        await one.circles.create(circle)
        for circle_id, seat in ((circle.id, "eve"), (circle.id, "gus"), ("b" * 16, "fay")):
            assert await one.reminders.replace(circle_id, seat, None, ONE) is Replaced.NO_SEAT
            assert await one.reminders.everybody(circle_id) == {}

    with_stores(each_redis, scene)


def test_reminders_go_with_the_seat(each_redis: str) -> None:
    """Of somebody who is removed in the room, who leaves on their device, and who is forgotten."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await a_circle(one, "ann", "ben", "cem")
        for seat in ("fay", "ann", "ben", "cem"):
            await one.reminders.replace(circle.id, seat, None, ONE)
        room = await one.arrivals.seated(circle, c.Enter("ann", "Ann", Role.MEMBER))
        await one.rooms.change(room, c.Remove("ann"), "fay")
        assert set(await one.reminders.everybody(circle.id)) == {"fay", "ben", "cem"}
        assert await one.erasure.leave(circle.id, "ben") is Left.FORGOTTEN
        assert set(await one.reminders.everybody(circle.id)) == {"fay", "cem"}
        await one.erasure.forget_absent(circle.id, "fay")
        assert set(await one.reminders.everybody(circle.id)) == {"fay"}
        await one.reminders.erase(circle.id, "fay")
        with client_of(each_redis) as client:
            assert not client.exists(f"circle:{{{circle.id}}}:mail")

    with_stores(each_redis, scene)
