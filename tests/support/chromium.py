"""The real Chromium of page tests, and its flags."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

expect.set_options(timeout=20_000)  # several browsers share two cores

PLAYS_UNASKED = "--autoplay-policy=no-user-gesture-required"
"""People have no such flag; with it, a page that nobody has touched plays voices and the bell."""
CHROMIUM_FLAGS = [
    "--no-sandbox",  # tests run as root on CI; the pages are our own
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    PLAYS_UNASKED,
]
MEDIA = [
    *CHROMIUM_FLAGS,
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",  # works without a network, as in CI
]


def chromium_path() -> str | None:
    """The Chromium to use, headless alone if there is such a one; None: Playwright's own."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or whole_chromium()


def whole_chromium() -> str | None:
    """The Chromium that people have, which costs twice the CPU; None: Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), os.environ.get("CHROMIUM"))


# Not for the whole run: while Playwright is open it owns this thread's event loop.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser; each person has a context of their own in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
