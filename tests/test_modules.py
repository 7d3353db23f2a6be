"""Modules of the room's page are preloaded if they are needed at first."""

from __future__ import annotations

import re

from server.views.templates import WEB

IMPORT = re.compile(r'^import .*?"\./(\w+)\.js";$', re.MULTILINE)


def needed(module: str) -> set[str]:
    """This module and its static imports, recursively."""
    text = (WEB / "static" / f"{module}.js").read_text()
    return {module}.union(*(needed(name) for name in IMPORT.findall(text)))


def test_what_the_rooms_page_needs_is_preloaded_and_nothing_else() -> None:
    """Without preloading, a file is found only in its importer; too much of it delays the page."""
    source = (WEB / "templates" / "pages" / "room.html").read_text()
    listed = re.search(r"for module in \((.*?)\)", source)
    assert listed
    assert set(re.findall(r'"(\w+)"', listed[1])) == needed("room") - {"room"}
