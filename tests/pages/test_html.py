"""Every page, and the room in every state, is valid HTML."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from server.circle.circle import Circle
from server.pages.format_form import shown
from server.room import commands as c
from server.room.formats.shipped import FORMATS
from server.room.rules import decide
from server.room.state import DEBRIEF, ENDED, Role, Room, Seat
from server.views.language import ENGLISH
from server.views.partials import inner, notice
from server.views.rendering import Rendering
from server.views.templates import render_page
from tests.support.client import ask, join, start_circle
from tests.support.factories import MOMENTS, NOW, a_room, a_seat, two_circles
from tests.support.forms import sent
from tests.support.processes import ROOT, StartServer
from tests.support.rendered import FULL, invite, regions_of, viewers
from tests.support.validity import faults

WHOLE = '<!doctype html><html lang="en"><head><title>A page</title></head><body>{}</body></html>'
PART = WHOLE.format("<main>{}</main>")
CIRCLE_PARTS = sorted((ROOT / "web/templates/circle").glob("*.html"))
CLASSIC = sent(shown(FORMATS["classic-60"]))


def test_a_page_without_faults_has_none() -> None:
    """Otherwise the check would be useless."""
    assert faults(WHOLE.format('<main><label>Name <input name="a"></label></main>')) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "<p>a</b></p>",
        "<p>a<ul></ul></p>",
        '<p class="a" class="b"></p>',
        "<center>a</center>",
        '<p colour="red">a</p>',
        "<ul><p>a</p></ul>",
        "<span><div>a</div></span>",
        "<button>a<label>b <input></label></button>",
        "<label>a <input><input></label>",
        '<label for="nobody">a</label>',
        '<p id="a"></p><p id="a"></p>',
        '<p role="status" aria-labelledby="nobody"></p>',
        '<a href="#nobody">a</a>',
        '<span aria-label="a">b</span>',
        "<input>",
        "<button></button>",
        '<input type="hidden" autocomplete="off">',
        "<details>a</details>",
        "<form><div><form></form></div></form>",
    ],
)
def test_a_fault_is_found(wrong: str) -> None:
    """There is one for each rule."""
    assert faults(WHOLE.format(f"<main>{wrong}</main>")) != []


@pytest.mark.parametrize("part", CIRCLE_PARTS, ids=lambda part: part.stem)
def test_what_a_press_has_done_has_the_focus(part: Path) -> None:
    """On the circle's page, which is long. A fragment would take the focus away at the page's load;
    a fault that is described by its field leaves the focus to that."""
    html = part.read_text()
    for said in re.findall(r'<[^>]*role="(?:status|alert)"[^>]*>', html):
        described = re.search(r'id="([\w-]+)"', said)
        field = described and re.search(f'aria-describedby="{described[1]}"[^>]*autofocus', html)
        assert field or " autofocus" in said, said
    assert re.findall(r'action="[^"]*#', html) == []


def test_every_page_is_valid(url: str) -> None:
    """The first page, the way in, the circle's pages, and their refusals."""
    fay = start_circle(url)
    circle = fay.room.removesuffix("/room")
    alone = ask(circle, cookie=fay.cookie).text
    ann = join(fay, "Ann")
    new = {"do": "add"}
    pages = {
        "the first page": ask(url).text,
        "the first page, refused": ask(f"{url}/circles", {"your_name": ""}).text,
        "join": ask(f"{url}/join").text,
        "join, refused": ask(f"{url}/join", {"token": fay.token(), "your_name": ""}).text,
        "the circle of a founder": alone,
        "the circle": ask(circle, cookie=fay.cookie).text,
        "the circle of a member": ask(circle, cookie=ann.cookie).text,
        "the question before leaving": ask(
            f"{circle}/erase", {"what": "me"}, cookie=ann.cookie
        ).text,
        "what each phase is for": PART.format(ask(f"{circle}/parts", cookie=ann.cookie).text),
        "a QR code": PART.format(ask(f"{circle}/qr", cookie=fay.cookie).text),
        "a choice": ask(circle, {"format": "troika"}, cookie=fay.cookie).text,
        "the editor": ask(f"{circle}/format", cookie=fay.cookie).text,
        "a new phase": ask(f"{circle}/format", CLASSIC | new, cookie=fay.cookie).text,
        "a bad format": ask(f"{circle}/format", dict.fromkeys(CLASSIC, ""), cookie=fay.cookie).text,
        "a bad file": ask(f"{circle}/format", {"do": "read", "file": "?"}, cookie=fay.cookie).text,
        "a saved format": ask(f"{circle}/format", CLASSIC, cookie=fay.cookie).text,
        "the circle with its own format": ask(circle, cookie=fay.cookie).text,
        "the link of a mail": ask(f"{url}/reminders").text,
        "the link of a mail, refused": ask(f"{url}/reminders", {"token": "x"}).text,
        "the way to stop mails": ask(f"{url}/reminders/stop/x").text,
        "mails are stopped": ask(f"{url}/reminders/stop/x", {}).text,
        "what is kept": ask(f"{circle}/kept", cookie=ann.cookie).text,
        "the room": ask(fay.room, cookie=fay.cookie).text,
        "answers to no question": ask(f"{circle}/pulse", {"heard": "9"}, cookie=ann.cookie).text,
        "a room that one has left": ask(f"{circle}/left", cookie=ann.cookie).text,
        "the first page of somebody who is known": ask(url, cookie=fay.cookie).text,
        "help": ask(f"{url}/help").text,
        "privacy": ask(f"{url}/privacy").text,
        "another address of the feed": ask(
            f"{circle}/feed", {"do": "renew"}, cookie=ann.cookie
        ).text,
        "a name that the feed cannot have": ask(f"{circle}/feed", {}, cookie=ann.cookie).text,
        "a code": ask(f"{circle}/device", {"do": "show"}, cookie=ann.cookie).text,
        "a code that is over": ask(f"{circle}/device", {"do": "choose"}, cookie=ann.cookie).text,
        "another device": ask(f"{url}/device").text,
        "another device, refused": ask(f"{url}/device", {"code": "x"}).text,
        "the register, off": ask(f"{circle}/register", cookie=fay.cookie).text,
        "no certificate": ask(f"{circle}/certificate", cookie=ann.cookie).text,
        "a bad period": ask(f"{circle}/certificate?from=x", cookie=ann.cookie).text,
        "the form for a certificate": ask(f"{url}/verify").text,
        "a bad code": ask(f"{url}/verify", {"code": "x"}).text,
        "nothing": ask(f"{url}/nothing").text,
        "a room that one does not know": ask(fay.room).text,
    }
    for what in ("absent", "me"):
        form = {"what": what}
        pages[f"{what}?"] = ask(f"{circle}/erase", form, cookie=fay.cookie).text
    pages["absent"] = ask(f"{circle}?forgotten=1", cookie=fay.cookie).text
    pages["erased"] = ask(f"{circle}?did=keep_circle", cookie=fay.cookie).text
    me = {"what": "me", "confirmed": "yes"}
    pages["me"] = ask(f"{circle}/erase", me, cookie=fay.cookie).text
    assert all("<main" in page for page in pages.values())
    assert {name: wrong for name, page in pages.items() if (wrong := faults(page))} == {}


