"""A line with latency: bytes arrive late, and in order.

As in TCP, late bytes delay the following ones. Opening a connection has no latency here.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

CHUNK = 64 * 1024
NEXT_S = 1e-6
"""The gap between two chunks that would arrive at the same time."""


class Way(NamedTuple):
    """The latency of one direction."""

    usual_s: float
    more_or_less_s: float = 0.0

    def next_s(self) -> float:
        """The latency of the next chunk."""
        return self.usual_s + random.uniform(-1, 1) * self.more_or_less_s


@asynccontextmanager
async def far(url: str, there: Way, back: Way) -> AsyncIterator[str]:
    """The address of the server of `url` behind such lines."""
    host, _, port = url.removeprefix("http://").partition(":")
    ends: set[asyncio.StreamWriter] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.add(writer)
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        ends.add(far_writer)
        await asyncio.gather(_carry(reader, far_writer, there), _carry(far_reader, writer, back))

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for end in ends:
            end.transport.abort()
        await asyncio.sleep(0)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
    loop, arrives = asyncio.get_running_loop(), 0.0

    def later(what: Callable[..., None], *given: bytes) -> None:
        nonlocal arrives
        arrives = max(arrives + NEXT_S, loop.time() + way.next_s())
        loop.call_at(arrives, what, *given)

    with suppress(ConnectionError):
        while chunk := await reader.read(CHUNK):
            later(writer.write, chunk)
    later(writer.close)
