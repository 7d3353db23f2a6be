"""The sentences of the page's scripts: each key has one, and each sentence is used."""

from __future__ import annotations

import json
import re
from itertools import chain

import pytest

from server.views.language import ENGLISH, LOCALE, Scripts
from server.views.templates import WEB

SOURCES = [
    path.read_text()
    for path in sorted((WEB / "static").rglob("*.js"))
    if path.parent.name != "vendor"
]
SENTENCES = dict(chain.from_iterable(part.items() for part in ENGLISH.scripts.values()))
CALL = re.compile(r"\b(?:words|say|said|failed|NotToBeHad)\((?P<key>[^()]*(?:\([^()]*\)[^()]*)*)\)")
LITERAL = re.compile(r'"([\w.-]+)"|`([\w.${}-]+)`')
FILLED = re.compile(r"\{(\w+)\}")


def literals(text: str) -> set[str]:
    """The literals that may be keys, as patterns: a part that is computed may be anything."""
    found = [plain or computed for plain, computed in LITERAL.findall(text)]
    return {re.sub(r"\\\$\\\{[^}]*\\\}", r"[\\w-]+", re.escape(one)) for one in found}


def of_any(patterns: set[str], key: str) -> bool:
    """Whether one of these patterns is this key."""
    return any(re.fullmatch(pattern, key) for pattern in patterns)


def test_each_key_of_a_script_has_a_sentence() -> None:
    """A missing sentence would break the module that asks for it."""
    asked = set().union(*(literals(call) for text in SOURCES for call in CALL.findall(text)))
    assert len(asked) > 40
    assert [p for p in asked if not any(re.fullmatch(p, key) for key in SENTENCES)] == []


def test_each_sentence_is_used() -> None:
    """The block is a part of the page's first load."""
    known = set().union(*map(literals, SOURCES))
    assert [key for key in SENTENCES if not of_any(known, key)] == []


@pytest.mark.parametrize("code", sorted(folder.name for folder in LOCALE.iterdir()))
def test_each_language_has_the_same_keys_and_facts(code: str) -> None:
    """The scripts fill in the same facts in every language."""
    parts = json.loads((LOCALE / code / "page.json").read_text())
    assert facts(parts) == facts(ENGLISH.scripts)


def facts(parts: Scripts) -> dict[str, dict[str, list[str]]]:
    """The facts of each sentence."""
    return {
        part: {key: sorted(FILLED.findall(sentence)) for key, sentence in sentences.items()}
        for part, sentences in parts.items()
    }


def test_the_clock_says_of_nobody_that_they_decide() -> None:
    """Its sentences are the same in each format, and in some nobody leads."""
    said = [sentence for key, sentence in SENTENCES.items() if key.startswith("time.")]
    assert len(said) > 4
    assert [one for one in said if "facilitator" in one.casefold()] == []
