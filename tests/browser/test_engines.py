"""A session in Firefox and in WebKit: once as a member and once as the facilitator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.driven import Driven
from tests.browser.engines import firefox, webkit
from tests.browser.freezable import Freezable, freezable
from tests.browser.test_page import COVERED, LONG_NAMES, OVERLAPS
from tests.support.client import join
from tests.support.people import Circle
from tests.support.person import AtPage, Person, come_by
from tests.support.processes import Server

ENGINES: dict[str, Callable[[str, Path], AbstractContextManager[Driven]]] = {
    "firefox": firefox,
    "webkit": webkit,
}


@pytest.fixture(params=ENGINES)
def zoe(request: pytest.FixtureRequest, short_dir: Path) -> Iterator[Driven]:
    """Somebody in that engine; in the end the page may not have logged an error."""
    with ENGINES[request.param]("Zoe", short_dir) as person:
        yield person
        assert person.problems == []


def all_see_phase(key: str, *people: AtPage) -> None:
    """Waits until everybody is in this phase."""
    for person in people:
        person.sees_phase(key)


SAYS_WHY = """async () => {
  const { words } = await import("/static/room/words.js");
  const sentence = document.getElementById("voice-words");
  return sentence.textContent === words("voice.none") && sentence.getClientRects().length > 0;
}"""


def has_the_sound_it_can(person: Driven) -> None:
    """Unmutes; an engine without WebRTC has no button for it, and says why."""
    if person.run("() => 'RTCPeerConnection' in window"):
        person.press("unmute")
        person.until("() => document.getElementById('state').dataset.mic === 'on'")
    else:
        person.until("() => document.getElementById('microphone').hidden")
        person.until(SAYS_WHY)


def ends(leads: AtPage, *others: AtPage) -> None:
    """Ends the session for everybody, and waits until all see the last page."""
    leads.confirm("end")
    for person in (leads, *others):
        person.sees_phase("ended")
        person.until("() => document.querySelectorAll('#circle li').length === 0")


@pytest.fixture
def way(circle: Circle) -> Iterator[Freezable]:
    """A proxy to the circle's first server."""
    with freezable(circle.first_page) as proxy:
        yield proxy


def test_a_member_lives_a_session(zoe: Driven, circle: Circle, way: Freezable) -> None:
    """By the link and the door, presenting, a reload and a line that hangs while sitting back, to
    the last page."""
    fay = circle.start(door="closed")
    come_by(circle.link.replace(circle.first_page, way.url), zoe)
    zoe.sees_phase("lobby")
    fay.press("admit", about="Zoe")
    zoe.sees_phase("waiting")
    has_the_sound_it_can(zoe)
    fay.press_calmly("start")
    all_see_phase("arrival", fay, zoe)
    fay.press_calmly("yield")
    zoe.press_calmly("pass")
    fay.press_calmly("advance")
    zoe.press("offer_case")
    fay.press_calmly("seat_presenter", about="Zoe")
    zoe.press("present", yes=True)
    for key in ("presentation", "questions", "reflection"):
        fay.press_calmly("advance")
        all_see_phase(key, fay, zoe)
    zoe.reload()
    zoe.is_connected()
    assert zoe.state["sits"] == "yes"
    zoe.press("ask_return")
    expect(fay.attention("presenter_returns")).to_have_attribute("data-person", zoe.state["seat"])
    way.freeze(new=True)
    fay.press_calmly("advance")
    zoe.until("() => document.getElementById('connection').dataset.kind === 'waiting'")
    way.thaw()
    zoe.sees_phase("response")
    zoe.is_connected()
    zoe.press_calmly("yield")
    fay.press_calmly("advance")
    all_see_phase("closing", fay, zoe)
    ends(fay, zoe)


