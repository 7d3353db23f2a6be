"""Connections that break in every possible way: what the page says, and how it reconnects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.freezable import Freezable, freezable
from tests.support.chromium import CHROMIUM_FLAGS, whole_chromium
from tests.support.client import ask
from tests.support.people import Circle
from tests.support.person import Person, come_by
from tests.support.processes import Server, wait_until

KEEPS_SOCKETS = """
  const Real = WebSocket;
  window.sockets = [];
  window.WebSocket = class extends Real {
    constructor(...given) { super(...given); window.sockets.push(this); }
  };
"""
CLOSES = (
    "code => { const socket = window.sockets.at(-1);"
    "socket.dispatchEvent(new CloseEvent('close', {code})); socket.close(); }"
)
DIES_AS_IT_OPENS = """() => {
  const socket = sockets.at(-1);
  const dies = () => socket.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  socket.addEventListener("open", dies);
}"""
LOWERS_NO_HAND = """async () => {
  const { tell } = await import("/static/room/connection.js");
  tell({ do: "lower_hand" });
}"""
CLOCK = re.compile(r"^\d+:\d\d$")
LOST_MS = 20_000
"""The time limit for a page to notice that its connection is dead."""


class Ways(Circle):
    """A circle in which each person has a proxy of their own to the server."""

    def __init__(self, browser: Browser, url: str, stack: ExitStack) -> None:
        super().__init__(browser, [url, url])
        self._stack = stack
        self._url = url
        self.asked: dict[Page, set[str]] = {}
        self.loaded: dict[Page, set[str]] = {}
        """The names of the files that each page has requested, and of those that it has."""

    def open_page(self, *, phone: bool = False, **options: Any) -> Page:
        """A page whose sockets can be inspected. Any: Playwright's options."""
        page = super().open_page(phone=phone, **options)
        page.add_init_script(KEEPS_SOCKETS)
        asked, loaded = self.asked[page], self.loaded[page] = set(), set()
        page.on("request", lambda request: asked.add(_name(request)))
        page.on("requestfinished", lambda request: loaded.add(_name(request)))
        # A page that is left has no use for what it still waits for.
        page.on("requestfailed", lambda request: asked.discard(_name(request)))
        return page

    def join_by_a_way(self, name: str, *, sleeps: bool) -> tuple[Person, Freezable]:
        """Somebody joins; returns the person, and the proxy between them and the server."""
        way = self._stack.enter_context(freezable(self._url))
        page = self.open_page()
        if sleeps:
            page.clock.install()
        person = Person(name, page)
        come_by(self.link.replace(self._url, way.url), person)
        self.people[name] = person
        return person, way


def _name(request: Request) -> str:
    return request.url.rpartition("/")[2]


PUT_AWAY = "(event) => dispatchEvent(new PageTransitionEvent(event, { persisted: true }))"


@pytest.fixture
def ways(chromium: Browser, two_servers: tuple[Server, Server]) -> Iterator[Ways]:
    """A circle; in the end no page may have logged any error except of its connection."""
    with ExitStack() as stack:
        circle = Ways(chromium, two_servers[0].url, stack)
        yield circle
        problems = [text for text in circle.problems if "WebSocket" not in text]
        circle.close()
    assert problems == []


LAST_MODULES = (
    "attention", "bell", "whisper", "awake", "keys", "coach",
    "report", "others", "faults", "speaker",
)  # fmt: skip
LAST_FILES = {"later.css"} | {f"{name}.js" for name in LAST_MODULES}
"""The files for which nobody waits, of which some load others (room.js)."""


def started(ways: Ways, *, sleeps: bool = False) -> tuple[Person, Person, Freezable]:
    """Fay leads a session that has begun; Ben has a proxy that can be frozen, perhaps to sleep."""
    fay = ways.start()
    ben, way = ways.join_by_a_way("Ben", sleeps=sleeps)
    fay.press("start")
    ways.all_see(lambda person: person.sees_phase("arrival"))
    # All modules have loaded: another test freezes the line during a load.
    expect(ben.clock).to_have_text(CLOCK)

    def has_loaded() -> bool:
        if sleeps:
            ben.page.clock.run_for(1000)
        ben.page.evaluate("1")  # Playwright hears of finished requests only while it is called
        return ways.loaded[ben.page] >= LAST_FILES | ways.asked[ben.page]

    wait_until(has_loaded)
    return fay, ben, way


