"""What the room's page costs a phone at its first load, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.processes import chromium_path
from tests.server.people import Visit, start_circle

BITS_PER_S = 400_000
SLOWER = 4


@contextmanager
def _phone(visit: Visit) -> Iterator[tuple[Page, CDPSession]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(viewport={"width": 360, "height": 740})
        name, _, value = visit.cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": visit.url}])
        page = context.new_page()
        yield page, context.new_cdp_session(page)
        browser.close()


def bytes_at_first_load(url: str) -> float:
    """Over the wire, headers included, until it is connected and voices may be switched on."""
    visit = start_circle(url)
    with _phone(visit) as (page, devtools):
        received: list[float] = []
        devtools.send("Network.enable")
        devtools.on(
            "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
        )
        _open(page, visit)
        page.locator("#microphone:enabled").wait_for()
        return sum(received)


def until_usable_s(url: str) -> float:
    """From asking for the page until it is connected and a press would be heard."""
    visit = start_circle(url)
    with _phone(visit) as (page, devtools):
        devtools.send("Network.enable")
        devtools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 0,
                "downloadThroughput": BITS_PER_S / 8,
                "uploadThroughput": BITS_PER_S / 8,
            },
        )
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        began = perf_counter()
        _open(page, visit)
        return perf_counter() - began


def _open(page: Page, visit: Visit) -> None:
    page.goto(visit.room, wait_until="commit")
    page.get_by_role("status", name="Connection").get_by_text("connected", exact=True).wait_for()
