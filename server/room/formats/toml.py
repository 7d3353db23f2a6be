"""A format as a TOML file that people keep and share: writing and reading.

Owns the fields of such a file, and the faults of one that cannot be read.
server/room/formats/validation.py checks the format.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
import tomli_w

from server.room.formats.keys import usable
from server.room.formats.plan import MAX_CHAIRS, OWN, Format, Heard, Phase, Turns
from server.room.formats.validation import (
    MAX_SHORT,
    Fault,
    FieldFault,
    InvalidFormat,
    fault_of_phase,
    validated,
)
from server.room.refused import Reason, Refused, reason

LARGEST_FILE = 64 * 1024
"""Bytes."""
MOST_DOTS, MOST_DEPTH, MOST_TABLES, MOST_PAIRS = 8, 8, 100, 2000
"""Dots in a line outside its texts, nested brackets, tables and pairs in all. tomllib takes half a
minute for a key of thirty thousand parts, which no format's file has."""
TEXTS = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*(?:"{3,5}|\Z)|"(?:[^"\\\n]|\\.)*"?'''
    r"""|'''(?:[^']|'(?!''))*(?:'{3,5}|\Z)|'[^'\n]*'?|#[^\n]*""",
    re.DOTALL,
)
"""Strings of all four kinds, and comments. An unterminated one ends with its line or the file, so
that nothing is scanned twice."""
LARGEST_NUMBER = 10**9
"""Above any bound of a format, and still short enough to be shown."""


class Field(NamedTuple):
    """A field of the file: its type, and the `default` for a missing or invalid value."""

    kind: Any  # a type for msgspec
    default: Any
    is_required: bool = False


FORMAT: dict[str, Field] = {
    "title": Field(str, "", is_required=True),
    "auto_advance": Field(bool, False),
    "peers": Field(bool, False),
    "seen_sitting_back": Field(bool, False),
    "chairs": Field(int, MAX_CHAIRS),
}
PHASE: dict[str, Field] = {
    "key": Field(str, ""),
    "title": Field(str, "", is_required=True),
    "short": Field(str, ""),
    "minutes": Field(int | float, 1, is_required=True),
    "heard": Field(Heard, Heard.EVERYBODY, is_required=True),
    "turns": Field(Turns, Turns.OPEN),
    "next_presenter": Field(bool, False),
    "cap": Field(int, 0),
    "purpose": Field(str, ""),
    "guidance": Field(str, ""),
    "watch": Field(str, ""),
    "prompts": Field(tuple[str, ...], ()),
}
PHASES = "phases"


def written(plan: Format) -> str:
    """The format as TOML; `read` returns the same one, with the key of a circle's own format."""
    return tomli_w.dumps(
        {**_table_of(plan, FORMAT), PHASES: [_table_of(p, PHASE) for p in plan.phases]}
    )


def read(text: str) -> Format:
    """The format in a file; raises Refused, or InvalidFormat with all faults.

    No field is silently ignored: unknown ones are faults.
    """
    table = _table(text)
    faults: list[Fault] = []
    phases = table.pop(PHASES, [])
    if not isinstance(phases, list) or not all(isinstance(phase, dict) for phase in phases):
        raise Refused("invalid", "no_phases")
    values, wrong = _values(table, FORMAT)
    faults += [Fault(None, field, why) for field, why in wrong]
    plan = Format(OWN, phases=tuple(_phases(phases, faults)), **values)
    if faults:
        raise InvalidFormat(tuple(faults))
    return validated(plan)


def _table(text: str) -> dict[str, Any]:
    if len(text.encode(errors="replace")) > LARGEST_FILE:
        raise Refused("too_long", "file_too_large", most=LARGEST_FILE // 1024)
    if not _is_plain(text):
        raise Refused("invalid", "file_too_deep")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refused("invalid", "no_toml", error=str(error)) from None
    except (ValueError, RecursionError):
        raise Refused("invalid", "unreadable_toml") from None


def _is_plain(text: str) -> bool:
    """Whether the text is within the structural bounds, so that tomllib is fast on it."""
    shape = TEXTS.sub("_", text)
    lines = shape.split("\n")
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", shape):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return (
        deepest <= MOST_DEPTH
        and all(line.count(".") <= MOST_DOTS for line in lines)
        and sum(line.lstrip().startswith("[") for line in lines) <= MOST_TABLES
        and shape.count("=") <= MOST_PAIRS
        and shape.count(",") <= MOST_PAIRS
    )


def _phases(tables: list[dict[str, Any]], faults: list[Fault]) -> Iterator[Phase]:
    keys: set[str] = set()
    for place, table in enumerate(tables):
        values, wrong = _values(table, PHASE)
        if why := _wrong_key(values["key"], keys):
            wrong.append(("key", why))
        faults += [fault_of_phase(place, values["title"], field, why) for field, why in wrong]
        keys.add(values["key"])
        values["short"] = values["short"] or values["title"][:MAX_SHORT]
        yield Phase(**values)


def _wrong_key(key: str, used: set[str]) -> Reason | None:
    """The fault of a phase's key. A missing key is made from the title."""
    if key and not usable(key):
        return reason("key_unusable")
    return reason("key_taken") if key and key in used else None


def _values(
    table: Mapping[str, Any], fields: Mapping[str, Field]
) -> tuple[dict[str, Any], list[FieldFault]]:
    """The values of all fields, and the faults; an invalid value is the default."""
    wrong = [
        (unknown, reason("unknown_field", field=unknown[:40], known=", ".join(fields)))
        for unknown in sorted(table.keys() - fields.keys())
    ]
    values = {}
    for key, field in fields.items():
        value = _value(table[key], field.kind) if key in table else None
        values[key] = field.default if value is None else value
        if value is None and key in table:
            wrong.append((key, _must_be(key, field.kind)))
        elif value is None and field.is_required:
            wrong.append((key, reason("field_missing", field=key)))
    return values, wrong


def _must_be(key: str, kind: Any) -> Reason:
    if kind is str:
        return reason("must_be_text", field=key)
    if kind is bool:
        return reason("must_be_true_or_false", field=key)
    if kind is int:
        return reason("must_be_whole_number", field=key)
    if kind is Heard or kind is Turns:
        return reason("must_be_one_of", field=key, known=", ".join(kind))
    if kind == int | float:
        return reason("must_be_number", field=key)
    return reason("must_be_texts", field=key)


def _value(given: Any, kind: Any) -> Any:
    """The value converted to its type, or None."""
    if isinstance(given, int) and abs(given) > LARGEST_NUMBER:
        return None
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError:
        return None


def _table_of(value: Format | Phase, fields: Iterable[str]) -> dict[str, Any]:
    # Any: TOML's values. A whole number is written as an integer.
    given = {field: getattr(value, field) for field in fields}
    return {f: int(v) if isinstance(v, float) and v.is_integer() else v for f, v in given.items()}
