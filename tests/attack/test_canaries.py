"""Marked words go through a whole session; afterwards nothing that outlives it contains them."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import redis
from msgspec.structs import replace
from playwright.sync_api import Browser, Request

from server.room.due import KEPT_AFTER_END_MS
from server.room.state import decode, encode
from tests.support.client import Caller, Visit, ask, call, join, open_door, start_circle
from tests.support.people import Circle
from tests.support.processes import Server, servers, wait_until
from tests.support.stored import everything_in, stands_in_files

# No setting increases the log level; these make Python and asyncio as verbose as possible.
LOUD = {"PYTHONDEVMODE": "1", "PYTHONASYNCIODEBUG": "1"}
START_KEY = f"Startkey{secrets.token_hex(6)}"


def marked(word: str) -> str:
    """A word that does not occur by chance."""
    return f"{word}{secrets.token_hex(6)}"


@pytest.fixture(scope="module")
def two_servers(redis_url: str) -> Iterator[tuple[Server, Server]]:
    """Two processes with verbose logs and a start key."""
    with servers() as start:
        yield start(redis_url, START_KEY=START_KEY, **LOUD), start(redis_url, **LOUD)


class Words:
    """The marked words of one session, and other secrets to search for."""

    def __init__(self) -> None:
        self.names = [marked(name) for name in ("Fay", "Ann", "Gil", "Eve")]
        self.prompts = [marked(prompt) for prompt in ("Prompt", "Refused", "Foreign")]
        self.tokens: list[str] = []

    @property
    def typed(self) -> list[str]:
        """The words that people typed in that session."""
        return self.names + self.prompts

    def found_in(self, text: str) -> list[str]:
        """The words that this text contains."""
        return [word for word in [*self.typed, *self.tokens, START_KEY] if word in text]


def knock_wrongly(fay: Visit, words: Words) -> None:
    """Joins and starts that are refused, each with marked words in it."""
    token, eve = fay.token(), words.names[3]
    form = {"token": token, "your_name": eve, "agree": "yes"}
    for wrong in (
        {"token": token[:-2]},
        {"token": token + eve},
        {"your_name": eve * 9},
        {"agree": ""},
        {"your_name": ""},
    ):
        assert ask(f"{fay.url}/join", form | wrong).status in (400, 403)
    assert ask(f"{fay.url}/join", form, origin=f"http://{eve.lower()}.example").status == 403
    start = {"circle_name": eve, "your_name": eve, "start_key": START_KEY}
    for wrong in ({"start_key": START_KEY[1:]}, {"your_name": eve * 9}, {"format": eve}):
        assert ask(f"{fay.url}/circles", start | wrong).status == 400
    for cookie in (f"{fay.cookie}{eve}", f"circle_{fay.circle_id}={eve}"):
        assert ask(fay.room, cookie=cookie).status == 401
    assert ask(f"{fay.url}/circles/{eve}/room").status == 404
    assert ask(f"{fay.url}/join?{token}={eve}").status == 200
    assert ask(f"{fay.url}/join%23{token}{eve}").status == 200


async def hold_session(fay: Visit, ann: Visit, gil: Visit, words: Words) -> None:
    """Prompts that are shown and refused, bad frames, and a whole session to its end."""
    shown, refused, foreign = words.prompts
    async with AsyncExitStack() as stack:
        people = [Caller(await stack.enter_async_context(call(v))) for v in (fay, ann, gil)]
        one, two, three = people
        for name in words.names[:3]:
            await three.until(lambda me, name=name: name in me.regions.get("circle", ""))  # type: ignore[misc]
        for text in ('{"do":"prompt","text":["%s"]}', '{"do":"%s"}', '{"%s'):
            bad = await stack.enter_async_context(call(ann))
            await bad.send(text % foreign)
            assert await Caller(bad).closed() == 4400
        await two.send(do="prompt", text=refused)
        assert await two.refused() == "not_allowed"
        await one.send(do="whisper", text=refused)
        await three.until(lambda me: any("whisper" in answer for answer in me.answers))
        await one.send(do="prompt", text=refused * 40)
        assert await one.refused() == "too_long"
        await one.send(do="give_floor", seat=refused)
        await one.send(do="start", **{"from": "waiting"})
        await two.until(lambda me: me.state["phase"] == "arrival")
        await one.send(do="prompt", text=shown)
        await two.until(lambda me: shown in me.regions["stage"])
        for before, after in (("arrival", "call"), ("call", "presentation")):
            await three.send(do="advance", **{"from": before})
            await one.until(lambda me, after=after: me.state["phase"] == after)  # type: ignore[misc]
        await one.send(do="end")
        for person in people:
            await person.until(lambda me: me.state["phase"] == "ended")


def half_a_minute_later(client: redis.Redis, circle_id: str) -> None:
    """Backdates the end of this session so that its room is due now, and waits for its deletion."""
    key = f"circle:{{{circle_id}}}:room"
    value = client.hget(key, "value")
    assert isinstance(value, bytes)
    room = decode(value)
    assert room.ended_at is not None
    client.hset(key, "value", encode(replace(room, ended_at=room.ended_at - KEPT_AFTER_END_MS)))
    client.zadd("due", {circle_id: int(time.time() * 1000) - KEPT_AFTER_END_MS})
    wait_until(lambda: not client.exists(key))


def test_marked_words_are_found_nowhere_afterwards(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Outputs and metrics of both servers, and Redis' keys, values and files are searched."""
    words = Words()
    with redis.Redis.from_url(redis_url) as client:
        folder = Path(client.config_get("dir")["dir"])
        fay = start_marked(two_servers[0].url, words.names[0])
        words.tokens = [fay.token(role).partition(".")[2] for role in ("member", "facilitator")]
        ann = join(fay, words.names[1])
        gil = join(fay, words.names[2], "facilitator").at(two_servers[1].url)
        knock_wrongly(fay, words)
        asyncio.run(hold_session(fay, ann, gil, words))
        # The search works: until it is rewritten, the file contains the words.
        assert stands_in_files(folder, words.names[0].encode())
        assert words.found_in(everything_in(redis_url)) == []
        half_a_minute_later(client, fay.circle_id)
        wait_until(lambda: not any(stands_in_files(folder, w.encode()) for w in words.typed))
    found = {
        "Redis": words.found_in(everything_in(redis_url)),
        "files": [w for w in [*words.tokens, START_KEY] if stands_in_files(folder, w.encode())],
    }
    for place, server in enumerate(two_servers):
        found[f"log {place}"] = words.found_in(server.log)
        metrics = ask(f"{server.url}/metrics")
        assert "balint_commands_total" in metrics.text
        found[f"metrics {place}"] = words.found_in(metrics.text)
    assert {place: words for place, words in found.items() if words} == {}


