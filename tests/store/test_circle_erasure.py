"""A circle is erased wholly, whatever stops meanwhile; what was erased is erased again after a
restore."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from server.circle.circle import Circle
from server.circle.erasing import month_of
from server.circle.rhythm import DAY_MS
from server.live.erasures import DueErasures
from server.redis_client import topology_of
from server.room import commands as c
from server.room.state import Role
from server.store.circle_erasure import ERASE, LEFT
from server.store.store import Store
from server.store.tombstones import hash_of
from server.store.upkeep import ALL, UPKEEP
from tests.support.processes import wait_until
from tests.support.redis_servers import client_of, fresh_redis
from tests.support.stored import everything_in, stands_in_files
from tests.support.stores import a_circle, led_by_fay, with_stores
from tests.support.topologies import KINDS, redis_of_kind


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A Redis without servers, which would run the deadlines of these tests."""
    with fresh_redis() as url:
        yield url


@pytest.fixture(scope="module", params=KINDS)
def each_redis(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each kind of Redis in turn, with nothing in it of other tests."""
    with redis_of_kind(request.param) as url:
        yield url


class Stopped(BaseException):
    """This process ends here. No `except Exception` goes on after it."""


def all_due(client: Any) -> set[str]:
    """All deadlines. Any: a client of either kind."""
    return {member.decode() for member in client.zrange("due", 0, -1)}


def due_of(url: str, circle_id: str) -> list[str]:
    """The deadlines that name this circle."""
    with client_of(url) as client:
        return [member for member in all_due(client) if circle_id in member]


def is_rewritten(url: str, of: str) -> bool:
    """Whether the files have been rewritten after the erasure of this hash."""
    with client_of(url) as client:
        return client.zscore("due", f"rewrite:{of}") is None


async def until(what: Callable[[], bool]) -> None:
    """Waits for it, while the tasks of a store go on."""
    await asyncio.to_thread(wait_until, what, 60.0)


async def due_at(url: str, kind: str, id_: str) -> int:
    """When this is due."""
    with client_of(url) as client:
        return int(client.zscore("due", f"{kind}:{id_}") or 0)


async def asked_to_erase(store: Store, url: str, circle: Circle) -> None:
    """A facilitator has asked a week ago."""
    await store.circle_erasure.ask(circle, circle.name)
    with client_of(url) as client:
        client.hset(f"circle:{{{circle.id}}}", "erase_at", 1)
        client.zadd("due", {f"{ERASE}:{circle.id}": 1})


def test_of_an_erased_circle_nothing_stays(each_redis: str) -> None:
    """Neither its keys, even those of which this release knows nothing, nor its deadlines."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one, "ann")
        await one.leases.sweep(circle.id, {"fay:1": 60_000})
        stays, _room = await a_circle(one)
        with client_of(each_redis) as client:
            client.set(f"circle:{{{circle.id}}}:later:thing", "x")
            client.zadd("due", {f"reminder:{circle.id}.ann": 9e12})
            await asked_to_erase(one, each_redis, circle)
            assert len(due_of(each_redis, circle.id)) == 3
            await DueErasures(other).erase(circle.id, 1)
            assert list(client.scan_iter(f"circle:{{{circle.id}}}*")) == []
            assert due_of(each_redis, circle.id) == []
            assert client.zscore("erased", hash_of(circle.id)) is not None
        assert room.people
        assert await other.circles.get(circle.id) is None
        assert await other.tombstones.has(circle.id)
        assert await other.circles.get(stays.id)
        assert await other.rooms.load(stays.id)
        await until(lambda: is_rewritten(each_redis, hash_of(circle.id)))

    with_stores(each_redis, scene)


def test_nothing_is_erased_before_its_time_or_after_it_was_taken_back(each_redis: str) -> None:
    """The deadline comes all the same, and is the next one or none."""

    async def scene(one: Store, other: Store) -> None:
        circle, _room = await a_circle(one)
        await one.circle_erasure.ask(circle, "tuesday")
        asked = await other.circles.get(circle.id)
        assert asked is not None
        at = await due_at(each_redis, ERASE, circle.id)
        assert at == asked.erase_at > one.clock.now() + 6 * 24 * 3_600_000
        await DueErasures(other).erase(circle.id, at)
        assert await due_at(each_redis, ERASE, circle.id) == at
        await other.circle_erasure.take_back(circle.id)
        await DueErasures(one).erase(circle.id, at)
        assert due_of(each_redis, circle.id) == [circle.id]
        kept = await one.circles.get(circle.id)
        assert kept is not None
        assert kept.erase_at == 0

    with_stores(each_redis, scene)


def test_nobody_is_thrown_out_of_a_session(redis_url: str) -> None:
    """It waits until the session has ended; a room in which nothing has begun does not count."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        room = await one.rooms.change(room, c.Start("waiting"), "fay")
        await asked_to_erase(one, redis_url, circle)
        await DueErasures(other).erase(circle.id, 1)
        assert await one.circles.get(circle.id)
        assert await due_at(redis_url, ERASE, circle.id) > one.clock.now()
        await one.rooms.change(room, c.End(), "fay")
        await DueErasures(other).erase(circle.id, 1)
        assert await one.circles.get(circle.id) is None

    with_stores(redis_url, scene)


def test_what_changes_at_the_last_moment_is_not_erased(each_redis: str) -> None:
    """Somebody keeps the circle, or a session begins, after the process has looked."""

    async def scene(one: Store, other: Store) -> None:
        circle, room = await a_circle(one)
        await asked_to_erase(one, each_redis, circle)
        before = await one.circles.get(circle.id)
        await other.circle_erasure.take_back(circle.id)
        await one.circle_erasure.erase_unchanged(circle.id, before, room)
        kept = await one.circles.get(circle.id)
        assert kept is not None
        started = await other.rooms.change(room, c.Start("waiting"), "fay")
        await one.circle_erasure.erase_unchanged(circle.id, kept, room)
        assert await one.circles.get(circle.id) == kept
        assert not await one.tombstones.has(circle.id)
        await one.circle_erasure.erase_unchanged(circle.id, kept, started)
        assert await one.circles.get(circle.id) is None
        assert await one.tombstones.has(circle.id)

    with_stores(each_redis, scene)


def test_a_file_that_cannot_be_read_stops_nothing(redis_url: str, tmp_path: Path) -> None:
    """The daily look goes on without it."""
    (tmp_path / "erased").mkdir()

    async def scene() -> None:
        store = Store(topology_of(redis_url), tmp_path)
        try:
            await store.tombstones.put(["aa" * 16])
            assert await store.tombstones.forgotten() == {}
            await store.tombstones.spread()
        finally:
            await store.close()

    asyncio.run(scene())


STEPS = ["erase", "put", "schedule", "_remove", "rewrite_everywhere", "replace"]
"""What a process does on its way, each in one of its parts."""


def stop_at(monkeypatch: pytest.MonkeyPatch, store: Store, step: str, *, after: bool) -> None:
    """This process ends before or after this step."""
    parts: list[Any] = [  # Any: the parts of a store, of several types
        *(store.circle_erasure, store.tombstones, store.deadlines, store.files, store.scripts),
    ]
    if step == "erase":
        run = store.scripts.run_replicated

        async def runs(name: str, *args: Any) -> Any:
            if name == "erase" and not after:
                raise Stopped
            answer = await run(name, *args)
            if name == "erase":
                raise Stopped
            return answer

        monkeypatch.setattr(store.scripts, "run_replicated", runs)
        return
    part = next(part for part in parts if hasattr(part, step))
    real = getattr(part, step)

    async def stops(*args: Any, **more: Any) -> Any:
        if after:
            await real(*args, **more)
        raise Stopped

    monkeypatch.setattr(part, step, stops)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_what_a_process_leaves_of_a_circle_the_next_one_erases(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, step: str, *, after: bool
) -> None:
    """Wherever it ends: keys, deadlines, the hash, and the word in the file."""
    word = f"marked-{step}-{after}"

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay(name=word)
        await one.circles.create(circle)
        await asked_to_erase(one, redis_url, circle)
        stop_at(monkeypatch, one, step, after=after)
        with suppress(Stopped):
            await DueErasures(one).erase(circle.id, 1)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        monkeypatch.undo()
        # The next process, when the claims of the first have run out.
        with client_of(redis_url) as client:
            folder = Path(str(client.config_get("dir")["dir"]))
            left = all_due(client)
            ours = {f"{ERASE}:{circle.id}", f"rewrite:{hash_of(circle.id)}"}
            assert ours & left or not stands_in_files(folder, word.encode())
            for member in ours & left:
                client.zadd("due", {member: 1})
            for due in await other.deadlines.due():
                if due.member in ours:
                    await DueErasures(other).run_by_kind[due.kind](due.id, due.at)
            await until(lambda: not ours & all_due(client))
            assert word not in everything_in(redis_url)
            assert circle.id not in everything_in(redis_url)
            await until(lambda: not stands_in_files(folder, word.encode()))
            assert await other.tombstones.has(circle.id)

    with_stores(redis_url, scene)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", ["commit", "put", "_remove", "rewrite_everywhere", "replace"])
def test_what_a_process_leaves_of_a_seat_the_next_one_erases(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, step: str, *, after: bool
) -> None:
    """The person has asked, so they are erased even if their answer never came."""
    seat = f"ann-{step}-{after}"

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay(seat)
        await one.circles.create(circle)
        if step == "commit":
            commit = one.circles.commit

            async def commits(*args: Any) -> bool:
                if after:
                    await commit(*args)
                raise Stopped

            monkeypatch.setattr(one.circles, "commit", commits)
        else:
            stop_at(monkeypatch, one, step, after=after)
        with suppress(Stopped):
            await one.erasure.leave(circle.id, seat)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        monkeypatch.undo()
        with client_of(redis_url) as client:
            folder = Path(str(client.config_get("dir")["dir"]))
            ours = {f"{LEFT}:{circle.id}.{seat}", f"rewrite:{hash_of(circle.id, seat)}"}
            left = ours & all_due(client)
            assert left or not stands_in_files(folder, seat.encode())
            for member in left:
                client.zadd("due", {member: 1})
            for due in await other.deadlines.due():
                if due.member in ours:
                    await DueErasures(other).run_by_kind[due.kind](due.id, due.at)
            await until(lambda: not ours & all_due(client))
            assert seat not in everything_in(redis_url)
            await until(lambda: not stands_in_files(folder, seat.encode()))
            assert client.zscore("erased", hash_of(circle.id, seat)) is not None

    with_stores(redis_url, scene)


async def looked_after(store: Store, url: str) -> None:
    """The daily look, as at the start of a process."""
    with client_of(url) as client:
        client.zadd("due", {f"{UPKEEP}:{ALL}": 1})
    await store.upkeep.run(1)
    assert await due_at(url, UPKEEP, ALL) > store.clock.now() + 23 * 3_600_000


def test_what_a_backup_brings_back_is_erased_again(each_redis: str, tmp_path: Path) -> None:
    """A seat and a circle, which only the file outside Redis remembers; nobody else."""

    async def scene(_one: Store, _other: Store) -> None:
        store = Store(topology_of(each_redis), tmp_path)
        try:
            await store.deadlines.due()
            gone, _room = await a_circle(store)
            circle = led_by_fay("ann", "ben")
            await store.circles.create(circle)
            with client_of(each_redis) as client:
                client.delete("erased")
                names = [f"circle:{{{one.id}}}" for one in (gone, circle)]
                backup: dict[str, Any] = {name: client.hgetall(name) for name in names}
                await store.erasure.leave(circle.id, "ann")
                await asked_to_erase(store, each_redis, gone)
                await DueErasures(store).erase(gone.id, 1)
                await looked_after(store, each_redis)
                client.delete("erased", *[names[0]])
                for name in names:
                    client.hset(name, mapping=backup[name])
            await looked_after(store, each_redis)
            assert await store.circles.get(gone.id) is None
            held = await store.circles.get(circle.id)
            assert held is not None
            assert held.roles.keys() == {"fay", "ben"}
            assert await store.tombstones.forgotten() == {}
            with client_of(each_redis) as client:
                assert client.zcard("erased") == 2
        finally:
            await store.close()

    with_stores(each_redis, scene)


def test_what_could_not_be_erased_again_at_once_is_at_the_next_look(
    each_redis: str, tmp_path: Path
) -> None:
    """A person in the room, and a circle that cannot be read; nothing counts as done before."""

    async def scene(_one: Store, _other: Store) -> None:
        store = Store(topology_of(each_redis), tmp_path)
        try:
            await store.deadlines.due()
            (sits, _room), (spoilt, _other_room) = (
                await a_circle(store, "ann"),
                await a_circle(store, "ben"),
            )
            with client_of(each_redis) as client:
                for circle, seat in ((sits, "ann"), (spoilt, "ben")):
                    await store.erasure.leave(circle.id, seat)
                    client.hset(f"circle:{{{circle.id}}}", f"seat:{seat}", "member")
                client.delete("erased")
                await store.leases.sweep(sits.id, {"ann:1": 60_000})
                client.hset(f"circle:{{{spoilt.id}}}", "links", "spoilt")
                await looked_after(store, each_redis)
                held = await store.circles.get(sits.id)
                assert held is not None
                assert "ann" in held.roles
                await store.leases.sweep(sits.id, {"ann:1": -1})
                await looked_after(store, each_redis)
                held = await store.circles.get(sits.id)
                assert held is not None
                assert "ann" not in held.roles
                client.hset(f"circle:{{{spoilt.id}}}", "links", "0")
                await looked_after(store, each_redis)
                held = await store.circles.get(spoilt.id)
                assert held is not None
                assert "ben" not in held.roles
                assert await store.tombstones.forgotten() == {}
        finally:
            await store.close()

    with_stores(each_redis, scene)


def test_who_leaves_in_the_room_is_remembered_at_once(redis_url: str) -> None:
    """A backup might bring back all that was erased of them but the chair."""

    async def scene(one: Store, _other: Store) -> None:
        circle, _room = await a_circle(one, "ann")
        await one.leases.sweep(circle.id, {"ann:1": 60_000})
        await one.erasure.leave(circle.id, "ann")
        with client_of(redis_url) as client:
            assert client.zscore("erased", hash_of(circle.id, "ann")) is not None

    with_stores(redis_url, scene)


def test_hashes_are_kept_as_long_as_backups_and_on_every_machine(
    redis_url: str, tmp_path: Path
) -> None:
    """A file that cannot be written stops no erasure."""

    async def scene(_one: Store, _other: Store) -> None:
        folders = [tmp_path / "a", tmp_path / "b", tmp_path / "file" / "c"]
        (tmp_path / "file").write_text("")
        stores = [Store(topology_of(redis_url), folder, 5) for folder in folders]
        one, other, broken = stores
        try:
            await one.deadlines.due()
            with client_of(redis_url) as client:
                client.delete("erased")
            for store in stores:
                await store.tombstones.put([hash_of("id", str(stores.index(store)))])
            with client_of(redis_url) as client:
                assert client.zcard("erased") == 3
                client.zadd("erased", {hash_of("old"): one.clock.now() - 6 * 24 * 3_600_000})
                with (folders[0] / "erased").open("a") as file:
                    file.write(f"{hash_of('old')} 1\n{hash_of('id')[:9]}")
                await one.tombstones.put([hash_of("next")])
                assert await other.tombstones.forgotten() == {}
                await other.tombstones.spread()
                assert client.zcard("erased") == 4
            lines = (folders[1] / "erased").read_text().split()
            assert {*lines[::2]} == {hash_of("id", n) for n in "012"} | {hash_of("next")}
            assert (folders[1] / "erased").stat().st_mode & 0o777 == 0o600
            assert hash_of("old") in (folders[0] / "erased").read_text()
            assert await one.tombstones.forgotten() == {}
            assert hash_of("old") not in (folders[0] / "erased").read_text()
            assert await broken.tombstones.forgotten() == {}
        finally:
            for store in stores:
                await store.close()

    with_stores(redis_url, scene)


def test_who_has_not_come_for_very_long_is_erased_by_itself(each_redis: str) -> None:
    """A circle and a seat; counting begins when the program first looks. Remainders go, too."""

    async def scene(one: Store, other: Store) -> None:
        circle, idle = led_by_fay("ann", "ben"), led_by_fay()
        for each in (circle, idle):
            await one.circles.create(each)
        lost = led_by_fay().id
        earlier = month_of(one.clock.now() - 90 * DAY_MS)
        with client_of(each_redis) as client:
            client.set(f"circle:{{{lost}}}:later", "x")
            client.hset(f"circle:{{{circle.id}}}", "seen:ben", earlier)
            months = [month_of(one.clock.now())]
            await looked_after(one, each_redis)
            months.append(month_of(one.clock.now()))  # It may have begun meanwhile.
            for each in (circle, idle):
                held = await one.circles.get(each.id)
                assert held is not None
                assert held.met_on is not None
                begun = [dict.fromkeys(each.roles, month) for month in months]
                ben = {} if each is idle else {"ben": earlier}
                assert held.seen in [seen | ben for seen in begun]
            await one.circles.seen(circle, "ben")
            await one.circles.seen(circle, "nobody")
            client.hset(f"circle:{{{circle.id}}}", "seen:ann", "2024-01")
            client.hset(f"circle:{{{idle.id}}}", "met_on", "2024-01-05")
            await looked_after(other, each_redis)
            held = await one.circles.get(circle.id)
            assert held is not None
            assert ({*held.roles}, {*held.seen}) == ({"fay", "ben"}, {"fay", "ben"})
            for due in await one.deadlines.due():
                if due.kind == ERASE:
                    await DueErasures(one).erase(due.id, due.at)
            assert await one.circles.get(idle.id) is None
            assert not client.exists(f"circle:{{{lost}}}:later")

    with_stores(each_redis, scene)


def test_a_room_that_cannot_be_read_does_not_stop_the_daily_look(redis_url: str) -> None:
    """Its circle keeps the seat until it can be read; the look goes on to its end."""

    async def scene(one: Store, _other: Store) -> None:
        spoilt, _room = await a_circle(one, "ann")
        whole = led_by_fay("ben")
        await one.circles.create(whole)
        with client_of(redis_url) as client:
            client.hset(f"circle:{{{spoilt.id}}}:room", "value", "spoilt")
            client.hset(f"circle:{{{spoilt.id}}}", "seen:ann", "2024-01")
            client.hset(f"circle:{{{whole.id}}}", "seen:ben", "2024-01")
            await looked_after(one, redis_url)
            held = await one.circles.get(spoilt.id)
            assert held is not None
            assert "ann" in held.roles
            held = await one.circles.get(whole.id)
            assert held is not None
            assert {*held.roles} == {"fay"}

    with_stores(redis_url, scene)


def test_a_process_has_it_done_as_it_starts_and_sees_to_the_next_time(redis_url: str) -> None:
    """A deadline that a failover has lost comes back; an earlier one stays."""

    async def scene(one: Store, _other: Store) -> None:
        with client_of(redis_url) as client:
            client.zrem("due", f"{UPKEEP}:{ALL}")
            task = asyncio.create_task(one.upkeep.keep())
            await until(lambda: client.zscore("due", f"{UPKEEP}:{ALL}") is not None)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert await due_at(redis_url, UPKEEP, ALL) <= one.clock.now()
            circle = led_by_fay()
            await one.circles.create(circle)
            await one.circle_erasure.ask(circle, circle.name)
            at = await due_at(redis_url, ERASE, circle.id)
            client.zrem("due", f"{ERASE}:{circle.id}")
            await looked_after(one, redis_url)
            assert await due_at(redis_url, ERASE, circle.id) == at

    with_stores(redis_url, scene)


def test_the_claim_of_the_daily_look_is_kept(redis_url: str) -> None:
    """A process that comes for a deadline which another one has moved does nothing."""

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay("ann")
        await one.circles.create(circle)
        with client_of(redis_url) as client:
            client.hset(f"circle:{{{circle.id}}}", "seen:ann", "2024-01")
            client.zadd("due", {f"{UPKEEP}:{ALL}": 7})
            await asyncio.gather(one.upkeep.run(5), other.upkeep.run(5))
            assert client.zscore("due", f"{UPKEEP}:{ALL}") == 7
            held = await one.circles.get(circle.id)
            assert held is not None
            assert "ann" in held.roles
            await asyncio.gather(one.upkeep.run(7), other.upkeep.run(7))
            held = await one.circles.get(circle.id)
            assert held is not None
            assert "ann" not in held.roles
            client.zrem("due", f"{UPKEEP}:{ALL}")

    with_stores(redis_url, scene)


def test_a_person_who_leaves_twice_has_the_files_rewritten_once(redis_url: str) -> None:
    """Else a person with an old cookie could keep the disk busy."""

    async def scene(one: Store, _other: Store) -> None:
        circle = led_by_fay("ann")
        await one.circles.create(circle)
        await one.erasure.leave(circle.id, "ann")
        await until(lambda: is_rewritten(redis_url, hash_of(circle.id, "ann")))
        await one.erasure.leave(circle.id, "ann")
        assert is_rewritten(redis_url, hash_of(circle.id, "ann"))
        assert due_of(redis_url, circle.id) == []

    with_stores(redis_url, scene)


def test_who_comes_in_between_is_not_erased_later(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit is decided again without them, and their deadline goes."""

    async def scene(one: Store, other: Store) -> None:
        circle = led_by_fay("ann", "ben")
        await one.circles.create(circle)
        commit = one.circles.commit

        async def comes(*args: Any) -> bool:
            monkeypatch.undo()
            await other.arrivals.arrived(circle, c.Enter("ben", "Ben", Role.MEMBER))
            return await commit(*args)

        monkeypatch.setattr(one.circles, "commit", comes)
        assert await one.erasure.forget_absent(circle.id, "fay") == 1
        assert due_of(redis_url, f"{circle.id}.") == []
        held = await one.circles.get(circle.id)
        assert held is not None
        assert {*held.roles} == {"fay", "ben"}

    with_stores(redis_url, scene)
