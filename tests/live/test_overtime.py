"""The end of a phase's time, which changes nothing in the room."""

from __future__ import annotations

import asyncio

from tests.support.client import Caller, call, start_circle


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
