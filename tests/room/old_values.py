"""`python -m tests.room.old_values NAME`: writes values/NAME.json.

Each is a room of this release in which no field has its default.
"""

from __future__ import annotations

import sys
import types
import typing
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct

from server.room.formats.plan import Format
from server.room.formats.shipped import FORMATS
from server.room.state import SCHEMA, Room, encode

numbers = count(1)


def filled(kind: Any, default: Any = NODEFAULT) -> Any:
    """A value of this type that differs from the field's default. Any: types and their values."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return filled(next(part for part in parts if part is not type(None)))
    if origin is tuple:
        return (filled(parts[0]),) if parts[-1] is Ellipsis else tuple(map(filled, parts))
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


if __name__ == "__main__":
    room = msgspec.structs.replace(filled(Room), schema=SCHEMA)
    (Path(__file__).parent / "values" / f"{sys.argv[1]}.json").write_bytes(encode(room))
