"""Sends generated frames to a live server, while two people of another circle go on talking.

Owns the attack and its report. Run it at any length: `python -m tests.attack.frames 100000`.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from itertools import cycle

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.attack.shots import OPEN, Shot, shots
from tests.support.client import Caller, call
from tests.support.factories import a_room
from tests.support.planted import KEY, plant, seated
from tests.support.processes import Server, servers
from tests.support.raw import TEXT, Closed, RawSocket, frame
from tests.support.redis_servers import fresh_redis

ATTACKERS = ("fay", "ann", "mei", "olu")
VOLLEY = 128
"""Shots of one example; the other room talks once during each."""
PER_CONNECTION = 12
"""After that the next room is used."""
ROOMS_OF_ONE = 8
"""Enough rooms that the rate limit of a seat delays nobody."""


class Astray(AssertionError):
    """A shot with the wrong outcome."""


class Siege:
    """One server, the attacked rooms, and the room that must not notice."""

    def __init__(self, server: Server, redis_url: str) -> None:
        self.server = server
        self.sent = 0
        self.codes: Counter[int | None] = Counter()
        self.slowest_s = 0.0
        self._rooms = {
            who: cycle([plant(redis_url, a_room("call")) for _ in range(ROOMS_OF_ONE)])
            for who in ATTACKERS
        }
        self._quiet = plant(redis_url, a_room())
        self._two: list[Caller] = []
        self._said = 0
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Siege:
        enter = self._stack.enter_async_context
        for who in ("fay", "gil"):
            self._two.append(Caller(await enter(call(seated(self.server.url, self._quiet, who)))))
            await self._two[-1].until(lambda me: bool(me.versions))
        await self.talk()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._stack.aclose()

    async def talk(self) -> None:
        """One person of the other room shows a prompt, and the second person sees it."""
        self._said += 1
        one, two = self._two[:: 1 if self._said % 2 else -1]
        before = max(one.versions[-1], two.versions[-1])
        begun = time.perf_counter()
        await one.send(do="prompt", text=f"untouched {self._said}")
        await two.until(lambda me: me.versions[-1] > before)
        self.slowest_s = max(self.slowest_s, time.perf_counter() - begun)
        if f"untouched {self._said}" not in two.regions["stage"] or two.versions[-1] != before + 1:
            raise Astray("the untouched room has noticed")

    async def volley(self, aimed: list[Shot]) -> None:
        """Four people attack, each in rooms of their own, while the other room talks."""
        async with asyncio.TaskGroup() as group:
            for place, who in enumerate(ATTACKERS):
                group.create_task(self._shoot(who, aimed[place :: len(ATTACKERS)]))
            group.create_task(self.talk())

    async def _shoot(self, who: str, aimed: list[Shot]) -> None:
        while aimed:
            async with RawSocket(
                seated(self.server.url, next(self._rooms[who]), who)
            ) as connection:
                aimed = aimed[await self._empty(connection, aimed[:PER_CONNECTION]) :]

    async def _empty(self, connection: RawSocket, aimed: list[Shot]) -> int:
        """Shoots until the connection ends, or nothing is left; returns the number of shots."""
        for place, shot in enumerate(aimed, 1):
            connection.send(_with_ping(shot))
            self.sent += 1
            try:
                await connection.until(b'"pong"')
                code: int | None = OPEN
            except Closed as closed:
                code = closed.code
                self.codes[code] += 1
            except TimeoutError:
                raise Astray(f"{shot.name}: no answer; {shot.data[:200]!r}") from None
            if code != shot.code:
                raise Astray(f"{shot.name}: {code}, not {shot.code}; {shot.data[:200]!r}")
            if code != OPEN:
                return place
        return len(aimed)


def _with_ping(shot: Shot) -> bytes:
    """Adds a ping to harmless shots, whose answer shows that they were read."""
    return shot.data + (frame(b'{"do":"ping","t":1}', TEXT) if shot.code in (OPEN, 4400) else b"")


def besiege(server: Server, redis_url: str, count: int) -> Siege:
    """Sends at least so many frames; raises Astray at the first wrong outcome."""
    with asyncio.Runner() as runner:
        siege = Siege(server, redis_url)
        runner.run(siege.__aenter__())

        @settings(
            max_examples=math.ceil(count / VOLLEY),
            deadline=None,
            database=None,
            # Examples are not shrunk, because earlier shots have changed the server's rooms.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(shots, min_size=VOLLEY, max_size=VOLLEY))
        def attack(aimed: list[Shot]) -> None:
            runner.run(siege.volley(aimed))

        try:
            attack()
            runner.run(siege.talk())
        finally:
            runner.run(siege.__aexit__())
    return siege


def main() -> None:
    """The attack as a program, with its figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with (
        fresh_redis() as redis_url,
        servers() as start,
    ):
        begun = time.perf_counter()
        siege = besiege(start(redis_url, SECRET_KEY=KEY), redis_url, count)
        took = time.perf_counter() - begun
    closes = ", ".join(f"{code}: {n}" for code, n in sorted(siege.codes.items(), key=str))
    print(f"frames sent        {siege.sent} in {took:.0f} s")  # noqa: T201 - what it is run for
    print(f"closes by code     {closes}")  # noqa: T201 - as above
    print(f"trouble in the log {len(siege.server.trouble)} lines")  # noqa: T201 - as above
    print(f"slowest exchange   {siege.slowest_s * 1000:.0f} ms, of the untouched room")  # noqa: T201 - as above
    sys.exit(1 if siege.server.trouble else 0)


if __name__ == "__main__":
    main()
