"""The pulse of a circle in Redis: asked, answered at once by several, closed, and forgotten."""

from __future__ import annotations

import asyncio
from itertools import product

import pytest
import redis
from msgspec.structs import replace
from redis.cluster import RedisCluster

from server.circle import pulse as pulses
from server.circle.circle import Circle
from server.circle.pulse import OPEN_MS, Pulse
from server.live.deadlines import DuePulses, DueRooms
from server.room import commands as c
from server.room.formats.shipped import PRACTICE
from server.room.refused import Refused
from server.room.state import Role, Room
from server.store.deadlines import PULSE
from server.store.store import Store
from server.store.unreadable import Unreadable
from tests.support.redis_servers import client_of
from tests.support.stores import led_by_fay, with_stores

MEMBERS = ("ann", "ben", "cem", "dan", "eve")
TYPED = {"heard": "4", "safe": "5", "seen": ""}


async def in_session(store: Store, *, plan: str = "classic-60") -> tuple[Circle, Room]:
    """A circle whose session has begun, with Fay who leads it and five members."""
    circle = led_by_fay(*MEMBERS, plan=plan)
    await store.circles.create(circle)
    return circle, await started(store, circle)


async def started(store: Store, circle: Circle) -> Room:
    """The room of the next session, with everybody in it."""
    room = await store.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
    for seat in MEMBERS:
        room = await store.arrivals.seated(circle, c.Enter(seat, seat.title(), Role.MEMBER))
    return await store.rooms.change(room, c.Start("waiting"), "fay")


async def has_ended(store: Store) -> tuple[Circle, Room]:
    """The circle after its session, with its questions open."""
    circle, room = await in_session(store)
    room = await store.rooms.change(room, c.End(), "fay")
    await store.pulses.ask(room)
    return circle, room


async def answer(store: Store, circle: Circle, seat: str, **typed: str) -> None:
    """The answers of this member."""
    await store.pulses.answer(circle.id, seat, Role.MEMBER, typed or TYPED, None)


def deadline(client: redis.Redis | RedisCluster, circle: Circle) -> int | None:
    """When the questions of this circle are due to close."""
    at = client.zscore("due", f"{PULSE}:{circle.id}")
    return None if at is None else int(at)


def test_the_end_of_a_session_asks_its_members(each_redis: str) -> None:
    """Once, however often it is done; and not those who lead."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await has_ended(one)
        assert room.farewell is not None
        assert (room.farewell.number, room.farewell.asks) == (1, MEMBERS)
        assert room.farewell.names == 6
        await other.pulses.ask(await other.rooms.load(circle.id))
        at = (await other.pulses.get(circle.id)).open
        assert at is not None
        assert (at.number, at.seats, at.ended_at) == (1, MEMBERS, room.farewell.at)
        with client_of(each_redis) as client:
            assert deadline(client, circle) == at.closes_at == room.farewell.at + OPEN_MS
            assert client.hget(f"circle:{{{circle.id}}}:pulse", "stamp") == b"open.1."

    with_stores(each_redis, scene)


def test_members_who_leave_before_the_debrief_are_asked(redis_url: str) -> None:
    """The session ends for them then; its end later asks nobody else and nobody twice."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await in_session(one)
        room = await one.rooms.change(room, c.Debrief(), "fay")
        await one.pulses.ask(room)
        await answer(one, circle, "ann")
        ended = await one.rooms.change(room, c.End(), "fay")
        assert ended.farewell == room.farewell
        await one.pulses.ask(ended)
        at = (await one.pulses.get(circle.id)).open
        assert at is not None
        assert (at.number, at.seats) == (1, MEMBERS[1:])

    with_stores(redis_url, scene)


@pytest.mark.parametrize(("plan", "starts"), [("classic-60", False), (PRACTICE, True)])
def test_nobody_is_asked_without_a_session(redis_url: str, plan: str, starts: bool) -> None:
    """A room that never began, or a rehearsal, leaves no pulse."""

    async def scene(one: Store, _other: Store) -> None:
        circle = led_by_fay(*MEMBERS, plan=plan)
        await one.circles.create(circle)
        if starts:
            room = await started(one, circle)
        else:
            room = await one.arrivals.seated(circle, c.Enter("fay", "Fay", Role.FACILITATOR))
            room = await one.arrivals.seated(circle, c.Enter("ann", "Ann", Role.MEMBER))
        room = await one.rooms.change(room, c.End(), "fay")
        await one.pulses.ask(room)
        assert (room.farewell is None) == (plan == PRACTICE)
        assert room.farewell is None or room.farewell.number == 0
        assert await one.pulses.get(circle.id) == Pulse()

    with_stores(redis_url, scene)


def test_answers_that_come_at_once_are_all_counted_once(each_redis: str) -> None:
    """Each person sends twice, to two processes: the same answers, or others."""

    async def scene(one: Store, other: Store) -> None:
        for second in ("4", "2"):
            circle, _ = await has_ended(one)
            sent = [
                answer(store, circle, seat, heard=step)
                for seat, (store, step) in product(MEMBERS, ((one, "4"), (other, second)))
            ]
            outcomes = await asyncio.gather(*sent, return_exceptions=True)
            assert all(outcome is None or isinstance(outcome, Refused) for outcome in outcomes)
            at = (await one.pulses.get(circle.id)).open
            assert at is not None
            assert (sum(at.counts["heard"]), at.seats) == (len(MEMBERS), ())

    with_stores(each_redis, scene)


