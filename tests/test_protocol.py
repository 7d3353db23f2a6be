"""docs/protocol.md agrees with the code: its tables are complete and name nothing else."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from msgspec.structs import replace
from starlette.routing import Route

from server.app import ALL_PAGES
from server.circle.circle import MAX_CIRCLE_NAME
from server.config import Settings
from server.identity import COOKIE_DAYS, Identity
from server.listen import LARGEST_FRAME
from server.live import connection, hub, outbox
from server.live.outbox import SEND_DEADLINE_S, Closing
from server.live.signalling import LARGEST_SIGNAL
from server.live.windows import MAX_A_GUEST, MAX_A_LOBBY, MAX_A_ROOM, MAX_A_SEAT
from server.pages import health, message
from server.pages.cookies import LARGEST_COOKIES
from server.pages.site import Site
from server.practice.rooms import Practice
from server.redis_client import topology_of
from server.room.attention.actions import (
    CHOOSE,
    CIRCLE_PAGE,
    COPY_LINK,
    COPY_MAIL,
    SEE_WHO,
    SHOW_QR,
)
from server.room.attention.table import ROWS
from server.room.clock import MAX_EXTENSION_S
from server.room.commands import FRAMES, Ice, Ping, Signal
from server.room.company import MAX_WHISPER
from server.room.due import KEPT_AFTER_END_MS
from server.room.formats.toml import LARGEST_FILE
from server.room.lobby import MAX_KNOWN_WAITING, MAX_WAITING
from server.room.names import MAX_NAME
from server.room.phases import MAX_PROMPT
from server.room.refused import Code
from server.room.rules import RULES
from server.room.sound import MAX_LINK
from server.room.state import Clock, Floor, Role, Room, Wait
from server.room.turns import MAX_SILENCE_S
from server.store.store import Store
from server.views.language import ENGLISH
from server.views.rendering import Rendering, Viewer
from server.views.templates import WEB
from server.websocket import endpoint
from server.websocket.frames import MOST_FRAGMENTS
from tests.command_table import command_table, fields_of, name_of
from tests.support.factories import NOW, a_room, a_seat
from tests.support.processes import ROOT

PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()
STATIC = {("GET", "/static/{path}")}
BY_UVICORN_AND_WEBSOCKETS = {1002, 1007, 1009}
DATA = re.compile(r'(data-[a-z-]+)="')


def section(heading: str) -> str:
    """The text under this heading, up to the next one."""
    found = re.search(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", PROTOCOL, re.MULTILINE | re.DOTALL
    )
    assert found, heading
    return found[1]


def first_cells(text: str) -> list[str]:
    """The code spans in the first column of the tables of a section."""
    rows = re.findall(r"^\| (?!---)(.*?) \|", text, re.MULTILINE)
    return [name for cell in rows for name in re.findall(r"`([^`]+)`", cell)]


def names_before_colons(text: str) -> list[str]:
    """The terms of a list: `name`, `name`: … and in the same entry `other`: …"""
    named = re.findall(r"((?:`\w+`, )*`\w+`):", text)
    return [name for names in named for name in re.findall(r"`(\w+)`", names)]


def test_the_table_of_commands_is_that_of_the_rules() -> None:
    """`python -m tests.command_table` prints it."""
    assert f"\n\n{command_table()}\n\n" in section("Commands")


def test_each_command_is_explained_once() -> None:
    """Their order helps readers, and differs from that of the rules."""
    explained = names_before_colons(section("What each command does"))
    settings_of_the_door = {"knows", "locks_with_case", "holds_late"}
    assert sorted(set(explained) - settings_of_the_door) == sorted(map(name_of, RULES))
    assert len(explained) == len(set(explained))


@pytest.mark.parametrize("kind", [Ping, Ice, Signal])
def test_commands_that_change_no_room_have_their_fields(kind: type[Ping | Ice | Signal]) -> None:
    """They have no rule, so their rows are written by hand."""
    row = f"| `{name_of(kind)}` | {fields_of(kind)} |".replace("|  |", "| |")
    assert row in section("Commands that change no room")


def test_every_frame_is_in_one_of_the_two_tables() -> None:
    """The document omits no type of the parsed union."""
    assert {*RULES, Ping, Ice, Signal} == set(FRAMES)


def test_each_refusal_has_its_row() -> None:
    """No row has an unused code."""
    listed = re.findall(r"^\| `(\w+)` \|", section("Refusals"), re.MULTILINE)
    assert sorted(listed) == sorted(get_args(Code))


def test_each_message_has_its_row() -> None:
    """Most pages with one are made by pages/message.py; some templates have their own."""
    texts = (path.read_text() for path in (WEB / "templates").rglob("*.html"))
    written = re.findall(r'data-message="(\w+)"', "".join(texts))
    listed = first_cells(section("Pages with a message"))
    assert sorted(listed) == sorted(["data-message", *get_args(message.Name), *written])


def test_each_close_code_has_its_row() -> None:
    """No row has an unused code."""
    modules = (endpoint, hub, outbox, connection)
    ours = {v.code for m in modules for v in vars(m).values() if isinstance(v, Closing)}
    listed = re.findall(r"^\| (\d{4}) \|", section("Close codes"), re.MULTILINE)
    assert sorted(map(int, listed)) == sorted(ours | BY_UVICORN_AND_WEBSOCKETS)


def test_close_codes_say_whether_a_client_comes_back() -> None:
    """Pages and simulated members follow the same rule."""
    rows = re.findall(r"^\| (\d{4}) \|.*\| (yes|no) \|$", section("Close codes"), re.MULTILINE)
    assert rows
    assert all((4400 <= int(code) < 4500) == (comes_back == "no") for code, comes_back in rows)


def routes() -> list[Route]:
    """All routes of pages, without opening any connection."""
    settings, identity = Settings(), Identity("a key that signs nothing")
    topology = topology_of("redis://localhost")
    store = Store(topology)
    served = hub.Hub(store, topology, identity.link)
    site = Site(settings, identity, store, Practice(settings, identity, store), served, None)
    return [
        *[route for routes in ALL_PAGES for route in routes(site)],
        *health.routes(store, list, list, None),
    ]


def test_each_page_has_its_row() -> None:
    """No row is of a removed page. No browser sends `/join#TOKEN` in this form."""
    served = {
        (method, route.path.replace(":path", ""))
        for route in routes()
        for method in (route.methods or set()) - {"HEAD"}
        if "#" not in route.path
    }
    listed = [tuple(cell.split(" ")) for cell in first_cells(section("Pages"))]
    assert sorted(listed) == sorted(served | STATIC)


def test_attributes_of_the_state_are_those_that_are_drawn() -> None:
    """A silence with a paused clock, a missing person and an outer circle produce all of them."""
    paused, wait = Clock(NOW + 1000, paused_at=NOW), Wait("ben", NOW + 1)
    room = a_room("reflection", clock=paused, silence_until=NOW + 1, one_voice=True, wait=wait)
    outer = replace(room, seats=(*room.seats, a_seat("ida", outer=True)))
    assert attributes(outer, "state", "ida") == listed_attributes("Attributes of `#state`")


def test_attributes_of_a_chair_are_those_that_are_drawn() -> None:
    """A presenter who sits back and an absent person with a hand up are among them."""
    room = a_room("reflection", hands=("ben",), floor=Floor("ann", NOW), timekeeper="gil")
    seats = (
        a_seat("fay", Role.FACILITATOR, in_two_tabs=True),
        a_seat("gil", Role.FACILITATOR, away_since=NOW),
        a_seat("ann", mic_on=True, camera_on=True, sound="p1"),
        a_seat("ben"),
        a_seat("cem", outer=True),
        a_seat("mei"),
    )
    room = replace(room, seats=seats, stand_in="ben")
    listed = listed_attributes("Attributes of a chair")
    assert attributes(room, "circle", "fay") == listed


def test_signs_are_those_of_the_templates() -> None:
    """Each is listed for the region that shows it."""
    listed = [
        (region, sign)
        for region, cell in re.findall(r"^\| `(\w+)` \| (`.*?`) \|", section("Signs"), re.MULTILINE)
        for sign in re.findall(r"`(\w+)`", cell)
    ]
    regions = WEB / "templates" / "regions"
    drawn = [
        (path.relative_to(regions).parts[0].removesuffix(".html"), sign)
        for path in regions.rglob("*.html")
        for sign in re.findall(r'data-sign="(\w+)"', path.read_text())
    ]
    assert sorted(listed) == sorted(drawn)


def test_kinds_of_attention_are_those_of_the_table() -> None:
    """The lobby's is no row of it, since a guest is told nothing of the room."""
    listed = set(re.findall(r"`(\w+)`", section("Attention").partition("|---|")[2]))
    assert listed == {row.kind for row in ROWS} | {"lobby"}


