"""This is Anna's chair: given by a facilitator, by any process."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from tests.support.client import Caller, Visit, ask, call, join, start_circle
from tests.support.page import Page


def test_the_old_cookie_is_dead_and_the_new_one_has_the_chair(url: str, other_url: str) -> None:
    """With its role; the old page is told at once, and so is every other process."""
    fay = start_circle(url)
    ann = join(fay, "Ann", "facilitator")

    async def scene() -> tuple[Visit, str]:
        async with AsyncExitStack() as stack:
            leads = Caller(await stack.enter_async_context(call(fay)))
            async with call(ann) as connection:
                page = Caller(connection)
                await page.until(lambda me: "seat" in me.state)
                old = page.state["seat"]
            await leads.until(lambda me: "data-away" in me.chair(old))
            await leads.send(do="lobby", on=True)
            await leads.until(lambda me: 'aria-pressed="true"' in me.regions["dock"])
            dan = await asyncio.to_thread(join, fay.at(other_url), "Dan")
            there = dan.at(other_url)
            newcomer = Caller(await stack.enter_async_context(call(there)))
            await newcomer.until(lambda me: me.state.get("phase") == "lobby")
            new = newcomer.state["seat"]
            offered = f'id="chair-{new}-{old}"'
            await leads.until(lambda me: offered in me.regions["dock"])
            async with call(ann.at(other_url)) as connection:
                back = Caller(connection)
                await back.until(lambda me: "seat" in me.state)
                await leads.until(lambda me: offered not in me.regions["dock"])
                await leads.send(do="admit", seat=new, chair=old)
                assert await leads.refused() == "stale"
            await leads.until(lambda me: offered in me.regions["dock"])
            await leads.send(do="admit", seat=new, chair=old)
            await newcomer.until(lambda me: me.state.get("phase") == "waiting")
            await leads.until(lambda me: bool(me.chair(new)) and not me.chair(old))
            async with call(ann) as connection:
                assert await Caller(connection).closed() == 4401
            return there, new

    there, new = asyncio.run(scene())
    for visit in (ann, ann.at(other_url)):
        assert ask(visit.room, cookie=visit.cookie).status == 401
        assert ask(visit.room.removesuffix("/room"), cookie=visit.cookie).status == 401
    page = Page(ask(there.room, cookie=there.cookie).text)
    assert (page.state["seat"], page.state["role"]) == (new, "facilitator")
    assert ask(fay.room, cookie=fay.cookie).status == 200
