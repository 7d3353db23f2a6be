"""Fixtures for page tests: a real Chromium, and two servers on one Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.voices import Tones, Voices, tones_in
from tests.support.chromium import chromium as chromium  # a fixture, for the tests of this folder
from tests.support.people import Circle
from tests.support.processes import Server


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