def attributes(room: Room, region: str, viewer: str) -> set[str]:
    """The names of the data- attributes in a region."""
    regions = Rendering(room, NOW, lambda *_: "link").regions(Viewer(viewer, "", ENGLISH))
    assert regions
    return set(DATA.findall(regions[region].decode()))


def listed_attributes(heading: str) -> set[str]:
    """The attributes in the table of a section."""
    return {name for name in first_cells(section(heading)) if name.startswith("data-")}


def test_regions_are_those_that_are_drawn() -> None:
    """The region of refusals is listed as well."""
    drawn = Rendering(a_room(), NOW, lambda *_: "link").regions(Viewer("fay", "", ENGLISH))
    assert drawn
    listed = re.findall(r"^\| `(\w+)` \|", section("Regions"), re.MULTILINE)
    assert sorted(listed) == sorted([*drawn, "notice"])


BOUNDS = (
    f"`your_name` has 1 to {MAX_NAME} characters, `circle_name` 1 to {MAX_CIRCLE_NAME}",
    f"lasts {COOKIE_DAYS} days from the last visit",
    f"keep within {LARGEST_COOKIES // 1024} KiB",
    f"TOML of at most {LARGEST_FILE // 1024} KiB",
    f"one JSON object each, of at most {LARGEST_FRAME // 1024} KiB, in at most {MOST_FRAGMENTS} ",
    f"| the `data` of a signal | {LARGEST_SIGNAL // 1024} KiB |",
    f"| connections of a seat; in a room | {MAX_A_SEAT}; {MAX_A_ROOM} |",
    f"connections of somebody who waits; of all strangers who do | {MAX_A_GUEST}; {MAX_A_LOBBY} |",
    f"| a client that reads nothing | {SEND_DEADLINE_S:.0f} seconds |",
    f"positive or negative, at most {MAX_EXTENSION_S}.",
    f"on everybody's stage, of at most {MAX_PROMPT} characters",
    f"holds a silence of `seconds`, at most {MAX_SILENCE_S},",
    f"(the list that the person saw, at most {MAX_WAITING + MAX_KNOWN_WAITING})",
    f"a word of at most {MAX_WHISPER} characters",
    f"`https://` and at most {MAX_LINK} characters",
    f"its room is gone, {KEPT_AFTER_END_MS // 1000} seconds after the end",
)


@pytest.mark.parametrize("sentence", BOUNDS)
def test_bounds_are_those_of_the_code(sentence: str) -> None:
    """reliability.md has all bounds; the protocol lists those that a client has to know."""
    assert sentence in " ".join(PROTOCOL.split())


def test_controls_are_those_of_the_templates() -> None:
    """The table of commands names commands; this one names the other controls."""
    text = "\n".join(path.read_text() for path in (WEB / "templates").rglob("*.html"))
    done = set(re.findall(r'data-do="(\w+)"|moves\(place, "(\w+)"', text))
    pages_own = {COPY_LINK, COPY_MAIL, SHOW_QR, SEE_WHO, CHOOSE, CIRCLE_PAGE}
    actions = {name for pair in done for name in pair if name} | pages_own
    rows = re.findall(r"^\| [a-z' ]+ \| (`.*`) \|$", section("Controls"), re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    commands = set(map(name_of, RULES))
    assert set(listed) - commands == actions - commands
    assert len(listed) == len(set(listed))
