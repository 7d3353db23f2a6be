"""The practice room: opened, filled with clients of the process itself, and closed."""

from __future__ import annotations

import asyncio
import re
import signal
from random import Random

import pytest
import redis

from server.pages.start import PRACTICE_NAME, PRACTICES
from server.practice.client import Door, attend
from server.practice.member import Member
from server.practice.page import Page
from server.practice.people import CAST
from server.practice.rooms import KEPT_S, MOST_ROOMS, STAY_S
from tests.support.client import Answer, Caller, Visit, ask, call, join, start_circle
from tests.support.processes import Server, StartServer, wait_until

NAMES = {manner.name for manner in CAST}
CLASSIC = ("arrival", "call", "presentation", "questions", "reflection", "response", "closing")


def try_it_alone(url: str, **form: str) -> Visit:
    """Somebody opens a practice room."""
    answer = ask(f"{url}/practice", form)
    assert answer.status == 303, answer.text
    return Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)


def connections(url: str) -> int:
    """The number of open sockets of a process."""
    found = re.search(r"^balint_connections (\d+)", ask(f"{url}/metrics").text, re.MULTILINE)
    assert found
    return int(found[1])


def complaints(server: Server) -> list[str]:
    """The lines of a server's log above the level info."""
    return [line for line in server.log.splitlines() if re.search(r"level=(warn|err|crit)", line)]


class Leader(Caller):
    """The facilitator of a practice room."""

    def here(self) -> set[str]:
        """The names on the chairs of people who are here."""
        chairs = re.findall(r'<li id="seat-\w+"([^>]*)>(.*?)</li>', self.circle, re.DOTALL)
        names = {
            name[1]
            for data, inside in chairs
            if "data-away" not in data
            and (name := re.search(r'<span class="name"[^>]*>(.*?)</span>', inside))
        }
        return names - {"Leader"}

    @property
    def circle(self) -> str:
        return self.regions.get("circle", "")

    def speaking(self) -> str:
        """The seat that speaks, or ''."""
        found = re.search(r'<li id="seat-(\w+)"[^>]*data-speaking', self.circle)
        return found[1] if found else ""

    async def everybody(self) -> None:
        """Reads until all eight are here."""
        await self.until(lambda _me: self.here() == NAMES)

    async def moves_on(self) -> None:
        """Starts the next phase, and reads until it has begun."""
        phase = self.state["phase"]
        await self.send(do="advance", **{"from": phase})
        await self.until(lambda me: me.state["phase"] != phase)

    async def another_speaks(self, than: str) -> str:
        """Reads until a simulated member other than this one speaks; returns their seat."""
        mine = self.state["seat"]
        await self.until(lambda _me: self.speaking() not in ("", mine, than))
        return self.speaking()

    def offers(self, what: str) -> str:
        """The seat in the first button for this command, on the stage or in the dock, or ''."""
        buttons = self.regions.get("attention", "") + self.regions.get("dock", "")
        found = re.search(rf'"do":"{what}","seat":"(\w+)"', buttons)
        return found[1] if found else ""


