"""Targets of measurements: our server and the reference, each with its Redis and its rooms.

The server has the first core for itself; Redis and the load share the second.
"""

from __future__ import annotations

import asyncio
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from server.circle.circle import Circle
from server.identity import Identity, Person, cookie_name, new_circle_id
from server.redis_client import topology_of
from server.room.commands import Enter, MakeObserver
from server.room.formats.plan import MAX_CHAIRS
from server.room.state import Door, Role
from server.store.store import Store
from tests.bench.load import Room
from tests.bench.mix import SESSION, Presses, prompts
from tests.support.client import ask
from tests.support.processes import Running, Server, redis_pid, wait_until
from tests.support.redis_servers import fresh_redis

SECRET = "a secret of the measurements"
CORES = os.sched_getaffinity(0)
SERVERS_CORE, OTHERS_CORE = {min(CORES)}, {max(CORES)}
TICKS = os.sysconf("SC_CLK_TCK")


class Target(ABC):
    """Server processes on one Redis."""

    def __init__(self, servers: list[Running], urls: list[str], redis_url: str) -> None:
        self.servers = servers
        self.urls = urls
        self.redis_url = redis_url

    def cpu_seconds(self) -> float:
        """The CPU time of all its server processes so far."""
        return sum(_cpu_seconds(server.process.pid) for server in self.servers)

    def memory_mb(self) -> float:
        """The memory of its first server process."""
        statm = Path(f"/proc/{self.servers[0].process.pid}/statm").read_text()
        return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    @abstractmethod
    async def rooms(
        self, count: int, seats: int, presses: Presses = prompts, *, seated: bool = True
    ) -> list[Room]:
        """Rooms that nobody is connected to yet; the n-th person comes by the n-th process.

        A session is in progress, except for prompts alone. Unless `seated`, only the circle knows
        the people, and their room is not open yet.
        """


class OurTarget(Target):
    """The program itself."""

    async def rooms(
        self, count: int, seats: int, presses: Presses = prompts, *, seated: bool = True
    ) -> list[Room]:
        """Rooms with circles of their own."""
        store, identity = Store(topology_of(self.redis_url)), Identity(SECRET)
        try:
            await store.deadlines.due()
            ids = await asyncio.gather(
                *(_circle(store, seats, presses, seated=seated) for _ in range(count))
            )
        finally:
            await store.close()
        return [
            Room(self.urls, f"/circles/{circle_id}", _cookies(identity, circle_id, seats), presses)
            for circle_id in ids
        ]


async def nobody_is_away(redis_url: str, room: Room) -> None:
    """Ends when all people in the room are here: on a slow machine the lease of a page may expire
    before its socket has one."""
    store = Store(topology_of(redis_url))
    try:
        while True:
            value = await store.rooms.load(room.path.rpartition("/")[2])
            if value and all(seat.away_since is None for seat in value.seats):
                return
            await asyncio.sleep(0.05)
    finally:
        await store.close()


async def _circle(store: Store, seats: int, presses: Presses, *, seated: bool) -> str:
    """The id of a new circle; `seated`: with its room, in which everybody has a seat."""
    open_door = Door(lobby=False, locks_with_case=False, holds_late=False)
    names = [f"seat{number}" for number in range(seats)]
    roles = dict.fromkeys(names, Role.MEMBER) | {names[0]: Role.FACILITATOR}
    circle_id = new_circle_id()
    circle = Circle(circle_id, "Measured", "classic-60", "UTC", door=open_door, roles=roles)
    await store.circles.create(circle)
    if not seated:
        return circle.id
    for number, name in enumerate(names):
        known = Role.MEMBER if number else Role.FACILITATOR
        room = await store.arrivals.arrived(circle, Enter(name, f"Person {number}", known))
        if 0 < number <= seats - MAX_CHAIRS:  # People without a chair are observers.
            room = await store.rooms.change(room, MakeObserver(name), names[0])
    for command, who in SESSION if presses is not prompts else ():
        room = await store.rooms.change(room, command, names[who])
    return circle.id


def _cookies(identity: Identity, circle_id: str, seats: int) -> list[str]:
    people = (Person(circle_id, f"seat{n}", f"Person {n}") for n in range(seats))
    return [f"{cookie_name(circle_id)}={identity.cookie(person)}" for person in people]


class ReferenceTarget(Target):
    """The bare server."""

    async def rooms(
        self,
        count: int,
        seats: int,
        presses: Presses = prompts,  # noqa: ARG002 - any press is only a text to it
        *,
        seated: bool = True,  # noqa: ARG002 - it knows no seats
    ) -> list[Room]:
        """Rooms are only names here, and there is no rate limit."""
        nobody = [""] * seats
        rooms = [Room(self.urls, f"/room{number}", nobody, prompts) for number in range(count)]
        for room in rooms:
            room.pause_s = 0
        return rooms


@contextmanager
def our_target(processes: int = 1, under: Sequence[str] = ()) -> Iterator[Target]:
    """Our server on a Redis of its own, run by the command `under`."""
    with _redis() as url:
        servers = [Server(url, under, SECRET_KEY=SECRET) for _ in range(processes)]
        try:
            for server in servers:
                _pin(server.process.pid, SERVERS_CORE)
                # Before it has subscribed it refuses people, and these do not retry.
                wait_until(lambda url=server.url: ask(f"{url}/readyz").status == 200)  # type: ignore[misc]  # mypy cannot infer a lambda's default
            yield OurTarget(list(servers), [server.url for server in servers], url)
        finally:
            for server in servers:
                server.close()


@contextmanager
def reference_target(under: Sequence[str] = ()) -> Iterator[Target]:
    """The reference on a Redis of its own, run by the command `under`."""
    with _redis() as url:
        server = Running([*under, sys.executable, "-m", "tests.bench.reference", url], {})
        try:
            address = server.says(r"open at (\S+)")[1]
            _pin(server.process.pid, SERVERS_CORE)
            yield ReferenceTarget([server], [address], url)
        finally:
            server.close()


@contextmanager
def _redis() -> Iterator[str]:
    with fresh_redis() as url:
        for pid in (redis_pid(url), os.getpid()):
            _pin(pid, OTHERS_CORE)
        try:
            yield url
        finally:
            _pin(os.getpid(), CORES)


def _pin(pid: int, cores: set[int]) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
