"""Every document that a file names is in the repository, and every link has a target."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
LEFT_BEHIND = {".git", ".hypothesis", ".venv", "__pycache__", "data", "test-results"}
"""Folders that a run creates. So are the tools' caches."""
NAMED = re.compile(r"[\w./-]*\w\.md\b")


def headings(document: Path) -> set[str]:
    """The anchors of its headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    """Links to other sites are not checked."""
    dead = []
    for name, anchor in LINK.findall(document.read_text()):
        to = document.parent / name if name else document
        if not to.exists() or (anchor and anchor not in headings(to)):
            dead.append(f"{name}#{anchor}")
    assert dead == []


def test_the_readme_leads_to_every_document() -> None:
    """It links to each of them directly or through another document."""
    found: set[Path] = set()
    upcoming = {ROOT / "README.md"}
    while upcoming:
        found |= upcoming
        links = {
            (document.parent / name).resolve()
            for document in upcoming
            for name, _anchor in LINK.findall(document.read_text())
        }
        upcoming = links & set(DOCUMENTS) - found
    assert set(DOCUMENTS) - found == set()


def ours() -> Iterator[Path]:
    """The files of the repository, and none of a run, which may go while they are looked for."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in LEFT_BEHIND and not f.endswith("_cache")]
        yield from (Path(folder, name) for name in names)


FILES = sorted(ours())
PATHS = [f"/{path.relative_to(ROOT)}" for path in FILES if path.suffix == ".md"]


def text_of(path: Path) -> str:
    """The text of a file; of a picture, some irrelevant text."""
    return path.read_text(errors="replace")


def is_there(name: str) -> bool:
    """Whether this is a document's path, the end of one, or an address with such an end."""
    named = f"/{name.removeprefix('../')}"
    return any(path.endswith(named) or named.endswith(path) for path in PATHS)


def test_no_file_names_a_document_that_is_not_there() -> None:
    """A reader may have nothing but the clone."""
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        for name in NAMED.findall(text_of(path))
        if not is_there(name)
    }
    assert not missing