def test_a_facilitator_rehearses_the_whole_session(
    redis_url: str, start_server: StartServer
) -> None:
    """All eight come, act in each phase as people do, and go when it is over."""
    server = start_server(redis_url)
    visit = try_it_alone(server.url)

    async def scene() -> None:
        async with call(visit) as connection:
            me = Leader(connection)
            await me.everybody()
            await me.send(do="start", **{"from": "waiting"})
            await me.until(lambda me: me.state["phase"] == CLASSIC[0])
            await me.send(do="yield")
            first = await me.another_speaks(me.state["seat"])
            await me.another_speaks(first)

            await me.moves_on()
            await me.until(lambda me: "data-offers" in me.regions["dock"])
            presenter = me.offers("seat_presenter")
            await me.send(do="seat_presenter", seat=presenter)
            await me.until(lambda me: "data-presenter" in me.regions["circle"])

            await me.moves_on()
            assert await me.another_speaks("") == presenter

            await me.moves_on()
            await me.until(lambda _me: bool(me.offers("give_floor")) and "data-hand" in me.circle)
            asking = me.offers("give_floor")
            await me.send(do="give_floor", seat=asking)
            assert await me.another_speaks("") == asking
            await me.until(lambda _me: me.speaking() != asking)

            await me.moves_on()
            await me.until(lambda _me: len(me.here()) == len(NAMES) - 1)
            assert NAMES - me.here() == {"Pilvi"}
            await me.until(lambda me: 'data-kind="presenter_returns"' in me.regions["attention"])
            await me.send(do="recall")

            await me.moves_on()
            assert await me.another_speaks("") == presenter
            await me.until(lambda _me: me.speaking() == "")

            await me.moves_on()
            assert me.state["phase"] == CLASSIC[-1]
            await me.everybody()
            await me.send(do="end")
            await me.until(lambda me: me.state["phase"] == "ended")
            await asyncio.to_thread(wait_until, lambda: connections(server.url) == 1)

    asyncio.run(scene())
    assert complaints(server) == []


def test_a_practice_room_says_what_it_is_and_is_forgotten_after_a_day(
    url: str, redis_url: str
) -> None:
    """Its name says so; circle and cookie expire, and no circle can choose its format."""
    answer = ask(f"{url}/practice", {})
    assert f"Max-Age={KEPT_S}" in answer.headers["Set-Cookie"]
    visit = Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)
    assert PRACTICE_NAME in ask(visit.room, cookie=visit.cookie).text
    page = ask(visit.room.removesuffix("/room"), cookie=visit.cookie).text
    assert "gone within a day" in page
    assert "<select" not in page
    with redis.Redis.from_url(redis_url) as client:
        left_s = client.ttl(f"circle:{{{visit.circle_id}}}")
    assert KEPT_S - 60 < left_s <= KEPT_S
    assert "practice-3" not in ask(url).text


def test_a_practice_is_opened_by_our_own_page_alone(url: str) -> None:
    """This holds for every form."""
    assert ask(f"{url}/practice", {}, origin="https://elsewhere.example").status == 403
    assert ask(f"{url}/practice", {}, origin="").status == 403
    assert 'action="/practice"' in ask(url).text


def test_where_a_start_key_is_set_a_practice_needs_it(
    redis_url: str, start_server: StartServer
) -> None:
    """It takes a place of the server, as a circle does."""
    server = start_server(redis_url, START_KEY="open-sesame-17")
    refused = ask(f"{server.url}/practice", {"start_key": "guess"})
    assert (refused.status, refused.message) == (400, "no_rehearsal")
    try_it_alone(server.url, start_key="open-sesame-17")


def test_a_process_has_so_many_practice_rooms_and_no_more(
    redis_url: str, start_server: StartServer
) -> None:
    """The next person reads a kind sentence; the end of a room frees its place."""
    server = start_server(redis_url)
    visits = [try_it_alone(server.url) for _ in range(MOST_ROOMS)]
    answer = ask(f"{server.url}/practice", {})
    assert (answer.status, answer.message) == (503, "many_rehearse")

    async def scene() -> None:
        async with call(visits[0]) as connection:
            me = Leader(connection)
            await me.everybody()
            await me.send(do="start", **{"from": "waiting"})
            await me.send(do="end")
            await me.until(lambda me: me.state["phase"] == "ended")

    def is_let_in() -> bool:
        return ask(f"{server.url}/practice", {}).status == 303

    asyncio.run(scene())
    wait_until(is_let_in)
    assert complaints(server) == []


