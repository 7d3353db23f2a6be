"""A simulated member at the socket: connects, feeds frames to their page, sends their commands.

It uses the public socket, so that the same rules apply. member.py decides what a member does.
"""

import asyncio
import json
import math
from typing import NamedTuple

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin

from server.practice.member import Member
from server.practice.page import Page

COMES_BACK_AFTER_S = 1.0
GONE_FOR_GOOD = 4400
"""Close codes from here on are final: no reconnect."""
CLOSES_WITHIN_S = 1.0


class Door(NamedTuple):
    """What a connection needs: the socket's URL, our Origin, the cookie."""

    url: str
    origin: str
    cookie: str


async def attend(door: Door, member: Member, page: Page) -> None:
    """Stays in the room until they leave for good or the server closes for good."""
    away_s = 0.0
    while math.isfinite(away_s):
        await asyncio.sleep(away_s)
        away_s = await _visit(door, member, page)


async def _visit(door: Door, member: Member, page: Page) -> float:
    """One connection, to its end; returns the seconds until the next one."""
    try:
        async with _connect(door) as connection:
            return await _take_part(connection, member, page)
    except ConnectionClosed as ended:
        code = ended.rcvd.code if ended.rcvd else 0
        return math.inf if code >= GONE_FOR_GOOD else COMES_BACK_AFTER_S
    except (OSError, TimeoutError, InvalidHandshake, EOFError):
        return COMES_BACK_AFTER_S


def _connect(door: Door) -> connect:
    return connect(
        door.url,
        origin=Origin(door.origin),
        additional_headers={"Cookie": door.cookie},
        compression=None,
        proxy=None,  # never by the environment's proxy: it is this machine
        ping_interval=None,  # the server pings
        close_timeout=CLOSES_WITHIN_S,
    )


async def _take_part(connection: ClientConnection, member: Member, page: Page) -> float:
    """Reads and acts until they leave by themselves; returns for how many seconds."""
    loop = asyncio.get_running_loop()
    page.take(str(await connection.recv()))
    while True:
        intention = member.intends(page.sees, loop.time())
        if intention is None:
            page.take(str(await connection.recv()))
        elif not await _frame_arrives(connection, page, intention.at):
            member.did(intention)
            if intention.away_s:
                return intention.away_s
            await connection.send(json.dumps(page.sees.offered(intention.habit.do)))


async def _frame_arrives(connection: ClientConnection, page: Page, until: float) -> bool:
    """Reads the next frame; False if none has arrived until then."""
    try:
        async with asyncio.timeout_at(until):
            page.take(str(await connection.recv()))
    except TimeoutError:
        return False
    return True
