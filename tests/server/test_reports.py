"""What a page reports by itself is not answered like a press."""

from __future__ import annotations

import asyncio

from tests.support.client import Caller, call, start_circle


async def _a_report_between_presses(url: str) -> None:
    host = start_circle(url)
    async with call(host) as connection:
        fay = Caller(connection)
        await fay.until(lambda me: bool(me.versions))
        await fay.send(do="resume")
        assert await fay.refused() == "not_now"
        refusal = fay.sentence
        await fay.send(do="spoke", ms=20_000)  # Refused: nothing has begun.
        await fay.send(do="ping", t=1)
        await fay.until(lambda me: bool(me.answers))
        assert fay.sentence == refusal
        await fay.send(do="start", **{"from": "waiting"})
        await fay.until(lambda me: me.state["phase"] == "arrival" and me.code == "")
        await fay.send(do="yield")
        await fay.until(lambda me: me.versions[-1] == me.versions[0] + 2)
        await fay.send(do="resume")
        assert await fay.refused() == "stale"
        await fay.send(do="spoke", ms=20_000)
        await fay.until(lambda me: me.versions[-1] == me.versions[0] + 3)
        await fay.send(do="ping", t=2)
        await fay.until(lambda me: len(me.answers) == 2)
        assert fay.code == "stale"


def test_a_report_neither_shows_a_refusal_nor_takes_one_away(url: str) -> None:
    """The refusal of a press stays until the next press, whatever the page counts meanwhile."""
    asyncio.run(_a_report_between_presses(url))
