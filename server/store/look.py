"""A fresh look at what Redis holds of a circle: its keys, not what the code believes there is.

The keys of a circle share their hash tag, so one Redis has all of them.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple, cast

from server.redis_client import Address, Topology
from server.store.clock import ServerClock
from server.store.deadlines import Deadline, deadline_of
from server.store.keys import circle_of_key, keys_begin

AT_ONCE = 1000
"""How many keys Redis looks at before it serves others."""


class Held(NamedTuple):
    """A key of a circle."""

    key: str
    type: str
    """As Redis names it."""
    until: int | None
    """When it expires (epoch ms); None: not by itself."""
    fields: Mapping[bytes, bytes]
    """Of a hash."""
    number: int
    """How many fields or members it has; 1 for a text."""


class Look:
    def __init__(self, topology: Topology, clock: ServerClock) -> None:
        self._topology = topology
        self._clock = clock

    async def keys_of(self, circle_id: str) -> list[str]:
        """The names of all keys of this circle."""
        begin = keys_begin(circle_id)
        node = await self._topology.address(begin)
        return sorted([key async for key in self._scan(node, f"{begin}*")])

    async def held(self, circle_id: str) -> list[Held]:
        """All that Redis holds of this circle, but its deadlines."""
        node = await self._topology.address(keys_begin(circle_id))
        found = [await self._held(node, key) for key in await self.keys_of(circle_id)]
        return [each for each in found if each]

    async def deadlines_of(self, circle_id: str) -> list[Deadline]:
        """The deadlines that name this circle."""
        redis = self._topology.library_at(await self._topology.address("due"))
        found = redis.zscan_iter("due", match=f"*{circle_id}*", count=AT_ONCE)
        return [
            deadline_of(member.decode(errors="surrogateescape"), str(int(at)))
            async for member, at in found
        ]

    async def circle_ids(self) -> AsyncIterator[str]:
        """The ids of all circles of which there is any key. Some may come twice."""
        for node in await self._topology.masters():
            async for key in self._scan(node, "circle:{*}*"):
                if circle_id := circle_of_key(key):
                    yield circle_id

    async def _scan(self, node: Address, pattern: str) -> AsyncIterator[str]:
        redis = self._topology.library_at(node)
        async for key in redis.scan_iter(match=pattern, count=AT_ONCE):
            yield key.decode(errors="surrogateescape")

    async def _held(self, node: Address, key: str) -> Held | None:
        """None if it has gone meanwhile."""
        redis = self._topology.library_at(node)
        name = key.encode(errors="surrogateescape")
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.type(name)
            pipeline.pttl(name)
            kind, left = await pipeline.execute()
        kind, left = kind.decode(), int(left)
        fields: dict[bytes, bytes] = {}
        number = 1
        match kind:
            case "none":
                return None
            case "hash":
                fields = await cast("Any", redis.hgetall(name))
                number = len(fields)
            case "zset":
                number = await redis.zcard(name)
        return Held(key, kind, self._clock.now() + left if left >= 0 else None, fields, number)
