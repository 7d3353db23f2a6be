"""Rooms stored by earlier releases are read without any loss.

A file in values/ never changes. Each release that changes the stored form adds one, by
`python -m tests.room.old_values NAME`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.room.state import SCHEMA, decode, encode

VALUES = sorted((Path(__file__).parent / "values").glob("*.json"))


@pytest.mark.parametrize("path", VALUES, ids=lambda path: path.stem)
def test_nothing_of_an_old_value_is_lost(path: Path) -> None:
    """Decoding and encoding keep every field."""
    old = json.loads(path.read_bytes())
    assert _lacks(old, json.loads(encode(decode(path.read_bytes())))) == []


def test_this_release_has_a_value() -> None:
    """The current schema has a stored value."""
    assert SCHEMA in {decode(path.read_bytes()).schema for path in VALUES}


def _lacks(old: object, new: object, where: str = "") -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        return [lack for key in old for lack in _lacks(old[key], new.get(key), f"{where}.{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            lack
            for n, (a, b) in enumerate(zip(old, new, strict=True))
            for lack in _lacks(a, b, f"{where}.{n}")
        ]
    return [] if old == new else [where]
