"""Tests hold on to what a page means, and not to its words, which may change and be translated.

This sees how Playwright finds elements, the texts that its assertions expect, and the sentences
that are looked for in the `text` of an answer. It does not see texts that are read in other ways.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from server.views.language import ENGLISH, LOCALE
from tests.support.messages import messages
from tests.support.processes import ROOT

BY_WORDS = {"get_by_alt_text", "get_by_label", "get_by_placeholder", "get_by_text", "get_by_title"}
OF_WORDS = {"to_have_text", "to_contain_text", "to_have_accessible_description"}
OF_WORDS |= {f"not_{name}" for name in OF_WORDS}
ABOUT_WORDS = {"tests/browser/test_names.py"}
"""Tests whose subject is the words."""
TYPED = {"First Tuesday circle", "Whose case"}
"""Names that tests type, which are words of ours as well."""


def finds_by_words(call: ast.Call) -> bool:
    """Whether this is one of Playwright's ways to find an element by its words."""
    match call.func:
        case ast.Attribute(attr="get_by_role"):
            return any(keyword.arg == "name" for keyword in call.keywords)
        case ast.Attribute(attr=name):
            return name in BY_WORDS
    return False


def expected_words(node: ast.AST) -> Iterator[str]:
    """The texts that this call or comparison expects on a page, as far as they are written there.

    In the text of an answer a single word may be a name that the test has typed.
    """
    match node:
        case ast.Call(ast.Attribute(attr=name), args) if name in OF_WORDS:
            yield from written(args)
        case ast.Call(keywords=keywords):
            yield from written(each.value for each in keywords if each.arg == "has_text")
        case ast.Compare(left, [ast.In() | ast.NotIn()], [ast.Attribute(attr="text")]):
            yield from (words for words in written([left]) if " " in words.strip())


def written(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The texts in these expressions, but no keys of a dict."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif not isinstance(node, ast.Subscript):
            yield from written(ast.iter_child_nodes(node))


NODES = [
    (str(path.relative_to(ROOT)), node)
    for path in (ROOT / "tests").rglob("*.py")
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.Call | ast.Compare)
]


def test_controls_are_found_by_what_they_do() -> None:
    """They have data-do and data-about; state is in data- attributes (docs/protocol.md)."""
    found = {path for path, node in NODES if isinstance(node, ast.Call) and finds_by_words(node)}
    assert found == ABOUT_WORDS


def test_what_a_page_shows_is_recognised_by_facts() -> None:
    """Names, times and figures may be expected on it, and no words of its own sentences."""
    scripts = chain.from_iterable(part.values() for part in ENGLISH.scripts.values())
    phases = (path.read_text() for path in LOCALE.rglob("formats/*.toml"))
    ours = " ".join([*chain.from_iterable(messages()), *scripts, *phases])
    found = {
        (path, words)
        for path, node in NODES
        for words in expected_words(node)
        if path not in ABOUT_WORDS
        and words not in TYPED
        and re.search(r"[^\W\d_]{3}", words)
        and re.search(rf"\b{re.escape(words)}\b", ours)
    }
    assert found == set()