def test_a_frozen_connection_is_noticed_and_replaced(ways: Ways) -> None:
    """Nothing closes it, so only missing answers reveal it; then the page has the current state."""
    fay, ben, way = started(ways)
    way.freeze(new=False)
    fay.press_calmly("advance")
    fay.sees_phase("call")
    ben.page.wait_for_function("() => window.sockets.length === 2", timeout=LOST_MS)
    ben.is_connected()
    ben.sees_phase("call")
    ben.press("offer_case")
    expect(fay.page.locator("#dock [data-offers]")).to_be_visible()


def test_while_nothing_passes_the_page_says_so_and_comes_back_by_itself(ways: Ways) -> None:
    """In a tunnel new sockets do not open either; after a while a press is refused in words."""
    fay, ben, way = started(ways)
    fay.press_calmly("advance")
    ben.sees_phase("call")
    way.freeze(new=True)
    ben.is_cut_off()
    ben.press("offer_case")
    expect(ben.notice).to_have_attribute("data-said", "press.waits")
    pressed_at = ben.page.evaluate("performance.now()")
    ben.page.wait_for_function("since => performance.now() - since > 5200", arg=pressed_at)
    way.thaw()
    ben.is_connected()
    expect(ben.notice).to_have_attribute("data-said", "press.lost")
    ben.press_calmly("offer_case")
    expect(fay.page.locator("#dock [data-offers]")).to_be_visible()


def test_a_press_into_a_frozen_connection_is_not_taken_for_sent(ways: Ways) -> None:
    """It appeared to be sent, and no answer came: the page asks the person to check."""
    fay, ben, way = started(ways)
    fay.press_calmly("advance")
    ben.sees_phase("call")
    way.freeze(new=False)
    ben.press("offer_case")
    expect(ben.notice).to_have_attribute("data-said", "press.unsure", timeout=LOST_MS)
    ben.is_connected()
    expect(ben.control("offer_case")).to_be_visible()


def test_a_press_that_waits_is_sent_by_the_next_socket(ways: Ways) -> None:
    """That one dies at once, and the page says that the press may not have arrived."""
    fay, ben, way = started(ways)
    fay.press_calmly("advance")
    ben.sees_phase("call")
    way.freeze(new=True)
    ben.is_cut_off()
    begun = ben.run("() => sockets.length")
    ben.until(f"() => sockets.length > {begun} && sockets.at(-1).readyState === 0")
    ben.press("offer_case")
    expect(ben.notice).to_have_attribute("data-said", "press.waits")
    ben.run(DIES_AS_IT_OPENS)
    way.thaw()
    expect(ben.notice).to_have_attribute("data-said", "press.unsure")
    expect(fay.page.locator("#dock [data-offers]")).to_be_visible()


def test_what_is_refused_later_is_not_said_of_a_name_that_got_no_answer(ways: Ways) -> None:
    """Beside the name stands what became of it, and nothing of other presses."""
    _, ben, way = started(ways)
    field, words = ben.page.locator("#my-name input"), ben.page.locator("#name-words")
    ben.press("more")
    field.fill("Clara")
    ben.page.evaluate("import('/static/room/name.js').then(() => null)")
    way.freeze(new=False)
    ben.press("rename")
    expect(ben.notice).to_have_attribute("data-said", "press.unsure", timeout=LOST_MS)
    unsure = ben.notice.inner_text()
    expect(words).to_have_text(unsure)
    ben.is_connected()
    ben.page.evaluate(LOWERS_NO_HAND)
    expect(ben.notice).to_have_attribute("data-refused", "not_now")
    expect(words).to_have_text(unsure)
    expect(field).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize("code", [1000, 1002, 1003, 1008, 1009, 1015, 3000, 4999])
def test_whatever_closed_it_the_page_comes_back(ways: Ways, code: int) -> None:
    """Proxies and virus scanners close with any code; only our own codes are final."""
    fay = ways.start()
    fay.page.evaluate(CLOSES, code)
    fay.page.wait_for_function("() => window.sockets.length === 2")
    fay.is_connected()
    fay.press("start")
    fay.sees_phase("arrival")


def test_a_page_that_is_not_taken_in_reloads(ways: Ways) -> None:
    """The server refuses the socket for now; the reloaded page shows the current state."""
    ways.start(door="closed")
    dan = ways.join("Dan")
    with dan.page.expect_navigation():
        dan.page.evaluate(CLOSES, 4414)
    dan.is_connected()


