"""The content of a page, independent of its markup's form: elements, attributes and texts.

Owns the comparison of two pages that differ only in typed text.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

# Differences between rooms that nobody has typed.
TOKENS = re.compile(r"(/join#)[\w.=-]+")
DIGEST = re.compile(r"\A[0-9a-f]{8}\Z")


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, ...]] = []
        self._initial = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = [f"{name}={_meant(name, value)}" for name, value in attrs]
        self.found.append((tag, *values))
        # The first letter of a name differs with the name; only its place is compared.
        self._initial = ("class", "initial") in attrs

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}",))
        self._initial = False

    def handle_data(self, data: str) -> None:
        if self._initial:
            assert len(data) == 1
            data = "A"
        before = self.found.pop()[1] if self.found and self.found[-1][0] == "" else ""
        self.found.append(("", " ".join(f"{before}{data}".split())))

    def handle_comment(self, data: str) -> None:
        self.found.append(("!", data))


def _meant(name: str, value: str | None) -> str | None:
    """The value of an attribute; commands are JSON with its own escapes, and a digest of what was
    typed is compared by its form."""
    if name == "data-digest":
        return DIGEST.sub("DIGEST", value or "")
    if name != "hx-vals" or value is None:
        return value
    return ", ".join(f"{field}: {told}" for field, told in json.loads(value).items())


def read(html: str) -> list[tuple[str, ...]]:
    """The page as a browser parses it: tags with their attributes, and texts, in order."""
    reader = _Read()
    reader.feed(TOKENS.sub(r"\1TOKEN", html))
    reader.close()
    return reader.found


def with_words(page: list[tuple[str, ...]], typed: dict[str, str]) -> list[tuple[str, ...]]:
    """The same page with other typed words."""
    changed = page
    for plain, other in typed.items():
        changed = [tuple(part.replace(plain, other) for part in piece) for piece in changed]
    return changed
