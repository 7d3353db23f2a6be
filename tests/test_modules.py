"""The imports of the page's modules: few steps, and a preload for those that are needed first."""

from __future__ import annotations

import re

from server.views.templates import WEB

VOICE_STEPS = 3
"""A file is requested only once the file that imports it is there."""
IMPORT = re.compile(r'^import .*?"\./(\w+)\.js";$', re.MULTILINE)


def imported(module: str) -> set[str]:
    """The static imports of this module."""
    return set(IMPORT.findall((WEB / "static" / f"{module}.js").read_text()))


def needed(module: str) -> set[str]:
    """This module and its static imports, recursively."""
    return {module}.union(*(needed(name) for name in imported(module)))


def test_what_the_rooms_page_needs_is_preloaded_and_nothing_else() -> None:
    """Without preloading, a file is found only in its importer; too much of it delays the page."""
    source = (WEB / "templates" / "pages" / "room.html").read_text()
    listed = re.search(r"for module in \((.*?)\)", source)
    assert listed
    assert set(re.findall(r'"(\w+)"', listed[1])) == needed("room") - {"room"}


def test_what_voices_need_is_found_in_few_steps() -> None:
    """No file of theirs is preloaded, so each step is a journey to the server and back."""
    found = {"voice"}
    for _ in range(VOICE_STEPS - 1):
        found = found.union(*(imported(module) for module in found))
    assert found == needed("voice")