def test_a_page_that_was_put_away_comes_back_connected(ways: Ways) -> None:
    """*Back* and *Forward* do this. htmx closes the socket when the page is hidden; a new one takes
    its place when the page is shown, also if the old one still looks open."""
    fay = ways.start()
    for sockets, events in ((2, ("pageshow",)), (3, ("pagehide", "pageshow"))):
        for event in events:
            fay.page.evaluate(PUT_AWAY, event)
        fay.page.wait_for_function("most => window.sockets.length === most", arg=sockets)
        fay.is_connected()
    fay.press("start")
    fay.sees_phase("arrival")


def test_a_page_that_slept_is_right_again(ways: Ways) -> None:
    """The lid was closed for an hour; phase and clock become current."""
    fay, ben, way = started(ways, sleeps=True)
    way.freeze(new=False)
    for key in ("call", "presentation"):
        fay.press_calmly("advance")
        fay.sees_phase(key)
    fay.press("extend", seconds=60)
    ben.page.clock.fast_forward("01:00:00")
    ben.sees_phase("presentation")
    ben.is_connected()
    ben.page.locator("#connection[data-clock=measured]").wait_for(state="attached")
    expect(ben.page.locator("#state")).to_have_attribute("data-ends-at", fay.state["endsAt"])
    expect(ben.clock).to_have_text(CLOCK)
    assert abs(ben.ends() - fay.ends()) < 2


IS_HIDDEN = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.parametrize(("hidden", "waits_ms"), [(False, 501), (True, 1)])
def test_a_page_replaces_a_dead_connection_as_it_wakes_or_is_shown(
    ways: Ways, hidden: bool, waits_ms: int
) -> None:
    """It sleeps, or is in a hidden tab, for longer than any connection may be silent. Then it asks
    nothing of the old one: at its first tick, or at once, it says that it is cut off, and opens
    another. Its timers run for so long as they are let."""
    fay, ben, way = started(ways, sleeps=True)
    clock = ben.page.clock
    if hidden:
        ben.run(IS_HIDDEN, True)
    opened = ben.run("() => window.sockets.length")
    clock.pause_at(datetime.fromtimestamp(ben.run("() => Date.now()") / 1000 + 4, UTC))
    way.freeze(new=True)
    fay.press_calmly("advance")
    fay.sees_phase("call")
    # Only the wall clock goes on.
    clock.set_system_time(datetime.fromtimestamp(ben.run("() => Date.now()") / 1000 + 13, UTC))
    if hidden:
        ben.run(IS_HIDDEN, False)
    clock.run_for(waits_ms)
    assert ben.run("() => window.sockets.length") == opened + 1
    ben.is_cut_off()
    way.thaw()
    clock.resume()
    ben.sees_phase("call")
    ben.is_connected()
    expect(ben.page.locator("#state")).to_have_attribute("data-ends-at", fay.state["endsAt"])
    ben.page.locator("#connection[data-clock=measured]").wait_for(state="attached")


def test_a_part_that_hangs_does_not_take_the_page_along(ways: Ways) -> None:
    """The modules for presses hang on a frozen connection, on which a reload would hang as well."""
    fay, ben, way = started(ways, sleeps=True)
    way.freeze(new=False)
    with ben.page.expect_request("**/hints.js"):
        ben.control("raise_hand").hover()
    fay.press_calmly("advance")
    with ben.page.expect_event("requestfailed", lambda request: _name(request) == "room.js"):
        ben.page.clock.fast_forward("01:00:00")
    ben.sees_phase("call")
    ben.press_calmly("offer_case")
    expect(fay.page.locator("#dock [data-offers]")).to_be_visible()


def test_a_part_that_failed_is_loaded_with_the_next_frame(ways: Ways) -> None:
    """The connection broke while it was loading, and the pointer is there already."""
    fay, ben, _ = started(ways)
    ben.page.route("**/hints.js", lambda route: route.abort(), times=1)
    with ben.page.expect_event("requestfailed", lambda request: _name(request) == "hints.js"):
        ben.control("raise_hand").hover()
    with ben.page.expect_event("requestfinished", lambda request: _name(request) == "hints.js"):
        fay.press_calmly("advance")
    assert len(ways.problems) == 2  # of the browser, and of the module
    assert all(re.search(r"ERR_FAILED|hints\.js", ways.problems.pop()) for _ in range(2))


