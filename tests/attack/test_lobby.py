"""A lobby filled by strangers, and people who come back to it, on two processes."""

from __future__ import annotations

import asyncio
import html
import json
import re
from contextlib import AsyncExitStack
from typing import Any

import pytest

from server.room.lobby import MAX_WAITING
from tests.support.client import Answer, Caller, Visit, ask, call, join, start_circle
from tests.support.processes import Server


def knock(url: str, token: str, name: str, *, cookie: str = "") -> Answer:
    """Somebody sends the form of the invitation."""
    return ask(f"{url}/join", {"token": token, "your_name": name, "agree": "yes"}, cookie=cookie)


def dock(caller: Caller) -> str:
    """The facilitator's controls."""
    return caller.regions.get("dock", "")


def pressed(caller: Caller, do: str, about: str = "") -> dict[str, Any]:
    """The command of the facilitator's first button that does this; empty without one. The dock
    leaves out what the stage offers. Any: a command."""
    whom = f' data-about="{about}"' if about else ""
    shown = caller.regions.get("attention", "") + dock(caller)
    found = re.search(rf"data-do=\"{do}\"{whom} hx-ws:send hx-vals='([^']*)'", shown)
    return json.loads(html.unescape(found[1])) if found else {}


def waiting(caller: Caller) -> dict[str, str]:
    """The people at the door, by name, with the dock's words about them."""
    rows = re.findall(r'<li id="waits-.*?</li>', dock(caller), re.DOTALL)
    names = [re.findall(r"<bdi[^>]*>(.*?)</bdi>(.*?)</span>\n", row, re.DOTALL)[0] for row in rows]
    return {name: re.sub(r"<[^>]*>", "", said).strip() for name, said in names}


@pytest.fixture
def fay(two_servers: tuple[Server, Server]) -> Visit:
    """Somebody leads at the first process; the door has its defaults."""
    return start_circle(two_servers[0].url, door="closed")


def test_a_lobby_that_was_filled_is_emptied_with_one_press(
    two_servers: tuple[Server, Server], fay: Visit
) -> None:
    """The twenty-first person gets in; a later one is not declined."""
    other, token = two_servers[1].url, fay.token()
    for number in range(MAX_WAITING):
        assert knock(other, token, f"Crowd {number}").status == 303
    full = knock(other, token, "Dan")
    assert (full.status, full.refused) == (409, "full")

    async def scene() -> None:
        async with call(fay) as connection:
            leads = Caller(connection)
            await leads.until(lambda me: len(waiting(me)) == MAX_WAITING)
            seen = pressed(leads, "decline")
            await leads.send(**seen)
            await leads.until(lambda me: not waiting(me))
            dan = await asyncio.to_thread(join, fay, "Dan")
            async with call(dan.at(other)) as waits:
                guest = Caller(waits)
                await guest.until(lambda me: me.state.get("phase") == "lobby")
                await leads.until(lambda me: list(waiting(me)) == ["Dan"])
                await leads.send(**seen)
                assert await leads.refused() == "stale"
                await leads.send(do="admit", seat=guest.state["seat"])
                await guest.until(lambda me: me.state["role"] == "member")

    asyncio.run(scene())


def test_who_comes_while_all_are_admitted_was_not_seen_and_waits(
    two_servers: tuple[Server, Server], fay: Visit
) -> None:
    """This also holds when a page of an earlier release admits all without names."""
    people = [join(fay, name).at(two_servers[1].url) for name in ("Ann", "Ben")]

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            leads, *guests = [
                Caller(await stack.enter_async_context(call(who))) for who in (fay, *people)
            ]
            await leads.until(lambda me: len(pressed(me, "admit").get("seats", ())) == 2)
            seen = pressed(leads, "admit")
            eve = await asyncio.to_thread(join, fay, "Eve")
            unseen = Caller(await stack.enter_async_context(call(eve)))
            await unseen.until(lambda me: me.state.get("phase") == "lobby")
            await leads.send(do="admit")
            assert await leads.refused() == "stale"
            await leads.send(**seen)
            for guest in guests:
                await guest.until(lambda me: me.state.get("role") == "member")
            await leads.until(lambda me: list(waiting(me)) == ["Eve"])
            assert unseen.state["phase"] == "lobby"

    asyncio.run(scene())


