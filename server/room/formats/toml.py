"""A format as a TOML file that people keep and share: writing and reading.

Owns the fields of such a file and the sentences for one that cannot be read.
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
from server.room.formats.validation import MAX_SHORT, Fault, InvalidFormat, named, validated
from server.room.refused import Refused

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
    called: str
    default: Any
    is_required: bool = False


FORMAT: dict[str, Field] = {
    "title": Field(str, "a text", "", is_required=True),
    "auto_advance": Field(bool, "true or false", False),
    "peers": Field(bool, "true or false", False),
    "seen_sitting_back": Field(bool, "true or false", False),
    "chairs": Field(int, "a whole number", MAX_CHAIRS),
}
PHASE: dict[str, Field] = {
    "key": Field(str, "a text", ""),
    "title": Field(str, "a text", "", is_required=True),
    "short": Field(str, "a text", ""),
    "minutes": Field(int | float, "a number", 1, is_required=True),
    "heard": Field(Heard, "one of " + ", ".join(Heard), Heard.EVERYBODY, is_required=True),
    "turns": Field(Turns, "one of " + ", ".join(Turns), Turns.OPEN),
    "next_presenter": Field(bool, "true or false", False),
    "cap": Field(int, "a whole number", 0),
    "purpose": Field(str, "a text", ""),
    "guidance": Field(str, "a text", ""),
    "watch": Field(str, "a text", ""),
    "prompts": Field(tuple[str, ...], "a list of texts", ()),
}
PHASES = "phases"


def written(plan: Format) -> str:
    """The format as TOML; `read` returns the same one, with the key of a circle's own format."""
    return tomli_w.dumps(
        {**_table_of(plan, FORMAT), PHASES: [_table_of(p, PHASE) for p in plan.phases]}
    )


def read(text: str) -> Format:
    """The format in a file; raises Refused, or InvalidFormat with a sentence for each fault.

    No field is silently ignored: unknown ones are faults.
    """
    table = _table(text)
    faults: list[Fault] = []
    phases = table.pop(PHASES, [])
    if not isinstance(phases, list) or not all(isinstance(phase, dict) for phase in phases):
        raise Refused("invalid", f"The phases stand in tables that begin with [[{PHASES}]].")
    values = _values(table, FORMAT, None, "The format", faults)
    plan = Format(OWN, phases=tuple(_phases(phases, faults)), **values)
    if faults:
        raise InvalidFormat(tuple(faults))
    return validated(plan)


def _table(text: str) -> dict[str, Any]:
    if len(text.encode(errors="replace")) > LARGEST_FILE:
        raise Refused("too_long", f"A format's file has at most {LARGEST_FILE // 1024} KiB.")
    if not _is_plain(text):
        raise Refused("invalid", "This is no format's file: its tables are too many, or too deep.")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it cannot be read"
        raise Refused("invalid", f"This is no TOML: {why}.") from None


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
        title = table.get("title")
        name = named(place, title if isinstance(title, str) else "")
        values = _values(table, PHASE, place, name, faults)
        if wrong := _wrong_key(values["key"], keys):
            faults.append(Fault(place, "key", f"{name}: {wrong}"))
        keys.add(values["key"])
        values["short"] = values["short"] or values["title"][:MAX_SHORT]
        yield Phase(**values)


def _wrong_key(key: str, used: set[str]) -> str:
    """The fault of a phase's key, or empty. A missing key is made from the title."""
    if not key:
        return ""
    if not usable(key):
        return "key must be of small letters, digits and hyphens, and no word of the room's own."
    return "key is another phase's already." if key in used else ""


def _values(
    table: Mapping[str, Any],
    fields: Mapping[str, Field],
    place: int | None,
    name: str,
    faults: list[Fault],
) -> dict[str, Any]:
    """The values of all fields; an invalid one is the default, with a fault in `faults`."""
    for unknown in sorted(table.keys() - fields.keys()):
        known = ", ".join(fields)
        sentence = f"{name}: the field “{unknown[:40]}” is not known; known are {known}."
        faults.append(Fault(place, unknown, sentence))
    values = {}
    for key, field in fields.items():
        value = _value(table[key], field.kind) if key in table else None
        values[key] = field.default if value is None else value
        if value is None and (key in table or field.is_required):
            wrong = f"must be {field.called}" if key in table else "is missing"
            faults.append(Fault(place, key, f"{name}: {key} {wrong}."))
    return values


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
