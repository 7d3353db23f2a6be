"""A person in a room who reconnects by themself, as the page in a browser does.

Lighter than a browser: a hundred of them fit into one process. All that they see and send is
recorded in a history.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, NamedTuple

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.faults.history import ACCEPTED, UNANSWERED, Asked, History, Seen
from tests.faults.page import Page
from tests.support.client import Visit, call

PATIENCE_S = 30.0
JITTER = 0.3
GONE_FOR_GOOD = 4400


class Pace(NamedTuple):
    """The delay before a reconnect; it doubles after each failure."""

    first_s: float = 0.3
    longest_s: float = 5.0


AS_A_BROWSER = Pace()
WATCHING = Pace(0.05, 0.05)
"""For people whose only task is to see changes soon."""


class Return(NamedTuple):
    """A connection was lost (with this close code, None: cut), and the room was there again."""

    lost: float
    back: float
    code: int | None

    @property
    def seconds(self) -> float:
        return self.back - self.lost


class Person:
    """Somebody with a seat. `live` runs as a task for as long as they are in the room."""

    def __init__(self, room: str, name: str, visits: list[Visit], history: History) -> None:
        self.room = room
        self.name = name
        self.seat = ""
        self.page = Page()
        self.returns: list[Return] = []
        self.closed_for_good: int | None = None
        self.pace = AS_A_BROWSER
        self._visits = visits
        self._history = history
        self._line: ClientConnection | None = None
        self._lines = 0
        self._at = random.randrange(len(visits))
        self._lost: tuple[float, int | None] | None = None
        self._pongs: set[float] = set()
        self._stirred = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # coming and going

    @property
    def here(self) -> bool:
        """Whether this person is connected and has the room."""
        return self._line is not None and self.page.version >= 0

    @property
    def url(self) -> str:
        """The process that this person is connected to, or was last."""
        return self._visits[self._at].url

    def come(self, at: int | None = None) -> None:
        """Enters the room, by the nth process or by any; stays until `leave`."""
        if at is not None:
            self._at = at % len(self._visits)
        if self._task is not None:
            return
        self._task = asyncio.create_task(self._live())

    async def leave(self) -> None:
        """Leaves the room, like a person who closes the tab."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, seen: Callable[[Person], bool], seconds: float = PATIENCE_S) -> None:
        """Waits for a condition of this person; a TimeoutError has their actual page."""
        try:
            async with asyncio.timeout(seconds):
                while not seen(self):
                    self._stirred.clear()
                    await self._stirred.wait()
        except TimeoutError:
            where = f"{self.room}: {self.name} at {self.url}, closed with {self.closed_for_good}"
            sees = f"version {self.page.version} of {self.page.value}"
            raise TimeoutError(f"{where}, waited in vain, and sees {sees}") from None

    async def _live(self) -> None:
        pause = self.pace.first_s
        while self.closed_for_good is None:
            line = await self._connected()
            if line is None:
                await asyncio.sleep(pause * random.uniform(1 - JITTER, 1 + JITTER))
                pause = min(2 * pause, self.pace.longest_s)
                continue
            await self._read(line)
            pause = self.pace.first_s
            await asyncio.sleep(pause * random.uniform(1 - JITTER, 1 + JITTER))

    async def _connected(self) -> ClientConnection | None:
        """Connects to the next process, or to another one, as a proxy tries those that answer."""
        for _ in self._visits:
            self._at = (self._at + 1) % len(self._visits)
            with suppress(OSError, TimeoutError, InvalidHandshake, ConnectionClosed, EOFError):
                return await call(self._visits[self._at])
        return None

    async def _read(self, connection: ClientConnection) -> None:
        self._lines += 1
        self._line, self.page = connection, Page()
        try:
            async with connection:
                while True:
                    self._take(str(await connection.recv()))
        except ConnectionClosed as ended:
            code = ended.rcvd.code if ended.rcvd else None
            self._lost = self._lost or (monotonic(), code)
            if code is not None and code >= GONE_FOR_GOOD:
                self.closed_for_good = code
        finally:
            self._line = None
            self._stirred.set()

    # seeing

    def _take(self, frame: str) -> None:
        now = monotonic()
        if frame.startswith("{"):
            self._pongs.add(json.loads(frame).get("pong"))
        elif "state" in self.page.take(frame):
            page, self.seat = self.page, self.page.seat
            self._history.saw(
                Seen(self.room, self.name, self._lines, now, page.version, page.value)
            )
            if self._lost is not None:
                lost, code = self._lost
                self.returns.append(Return(lost, now, code))
                self._lost = None
        self._stirred.set()

    # sending

    async def ask(self, do: str, prompt: str = "", **fields: Any) -> str:
        """Sends a command, waits for its outcome, and records it. Any: JSON values.

        A server answers in order, and an answer is on the page before the second of two pings after
        the command is answered. So the region Notice has the outcome by then, even if a second
        refusal in the same words is not sent again.
        """
        line, sent = self._line, monotonic()
        if line is None or self.page.version < 0:
            return ""
        if prompt:
            fields["text"] = prompt
        outcome = UNANSWERED
        try:
            await line.send(json.dumps({"do": do, **fields}))
            for _ in range(2):
                await self._ping(line)
            outcome = self.page.code or ACCEPTED
        except (ConnectionClosed, TimeoutError):
            pass
        finally:
            self._history.heard(Asked(self.room, self.name, do, prompt, sent, monotonic(), outcome))
        return outcome

    async def _ping(self, connection: ClientConnection) -> None:
        mark = monotonic()
        await connection.send(json.dumps({"do": "ping", "t": mark}))
        await self.until(lambda _me: mark in self._pongs or self._line is not connection)
        if mark not in self._pongs:
            raise TimeoutError
        self._pongs.remove(mark)
