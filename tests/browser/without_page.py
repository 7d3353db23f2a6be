"""People on the socket alone, beside people at pages: a separate thread reads for them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from threading import Thread
from typing import Any

from tests.support.client import Caller, Visit, call
from tests.support.processes import wait_until


class WithoutPage:
    """Everybody who has come without a page; each has the latest of each region."""

    def __init__(self) -> None:
        self.people: list[Caller] = []
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._open = AsyncExitStack()
        self._reading: list[asyncio.Task[None]] = []

    def come(self, visit: Visit) -> Caller:
        """Somebody comes to the room, or to its door, and stays."""
        person: Caller = self._run(self._come(visit))
        self.people.append(person)
        return person

    def all_see_phase(self, key: str) -> None:
        """Waits until everybody is in that phase."""
        for person in self.people:
            wait_until(lambda person=person: person.state.get("phase") == key, 20)  # type: ignore[misc]  # mypy cannot infer a lambda's default

    def leave(self) -> None:
        self._run(self._leave())

    def close(self) -> None:
        """Everybody leaves, and the thread ends."""
        self.leave()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _come(self, visit: Visit) -> Caller:
        person = Caller(await self._open.enter_async_context(call(visit)))
        self._reading.append(asyncio.create_task(person.until(lambda _: False, 600)))
        return person

    async def _leave(self) -> None:
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)
        await self._open.aclose()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        # Any: the result of the work.
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)
