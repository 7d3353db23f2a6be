"""Circles: created once, changed by several at once, and by an earlier release."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time
from functools import partial

import pytest
from msgspec.structs import replace

from server.circle.changes import choose_format, keep_format, with_roles
from server.circle.meeting_changes import cancel
from server.circle.meetings import year_ahead
from server.circle.rhythm import Kind, Rhythm, instant
from server.circle.schedule import CANCELLED, Wanted
from server.circle.schedule_changes import set_schedule
from server.room import commands as c
from server.room.formats.shipped import FORMATS
from server.room.refused import Refused
from server.room.state import Role
from server.store.arrivals import SeatGone
from server.store.commit import CircleChange, CircleChanged
from server.store.store import Store
from tests.support.redis_servers import client_of
from tests.support.stores import a_circle, a_new_circle, led_by_fay, with_stores


@pytest.mark.parametrize(
    "kept", ["localtime", "Factory", "posix/Europe/Berlin", "Etc/Unknown", "", "Mars/Olympus"]
)
def test_a_circle_that_has_kept_what_is_no_zone_opens_in_utc(each_redis: str, kept: str) -> None:
    """An older release stored any zone that the machine offered."""

    async def scene(one: Store, _other: Store) -> None:
        circle = led_by_fay(zone=kept)
        await one.circles.create(circle)
        assert await one.circles.get(circle.id) == replace(circle, time_zone="UTC")
        room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
        assert room.phase == "waiting"

    with_stores(each_redis, scene)


def test_a_circle_is_created_once(each_redis: str) -> None:
    """A form that arrives again later resets nothing."""

    async def scene(one: Store, other: Store) -> None:
        circle = await a_new_circle(one)
        await one.circles.change(circle.id, partial(choose_format, key="troika", now=0))
        before = await one.circles.get(circle.id)
        await other.circles.create(circle)
        assert await other.circles.get(circle.id) == before

    with_stores(each_redis, scene)


def test_two_who_change_a_circle_at_once_both_take_effect(each_redis: str) -> None:
    """Each change raises the version; one that changes nothing does not."""

    async def scene(one: Store, other: Store) -> None:
        circle, _ = await a_circle(one)
        own = replace(FORMATS["classic-45"], key="own", title="Ours")
        await asyncio.gather(
            one.circles.change(circle.id, partial(keep_format, plan=own, now=0)),
            *(
                other.arrivals.seated(circle, c.Enter(seat, seat, None, Role.MEMBER))
                for seat in ("ann", "ben")
            ),
        )
        await one.circles.change(circle.id, partial(choose_format, key="own", now=0))
        held = await one.circles.get(circle.id)
        assert held is not None
        guests = {"ann": Role.GUEST, "ben": Role.GUEST}
        assert (held.own, held.roles, held.version) == (own, {**circle.roles, **guests}, 3)

    with_stores(each_redis, scene)


def test_two_who_change_when_a_circle_meets_at_once_lose_nothing(each_redis: str) -> None:
    """Each change is decided again on the value of the other."""

    async def scene(one: Store, other: Store) -> None:
        circle, _ = await a_circle(one)
        now = instant(datetime.fromisoformat("2026-11-27T12:00"), "UTC")
        weekly = Rhythm(Kind.WEEKS, first_on=date(2026, 12, 1), at=time(19))
        evening = Wanted(weekly, None, "UTC")
        await one.circles.change(circle.id, partial(set_schedule, wanted=evening, now=now))
        days = [date(2026, 12, day) for day in (1, 8, 15, 22)]
        later = Wanted(replace(weekly, at=time(20)), None, "UTC")
        await asyncio.gather(
            other.circles.change(circle.id, partial(set_schedule, wanted=later, now=now, seen=1)),
            *(one.circles.change(circle.id, partial(cancel, day=day, now=now)) for day in days),
        )
        held = await other.circles.get(circle.id)
        assert held is not None
        assert held.schedule.rhythm.at == time(20)
        cancelled = [m.date for m in year_ahead(held, now) if m.state == CANCELLED]
        assert cancelled == days

    with_stores(each_redis, scene)


def test_a_change_of_the_release_before_counts_although_it_raises_no_version(
    each_redis: str,
) -> None:
    """During a rolling update its processes write the same circle."""

    async def scene(one: Store, _other: Store) -> None:
        circle, _ = await a_circle(one, "ann")
        key = f"circle:{{{circle.id}}}"
        with client_of(each_redis) as client:
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
            await one.circles.change(circle.id, partial(choose_format, key="troika", now=0))
            assert client.hget(key, "tomorrow") == b"a field of a later release"

    with_stores(each_redis, scene)


def test_a_circles_own_format_is_kept_and_opens_its_next_session(each_redis: str) -> None:
    """It is JSON in the circle's hash; the open room keeps the plan that it began with."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        own = replace(FORMATS["classic-45"], key="own", title="Ours", peers=True)
        await one.circles.change(circle.id, partial(keep_format, plan=own, now=0))
        kept = await other.circles.get(circle.id)
        assert kept is not None
        assert (kept.format, kept.plan) == ("own", own)
        assert (await other.arrivals.open_room(kept)).plan == room.plan
        await other.circles.change(circle.id, partial(choose_format, key="classic-90", now=0))
        back = await one.circles.get(circle.id)
        assert back is not None
        assert (back.own, back.plan.key) == (own, "classic-90")
        assert kept.opened(5).plan == own
        assert back.opened(5).own_plan is None

    with_stores(each_redis, scene)
