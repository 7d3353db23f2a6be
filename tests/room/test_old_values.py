"""Rooms that earlier releases have written: nothing of them may be lost.

A file in values/ stays as it is for ever. Each release that changes what is stored adds one, by
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
    """Read and written, it says what it said."""
    old = json.loads(path.read_bytes())
    assert _lacks(old, json.loads(encode(decode(path.read_bytes())))) == []


def test_this_release_has_a_value() -> None:
    """Its schema is among those that are held."""
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
