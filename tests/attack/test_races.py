"""People who come in at the very moment of their removal stay out.

Their role is read before the room is loaded, so every request in flight may have the old one.
"""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.support.client import Caller, Visit, ask, call, join, start_circle
from tests.support.processes import Server

AT_ONCE = 24
"""Fewer than a process has connections to Redis: what Fay presses must not wait behind them."""
ROUNDS = 4
LEADS = 'data-role="facilitator"'


class Reloads:
    """Reloads the room's page continuously by many connections to each process."""

    def __init__(self, visit: Visit, urls: list[str]) -> None:
        self._visit = visit
        self._answers = 0
        self._enough = asyncio.Event()
        self._many = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._reload(url)) for url in urls for _ in range(AT_ONCE)
        ]

    async def are_under_way(self) -> None:
        """Waits until there were as many answers as there are connections."""
        await self._many.wait()

    async def end(self) -> None:
        """Requests in flight are still answered."""
        self._enough.set()
        await asyncio.gather(*self._tasks)

    async def _reload(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        request = (
            f"GET /circles/{self._visit.circle_id}/room HTTP/1.1\r\nHost: {host}:{port}\r\n"
            f"Cookie: {self._visit.cookie}\r\n\r\n"
        ).encode()
        try:
            while not self._enough.is_set():
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                assert found, head
                await reader.readexactly(int(found[1]))
                self._answers += 1
                if self._answers == len(self._tasks):
                    self._many.set()
        finally:
            writer.close()


@pytest.mark.parametrize("put_out", ["remove", "make_member"])
def test_who_reloads_while_they_are_put_out_stays_out(
    two_servers: tuple[Server, Server], put_out: str
) -> None:
    """A removed member has no seat afterwards, and a demoted facilitator leads no more."""
    urls = [server.url for server in two_servers]

    def is_put_out(chair: str) -> bool:
        return chair == "" if put_out == "remove" else LEADS not in chair

    async def scene(host: Visit, guest: Visit) -> None:
        async with call(host) as connection:
            fay = Caller(connection)
            await fay.until(lambda me: "Ann" in me.regions.get("circle", ""))
            seat = re.findall(r'<li id="seat-(\w+)"', fay.regions["circle"])[-1]
            if put_out == "make_member":
                await fay.send(do="make_facilitator", seat=seat)
                await fay.until(lambda me: LEADS in me.chair(seat))
            reloads = Reloads(guest, urls)
            await reloads.are_under_way()
            await fay.send(do=put_out, seat=seat)
            await fay.until(lambda me: is_put_out(me.chair(seat)))
            await reloads.end()

    for _ in range(ROUNDS):
        host = start_circle(urls[0])
        guest = join(host, "Ann")
        assert ask(guest.room, cookie=guest.cookie).status == 200
        asyncio.run(scene(host, guest))
        for url in urls:
            again = ask(guest.at(url).room, cookie=guest.cookie)
            assert again.status == (401 if put_out == "remove" else 200)
            mine = re.search(r'<div id="state"[^>]*>', again.text)
            assert mine is None or 'data-role="member"' in mine[0]


BACK = 8


def test_who_comes_back_as_those_who_are_away_are_forgotten_is_in_or_out(
    two_servers: tuple[Server, Server],
) -> None:
    """In: their page shows the room, and the circle knows them afterwards. Out: this page and every
    later one ask for a link."""
    urls = [server.url for server in two_servers]

    def comes(guest: Visit, place: int) -> int:
        guest = guest.at(urls[place % 2])
        for _ in range(place // 2):
            ask(f"{guest.url}/readyz")
        return ask(guest.room, cookie=guest.cookie).status

    async def scene(host: Visit, guests: list[Visit]) -> list[int]:
        async with call(host) as connection:
            fay = Caller(connection)
            await fay.until(
                lambda me: me.regions.get("circle", "").count('data-away="yes"') == len(guests)
            )
            form = {"what": "absent", "confirmed": "yes"}
            erase = host.room.removesuffix("room") + "erase"
            forgets = asyncio.create_task(asyncio.to_thread(ask, erase, form, cookie=host.cookie))
            back = (asyncio.to_thread(comes, guest, n) for n, guest in enumerate(guests))
            statuses = await asyncio.gather(*back)
            assert (await forgets).status == 303
            return statuses

    for _ in range(ROUNDS):
        host = start_circle(urls[0])
        guests = [join(host, f"Guest {number}") for number in range(BACK)]
        statuses = asyncio.run(scene(host, guests))
        assert set(statuses) <= {200, 401}
        for status, guest in zip(statuses, guests, strict=True):
            for url in urls:
                assert ask(guest.at(url).room, cookie=guest.cookie).status == status
