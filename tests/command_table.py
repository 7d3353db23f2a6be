"""The table of commands in docs/protocol.md, generated from the code.

`python -m tests.command_table` prints it. A test compares it with the document.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec
from msgspec import inspect

from server.room.commands import Command
from server.room.rules import NOT_FOR_STAND_INS, RULES, RUNNING, Rule
from server.room.state import DEBRIEF, WAITING, Role

HEAD = "| `do` | Fields | Who | When |\n|---|---|---|---|"
MOMENTS = {WAITING: "waiting", RUNNING: "a phase", DEBRIEF: "debrief"}


def command_table() -> str:
    """One row for each rule of the room, in the order of RULES."""
    return "\n".join([HEAD, *(_row(kind, rule) for kind, rule in RULES.items())])


def name_of(kind: type[msgspec.Struct]) -> str:
    """The value of `do` for this struct."""
    return str(_described(kind).tag)


def fields_of(kind: type[msgspec.Struct]) -> str:
    """The other fields of a frame, with their types and defaults."""
    return ", ".join(map(_field, _described(kind).fields))


def _described(kind: type[msgspec.Struct]) -> inspect.StructType:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    return described


def _row(kind: type[Command], rule: Rule) -> str:
    when = ", ".join(word for moment, word in MOMENTS.items() if moment in rule.when)
    cells = (f"`{name_of(kind)}`", fields_of(kind), _who(kind, rule), when)
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _who(kind: type[Command], rule: Rule) -> str:
    names = [str(role) for role in Role if role in rule.who]
    leads_only = Role.FACILITATOR in rule.who and Role.MEMBER not in rule.who
    if leads_only and kind not in NOT_FOR_STAND_INS:
        names.append("stand-in")
    return ", ".join(names)


def _field(field: inspect.Field) -> str:
    return f"`{field.encode_name}` {_type(field.type)}{_default(field)}"


def _default(field: inspect.Field) -> str:
    if field.required:
        return ""
    return " (optional)" if field.default is None else f" (default `{json.dumps(field.default)}`)"


def _type(kind: Any) -> str:
    """Any: msgspec has no more specific common type for its type descriptions."""
    match kind:
        case inspect.StrType(pattern=None):
            return "text"
        case inspect.StrType(pattern=str(pattern)):
            return f"text matching `{pattern.replace(chr(92) + 'Z', '$')}`"
        case inspect.LiteralType(values=values):
            return " or ".join(f"`{value}`" for value in values)
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType(ge=None):
            return "whole number"
        case inspect.IntType(ge=least):
            return f"whole number from {least}"
        case inspect.FloatType():
            return "number"
        case inspect.RawType():
            return "any JSON"
        case inspect.VarTupleType(item_type=item):
            return f"list of {_type(item)}"
        case inspect.UnionType(types=(one, inspect.NoneType())):
            return _type(one)
    raise AssertionError(f"{kind} has no words yet")


if __name__ == "__main__":
    sys.stdout.write(f"{command_table()}\n")
