"""Tests hold on to what a page means, and not to its words, which may change and be translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain

from server.views.language import ENGLISH, LOCALE
from tests.support.messages import messages
from tests.support.processes import ROOT

BY_WORDS = {"get_by_alt_text", "get_by_label", "get_by_placeholder", "get_by_text", "get_by_title"}
OF_WORDS = {"to_have_text", "to_contain_text", "not_to_have_text", "not_to_contain_text"}
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


def expected_words(call: ast.Call) -> Iterator[str]:
    """The texts that this call expects on a page, as far as they are written there."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "has_text"]
    if isinstance(call.func, ast.Attribute) and call.func.attr in OF_WORDS:
        named += call.args
    for part in chain.from_iterable(map(ast.walk, named)):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


CALLS = [
    (str(path.relative_to(ROOT)), node)
    for path in (ROOT / "tests").rglob("*.py")
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.Call)
]


def test_controls_are_found_by_what_they_do() -> None:
    """They have data-do and data-about; state is in data- attributes (docs/protocol.md)."""
    assert {path for path, call in CALLS if finds_by_words(call)} == ABOUT_WORDS


def test_what_a_page_shows_is_recognised_by_facts() -> None:
    """Names, times and figures may be expected on it, and no words of its own sentences."""
    scripts = chain.from_iterable(part.values() for part in ENGLISH.scripts.values())
    phases = (path.read_text() for path in LOCALE.rglob("formats/*.toml"))
    ours = " ".join([*chain.from_iterable(messages()), *scripts, *phases])
    found = {
        (path, words)
        for path, call in CALLS
        for words in expected_words(call)
        if path not in ABOUT_WORDS
        and re.search(r"[^\W\d_]{3}", words)
        and re.search(rf"\b{re.escape(words)}\b", ours)
    }
    assert found == set()