def test_the_pages_of_a_server_with_a_start_key_and_of_a_practice_are_valid(
    redis_url: str, start_server: StartServer
) -> None:
    """The first one asks for the key, and a practice room has no forms."""
    url = start_server(redis_url, START_KEY="a key").url
    answer = ask(f"{url}/practice", {"start_key": "a key"})
    room = url + answer.headers["Location"]
    for address in (url, room, room.removesuffix("/room")):
        page = ask(address, cookie=answer.cookie)
        assert page.status == 200
        assert faults(page.text) == []


def states() -> list[Room]:
    """Rooms that together show all that a region may show."""
    guests = (a_seat("dan", Role.GUEST), a_seat("eva", Role.GUEST, by_facilitator_link=True))
    changes: tuple[dict[str, Any], ...] = (
        {},
        FULL,
        FULL | {"silence_until": None, "wait": None, "asked": None, "lobby": guests},
        FULL | {"recalled": False, "stand_in": None, "elsewhere": "https://calls.example.org"},
        {"seats": tuple(_busy(seat.id, seat.role) for seat in a_room().seats), "lobby": guests[:1]},
        {"prompt": "What might they feel?", "locked": True, "presenter": None},
    )
    # Everybody but the facilitators has left before the debrief.
    rooms = [replace(a_room(moment), **change) for moment in MOMENTS[:-2] for change in changes]
    rooms += [a_room(DEBRIEF), a_room(ENDED), a_room(ENDED, farewell=FULL["farewell"])]
    rooms += [a_room(p.key, format=key) for key, plan in FORMATS.items() for p in plan.phases]
    rooms += [two_circles(phase) for phase in MOMENTS[1:4]]
    unled = decide(a_room("reflection"), c.Forget(frozenset({"fay", "gil"})), None, NOW)
    return [*rooms, unled]


def _busy(seat_id: str, role: Role) -> Seat:
    """A seat of which everything is said that can be."""
    return a_seat(
        seat_id,
        role,
        away_since=NOW if role is Role.MEMBER else None,
        mic_on=True,
        camera_on=True,
        spoken_ms=90_000,
        offers_case=True,
        not_today=True,
        presented_at=NOW,
        invited=True,
        in_two_tabs=True,
        sound="page1",
        bad_line=True,
        by_facilitator_link=role is not Role.FACILITATOR,
    )


VALUES = re.compile(r'="[^"]*"|=\'[^\']*\'')


def tags_beside_each_other(page: str) -> set[tuple[str, str]]:
    """All pairs of neighbouring tags, with the names of their attributes."""
    return set(pairwise(re.findall(r"<[^>]*>", VALUES.sub("", page))))


NAMES = {"my_name": "Fay", "name_next_time": "Fay", "mail": "Come by {link}"}


def test_the_room_is_valid_in_every_state() -> None:
    """Each viewer's page is checked if it has two tags beside each other that none had before."""
    circle = Circle("circle", "Tuesday", "classic-60", "UTC")
    seen: set[tuple[str, str]] = set()
    wrong = {}
    for room in states():
        rendering = Rendering(room, NOW, invite)
        for viewer in viewers(room):
            regions = regions_of(rendering, viewer)
            regions["notice"] = notice(ENGLISH, "stale", "That has changed meanwhile.", 1)
            html = {name: inner(region) for name, region in regions.items()}
            page = render_page("room", ENGLISH, circle=circle, now=NOW, regions=html, **NAMES)
            tags = tags_beside_each_other(page)
            if tags <= seen:
                continue
            seen |= tags
            if found := faults(page):
                wrong[room.phase, viewer.seat] = found
    assert len(seen) > 100
    assert wrong == {}
