"""The end of a phase's time, which changes nothing in the room."""

from __future__ import annotations

import asyncio
import time

from server.live.room import LiveRoom
from server.room.state import Clock
from tests.support.client import Caller, call, start_circle
from tests.support.factories import a_room


def test_who_leads_is_told_that_the_time_is_over_without_a_change(url: str) -> None:
    """The server renders the room again at that moment; the version stays."""
    fay = start_circle(url)

    async def scene() -> tuple[str, str]:
        async with call(fay) as socket:
            leads = Caller(socket)
            await leads.send(do="start", **{"from": "waiting"})
            await leads.until(lambda me: me.state.get("phase") == "arrival")
            await leads.send(do="go", to="reflection", **{"from": "arrival"})
            await leads.until(lambda me: me.state["phase"] == "reflection")
            ends_at = int(leads.state["ends-at"])
            await leads.send(do="extend", seconds=-(24 * 60 + 58), ends_at=ends_at)
            await leads.until(lambda me: int(me.state["ends-at"]) < ends_at)
            before = leads.state["version"]
            await leads.until(lambda me: 'data-kind="time_over"' in me.regions["attention"])
            return before, leads.state["version"]

    before, after = asyncio.run(scene())
    assert before == after


def test_the_end_is_awaited_again_when_the_clock_was_set_back() -> None:
    """The servers' clock is an estimate, so the timer may fire before the end."""

    async def scene() -> None:
        offset = 0
        is_over = asyncio.Event()
        ends_at = time.time_ns() // 1_000_000 + 50

        def now() -> int:
            estimate = time.time_ns() // 1_000_000 + offset
            if estimate > ends_at:
                is_over.set()
            return estimate

        room = a_room("arrival", clock=Clock(ends_at))
        live = LiveRoom(room, now, lambda *_: "")
        live.rendering()
        offset = -50
        await is_over.wait()

    asyncio.run(scene())
