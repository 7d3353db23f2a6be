"""Rooms, circles and cookies of earlier releases are read without any loss.

`python -m tests.room.old_values NAME` writes the files in values/, by the name of a release. Those
of a release that is out never change; those of the next one are written again whenever the stored
form changes.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.circle import stored
from server.circle.circle import SCHEMA as CIRCLE_SCHEMA
from server.identity import Identity
from server.room.state import SCHEMA, decode, encode
from tests.room.old_values import ANN, KEY, circle, room
from tests.room.old_values import VALUES as FOLDER

VALUES, CIRCLES, COOKIES = (
    sorted((FOLDER / kind).glob("[0-9]*.json")) for kind in ("", "circles", "cookies")
)


@pytest.mark.parametrize("path", VALUES, ids=lambda path: path.stem)
def test_nothing_of_an_old_value_is_lost(path: Path) -> None:
    """Decoding and encoding keep every field."""
    old = json.loads(path.read_bytes())
    assert _lacks(old, json.loads(encode(decode(path.read_bytes())))) == []


@pytest.mark.parametrize("path", CIRCLES, ids=lambda path: path.stem)
def test_nothing_of_an_old_circle_is_lost(path: Path) -> None:
    """Every field of its hash is read, and would be written as it is. JSON may be spelled anew."""
    old: dict[str, str] = json.loads(path.read_bytes())
    circle = stored.decode("id", {name.encode(): text.encode() for name, text in old.items()})
    assert circle is not None
    assert _lacks(_parsed(old), _parsed(stored.encode(circle))) == []


@pytest.mark.parametrize("path", COOKIES, ids=lambda path: path.stem)
def test_an_old_cookie_is_read(path: Path) -> None:
    """With TLS and without; a test cannot wait until it is too old."""
    cookies: dict[str, str] = json.loads(path.read_bytes())
    assert len(cookies) == 2
    for name, value in cookies.items():
        signed = Identity(KEY).signed(name, value)
        assert signed is not None
        assert signed.person == ANN


def test_each_stored_field_has_a_value() -> None:
    """Of rooms and circles: a field that is new needs new values, and one that got another name is
    read by the tests above."""
    rooms = set().union(*(_fields(json.loads(path.read_bytes())) for path in VALUES))
    assert _fields(json.loads(room())) <= rooms
    circles = set().union(*(_fields(_parsed(json.loads(path.read_bytes()))) for path in CIRCLES))
    assert _fields(_parsed(circle())) <= circles


def test_this_release_has_a_value() -> None:
    """The current schemas have a stored value."""
    assert SCHEMA in {decode(path.read_bytes()).schema for path in VALUES}
    schemas = {int(json.loads(path.read_bytes()).get("schema", 1)) for path in CIRCLES}
    assert CIRCLE_SCHEMA in schemas
    assert COOKIES


def _parsed(fields: dict[str, str]) -> dict[str, object]:
    return {name: json.loads(text) if text[0] == "{" else text for name, text in fields.items()}


def _fields(value: object, path: str = "") -> set[str]:
    """The path of each field; what follows a colon in a name is a seat, and the keys of a format's
    own phases do not count."""
    if isinstance(value, list):
        return set().union(*(_fields(part, path) for part in value))
    if not isinstance(value, dict):
        return {path}
    return set().union(
        *(_fields(part, f"{path}.{name.partition(':')[0]}") for name, part in value.items())
    )


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
