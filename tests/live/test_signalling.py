"""Signals between the pages of two seats, across processes, and to nobody else."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack

from tests.support.client import PATIENCE_S, Caller, ask, call, join, narrow_line, start_circle
from tests.support.processes import Server

OFFER = {"description": {"type": "offer", "sdp": "v=0\r\no=- 1.50 Zweifel"}, "n": [1, None]}


def test_a_signal_reaches_that_seat_alone(two_servers: tuple[Server, Server]) -> None:
    """Both tabs get it from any process: unchanged, with the sender's seat and no version."""
    fay = start_circle(two_servers[0].url)
    ben, ida = join(fay, "Ben"), join(fay, "Ida")

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            visits = (fay, ben.at(two_servers[1].url), ben, ida)
            people = [Caller(await stack.enter_async_context(call(visit))) for visit in visits]
            for person in people:
                await person.until(lambda me: "seat" in me.state)
            one, two, also_two, three = people
            await one.send(do="signal", to=two.state["seat"], data=OFFER)
            said = {"signal": {"from": one.state["seat"], "data": OFFER}}
            await two.until(lambda me: said in me.answers)
            await also_two.until(lambda me: said in me.answers)
            versions = list(three.versions)
            for person in (one, three):
                await person.send(do="ping", t=1)
                await person.until(lambda me: any("pong" in a for a in me.answers))
                assert not any("signal" in answer for answer in person.answers)
            assert three.versions == versions

    asyncio.run(scene())


def test_a_signal_to_nobody_is_refused(two_servers: tuple[Server, Server]) -> None:
    """The addressed seat is not in this room, or in another circle."""
    fay, other = start_circle(two_servers[0].url), start_circle(two_servers[0].url)

    async def scene() -> None:
        async with call(fay) as connection, call(other) as elsewhere:
            me, stranger = Caller(connection), Caller(elsewhere)
            await stranger.until(lambda me: "seat" in me.state)
            for seat in ("nobody", stranger.state["seat"]):
                await me.send(do="signal", to=seat, data=OFFER)
                assert await me.refused() == "unknown_seat"
            await stranger.send(do="ping", t=1)
            await stranger.until(lambda me: any("pong" in a for a in me.answers))
            assert not any("signal" in answer for answer in stranger.answers)

    asyncio.run(scene())


def test_signals_put_nobody_out(two_servers: tuple[Server, Server]) -> None:
    """A flood by one seat on two connections is cut to its budget.

    Ida, who sends at the same time, still gets through, and nobody is disconnected.
    """
    fay = start_circle(two_servers[0].url)
    ben, ida = join(fay, "Ben"), join(fay, "Ida")

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            visits = (fay, ben, ben.at(two_servers[1].url), ida)
            people = [Caller(await stack.enter_async_context(call(visit))) for visit in visits]
            for person in people:
                await person.until(lambda me: "seat" in me.state)
            victim, flood, also, quiet = people
            seat = victim.state["seat"]
            await flood.send(do="signal", to=seat, data="x" * 20_000)
            assert await flood.refused() == "too_long"
            for _ in range(100):
                for sender in (flood, also):
                    await sender.send(do="signal", to=seat, data="x" * 15_000)
            for sender in (flood, also):
                await sender.send(do="ping", t=1)
                await sender.until(lambda me: any("pong" in a for a in me.answers))
            await quiet.send(do="signal", to=seat, data=OFFER)
            said = {"signal": {"from": quiet.state["seat"], "data": OFFER}}
            await victim.until(lambda me: said in me.answers)
            arrived = sum("x" * 15_000 in text for text in victim.received)
            assert 5 <= arrived <= 20

    asyncio.run(scene())


def test_signals_that_wait_for_a_slow_reader_are_bounded(url: str) -> None:
    """Ten people signal within their budgets: the excess is dropped, and the reader stays."""
    fay = start_circle(url)
    others = [join(fay, f"Ben {number}") for number in range(10)]
    data, each = "x" * 15_000, 8

    async def scene() -> None:
        before = dropped(url)
        async with AsyncExitStack() as stack:
            narrow = await stack.enter_async_context(call(fay, sock=narrow_line(url)))
            reader = Caller(narrow)
            senders = [Caller(await stack.enter_async_context(call(ben))) for ben in others]
            for person in (reader, *senders):
                await person.until(lambda me: "seat" in me.state)
            narrow.transport.pause_reading()
            for sender in senders * each:
                await sender.send(do="signal", to=reader.state["seat"], data=data)
            # Signals return by Redis' subscription, as do the dropped ones.
            async with asyncio.timeout(PATIENCE_S):
                while await asyncio.to_thread(dropped, url) == before:
                    pass
            narrow.transport.resume_reading()
            async with asyncio.timeout(PATIENCE_S):
                while arrived(reader) + dropped(url) - before < len(senders) * each:
                    reader.answers.clear()
                    await reader.send(do="ping", t=2)
                    await reader.until(lambda me: any("pong" in a for a in me.answers))
            assert arrived(reader) + dropped(url) - before == len(senders) * each

    def arrived(reader: Caller) -> int:
        return sum(data in text for text in reader.received)

    asyncio.run(scene())


def dropped(url: str) -> int:
    """The number of signals that a process has dropped."""
    counted = ask(f"{url}/metrics").text
    found = re.search(r"^balint_signals_dropped_total (\d+)", counted, re.MULTILINE)
    assert found
    return int(found[1])


def test_whoever_asks_is_told_the_servers(two_servers: tuple[Server, Server]) -> None:
    """There are none here; the answer has an expiry time."""
    fay = start_circle(two_servers[0].url)

    async def scene() -> None:
        async with call(fay) as connection:
            me = Caller(connection)
            await me.send(do="ice")
            await me.until(lambda me: any("ice" in a for a in me.answers))
            [told] = [a["ice"] for a in me.answers if "ice" in a]
            expected = {"iceServers": [], "iceTransportPolicy": "all", "goodForMs": 3_600_000}
            assert told == expected

    asyncio.run(scene())
