"""Tests hold on to what a page means, and not to its words, which may change and be translated."""

from __future__ import annotations

import ast

from tests.support.processes import ROOT

BY_WORDS = {"get_by_alt_text", "get_by_label", "get_by_placeholder", "get_by_text", "get_by_title"}
ABOUT_WORDS = {"tests/browser/test_names.py"}
"""Tests whose subject is the words."""


def finds_by_words(call: ast.Call) -> bool:
    """Whether this is one of Playwright's ways to find an element by its words."""
    match call.func:
        case ast.Attribute(attr="get_by_role"):
            return any(keyword.arg == "name" for keyword in call.keywords)
        case ast.Attribute(attr=name):
            return name in BY_WORDS
    return False


def test_controls_are_found_by_what_they_do() -> None:
    """They have data-do and data-about; state is in data- attributes (docs/protocol.md)."""
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and finds_by_words(node)
    }
    assert found == ABOUT_WORDS
