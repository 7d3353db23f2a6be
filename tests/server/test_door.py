"""The door, over the wire: what each person receives, and that nobody receives more."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack

import pytest

from tests.support.client import Caller, Visit, ask, call, join, start_circle
from tests.support.processes import Server
from tests.support.stored import everything_in

UNLOCKS = '{"do":"lock","on":false}'
OURS = ("Fay", "Mei-within", "Zweifel", "arrival", "Arrival", "data-heard", "invite-")
"""Strings of the room that no byte sent to the lobby contains."""


async def in_session(fay: Caller) -> None:
    """Starts the session, with a prompt on the stage."""
    await fay.until(lambda me: "version" in me.state)
    await fay.send(do="start", **{"from": "waiting"})
    await fay.send(do="prompt", text="Zweifel")
    await fay.until(lambda me: "Zweifel" in me.regions.get("stage", ""))


def told(caller: Caller) -> str:
    """All text that this person has received."""
    return "".join(caller.received)


def test_who_waits_in_the_lobby_receives_nothing_of_the_room(
    two_servers: tuple[Server, Server],
) -> None:
    """Neither page nor socket reveals it while the session goes on behind the door."""
    fay = start_circle(two_servers[0].url)
    mei = join(fay, "Mei-within")
    close_door(fay)
    dan = join(fay, "Dan").at(two_servers[1].url)
    page = ask(dan.room, cookie=dan.cookie).text
    assert 'data-phase="lobby"' in page
    assert "What is said here stays here" in page
    assert "Tuesday" in page
    circle_page = ask(f"{dan.url}/circles/{dan.circle_id}", cookie=dan.cookie)
    assert circle_page.status == 200
    assert not any(word in circle_page.text for word in OURS)

    async def scene() -> None:
        async with call(fay) as one, call(mei) as two, call(dan) as three:
            leads, inside, outside = Caller(one), Caller(two), Caller(three)
            await outside.until(lambda me: me.state.get("phase") == "lobby")
            await in_session(leads)
            await leads.until(lambda me: "Dan" in me.regions.get("dock", ""))
            await inside.until(lambda me: "Zweifel" in me.regions.get("stage", ""))
            seat = inside.state["seat"]
            for command in (
                {"do": "ice"},
                {"do": "raise_hand"},
                {"do": "signal", "to": seat, "data": {}},
                {"do": "whisper", "text": "hello"},
            ):
                outside.regions.pop("notice", None)
                await outside.send(**command)
                if command["do"] != "ice":
                    await outside.refused()
            await outside.send(do="ping", t=1)
            await outside.until(lambda me: any("pong" in answer for answer in me.answers))
            assert not any("ice" in answer for answer in outside.answers)
            assert not any(word in told(outside) for word in OURS), told(outside)
            assert "Dan" not in told(inside)

    asyncio.run(scene())
    assert not any(word in page for word in OURS if word != "invite-"), page


def test_who_is_let_in_has_the_room_on_the_same_connection(
    two_servers: tuple[Server, Server],
) -> None:
    """This works across processes; the circle knows them from then on, in later sessions too."""
    fay = start_circle(two_servers[0].url, door="closed")
    dan = join(fay, "Dan").at(two_servers[1].url)

    async def scene() -> None:
        async with call(fay) as one, call(dan) as two:
            leads, guest = Caller(one), Caller(two)
            await guest.until(lambda me: me.state.get("phase") == "lobby")
            await leads.until(lambda me: "Dan" in me.regions.get("dock", ""))
            await leads.send(do="admit", seat=guest.state["seat"])
            await guest.until(lambda me: me.state["role"] == "member")
            assert guest.state["phase"] == "waiting"
            assert "Fay" in guest.regions["circle"]

    asyncio.run(scene())
    assert 'data-phase="waiting"' in ask(dan.room, cookie=dan.cookie).text


@pytest.mark.parametrize("lobby", [True, False])
def test_who_comes_while_the_case_is_told_waits_and_is_seen(
    two_servers: tuple[Server, Server], *, lobby: bool
) -> None:
    """The door has its defaults, or admits newcomers without a request."""
    fay = start_circle(two_servers[0].url, door="closed")

    async def scene() -> None:
        async with call(fay) as one:
            leads = Caller(one)
            await in_session(leads)
            await leads.send(do="lobby", on=lobby)
            await leads.send(do="go", to="presentation", **{"from": "arrival"})
            await leads.until(lambda me: me.state["phase"] == "presentation")
            dan = await asyncio.to_thread(join, fay, "Dan")
            async with call(dan.at(two_servers[1].url)) as two:
                guest = Caller(two)
                await guest.until(lambda me: me.state.get("phase") == "lobby")
                await leads.until(lambda me: 'data-sign="door"' in me.regions["dock"])
                assert ("data-comes-later" in leads.regions["dock"]) is not lobby
                await leads.send(do="advance", **{"from": "presentation"})
                await leads.until(lambda me: me.state["phase"] == "questions")
                if lobby:
                    await leads.send(do="admit", seat=guest.state["seat"])
                await guest.until(lambda me: me.state["phase"] == "questions")
                await leads.send(do="lock", on=True)
                await leads.until(lambda me: UNLOCKS in me.regions["dock"])
        form = {"token": fay.token(), "your_name": "Eva", "agree": "yes"}
        answer = await asyncio.to_thread(ask, f"{fay.url}/join", form)
        assert (answer.status, answer.refused) == (409, "not_now")

    asyncio.run(scene())


def test_who_is_declined_is_out_and_their_cookie_is_dead(url: str) -> None:
    """The connection is closed for good, and the page explains it kindly."""
    fay = start_circle(url, door="closed")
    dan = join(fay, "Dan")

    async def scene() -> None:
        async with call(fay) as one, call(dan) as two:
            leads, guest = Caller(one), Caller(two)
            await guest.until(lambda me: me.state.get("phase") == "lobby")
            await leads.until(lambda me: "Dan" in me.regions.get("dock", ""))
            await leads.send(do="decline", seat=guest.state["seat"])
            assert await guest.closed() == 4401

    asyncio.run(scene())
    assert ask(dan.room, cookie=dan.cookie).status == 401


def test_who_is_removed_receives_nothing_from_then_on(
    two_servers: tuple[Server, Server],
) -> None:
    """The connection ends; the cookie and, in the same step, the old link are revoked."""
    fay = start_circle(two_servers[0].url)
    dan = join(fay, "Dan").at(two_servers[1].url)
    old = fay.token()

    async def scene() -> None:
        async with call(fay) as one, call(dan) as two:
            leads, out = Caller(one), Caller(two)
            await in_session(leads)
            await out.until(lambda me: me.state.get("phase") == "arrival")
            before = told(out)
            await leads.send(do="remove", seat=out.state["seat"], renew=True)
            await leads.until(lambda me: "Dan" not in me.regions["circle"])
            await leads.send(do="prompt", text="Mut")
            assert await out.closed() == 4401
            assert "Mut" not in told(out).removeprefix(before)

    asyncio.run(scene())
    assert ask(dan.room, cookie=dan.cookie).status == 401
    form = {"token": old, "your_name": "Dan", "agree": "yes"}
    assert ask(f"{fay.url}/join", form).status == 403


def test_a_second_browser_on_a_seat_is_shown_as_such(two_servers: tuple[Server, Server]) -> None:
    """Everybody sees the mark until that browser is gone."""
    fay = start_circle(two_servers[0].url)
    dan = join(fay, "Dan")

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            leads = Caller(await stack.enter_async_context(call(fay)))
            one = Caller(await stack.enter_async_context(call(dan)))
            await one.until(lambda me: "seat" in me.state)
            seat = one.state["seat"]
            async with call(dan.at(two_servers[1].url)) as connection:
                other = Caller(connection)
                await other.until(lambda me: "data-windows" in me.chair(seat))
                await leads.until(lambda me: "data-windows" in me.chair(seat))
            await leads.until(lambda me: "data-windows" not in me.chair(seat))

    asyncio.run(scene())


def test_a_word_between_facilitators_reaches_them_alone(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Both processes deliver it; it does not increment the version and is not in Redis."""
    fay = start_circle(two_servers[0].url)
    gil = join(fay, "Gil", "facilitator").at(two_servers[1].url)
    dan = join(fay, "Dan").at(two_servers[1].url)

    async def scene() -> None:
        async with call(fay) as one, call(gil) as two, call(dan) as three:
            people = [Caller(line) for line in (one, two, three)]
            leads, also, member = people
            for person in people:
                await person.until(lambda me: "seat" in me.state)
            await leads.until(lambda me: "Gil" in me.regions["circle"])
            versions = list(member.versions)
            await leads.send(do="whisper", text="Zaudern wir?")
            said = {"whisper": {"from": leads.state["seat"], "text": "Zaudern wir?"}}
            for person in (leads, also):
                await person.until(lambda me: said in me.answers)
            await member.send(do="whisper", text="Ich auch")
            assert await member.refused() == "not_allowed"
            assert "Zaudern" not in told(member)
            assert member.versions[len(versions) :] == []

    asyncio.run(scene())
    assert "Zaudern" not in everything_in(redis_url)