def start_marked(url: str, name: str) -> Visit:
    """A circle of somebody who knows the start key."""
    form = {"circle_name": "Tuesday", "your_name": name, "start_key": START_KEY}
    answer = ask(f"{url}/circles", form)
    assert answer.status == 303, answer.text
    visit = Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)
    open_door(visit)
    return visit


def test_a_browser_sends_the_token_in_one_form_and_nothing_else(
    chromium: Browser, two_servers: tuple[Server, Server]
) -> None:
    """No other request or Referer has the token, and the browser stores none."""
    sent: list[str] = []
    forms: list[str] = []

    def note(request: Request) -> None:
        headers = request.all_headers()
        headers.pop("cookie", None)
        sent.append(f"{request.url} {headers}")
        forms.append(request.post_data or "")

    url = two_servers[1].url
    words = Words()
    circle = Circle(chromium, [url, url])
    fay = circle.start(words.names[0])
    link = fay.page.locator("[data-invite=member]").input_value()
    words.tokens = [link.partition("#")[2].partition(".")[2]]
    page = circle.open_page()
    page.on("request", note)
    page.on("websocket", lambda socket: sent.append(socket.url))
    page.goto(link)
    page.locator("[name=your_name]").fill(words.names[1])
    page.locator("[name=agree]").check()
    page.locator("[data-do=join]").click()
    page.wait_for_url("**/room")
    page.locator("#connection[data-kind=open]").wait_for()
    page.reload()
    page.locator("#connection[data-kind=open]").wait_for()
    kept = page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    shown = page.evaluate("[document.referrer, location.href, document.title].join()")
    assert any(words.found_in(form) for form in forms)
    assert words.found_in("".join(sent) + kept + shown) == []
    circle.close()


def test_a_cookie_shows_no_token(two_servers: tuple[Server, Server]) -> None:
    """Neither a stolen cookie nor any header reveals an invitation."""
    fay = start_circle(two_servers[1].url)
    token = fay.token()
    form = {"token": token, "your_name": "Ben", "agree": "yes"}
    answer = ask(f"{fay.url}/join", form)
    assert token.partition(".")[2] not in str(answer.headers)
