"""Fixtures for page tests: a real Chromium, and two servers on one Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.voices import Tones, Voices, tones_in
from tests.support.people import Circle
from tests.support.processes import CHROMIUM_FLAGS, Server, chromium_path

expect.set_options(timeout=20_000)  # several browsers share two cores


# Not for the whole run: while Playwright is open it owns this thread's event loop.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser; each person has a context of their own in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def circle(chromium: Browser, two_servers: tuple[Server, Server]) -> Iterator[Circle]:
    """A circle whose people come by both servers; in the end no page may have logged an error."""
    circle = Circle(chromium, [server.url for server in two_servers])
    yield circle
    problems = circle.problems
    circle.close()
    assert problems == []


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tones]:
    """A browser for each voice; each person has a context of their own in theirs."""
    with tones_in(tmp_path_factory.mktemp("tones")) as tones:
        yield tones


@pytest.fixture
def voices(two_servers: tuple[Server, Server], tones: Tones) -> Iterator[Voices]:
    """A circle whose people have a voice each; no page may have logged an error."""
    voices = Voices(tones, [server.url for server in two_servers])
    yield voices
    problems = voices.problems
    voices.close()
    assert problems == []
