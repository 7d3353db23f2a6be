"""Browsers with wrong clocks, and the course of their countdowns.

Owns the real Chromium of the scenarios. Every page records each text of its countdown with the time
of the machine's own clock, which is the same for all browsers here and correct.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from playwright.async_api import Browser, Page, async_playwright

from tests.support.chromium import CHROMIUM_FLAGS, chromium_path
from tests.support.client import Visit

PATIENCE_MS = 60_000
OFF = """(shift => {
  const origin = performance.timeOrigin, Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  };
  Object.defineProperty(performance, "timeOrigin", { get: () => origin + shift });
  globalThis.turns = [];
  let last = "";
  const look = () => {
    const text = document.getElementById("clock")?.textContent ?? "";
    if (text === last) return;
    last = text;
    const { endsAt } = document.getElementById("state").dataset;
    turns.push([Number(endsAt), text, origin + performance.now()]);
  };
  const all = { subtree: true, childList: true, characterData: true };
  new MutationObserver(look).observe(document, all);
})(%d)"""


class Turn(NamedTuple):
    """The countdown to a deadline began to show a text."""

    ends_at: int
    text: str
    at: float
    """Epoch ms on the machine's clock."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=CHROMIUM_FLAGS
        )
        yield browser
        await browser.close()


async def enter(browser: Browser, visit: Visit, off_ms: int) -> Page:
    """The room's page in a context of its own, with this clock offset."""
    context = await browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    name, _, value = visit.cookie.partition("=")
    await context.add_cookies([{"name": name, "value": value, "url": visit.url}])
    await context.add_init_script(OFF % off_ms)
    page = await context.new_page()
    await page.goto(visit.room)
    return page


async def is_in_time(page: Page) -> None:
    """Waits until it has measured the servers' clock."""
    await page.locator("#connection[data-clock=measured]").wait_for(state="attached")


async def turns(page: Page) -> list[Turn]:
    """All texts of its countdown so far."""
    return [Turn(int(ends_at), text, at) for ends_at, text, at in await page.evaluate("turns")]
