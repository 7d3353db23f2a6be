"""Script in every text field is always shown as text."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Dialog, expect

from server.circle.register import Attended, Register, Row
from server.identity import Identity
from server.room.formats.plan import OWN, Format
from server.room.formats.shipped import plan_of
from server.room.state import Floor, Role, Room
from tests.attack.pages import read, with_words
from tests.support.client import Caller, ask, call
from tests.support.factories import NOW, a_room
from tests.support.people import Circle
from tests.support.planted import KEY, plant, plant_register, seated
from tests.support.processes import Server, StartServer

HOSTILE = {
    "script": "<script>hacked=1</script>",
    "image": '"><img src=x onerror=hacked=1>',
    "quote": "' onfocus='hacked=1' autofocus='",
    "textarea": "</textarea></title><script>hacked=1//",
    "template": "{{7*7}}{% raw %}${7*7}#{7*7}",
    "htmx": "' hx-get='/circles' hx-trigger='load",
    "partial": "</hx-partial><script>hacked=1</script>",
    "json": '","do":"end","text":"',
    "address": "javascript:hacked=1",
    "escaped": "&lt;img src=x onerror=hacked=1&gt;",
    "comment": "--><svg onload=hacked=1><!--",
    "data": "]]><math><mi xlink:href=javascript:1>",
}
PLAIN = "Wordless"
VIEWERS = ("fay", "ann", "mei", "olu")


def a_plan(word: str) -> Format:
    """A circle's own format with this word in every text field."""
    plan = plan_of("classic-60")
    texts = dict.fromkeys(("title", "short", "purpose", "guidance", "watch"), word)
    phases = tuple(replace(phase, **texts, prompts=(word, word)) for phase in plan.phases)
    return replace(plan, key=OWN, title=word, phases=phases)


def rooms(word: str) -> list[Room]:
    """Rooms with this word in everything that people type, in several phases."""
    found = []
    own = {"format": OWN, "own_plan": a_plan(word)}
    for moment in ("waiting", "call", "presentation", "questions", "reflection", "ended"):
        room = a_room(moment, presenter=None if moment in ("waiting", "call") else "mei")
        room = replace(room, **own)
        seats = [replace(seat, name=word, spoken_ms=90_000) for seat in room.seats]
        if moment != "ended":
            seats[2] = replace(seats[2], away_since=NOW)
            seats[1] = replace(seats[1], offers_case=moment == "call", spoken_ms=0)
            room = replace(room, prompt=word, return_asked=moment == "reflection")
        if moment == "call":
            room = replace(room, elsewhere=f"https://example.org/{word}")
        if moment == "questions":
            room = replace(room, floor=Floor("ann", NOW), hands=("cem", "ben"))
        found.append(replace(room, seats=tuple(seats)))
    return found


COUNTED = re.compile(
    r'data-now="\d+"|(?<=id="notice-)\d+|(?<=id="length">)[\d,]+|(?<=/calendar/)ID\.\w+'
    r'|(?<=name="seen" value=")[0-9a-f]{16}'
)
"""The time, the number of a notice, the length and the mark of a format, and the secret of a feed,
which differ between words."""
NAMING: tuple[dict[str, Any], ...] = (
    {"do": "give_floor", "seat": "ann"},
    {"do": "give_floor", "seat": "ben"},
    {"do": "give_floor", "seat": "olu"},
    {"do": "seat_presenter", "seat": "mei"},
    {"do": "seat_presenter", "seat": "gil"},
    {"do": "make_member", "seat": "ann"},
)
REFUSED: tuple[dict[str, Any], ...] = (
    *NAMING,
    {"do": "give_floor", "seat": PLAIN},
    {"do": "make_observer", "seat": PLAIN},
    {"do": "go", "from": "questions", "to": PLAIN},
    {"do": "start", "from": PLAIN},
    {"do": "advance", "from": PLAIN},
    {"do": "prompt", "text": PLAIN * 40},
)
"""Commands that are refused to a facilitator in the questions; those of NAMING with a name."""


async def heard(url: str, room: Room, word: str) -> list[str]:
    """The frames of the socket: every region for each kind of person, and every refusal."""
    pages = []
    for who in VIEWERS:
        async with call(seated(url, room, who)) as connection:
            me = Caller(connection)
            await me.until(lambda me: "dock" in me.regions)
            pages += [html for _name, html in sorted(me.regions.items())]
            if who != "fay" or room.phase != "questions":
                continue
            for command in REFUSED:
                me.regions.pop("notice", None)
                await me.send(**{k: v.replace(PLAIN, word) for k, v in command.items()})
                await me.refused()
                pages.append(me.regions["notice"])
    return pages


def shown(url: str, word: str, redis_url: str) -> list[str]:
    """Every page and every region of these rooms, for each kind of person."""
    pages = []
    for room in rooms(word):
        planted = plant(redis_url, room, circle_name=word)
        people = tuple(Attended(who, word, "member") for who in VIEWERS)
        rows = (Row(datetime.now(UTC).date(), 60, people),)
        plant_register(redis_url, planted.id, Register(is_on=True, rows=rows))
        circle = f"{url}/circles/{planted.id}"
        paths = ("", "/room", "/format", "/register")
        found = []
        for who in VIEWERS:
            cookie = seated(url, planted, who).cookie
            found += [ask(circle + p, cookie=cookie).text for p in paths]
        found += asyncio.run(heard(url, planted, word))
        pages += [COUNTED.sub("", page.replace(planted.id, "ID")) for page in found]
    return pages


