"""The room's modules: all that is needed at first is asked for at once."""

from __future__ import annotations

import re

from server.views.templates import WEB

IMPORT = re.compile(r'^import .*?"\./(\w+)\.js";$', re.MULTILINE)


def needed(module: str) -> set[str]:
    """This module, and what it imports before it runs."""
    text = (WEB / "static" / f"{module}.js").read_text()
    return {module}.union(*(needed(name) for name in IMPORT.findall(text)))


def test_what_the_rooms_page_needs_is_preloaded_and_nothing_else() -> None:
    """Else a file is found only in the one before, or asked for before anybody needs it."""
    source = (WEB / "templates" / "pages" / "room.html").read_text()
    listed = re.search(r"for module in \((.*?)\)", source)
    assert listed
    assert set(re.findall(r'"(\w+)"', listed[1])) == needed("room") - {"room"}