@pytest.mark.parametrize("how", ["declined", "removed"])
def test_who_was_put_out_and_knocks_again_is_marked_and_not_admitted_with_all(
    two_servers: tuple[Server, Server], fay: Visit, how: str
) -> None:
    """Their browser sends the revoked cookie; without it they cannot be recognised."""
    other, token = two_servers[1].url, fay.token()
    dan = join(fay, "Dan")

    async def scene() -> None:
        async with call(fay) as one:
            leads = Caller(one)
            async with call(dan.at(other)) as two:
                out = Caller(two)
                await out.until(lambda me: me.state.get("phase") == "lobby")
                seat = out.state["seat"]
                await leads.until(lambda me: list(waiting(me)) == ["Dan"])
                if how == "declined":
                    await leads.send(do="decline", seat=seat)
                else:
                    await leads.send(do="admit", seat=seat)
                    await out.until(lambda me: me.state["role"] == "member")
                    await leads.send(do="remove", seat=seat)
                assert await out.closed() == 4401
            for name, cookie in (("Ann", ""), ("Daniel", dan.cookie), ("Ben", "")):
                assert knock(other, token, name, cookie=cookie).status == 303
            await leads.until(lambda me: len(waiting(me)) == 3)
            said = waiting(leads)
            assert [name for name in said if f"was {how} before" in said[name]] == ["Daniel"]
            await leads.send(**pressed(leads, "admit"))
            await leads.until(lambda me: list(waiting(me)) == ["Daniel"])

    asyncio.run(scene())


def test_guests_who_came_by_a_link_that_was_renewed_wait_no_more(
    two_servers: tuple[Server, Server], fay: Visit
) -> None:
    """Their pages close, their cookies and the old link are invalid, and the new one works."""
    other, old = two_servers[1].url, fay.token()
    guests = [join(fay, name).at(other) for name in ("Ann", "Ben")]

    async def scene() -> None:
        async with call(fay) as one, call(guests[0]) as two:
            leads, out = Caller(one), Caller(two)
            await out.until(lambda me: me.state.get("phase") == "lobby")
            await leads.until(lambda me: len(waiting(me)) == 2)
            await leads.send(do="renew_links")
            assert await out.closed() == 4401
            await leads.until(lambda me: not waiting(me))

    asyncio.run(scene())
    for guest in guests:
        assert ask(guest.room, cookie=guest.cookie).status == 401
        again = knock(other, old, "Ann", cookie=guest.cookie)
        assert (again.status, again.refused) == (403, "not_allowed")
    anew = join(fay, "Ann", cookie=guests[0].cookie)
    assert 'data-phase="lobby"' in ask(anew.at(other).room, cookie=anew.cookie).text


@pytest.mark.parametrize("together", [True, False])
def test_somebody_who_renames_themself_as_they_are_admitted_was_not_seen(
    two_servers: tuple[Server, Server], fay: Visit, together: bool
) -> None:
    """The form is sent to another process; the next page's button admits them."""
    other, token = two_servers[1].url, fay.token()
    ann, dan = (join(fay, name).at(other) for name in ("Ann", "Dan"))

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            leads, _, guest = [
                Caller(await stack.enter_async_context(call(who))) for who in (fay, ann, dan)
            ]
            await guest.until(lambda me: me.state.get("phase") == "lobby")
            await leads.until(lambda me: len(pressed(me, "admit").get("seats", ())) == 2)
            seen = pressed(leads, "admit", "" if together else guest.state["seat"])
            again = await asyncio.to_thread(knock, other, token, "Professor", cookie=dan.cookie)
            assert again.status == 303
            await leads.until(lambda me: "Professor" in waiting(me))
            await leads.send(**seen)
            if together:
                await leads.until(lambda me: list(waiting(me)) == ["Professor"])
            else:
                assert await leads.refused() == "stale"
            await leads.send(**pressed(leads, "admit", guest.state["seat"]))
            await guest.until(lambda me: me.state["role"] == "member")

    asyncio.run(scene())


def test_a_member_with_a_forwarded_facilitator_link_asks_and_keeps_their_chair(
    two_servers: tuple[Server, Server], fay: Visit
) -> None:
    """Their page stays a member's until a facilitator agrees."""
    other, token = two_servers[1].url, fay.token("facilitator")
    ann = join(fay, "Ann").at(other)

    async def scene() -> None:
        async with call(fay) as one, call(ann) as two:
            leads, asks = Caller(one), Caller(two)
            await asks.until(lambda me: me.state.get("phase") == "lobby")
            await leads.send(do="admit", seat=asks.state["seat"])
            await asks.until(lambda me: me.state["role"] == "member")
            again = await asyncio.to_thread(knock, other, token, "Ann", cookie=ann.cookie)
            assert again.status == 303
            seat = asks.state["seat"]
            await leads.until(lambda me: bool(pressed(me, "make_facilitator", seat)))
            await asks.until(lambda me: 'data-sign="asks_to_lead"' in me.regions["attention"])
            page = await asyncio.to_thread(ask, ann.room, cookie=ann.cookie)
            assert 'data-role="member"' in page.text
            assert "data-invite" not in page.text
            await leads.send(**pressed(leads, "make_facilitator", seat))
            await asks.until(lambda me: me.state["role"] == "facilitator")

    asyncio.run(scene())
