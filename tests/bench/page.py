"""The cost of the room's page for a phone at its first load, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.support.chromium import whole_chromium
from tests.support.client import Visit, start_circle

BITS_PER_S = 400_000
SLOWER = 4
PHONES = 9
USABLE = "usable"
# Polling from outside would cause a layout each time.
TELLS_WHEN_USABLE = """
  new MutationObserver((_, observer) => {
    const connection = document.getElementById("connection")?.dataset.kind;
    if (connection !== "open" || !document.querySelector("#dock button")) return;
    observer.disconnect();
    console.info("usable");
  }).observe(document, { childList: true, subtree: true, characterData: true });
"""
# The page reports it: what it loads a moment later does not count, however busy the machine is.
TELLS_WHEN_HEARD = """
  new MutationObserver((_, observer) => {
    if (!document.querySelector("#microphone:enabled")) return;
    observer.disconnect();
    console.info("usable");
  }).observe(document, { attributes: true, childList: true, subtree: true });
"""


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=whole_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@contextmanager
def _phone(browser: Browser, visit: Visit) -> Iterator[tuple[Page, CDPSession]]:
    """A phone with an empty cache."""
    # Without a mouse, which might rest on a control.
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    name, _, value = visit.cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": visit.url}])
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    yield page, devtools
    context.close()


def bytes_at_first_load(url: str) -> float:
    """Bytes over the wire with headers, until it is connected and voices may be switched on."""
    visit = start_circle(url)
    with _chromium() as browser, _phone(browser, visit) as (page, devtools):
        page.add_init_script(TELLS_WHEN_HEARD)
        received: list[float] = []
        devtools.on(
            "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
        )
        until_then: list[float] = []
        page.on("console", lambda _: until_then.append(sum(received)))
        with page.expect_console_message(lambda said: said.text == USABLE):
            page.goto(visit.room, wait_until="commit")
        return until_then[0]


def until_usable_s(url: str) -> float:
    """From the request of the page until it is connected and its first button is there.

    The median of several phones. They share a running browser, since one that has just been started
    loads four hundred files for its own address bar meanwhile.
    """
    with _chromium() as browser:
        _until_usable_s(browser, start_circle(url))
        return median(_until_usable_s(browser, start_circle(url)) for _ in range(PHONES))


def _until_usable_s(browser: Browser, visit: Visit) -> float:
    with _phone(browser, visit) as (page, devtools):
        page.add_init_script(TELLS_WHEN_USABLE)
        speeds = {"downloadThroughput": BITS_PER_S / 8, "uploadThroughput": BITS_PER_S / 8}
        devtools.send(
            "Network.emulateNetworkConditions", {"offline": False, "latency": 0, **speeds}
        )
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        began = perf_counter()
        with page.expect_console_message(lambda said: said.text == USABLE):
            page.goto(visit.room, wait_until="commit")
        return perf_counter() - began


def _open(page: Page, visit: Visit) -> None:
    page.goto(visit.room, wait_until="commit")
    page.locator("#connection[data-kind=open]").wait_for()
    page.locator("[data-do=start]").wait_for()
