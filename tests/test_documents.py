"""What the documents link to is there: files of the repository, and headings in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.processes import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def headings(document: Path) -> set[str]:
    """The anchors of its headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    """Links to other sites are not tried."""
    dead = []
    for name, anchor in LINK.findall(document.read_text()):
        to = document.parent / name if name else document
        if not to.exists() or (anchor and anchor not in headings(to)):
            dead.append(f"{name}#{anchor}")
    assert dead == []


def test_the_readme_leads_to_every_document() -> None:
    """At once or by another document; one that nothing leads to is not read."""
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