def test_for_the_debrief_members_see_a_last_page_and_are_out(
    two_servers: tuple[Server, Server],
) -> None:
    """Their sockets are closed, the circle still knows them, and facilitators stay."""
    fay = start_circle(two_servers[0].url)
    gil = join(fay, "Gil", "facilitator").at(two_servers[1].url)
    dan = join(fay, "Dan").at(two_servers[1].url)

    async def scene() -> None:
        async with call(fay) as one, call(gil) as two, call(dan) as three:
            leads, also, member = Caller(one), Caller(two), Caller(three)
            await in_session(leads)
            await member.until(lambda me: me.state.get("phase") == "arrival")
            await leads.send(do="debrief")
            assert await member.closed() == 4410
            assert member.state["phase"] == "ended"
            shown = "".join(member.regions.values())
            assert "Thank you" in shown
            assert not any(word in shown for word in ("Fay", "Gil", "Dan", "Zweifel"))
            for person in (leads, also):
                await person.until(lambda me: me.state.get("phase") == "debrief")
                assert "Dan" not in "".join(person.regions.values())
            await also.send(do="extend", seconds=300, ends_at=int(also.state["ends-at"]))
            later = str(int(also.state["ends-at"]) + 300_000)
            await leads.until(lambda me: me.state["ends-at"] == later)
            page = ask(dan.room, cookie=dan.cookie).text
            assert 'data-phase="ended"' in page
            assert "Fay" not in page
            await also.send(do="end")
            await leads.until(lambda me: me.state["phase"] == "ended")

    asyncio.run(scene())
    assert ask(f"{dan.url}/circles/{dan.circle_id}", cookie=dan.cookie).status == 200


def close_door(fay: Visit) -> None:
    """Newcomers wait from now on."""

    async def scene() -> None:
        async with call(fay) as connection:
            leads = Caller(connection)
            await leads.until(lambda me: "version" in me.state)
            await leads.send(do="lobby", on=True)
            pressed = re.compile(r'id="do-lobby"[^>]*aria-pressed="true"')
            await leads.until(lambda me: bool(pressed.search(me.regions["dock"])))

    asyncio.run(scene())
