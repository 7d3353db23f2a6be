"""Every command by every kind of person in every phase, by real sockets and signed cookies.

The expected results are in tests/room/test_table.py; this test sends the table to a deployment.
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

from server.room.state import DEBRIEF, ENDED, WAITING, Room
from tests.room.test_table import CODES, NAMES, SEATS, command_for, room_for, table
from tests.support.client import Caller, call
from tests.support.factories import MOMENTS
from tests.support.planted import plant, seated, stamp_in
from tests.support.processes import Server
from tests.support.raw import Closed, RawSocket, frame

VERSION = 7
AT_ONCE = 24
PER_CONNECTION = 10
"""Refused commands of one connection: far fewer than its rate limit."""
KINDS = tuple(SEATS)
UNANSWERED = {"spoke"}
"""Commands whose refusals are not shown (tests/server/test_reports.py)."""


class Sent(NamedTuple):
    """One person's commands in one room: all of them refused, or one that is accepted."""

    kind: str
    moment: str
    names: tuple[str, ...]
    codes: tuple[str, ...]


def is_outside(kind: str, moment: str) -> bool:
    """Whether this person has no place in the room then, and stays at the door."""
    has_left = kind not in ("facilitator", "guest") and moment == DEBRIEF
    return kind == "stranger" or has_left or (kind == "stand_in" and moment in (WAITING, ENDED))


def cases() -> list[Sent]:
    """The whole table, except for people outside."""
    rows, found = table(), []
    for kind in KINDS:
        for place, moment in enumerate(MOMENTS):
            if is_outside(kind, moment):
                continue
            codes = {name: CODES[rows[name, kind][place]] for name in NAMES}
            found += [
                Sent(kind, moment, (n,), ("ok",)) for n, code in codes.items() if code == "ok"
            ]
            refused = [
                (name, "" if name in UNANSWERED else code)
                for name, code in codes.items()
                if code != "ok"
            ]
            for first in range(0, len(refused), PER_CONNECTION):
                names, why = zip(*refused[first : first + PER_CONNECTION], strict=True)
                found.append(Sent(kind, moment, names, why))
    return found


class Deployment:
    """Two servers on one Redis, and the rooms, of which few exist at a time."""

    def __init__(self, servers: tuple[Server, Server], redis_url: str) -> None:
        self._urls = [server.url for server in servers]
        self._redis_url = redis_url
        self._redis = redis.Redis.from_url(redis_url)
        self._few = asyncio.Semaphore(AT_ONCE)

    def close(self) -> None:
        """Closes the client of Redis."""
        self._redis.close()

    async def all(self, scenes: list[Coroutine[Any, Any, str]]) -> list[str]:
        """The failures of all scenes."""

        async def one(scene: Coroutine[Any, Any, str]) -> str:
            async with self._few:
                return await scene

        return [complaint for complaint in await asyncio.gather(*map(one, scenes)) if complaint]

    def room(self, kind: str, moment: str) -> Room:
        """A fresh room in this phase for this kind of person."""
        return plant(self._redis_url, replace(room_for(kind, moment), version=VERSION))

    async def scene(self, sent: Sent) -> str:
        """One person sends on one server while somebody watches on the other."""
        room = self.room(sent.kind, sent.moment)
        asks = seated(self._urls[0], room, SEATS[sent.kind])
        # A facilitator who came would take the room back from the stand-in.
        watching = seated(self._urls[1], room, "ann" if sent.kind == "stand_in" else "gil")
        async with call(asks) as connection, call(watching) as other:
            me, gil = Caller(connection), Caller(other)
            await me.reaches(0 if sent.kind == "guest" else VERSION)
            await gil.reaches(VERSION)
            codes = [await told(me, room, name) for name in sent.names]
            changes = [n for n, code in zip(sent.names, codes, strict=True) if code == "ok"]
            after = VERSION + len(changes) - changes.count("whisper")
            await gil.reaches(after)
            await gil.send(do="ping", t=1)
            await gil.until(lambda gil: any("pong" in answer for answer in gil.answers))
            with_redis = stamp_in(self._redis, room.id) == (room.opened_at, after)
            seen = (me.versions[-1], gil.versions[-1], gil.code)
        shown = 0 if sent.kind == "guest" else after
        as_expected = tuple(codes) == sent.codes and with_redis and seen == (shown, after, "")
        return "" if as_expected else f"{sent} got {codes}, seen {seen}, in Redis {with_redis}"

    async def outsider(self, kind: str, moment: str) -> str:
        """Somebody without a place sends every command and ignores the refusals."""
        room = self.room(kind, moment)
        frames = b"".join(frame(encode(command_for(name, room))) for name in NAMES)
        code = 4410 if SEATS[kind] in room.gone else 4401
        said = b""
        async with RawSocket(seated(self._urls[0], room, SEATS[kind])) as connection:
            connection.send(frames)
            try:
                while True:
                    said += str(await connection.read()).encode()
            except Closed as closed:
                found = closed.code
        kept = stamp_in(self._redis, room.id) == (room.opened_at, VERSION)
        silent = b"Ann" not in said and (code == 4410 or said == b"")
        as_expected = found == code and kept and silent
        return "" if as_expected else f"{kind} {moment}: {found}, unchanged: {kept}, told {said!r}"


async def told(me: Caller, room: Room, name: str) -> str:
    """The code of the refusal, `ok` when the version rises, or nothing for a silent refusal."""
    me.regions.pop("notice", None)
    before = me.versions[-1]
    await me.send(**json.loads(encode(command_for(name, room))))
    if name in UNANSWERED:
        for _ in range(2):  # What changed is sent after the first pong at the latest.
            pongs = len(me.answers)
            await me.send(do="ping", t=1)
            await me.until(lambda me, pongs=pongs: len(me.answers) > pongs)  # type: ignore[misc]  # mypy cannot infer a lambda's default
        return "ok" if me.versions[-1] > before else ""
    said = len(me.answers)
    await me.until(lambda me: me.code != "" or me.versions[-1] > before or len(me.answers) > said)
    return me.code or "ok"


def test_every_cell_of_the_table_holds_through_the_socket(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Accepted: everybody sees one more version. Refused: the sender alone gets the code."""
    deployment = Deployment(two_servers, redis_url)

    async def scenes() -> list[str]:
        return await deployment.all([deployment.scene(sent) for sent in cases()])

    complaints = asyncio.run(scenes())
    deployment.close()
    assert complaints == []


def test_an_outsider_moves_nothing(two_servers: tuple[Server, Server], redis_url: str) -> None:
    """The socket is closed in every phase before any data of the room, whatever was sent.

    The code is 4401, or 4410 for people who left before the debrief, who may see the last page.
    """
    deployment = Deployment(two_servers, redis_url)

    async def scenes() -> list[str]:
        outside = [(k, m) for k in KINDS for m in MOMENTS if is_outside(k, m)]
        return await deployment.all([deployment.outsider(kind, moment) for kind, moment in outside])

    complaints = asyncio.run(scenes())
    deployment.close()
    assert complaints == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_is_sent_once(kind: str) -> None:
    """It has every command in every phase for everybody who has a place."""
    sent = [(case.moment, name) for case in cases() if case.kind == kind for name in case.names]
    inside = [moment for moment in MOMENTS if not is_outside(kind, moment)]
    assert sorted(sent) == sorted((moment, name) for moment in inside for name in NAMES)