def answered(url: str, word: str, redis_url: str) -> list[str]:
    """Every form of every page, refused with this word in one field or all."""
    room = plant(redis_url, replace(a_room(), locked=True))
    fay = seated(url, room, "fay")
    token = Identity(KEY).token(room.id, Role.MEMBER, room.links)
    names = ("circle_name", "your_name", "format", "start_key", "attempt")
    fields = (*names, "rhythm", "nth", "weekday", "every", "first_on", "dates", "at", "time_zone")
    start = dict.fromkeys(fields, "x")
    # There is no format of that name, so none of them starts a circle.
    forms = [("/circles", start | {field: word}) for field in start]
    forms.append(("/circles", dict.fromkeys(start, word)))
    forms.append(("/circles", dict.fromkeys(start, word * 20)))
    forms.append(("/invitation", {"token": word}))
    forms.append(("/join", {"token": word, "your_name": word, "agree": "yes"}))
    forms.append(("/join", {"token": token, "your_name": word, "agree": word}))
    forms.append(("/join", {"token": token, "your_name": word * 9, "agree": "yes"}))
    forms.append(("/join", {"token": token, "your_name": word, "agree": "yes"}))
    # A form without `attempt` gets another one each time.
    answers = [ask(url + path, {"attempt": word} | form) for path, form in forms]
    circle = f"{url}/circles/{room.id}"
    answers.append(ask(circle, {"format": word}, cookie=fay.cookie))
    answers.append(ask(f"{circle}/register", {"on": "yes", "months": word}, cookie=fay.cookie))
    period = urlencode({"from": word[:40], "until": word[:40]})
    answers.append(ask(f"{circle}/certificate?{period}", cookie=fay.cookie))
    answers.append(ask(f"{url}/verify", {"code": word}))
    assert all(400 <= answer.status < 500 for answer in answers)
    # Sentences contain its length, and the words may differ in length.
    pages = [re.sub(r"has \d+ characters", "", answer.text) for answer in answers]
    pages = [page.replace(token, "TOKEN").replace(room.id, "ID") for page in pages]
    return [COUNTED.sub("", page) for page in pages]


@pytest.fixture(scope="module")
def plain(two_servers: tuple[Server, Server], redis_url: str) -> list[list[tuple[str, ...]]]:
    """The content of all these pages with a plain word."""
    url = two_servers[0].url
    pages = shown(url, PLAIN, redis_url) + answered(url, PLAIN, redis_url)
    return [read(page) for page in pages]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_typed_stays_text(
    name: str, plain: list[list[tuple[str, ...]]], url: str, redis_url: str
) -> None:
    """Every page equals the one with the plain word: no element or attribute more or other."""
    word = HOSTILE[name]
    pages = [*shown(url, word, redis_url), *answered(url, word, redis_url)]
    assert len(pages) == len(plain)
    for page, with_plain in zip(pages, plain, strict=True):
        assert read(page) == with_words(with_plain, {PLAIN: word})


def test_the_words_were_really_shown(plain: list[list[tuple[str, ...]]]) -> None:
    """Most pages have it, and so does every region and refusal that can contain a name."""
    with_word = [page for page in plain if any(PLAIN in part for piece in page for part in piece)]
    roots = {piece[1] for page in with_word for piece in page if len(piece) > 1}
    for region in ("circle", "stage", "hands", "dock", "notice", "turn"):
        assert f"id={region}" in roots
    refusals = [page for page in with_word if page[0][:2] == ("p", "id=notice")]
    assert len(refusals) == len(NAMING)


def test_a_start_key_is_never_shown_again(redis_url: str, start_server: StartServer) -> None:
    """No answer contains the right one or a wrong one."""
    url = start_server(redis_url, START_KEY="open-sesame-17").url
    form = {"circle_name": "Tuesday", "your_name": ""}
    for key in (*HOSTILE.values(), "open-sesame-17"):
        answer = ask(f"{url}/circles", form | {"start_key": key})
        assert answer.status == 400
        pieces = [part for piece in read(answer.text) for part in piece]
        assert not any(key in part for part in pieces)


def test_a_browser_runs_nothing_of_it(
    chromium: Browser, two_servers: tuple[Server, Server]
) -> None:
    """No dialog, no error, no script: the page shows the text as it was typed."""
    circle = Circle(chromium, [server.url for server in two_servers])
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    fay = circle.start(HOSTILE["image"], called=HOSTILE["htmx"])
    ben = circle.join(HOSTILE["script"])
    for person in (fay, ben):
        person.page.on("dialog", note)
        expect(person.page.locator(".circle-name")).to_have_text(HOSTILE["htmx"])
    fay.press("start")
    circle.all_see(lambda person: person.sees_phase("arrival"))
    fay.submit("prompt", text=HOSTILE["partial"])
    expect(ben.page.locator("#stage .prompt")).to_have_text(f"“{HOSTILE['partial']}”")
    fay.press_calmly("make_facilitator", about=ben.name)
    ben.unfold("dock-more")
    ben.submit("whisper", text=HOSTILE["image"])
    expect(fay.page.locator("#word .text")).to_contain_text(HOSTILE["image"])
    fay.press_calmly("make_member", about=ben.name)
    ben.press("raise_hand")
    expect(fay.hands).to_have_text(f"1 {ben.name}")
    fay.press_calmly("remove", about=ben.name)
    expect(fay.page.locator("#confirm-question")).to_contain_text(ben.name)
    fay.press("cancel")
    for person in (fay, ben):
        person.page.reload()
        person.is_connected()
        expect(person.page.locator("#circle .name")).to_have_text([fay.name, ben.name])
        assert person.page.evaluate("typeof window.hacked") == "undefined"
    assert (dialogs, circle.problems) == ([], [])
    circle.close()
