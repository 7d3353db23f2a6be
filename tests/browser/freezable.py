"""A proxy to a server that can hold back bytes without closing anything.

This happens behind a NAT that has dropped a connection, in a tunnel, or between two cells.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

CHUNK = 64 * 1024


class Freezable:
    """The proxy; `url` is its address."""

    def __init__(self, loop: asyncio.AbstractEventLoop, url: str) -> None:
        self._loop = loop
        self._host, _, self._port = url.removeprefix("http://").partition(":")
        self._flows = asyncio.Event()
        self._flows.set()
        self._held: list[asyncio.Event] = []
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._is_closed = False
        self.url = ""

    def freeze(self, *, new: bool) -> None:
        """Stops all bytes on open connections, and with `new` also on future ones."""

        def hold() -> None:
            self._flows.clear()
            self._held.append(self._flows)
            if not new:
                self._flows = asyncio.Event()
                self._flows.set()

        self._loop.call_soon_threadsafe(hold)

    def thaw(self) -> None:
        """New connections, and those that were stopped with them, pass bytes again."""
        self._loop.call_soon_threadsafe(lambda: self._flows.set())

    async def open(self) -> None:
        """Starts listening."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        flows = self._flows
        self._ends.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, int(self._port))
        except OSError:
            writer.transport.abort()
            raise
        self._ends.add(far_writer)
        if self._is_closed:
            self._abort()
        await asyncio.gather(
            self._pass(reader, far_writer, flows), self._pass(far_reader, writer, flows)
        )

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flows: asyncio.Event
    ) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(CHUNK):
                await flows.wait()
                writer.write(chunk)
            await flows.wait()
        writer.close()

    async def close(self) -> None:
        """Closes everything, also what has just been accepted."""
        self._is_closed = True
        # Server.close() loses a connection that was accepted just now and has no transport yet.
        listening = self._server.sockets if self._server else ()
        for sock in listening:
            self._loop.remove_reader(sock.fileno())
        self._abort()
        for flows in self._held:
            flows.set()
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._server:
            self._server.close()

    def _abort(self) -> None:
        for end in self._ends:
            end.transport.abort()


@contextmanager
def freezable(url: str) -> Iterator[Freezable]:
    """A proxy to the server of `url`, for this context."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, None]) -> None:  # Any: the unused type of sent values
        asyncio.run_coroutine_threadsafe(work, loop).result(10)

    way = Freezable(loop, url)
    try:
        run(way.open())
        yield way
    finally:
        run(way.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
