"""A simulated member at the socket: connects, feeds what comes to their page, sends what they do.

Comes by the door that everybody comes by, so that the same rules hold. What somebody does is
decided in member.py.
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
"""Close codes from here on mean: do not come back."""
CLOSES_WITHIN_S = 1.0


class Door(NamedTuple):
    """How somebody gets into a room: the socket's address, our Origin, their cookie."""

    url: str
    origin: str
    cookie: str


async def attend(door: Door, member: Member, page: Page) -> None:
    """In the room until they go for good, or are told not to come back."""
    away_s = 0.0
    while math.isfinite(away_s):
        await asyncio.sleep(away_s)
        away_s = await _visit(door, member, page)


async def _visit(door: Door, member: Member, page: Page) -> float:
    """One connection, to its end: for how many seconds they have none then."""
    try:
        async with _line(door) as line:
            return await _take_part(line, member, page)
    except ConnectionClosed as ended:
        code = ended.rcvd.code if ended.rcvd else 0
        return math.inf if code >= GONE_FOR_GOOD else COMES_BACK_AFTER_S
    except (OSError, TimeoutError, InvalidHandshake, EOFError):
        return COMES_BACK_AFTER_S


def _line(door: Door) -> connect:
    return connect(
        door.url,
        origin=Origin(door.origin),
        additional_headers={"Cookie": door.cookie},
        compression=None,
        proxy=None,  # whatever the environment says: it is this machine
        ping_interval=None,  # the server pings
        close_timeout=CLOSES_WITHIN_S,
    )


async def _take_part(line: ClientConnection, member: Member, page: Page) -> float:
    """Reads and acts until they leave by themselves: for how many seconds."""
    loop = asyncio.get_running_loop()
    page.take(str(await line.recv()))
    while True:
        intention = member.intends(page.sees, loop.time())
        if intention is None:
            page.take(str(await line.recv()))
        elif not await _something_comes(line, page, intention.at):
            member.did(intention)
            if intention.away_s:
                return intention.away_s
            await line.send(json.dumps(page.sees.offered(intention.habit.do)))


async def _something_comes(line: ClientConnection, page: Page, until: float) -> bool:
    """Reads the next frame; False where none has come until then."""
    try:
        async with asyncio.timeout_at(until):
            page.take(str(await line.recv()))
    except TimeoutError:
        return False
    return True
