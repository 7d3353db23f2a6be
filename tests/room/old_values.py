"""`python -m tests.room.old_values NAME`: writes the values of this release.

values/NAME.json is a room, and values/circles/NAME.json the hash of a circle, in which no field has
its default; values/cookies/NAME.json has cookies, by their names.
"""

from __future__ import annotations

import collections.abc
import json
import sys
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct

from server.circle import stored
from server.circle.circle import SCHEMA as CIRCLE_SCHEMA
from server.circle.circle import Circle
from server.identity import Identity, Person, cookie_name
from server.room.formats.plan import Format
from server.room.formats.shipped import FORMATS
from server.room.state import SCHEMA, Room, encode
from server.views.format_files import hand_in_formats

VALUES = Path(__file__).parent / "values"
KEY = "only-old-cookies-are-signed-with-this"
ANN = Person("abcdefghijklmnop", "ann", "Ann Ä")

MOMENTS: Mapping[Any, Any] = {
    date: date(2027, 3, 2),
    time: time(19, 30),
    datetime: datetime(2027, 3, 9, 18),  # noqa: DTZ001 - the local time of a meeting
}
"""The value of each type of a moment."""

numbers = count(1)


def filled(kind: Any, default: Any = NODEFAULT) -> Any:
    """A value of this type that differs from the field's default. Any: types and their values."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return filled(next(part for part in parts if part is not type(None)))
    if origin is tuple:
        return (filled(parts[0]),) if parts[-1] is Ellipsis else tuple(map(filled, parts))
    if origin is collections.abc.Mapping:
        return {filled(parts[0]): filled(parts[1])}
    if kind in MOMENTS:
        return MOMENTS[kind]
    if kind is Format:
        return next(iter(FORMATS.values()))
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind(
            **{
                field.name: filled(field.type, field.default)
                for field in msgspec.structs.fields(kind)
            }
        )
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(member for member in kind if member != default)
    if kind is bool:
        return default is False or default is NODEFAULT
    return next(numbers) if kind is int else f"text-{next(numbers)}"


def cookies() -> dict[str, str]:
    """Ann's cookies, by their names: with TLS and without."""
    identity = Identity(KEY)
    return {
        cookie_name(ANN.circle, secure=secure): identity.cookie(ANN, secure=secure)
        for secure in (True, False)
    }


def room() -> bytes:
    """A room of this release, as it is stored."""
    return encode(msgspec.structs.replace(filled(Room), schema=SCHEMA))


def circle() -> dict[str, str]:
    """A circle of this release, as it is stored."""
    known = {"time_zone": "Europe/Berlin", "seen": {"ann": "2027-03"}}
    return stored.encode(msgspec.structs.replace(filled(Circle), schema=CIRCLE_SCHEMA, **known))


if __name__ == "__main__":
    file = f"{sys.argv[1]}.json"
    hand_in_formats()
    (VALUES / file).write_bytes(room())
    (VALUES / "circles" / file).write_text(json.dumps(circle(), indent=1) + "\n")
    (VALUES / "cookies" / file).write_text(json.dumps(cookies(), indent=1) + "\n")