def test_a_facilitator_lives_a_session(
    zoe: Driven, circle: Circle, two_servers: tuple[Server, Server]
) -> None:
    """From the first page: the door, all phases, a silence, a prompt, a reload, and the end."""
    zoe.open(two_servers[0].url)
    zoe.submit("start_circle", circle_name="First Tuesday circle", your_name="Zoe")
    zoe.is_connected()
    has_the_sound_it_can(zoe)
    ben = Person("Ben", circle.open_page())
    come_by(zoe.run("() => document.querySelector('[data-invite=member]').value"), ben)
    ben.sees_phase("lobby")
    zoe.press("admit", about="Ben")
    ben.sees_phase("waiting")
    zoe.press_calmly("start")
    all_see_phase("arrival", zoe, ben)
    zoe.press_calmly("yield")
    ben.press_calmly("yield")
    zoe.press_calmly("advance")
    ben.press("offer_case")
    zoe.press_calmly("seat_presenter", about="Ben")
    ben.press("present", yes=True)
    zoe.until(
        "() => document.querySelector('#circle [data-presenter]')?.textContent.includes('Ben')"
    )
    for key in ("presentation", "questions", "reflection"):
        zoe.press_calmly("advance")
        all_see_phase(key, zoe, ben)
    zoe.press("silence", seconds=60)
    ben.until("() => document.querySelector('#state[data-silence]') !== null")
    zoe.press_calmly("silence", seconds=0)
    zoe.submit("prompt", text="What image comes to you?")
    ben.until("() => document.querySelector('#stage .prompt')?.textContent.includes('image')")
    zoe.reload()
    zoe.is_connected()
    for key in ("response", "closing"):
        zoe.press_calmly("advance")
        all_see_phase(key, zoe, ben)
    ends(zoe, ben)


def test_nothing_is_covered_in_firefox(circle: Circle, short_dir: Path) -> None:
    """One's own chair and names stay visible with ten chairs, in every phase and window."""
    fay = circle.start()
    with firefox("Zoe", short_dir) as zoe:
        come_by(circle.link, zoe)
        for name in LONG_NAMES[:8]:
            join(circle.visit(fay), name)
        fay.press_calmly("start")
        for key in ("arrival", "call", "presentation"):
            if key != "arrival":
                fay.press_calmly("advance")
            zoe.sees_phase(key)
            zoe.until("() => document.querySelectorAll('#circle li').length === 10")
            found = {}
            for size in ((320, 568), (390, 844), (844, 390), (1280, 800)):
                zoe.set_viewport(*size)
                found[size] = zoe.run(COVERED, True) + zoe.run(OVERLAPS)
            assert found == {size: [] for size in found}
        assert zoe.problems == []


PLANNED = "() => [...document.querySelectorAll('[data-state=planned]')].map((s) => s.dataset.date)"
DID = "(what) => document.querySelector(`[data-did=${what}]`) !== null"


def test_a_month_is_planned(zoe: Driven, two_servers: tuple[Server, Server]) -> None:
    """From the first page; a session is called off, the register goes on, the link is a code."""
    zoe.open(two_servers[0].url)
    zoe.choose("rhythm", "month")
    zoe.choose("time_zone", "Europe/Berlin")
    # Which keys a field for a time takes depends on the locale.
    zoe.run("() => { document.querySelector('[name=at]').value = '19:00'; }")
    zoe.submit("start_circle", circle_name="First Tuesday circle", your_name="Zoe")
    zoe.is_connected()
    address = zoe.run("() => location.href").removesuffix("/room")
    zoe.open(address)
    first, second, *later = zoe.run(PLANNED)
    zoe.click(f'[data-do=cancel][data-about="{second}"]')
    zoe.until(DID, "cancel")
    assert zoe.run(PLANNED)[: len(later) + 1] == [first, *later]
    zoe.click("[data-do=register]")
    zoe.until("() => document.querySelector('[data-register=on]') !== null")
    zoe.click("[data-do=circle_page]")
    zoe.click("[data-do=show_qr]")
    zoe.until("() => document.querySelector('dialog[open] svg') !== null")
    zoe.open(f"{address}/kept")
    zoe.until("() => document.querySelectorAll('[data-kept]').length > 3")