def test_two_of_the_five_are_for_one_address(redis_url: str, start_server: StartServer) -> None:
    """Others get the rest; this machine stands for many people, and may have all of it."""
    server = start_server(redis_url)

    def open_from(address: str) -> Answer:
        return ask(f"{server.url}/practice", {}, forwarded_for=address)

    first, second, third = (open_from(f"2001:db8::{number}") for number in (1, 2, 3))
    assert (first.status, second.status, third.status) == (303, 303, 429)
    assert third.message == "two_rehearse"
    assert 0 < int(third.headers["Retry-After"]) <= STAY_S
    assert open_from("2001:db8:0:1::1").status == 303
    assert [open_from("").status for _ in range(3)] == [303, 303, 503]

    visit = Visit(server.url, first.headers["Location"].split("/")[2], first.cookie)

    async def scene() -> None:
        async with call(visit) as connection:
            me = Leader(connection)
            await me.everybody()
            await me.send(do="start", **{"from": "waiting"})
            await me.send(do="end")
            await me.until(lambda me: me.state["phase"] == "ended")

    asyncio.run(scene())
    wait_until(lambda: open_from("").status == 303)
    # The server is full again, but the address is below its two.
    assert open_from("2001:db8::4").status == 503
    assert "2001:db8" not in server.log


def test_an_address_asks_only_so_often(redis_url: str, start_server: StartServer) -> None:
    """Then it has to wait; every attempt counts, whether there is a place or not."""
    server = start_server(redis_url)
    answers = [
        ask(f"{server.url}/practice", {}, forwarded_for="192.0.2.77")
        for _ in range(PRACTICES.at_once + 1)
    ]
    assert [answer.status for answer in answers[:3]] == [303, 303, 429]
    turned_away = [answer.message == "too_often" for answer in answers]
    assert turned_away == [False] * PRACTICES.at_once + [True]
    assert all("Retry-After" in answer.headers for answer in answers[2:])


@pytest.mark.parametrize("public_url", ["", "https://circle.example"])
def test_members_come_wherever_the_server_listens(
    redis_url: str, start_server: StartServer, public_url: str
) -> None:
    """HOST and PUBLIC_URL do not matter: they connect to the process itself."""
    server = start_server(redis_url, HOST="::", PUBLIC_URL=public_url)
    url, origin = f"http://127.0.0.1:{server.port}", public_url or None
    answer = ask(f"{url}/practice", {}, origin=origin)
    visit = Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)

    async def scene() -> None:
        async with call(visit, origin=origin) as connection:
            await Leader(connection).everybody()

    asyncio.run(scene())
    assert complaints(server) == []


def test_members_end_with_the_process(redis_url: str, start_server: StartServer) -> None:
    """Nobody waits for them (except perhaps for the last farewell), and nothing is logged."""
    server = start_server(redis_url)
    visit = try_it_alone(server.url)

    async def scene() -> None:
        async with call(visit) as connection:
            me = Leader(connection)
            await me.everybody()
            server.send(signal.SIGTERM)
            assert await me.closed() == 1012

    asyncio.run(scene())
    assert server.ended() == 0
    assert re.search(r"draining.* connections=[12]\b", server.log)
    assert complaints(server) == []


def test_a_member_comes_back_to_a_server_that_restarts(
    redis_url: str, start_server: StartServer
) -> None:
    """They reconnect after 1012; after the session they leave for good."""
    server = start_server(redis_url, SECRET_KEY="the same for both of them")
    fay = start_circle(server.url)
    kumo = join(fay, "Kumo")
    url = kumo.room.replace("http", "ws", 1).removesuffix("room") + "socket"
    door = Door(url, server.url, kumo.cookie)

    async def is_here(me: Leader) -> None:
        await me.until(lambda _me: "Kumo" in me.here())

    async def scene() -> None:
        member = Member(CAST[0].habits, Random(0), pace=10)
        async with call(fay) as connection:
            leader = Leader(connection)
            attending = asyncio.create_task(attend(door, member, Page()))
            await is_here(leader)
            server.send(signal.SIGTERM)
            assert await leader.closed() == 1012
        await asyncio.to_thread(server.ended)
        port = server.url.rpartition(":")[2]
        start_server(redis_url, SECRET_KEY="the same for both of them", PORT=port)
        async with call(fay) as connection:
            leader = Leader(connection)
            await is_here(leader)
            await leader.send(do="end")
            await attending

    asyncio.run(scene())
