"""The store: circles and rooms in Redis, in parts that share connections.

Each part has one job and a module of its own; keys.py lists the keys.
"""

from pathlib import Path

from server.redis_client import Topology
from server.store.append_only import AppendOnlyFiles
from server.store.arrivals import Arrivals
from server.store.circle_erasure import CircleErasure
from server.store.circles import Circles
from server.store.circles_and_rooms import CirclesAndRooms
from server.store.clock import ServerClock
from server.store.deadlines import Deadlines
from server.store.deletion import Deletion
from server.store.erasure import Erasure
from server.store.handovers import Handovers
from server.store.leases import Leases
from server.store.limits import Limits
from server.store.look import Look
from server.store.pulses import Pulses
from server.store.reminders import Reminders
from server.store.rooms import Rooms
from server.store.scripts import Scripts
from server.store.secret_key import Secret
from server.store.signals import Signals
from server.store.tombstones import DAYS, Tombstones
from server.store.upkeep import Upkeep


class Store:
    """The parts, made once in a process."""

    def __init__(
        self, topology: Topology, folder: Path | None = None, erased_days: int = DAYS
    ) -> None:
        """`folder` keeps what was erased outside Redis (tombstones.py), for so many days."""
        self._topology = topology
        self.scripts = scripts = Scripts(topology)
        self.clock = ServerClock()
        self.secret = Secret(scripts)
        self.limits = Limits(scripts)
        self.deadlines = Deadlines(scripts, self.clock)
        self.files = AppendOnlyFiles(topology)
        self.deletion = Deletion(scripts, self.files)
        self.signals = Signals(scripts)
        self.leases = Leases(topology, scripts)
        self.handovers = Handovers(scripts)
        self.pulses = Pulses(scripts, self.clock, self.deadlines, self.files)
        self.rooms = Rooms(
            topology,
            scripts,
            self.clock,
            self.deadlines,
            Circles(scripts, self.clock),
            self.pulses,
        )
        self.reminders = Reminders(scripts, self.deadlines)
        self.circles = CirclesAndRooms(scripts, self.clock, self.rooms, self.reminders)
        self.arrivals = Arrivals(self.clock, self.circles, self.rooms, self.leases)
        self.look = Look(topology, self.clock)
        self.tombstones = Tombstones(scripts, self.clock, folder, erased_days)
        self.circle_erasure = CircleErasure(
            scripts,
            self.clock,
            self.circles,
            self.deadlines,
            self.files,
            self.look,
            self.tombstones,
        )
        self.erasure = Erasure(
            self.circles,
            self.rooms,
            self.leases,
            self.pulses,
            self.reminders,
            self.circle_erasure,
        )
        self.upkeep = Upkeep(
            scripts,
            self.clock,
            self.circles,
            self.deadlines,
            self.look,
            self.tombstones,
            self.circle_erasure,
            self.erasure,
        )

    async def check(self) -> None:
        """Raises RedisError unless Redis serves both our own connection and redis-py."""
        await self.deadlines.due()
        await self.secret.held()

    async def close(self) -> None:
        await self.upkeep.close()
        await self.files.close()
        await self.scripts.close()
        await self._topology.close()
