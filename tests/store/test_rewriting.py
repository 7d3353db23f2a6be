"""What was said in a room is erased from the disks of every Redis that had it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from server.circle import pulse as pulses
from server.circle.circle import Circle
from server.live.deadlines import DuePulses, DueRooms
from server.redis_client import topology_of
from server.room import commands as c
from server.room.due import KEPT_AFTER_END_MS, next_due
from server.room.state import Farewell, Role, Room, encode
from server.store.store import Store
from tests.support.processes import wait_until
from tests.support.redis_servers import KEEPS, Node, client_of, cluster
from tests.support.sentinel import replaces_nobody, sentinel
from tests.support.stored import stands_in_files
from tests.support.stores import a_circle

MARKED, ONCE = "marked-by-this-test", "marked-by-a-process-that-dies"
AS_IT_IS = f"{KEEPS}aof-use-rdb-preamble no\nrdbcompression no\n"
"""Redis files in which a word can be searched."""


@contextmanager
def several(kind: str, folder: Path) -> Iterator[tuple[str, list[Node]]]:
    """A Cluster, or a master and its replicas: the URL, and the nodes."""
    if kind == "cluster":
        with cluster(folder, AS_IT_IS) as (url, nodes):
            yield url, nodes
    else:
        with sentinel(folder, 2, AS_IT_IS, watching=replaces_nobody) as watched:
            yield watched.url, watched.nodes


def having(nodes: list[Node]) -> list[Node]:
    """The nodes that have the mark on their disks."""
    return [node for node in nodes if any(map(is_marked, node.folder.rglob("appendonly.aof.*")))]


def is_marked(path: Path) -> bool:
    """Whether this file contains it; a file that was replaced meanwhile does not."""
    try:
        return MARKED.encode() in path.read_bytes()
    except FileNotFoundError:
        return False


async def a_marked_room(store: Store) -> tuple[Circle, Room]:
    """A circle, and its room with the marked word on the stage."""
    circle, room = await a_circle(store)
    return circle, await store.rooms.change(room, c.Prompt(MARKED), "fay")


async def until_kept(nodes: list[Node], kind: str) -> None:
    """Waits until the word is on the disk of every Redis that has the room."""
    keep_it = 1 if kind == "cluster" else len(nodes)
    await asyncio.to_thread(wait_until, lambda: len(having(nodes)) == keep_it)


@pytest.mark.parametrize("kind", ["cluster", "sentinel"])
def test_a_room_that_is_forgotten_is_on_no_disk(short_dir: Path, kind: str) -> None:
    """It was on the disks of its master and of all replicas."""

    async def scene(url: str, nodes: list[Node]) -> None:
        store = Store(topology_of(url))
        circle, room = await a_marked_room(store)
        try:
            await until_kept(nodes, kind)
            await DueRooms(store).forget(room)
            fay = c.Enter("fay", "Fay", Role.FACILITATOR)
            await store.arrivals.seated(circle, fay)  # They meet again.
            # A replica that was just synchronised rewrites its own file first.
            await asyncio.to_thread(wait_until, lambda: having(nodes) == [], 60.0)
        finally:
            await store.close()

    with several(kind, short_dir) as (url, nodes):
        asyncio.run(scene(url, nodes))


@pytest.mark.parametrize("kind", ["cluster", "sentinel"])
def test_a_room_that_expired_while_no_process_was_there_is_on_no_disk(
    short_dir: Path, kind: str
) -> None:
    """Its deadline outlives it, and a later process has the files rewritten."""

    async def scene(url: str, nodes: list[Node]) -> None:
        store = Store(topology_of(url))
        circle, room = await a_marked_room(store)
        try:
            await until_kept(nodes, kind)
            due = next_due(room)
            assert due is not None
            with client_of(url) as client:
                client.pexpire(f"circle:{{{circle.id}}}:room", 1)
                client.zadd("due", {circle.id: due})
            await asyncio.to_thread(wait_until, lambda: asyncio.run(is_gone(url, circle.id)))
            await DueRooms(store).run(circle.id, due)
            await asyncio.to_thread(wait_until, lambda: having(nodes) == [], 60.0)
        finally:
            await store.close()

    with several(kind, short_dir) as (url, nodes):
        asyncio.run(scene(url, nodes))


def test_a_process_that_dies_as_it_forgets_leaves_the_rest_to_another(redis_url: str) -> None:
    """The room is gone by then, but its words are still on the disk."""
    with client_of(redis_url) as client:
        folder = Path(str(client.config_get("dir")["dir"]))

        async def scene() -> None:
            dying, other = Store(topology_of(redis_url)), Store(topology_of(redis_url))
            circle, room = await a_circle(dying)
            room = await dying.rooms.change(room, c.Prompt(ONCE), "fay")
            room = await dying.rooms.change(room, c.End(), "fay")
            past = replace(room, ended_at=(room.ended_at or 0) - KEPT_AFTER_END_MS)
            client.hset(f"circle:{{{circle.id}}}:room", "value", encode(past))
            due = int(client.zscore("due", circle.id) or 0)
            try:
                await DueRooms(dying).run(circle.id, due)
                for task in asyncio.all_tasks() - {asyncio.current_task()}:
                    task.cancel()
                assert not client.exists(f"circle:{{{circle.id}}}:room")
                assert stands_in_files(folder, ONCE.encode())
                again = client.zscore("due", circle.id)
                assert again is not None
                await DueRooms(other).run(circle.id, int(again))
                await asyncio.to_thread(
                    wait_until, lambda: not stands_in_files(folder, ONCE.encode())
                )
                assert client.zscore("due", circle.id) is None
            finally:
                await asyncio.gather(dying.close(), other.close())

        asyncio.run(scene())


async def is_gone(url: str, circle_id: str) -> bool:
    """Whether this circle has no room any more."""
    store = Store(topology_of(url))
    try:
        return await store.rooms.load(circle_id) is None
    finally:
        await store.close()


@pytest.mark.parametrize("kind", ["cluster", "sentinel"])
def test_counts_of_answers_are_on_no_disk_once_the_questions_are_closed(
    short_dir: Path, kind: str
) -> None:
    """Nor the seats of those who might still answer. The session ended so long ago that they are
    due at once."""

    async def scene(url: str, nodes: list[Node]) -> None:
        store = Store(topology_of(url))
        circle, room = await a_circle(store)
        try:
            said = Farewell(1, "UTC", asks=("ann", MARKED), number=1)
            await store.pulses.ask(replace(room, farewell=said))
            await until_kept(nodes, kind)
            await DuePulses(store).run(circle.id, 1 + pulses.OPEN_MS)
            closed = await store.pulses.get(circle.id)
            assert (closed.open, len(closed.past)) == (None, 1)
            await asyncio.to_thread(wait_until, lambda: having(nodes) == [], 60.0)
        finally:
            await store.close()

    with several(kind, short_dir) as (url, nodes):
        asyncio.run(scene(url, nodes))