def test_no_seat_is_in_redis_beside_an_answer(redis_url: str) -> None:
    """Not even after the first answer, while the counts are that person's alone."""

    async def scene(one: Store, _other: Store) -> None:
        circle, _ = await has_ended(one)
        with client_of(redis_url) as client:
            key = f"circle:{{{circle.id}}}:pulse"
            for number, seat in enumerate(MEMBERS):
                before = client.hget(key, "value")
                await answer(one, circle, seat, heard="1")
                value = client.hget(key, "value")
                assert isinstance(before, bytes)
                assert isinstance(value, bytes)
                assert seat.encode() in before
                assert seat.encode() not in value
                assert f'"heard":[{number + 1},0,0,0,0]'.encode() in value

    with_stores(redis_url, scene)


def test_questions_close_at_their_time_and_once(each_redis: str) -> None:
    """Any process closes them, and has the file rewritten; before, the deadline only moves."""

    async def scene(one: Store, other: Store) -> None:
        circle, _ = await has_ended(one)
        for seat in MEMBERS:
            await answer(one, circle, seat)
        with client_of(each_redis) as client:
            at = deadline(client, circle)
            assert at is not None
            await DuePulses(one).run(circle.id, at)
            assert deadline(client, circle) == at
            assert (await one.pulses.get(circle.id)).open is not None
            await long_ago(one, circle, client)
            await asyncio.gather(*(DuePulses(store).run(circle.id, at) for store in (one, other)))
            closed = await other.pulses.get(circle.id)
            assert (closed.open, len(closed.past)) == (None, 1)
            async with asyncio.timeout(15):
                while deadline(client, circle) is not None:
                    await one.pulses.get(circle.id)
            await DuePulses(one).run(circle.id, at)
            assert await one.pulses.get(circle.id) == closed
            assert client.hget(f"circle:{{{circle.id}}}:pulse", "stamp") == b"closed.1."
            with pytest.raises(Refused, match="pulse_closed"):
                await answer(one, circle, "ann")

    with_stores(each_redis, scene)


async def long_ago(store: Store, circle: Circle, client: redis.Redis | RedisCluster) -> None:
    """Moves the end of the last session back by the time for which its questions are open."""
    pulse = await store.pulses.get(circle.id)
    assert pulse.open is not None
    earlier = replace(pulse.open, ended_at=pulse.open.ended_at - OPEN_MS)
    value = pulses.encode(replace(pulse, open=earlier))
    client.hset(f"circle:{{{circle.id}}}:pulse", "value", value)


def test_the_next_start_closes_the_questions(each_redis: str) -> None:
    """Not the moment at which people come into the room."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await has_ended(one)
        for seat in MEMBERS:
            await answer(one, circle, seat)
        await one.deletion.delete(room)
        held = await one.circles.get(circle.id)
        assert held is not None
        with client_of(each_redis) as client:
            at = deadline(client, circle)
            await started(one, held)
            now = deadline(client, circle)
            assert at is not None
            assert now is not None
            assert now < at - OPEN_MS // 2
            await DuePulses(other).run(circle.id, now)
        closed = await one.pulses.get(circle.id)
        assert closed.open is None
        assert [past.figures["heard"] for past in closed.past] != [None]

    with_stores(each_redis, scene)


def test_the_deletion_of_the_room_asks_if_nobody_has_before(redis_url: str) -> None:
    """Nobody has opened the last page, so nothing has asked yet."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await in_session(one)
        room = await one.rooms.change(room, c.End(), "fay")
        assert await one.pulses.get(circle.id) == Pulse()
        await DueRooms(one).forget(room)
        at = (await one.pulses.get(circle.id)).open
        assert at is not None
        assert at.seats == MEMBERS

    with_stores(redis_url, scene)


def test_who_is_erased_is_not_in_the_pulse_any_more(redis_url: str) -> None:
    """A person who leaves, and everybody whom a facilitator has forgotten."""

    async def scene(one: Store, _other: Store) -> None:
        circle, room = await has_ended(one)
        await one.deletion.delete(room)
        await answer(one, circle, "ann", heard="2")
        await one.erasure.leave(circle.id, "ben")
        at = (await one.pulses.get(circle.id)).open
        assert at is not None
        assert at.seats == MEMBERS[2:]
        await one.erasure.forget_absent(circle.id, "fay")
        at = (await one.pulses.get(circle.id)).open
        assert at is not None
        assert (at.seats, at.counts["heard"]) == ((), (0, 1, 0, 0, 0))

    with_stores(redis_url, scene)


def test_a_pulse_that_cannot_be_read_harms_nothing_else(redis_url: str) -> None:
    """The session starts and ends, and people are erased."""

    async def scene(one: Store, _other: Store) -> None:
        circle = led_by_fay(*MEMBERS)
        await one.circles.create(circle)
        with client_of(redis_url) as client:
            client.hset(f"circle:{{{circle.id}}}:pulse", "value", "spoilt")
        room = await started(one, circle)
        room = await one.rooms.change(room, c.End(), "fay")
        assert (room.phase, room.farewell) == ("ended", None)
        with pytest.raises(Unreadable):
            await one.pulses.get(circle.id)
        await DueRooms(one).forget(room)
        assert await one.rooms.load(circle.id) is None
        await one.erasure.leave(circle.id, "ben")
        assert (await one.circles.get_with_role(circle.id, "ben"))[1] is None

    with_stores(redis_url, scene)


def test_nothing_of_a_pulse_outlives_its_circle(redis_url: str) -> None:
    """An answer that comes after the circle was deleted brings nothing back."""

    async def scene(one: Store, _other: Store) -> None:
        circle, _ = await has_ended(one)
        with client_of(redis_url) as client:
            client.delete(f"circle:{{{circle.id}}}")
            await answer(one, circle, "ann")
            assert not client.exists(f"circle:{{{circle.id}}}:pulse")

    with_stores(redis_url, scene)
