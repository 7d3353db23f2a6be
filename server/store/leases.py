"""Leases: who is here. Each connection has one, and so has a page that is loading.

Owns the names of leases. live/presence.py decides how long they last and renews them.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from itertools import count
from typing import NamedTuple

from server.redis_client import Topology
from server.redis_client.connection import Word
from server.room.state import Room
from server.store.keys import here_key, room_key, stamp_text
from server.store.scripts import Scripts
from server.store.unreadable import reading

NO_WINDOWS = ("left", "page")
"""The leases of a connection that has closed, and of a page that is loading (Arrivals.arrived)."""


class LeaseReport(NamedTuple):
    """The result of a sweep of a room."""

    stamp: str
    """The stamp of the value in Redis; empty if there is no room."""
    leases: dict[str, int]
    """The end (epoch ms) of each lease 'seat:connection', of connections to all processes."""
    number: int
    """Higher in each report than in the one before."""

    def matches(self, room: Room) -> bool:
        """Whether this is the value in Redis."""
        return self.stamp == stamp_text(room)


class Leases:
    """Who is here, by 'seat:connection' and the end of each lease (epoch ms)."""

    def __init__(self, topology: Topology, scripts: Scripts) -> None:
        self._topology = topology
        self._scripts = scripts
        self._mark = f":{secrets.token_hex(4)}."
        """In each lease of a connection to this process, and in no other."""
        self._numbers = count(1)

    async def sweep(self, circle_id: str, leases: Mapping[str, int]) -> LeaseReport:
        """Renews the leases (ms) of these 'seat:connection's and reports who is here."""
        args: list[Word] = []
        for connection, ms in leases.items():
            args += (ms, connection)
        keys = [room_key(circle_id), here_key(circle_id)]
        with reading(keys[0]):
            _now, stamp, held = await self._scripts.run("sweep", keys, args)
            words = held.decode().split()
            here = dict(zip(words[::2], map(int, words[1::2]), strict=True))
            return LeaseReport(stamp.decode(), here, next(self._numbers))

    async def renew(self, circle_ids: Sequence[str], ms: int) -> list[tuple[str, bytes]]:
        """Renews every lease of a connection to this process, in several rooms at once.

        Returns for each room its stamp (LeaseReport.stamp) and its leases 'seat:connection',
        separated by spaces.
        """
        if not self._topology.is_one:
            reports = await asyncio.gather(*(self._renew([one], ms) for one in circle_ids))
            return [report for one in reports for report in one]
        return await self._renew(circle_ids, ms)

    async def _renew(self, circle_ids: Sequence[str], ms: int) -> list[tuple[str, bytes]]:
        keys = [key for one in circle_ids for key in (room_key(one), here_key(one))]
        _now, *rooms = await self._scripts.run("renew", keys, (self._mark, ms))
        return [(stamp.decode(), here) for stamp, here in zip(rooms[::2], rooms[1::2], strict=True)]

    async def connected(self, circle_id: str) -> frozenset[str]:
        """The seats that have a lease of any kind."""
        leases = (await self.sweep(circle_id, {})).leases
        return frozenset(lease.partition(":")[0] for lease in leases)

    def lease(self, seat: str) -> str:
        """A name 'seat:connection' for the lease of a new connection to this process."""
        return f"{seat}{self._mark}{secrets.token_hex(6)}"

    def is_ours(self, lease: str) -> bool:
        """Whether this lease is of a connection to this process."""
        return self._mark in lease