def test_a_page_of_which_a_part_hangs_reloads(ways: Ways) -> None:
    """The line froze while a module was loading: its import neither resolves nor fails."""
    fay = ways.start()
    fay.press("start")
    page = ways.open_page()
    held: list[Route] = []
    page.route("**/timer.js", lambda route: route.continue_() if held else held.append(route))
    page.clock.install()
    with page.expect_request("**/timer.js"):
        ben = ways.join("Ben", page=page)
    ben.sees_phase("arrival")
    expect(ben.clock).to_have_text("")
    page.clock.fast_forward("00:31")
    fay.press("extend", seconds=60)
    expect(ben.clock).to_have_text(CLOCK)


# How this page was opened, which Playwright's clock hides: 0 by its address, 1 by a reload.
WAS_OPENED = "Object.defineProperty(performance, 'navigation', { value: { type: %d } })"


@pytest.mark.parametrize("script", ["htmx", "hx-ws"])
def test_a_page_without_its_first_scripts_reloads(ways: Ways, script: str) -> None:
    """The line broke as it loaded, and nobody opens a socket."""
    fay = ways.start()
    fay.page.clock.install()
    fay.page.add_init_script(WAS_OPENED % 0)
    fay.page.route(f"**/{script}.min.js", lambda route: route.abort(), times=1)
    fay.reload()
    with fay.page.expect_navigation():
        fay.page.clock.fast_forward("00:10")
    fay.is_connected()
    ways.problems.clear()  # of the browser, and perhaps of the other script


def test_a_page_whose_scripts_something_always_stops_reloads_once(ways: Ways) -> None:
    """It was reloaded already, and goes on trying."""
    fay = ways.start()
    page = fay.page
    page.clock.install()
    page.add_init_script(WAS_OPENED % 1)
    page.route("**/hx-ws.min.js", lambda route: route.abort())
    fay.reload()
    tries: list[str] = []
    page.on("request", lambda request: tries.append(_name(request)))
    for _ in range(2):
        page.clock.fast_forward("00:10")
        fay.is_cut_off()
    page.evaluate("fetch('/healthz').then(() => null)")  # which is asked after anything else
    assert tries == ["healthz"]
    ways.problems.clear()  # of the browser


def test_the_screen_stays_awake_while_a_session_runs(
    chromium: Browser, two_servers: tuple[Server, Server]
) -> None:
    """The lock is requested at the start and on return to the page, and released at the end."""
    # The headless shell has no screen that could sleep.
    whole = chromium.browser_type.launch(executable_path=whole_chromium(), args=CHROMIUM_FLAGS)
    with whole, ExitStack() as stack:
        ways = Ways(whole, two_servers[0].url, stack)
        stays_awake(ways)
        ways.close()
        stays_awake_at_the_door(Ways(whole, two_servers[0].url, stack))


KEEPS_LOCKS = """
  window.locks = [];
  const ask = navigator.wakeLock?.request.bind(navigator.wakeLock);
  if (ask) navigator.wakeLock.request = async (kind) => {
    const lock = await ask(kind);
    window.locks.push(lock);
    return lock;
  };
"""


def stays_awake_at_the_door(ways: Ways) -> None:
    """Somebody waits to be let in, until they read that the session is days away."""
    fay = ways.start(door="closed")
    page = ways.open_page()
    page.add_init_script(KEEPS_LOCKS)
    ben = ways.join("Ben", page=page)
    ben.sees_phase("lobby")
    page.wait_for_function("() => locks.length === 1 && !locks[0].released")
    host = ways.visit(fay)
    day = datetime.now(UTC).date() + timedelta(days=10)
    rhythm = {"rhythm": "weeks", "every": "4", "first_on": day.isoformat(), "at": "19:00"}
    ask(
        f"{host.room.removesuffix('/room')}/schedule",
        rhythm | {"time_zone": "UTC"},
        cookie=host.cookie,
    )
    expect(page.locator("#stage #next-session")).to_be_visible()
    page.wait_for_function("() => locks.every((lock) => lock.released)")


def stays_awake(ways: Ways) -> None:
    """Somebody's screen is kept awake by their page from the start to the end."""
    page = ways.open_page()
    page.add_init_script(KEEPS_LOCKS)
    fay = ways.start()
    ben = ways.join("Ben", page=page)
    page.evaluate("async () => { await import('/static/room/awake.js'); }")
    assert page.evaluate("locks.length") == 0
    fay.press("start")
    ben.sees_phase("arrival")
    page.wait_for_function("() => locks.length === 1 && !locks[0].released")
    page.evaluate("() => locks[0].release()")  # what a browser does when the page is hidden
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function("() => locks.length === 2 && !locks[1].released")
    fay.confirm("end")
    ben.sees_phase("ended")
    page.wait_for_function("() => locks.every((lock) => lock.released)")
