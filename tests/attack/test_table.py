"""Every command by every kind of person at every moment, through real sockets and signed cookies.

What is expected stands in tests/room/test_table.py; here the same table is asked of the house.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, NamedTuple

import pytest
import redis
from msgspec.json import encode
from msgspec.structs import replace

from server.room.state import Room
from tests.attack.planted import plant, seated, stamp_in
from tests.attack.raw import Closed, RawSocket, frame
from tests.factories import MOMENTS
from tests.processes import Server
from tests.room.test_table import CODES, NAMES, SEATS, command_for, room_for, table
from tests.server.people import Caller, call

VERSION = 7
AT_ONCE = 24
PER_CONNECTION = 10
"""Refused commands that one connection sends: far fewer than what would be too fast."""
KINDS = tuple(kind for kind in SEATS if kind != "stranger")


class Sent(NamedTuple):
    """One person's commands in one room: all of them refused, or one that is accepted."""

    kind: str
    moment: str
    names: tuple[str, ...]
    codes: tuple[str, ...]


def cases() -> list[Sent]:
    """The whole table, but for strangers: they get no further than the door."""
    rows, found = table(), []
    for kind in KINDS:
        for place, moment in enumerate(MOMENTS):
            codes = {name: CODES[rows[name, kind][place]] for name in NAMES}
            found += [
                Sent(kind, moment, (n,), ("ok",)) for n, code in codes.items() if code == "ok"
            ]
            refused = [(name, code) for name, code in codes.items() if code != "ok"]
            for first in range(0, len(refused), PER_CONNECTION):
                names, why = zip(*refused[first : first + PER_CONNECTION], strict=True)
                found.append(Sent(kind, moment, names, why))
    return found


class House:
    """Where the rooms stand: two servers on one Redis, and few of them at a time."""

    def __init__(self, servers: tuple[Server, Server], redis_url: str) -> None:
        self._urls = [server.url for server in servers]
        self._redis_url = redis_url
        self._redis = redis.Redis.from_url(redis_url)
        self._few = asyncio.Semaphore(AT_ONCE)

    def close(self) -> None:
        """Lets go of Redis."""
        self._redis.close()

    async def all(self, scenes: list[Coroutine[Any, Any, str]]) -> list[str]:
        """What all the scenes complain of."""

        async def one(scene: Coroutine[Any, Any, str]) -> str:
            async with self._few:
                return await scene

        return [complaint for complaint in await asyncio.gather(*map(one, scenes)) if complaint]

    def room(self, kind: str, moment: str) -> Room:
        """A fresh room at this moment, seen by this kind of person."""
        return plant(self._redis_url, replace(room_for(kind, moment), version=VERSION))

    async def scene(self, sent: Sent) -> str:
        """One person sends on one server while a facilitator watches on the other."""
        room = self.room(sent.kind, sent.moment)
        asks = seated(self._urls[0], room, SEATS[sent.kind])
        async with call(asks) as line, call(seated(self._urls[1], room, "gil")) as other:
            me, gil = Caller(line), Caller(other)
            await me.reaches(VERSION)
            await gil.reaches(VERSION)
            codes = [await told(me, room, name) for name in sent.names]
            after = VERSION + codes.count("ok")
            await gil.reaches(after)
            await gil.send(do="ping", t=1)
            await gil.until(lambda gil: bool(gil.answers))
            with_redis = stamp_in(self._redis, room.id) == f"{room.opened_at}.{after}"
            seen = (me.versions[-1], gil.versions[-1], gil.code)
        as_expected = tuple(codes) == sent.codes and with_redis and seen == (after, after, "")
        return "" if as_expected else f"{sent} got {codes}, seen {seen}, in Redis {with_redis}"

    async def stranger(self, moment: str) -> str:
        """Somebody without a seat sends every command, whatever the door says."""
        room = self.room("stranger", moment)
        frames = b"".join(frame(encode(command_for(name, room))) for name in NAMES)
        async with RawSocket(seated(self._urls[0], room, "nobody")) as line:
            line.send(frames)
            try:
                said = await line.read()
            except Closed as closed:
                code = closed.code
            else:
                return f"{moment}: a stranger was told {said!r}"
        kept = stamp_in(self._redis, room.id) == f"{room.opened_at}.{VERSION}"
        return "" if code == 4401 and kept else f"{moment}: {code}, unchanged: {kept}"


async def told(me: Caller, room: Room, name: str) -> str:
    """The code with which this command is refused, or `ok` when the version rises."""
    me.regions.pop("notice", None)
    before = me.versions[-1]
    await me.send(**json.loads(encode(command_for(name, room))))
    await me.until(lambda me: me.code != "" or me.versions[-1] > before)
    return me.code or "ok"


def test_every_cell_of_the_table_holds_through_the_socket(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Accepted: one version on at all. Refused: its code for the sender alone, nothing changed."""
    house = House(two_servers, redis_url)

    async def scenes() -> list[str]:
        return await house.all([house.scene(sent) for sent in cases()])

    complaints = asyncio.run(scenes())
    house.close()
    assert complaints == []


def test_a_stranger_moves_nothing(two_servers: tuple[Server, Server], redis_url: str) -> None:
    """Closed with 4401 at every moment, without a word of the room, whatever they sent at once."""
    house = House(two_servers, redis_url)

    async def scenes() -> list[str]:
        return await house.all([house.stranger(moment) for moment in MOMENTS])

    complaints = asyncio.run(scenes())
    house.close()
    assert complaints == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_is_sent_once(kind: str) -> None:
    """No command and no moment is left out for anybody."""
    sent = [(case.moment, name) for case in cases() if case.kind == kind for name in case.names]
    assert sorted(sent) == sorted((moment, name) for moment in MOMENTS for name in NAMES)
