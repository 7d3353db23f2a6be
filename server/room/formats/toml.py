"""A format as a file that people keep and hand on: TOML, written and read.

Owns which fields such a file has and what is said of one that cannot be read. Whether the format
is any good is left to server/room/formats/validation.py.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from server.room.formats.keys import usable
from server.room.formats.plan import MAX_CHAIRS, OWN, Format, Heard, Phase, Turns
from server.room.formats.validation import MAX_SHORT, Fault, InvalidFormat, named, validated
from server.room.refused import Refused

LARGEST_FILE = 64 * 1024
"""Bytes."""
MOST_DOTS, MOST_DEPTH, MOST_TABLES, MOST_PAIRS = 8, 8, 100, 2000
"""Of a line outside its texts, of brackets, and in all. tomllib takes half a minute for a key of
thirty thousand parts, and a format's file has no such key at all."""
TEXTS = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*(?:"{3,5}|\Z)|"(?:[^"\\\n]|\\.)*"?'''
    r"""|'''(?:[^']|'(?!''))*(?:'{3,5}|\Z)|'[^'\n]*'?|#[^\n]*""",
    re.DOTALL,
)
"""Texts of each of the four kinds, and comments. What is not ended ends with its line, or the file,
so that nothing is looked through twice."""
LARGEST_NUMBER = 10**9
"""Beyond any bound of a format, and still one that can be shown."""


class Field(NamedTuple):
    """What stands in a field; where it need not, its `default`, and None where it must."""

    kind: type | tuple[type, ...]
    called: str
    default: Any = None  # Any: whatever `kind` says


NUMBER = (int, float)
FORMAT: dict[str, Field] = {
    "title": Field(str, "a text"),
    "auto_advance": Field(bool, "true or false", False),
    "peers": Field(bool, "true or false", False),
    "seen_sitting_back": Field(bool, "true or false", False),
    "chairs": Field(int, "a whole number", MAX_CHAIRS),
}
PHASE: dict[str, Field] = {
    "key": Field(str, "a text", ""),
    "title": Field(str, "a text"),
    "short": Field(str, "a text", ""),
    "minutes": Field(NUMBER, "a number"),
    "heard": Field(Heard, "one of " + ", ".join(Heard)),
    "turns": Field(Turns, "one of " + ", ".join(Turns), Turns.OPEN),
    "next_presenter": Field(bool, "true or false", False),
    "cap": Field(int, "a whole number", 0),
    "purpose": Field(str, "a text", ""),
    "guidance": Field(str, "a text", ""),
    "watch": Field(str, "a text", ""),
    "prompts": Field(list, "a list of texts", ()),
}
PHASES = "phases"
_Enum = TypeVar("_Enum", bound=StrEnum)


def written(plan: Format) -> str:
    """The format as TOML; `read` gives the same one back, under the key of an own format."""
    blocks = [_block(plan, FORMAT)]
    blocks += [f"[[{PHASES}]]\n{_block(phase, PHASE)}" for phase in plan.phases]
    return "\n".join(blocks)


def read(text: str) -> Format:
    """The format in a file; raises Refused, or InvalidFormat with a sentence for each fault.

    Nothing that the file says is left out: a field that is not known is refused by its name.
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
    """Whether it has the shape of a format's file, whatever it says."""
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
        values["prompts"] = tuple(values["prompts"])
        values["short"] = values["short"] or values["title"][:MAX_SHORT]
        yield Phase(**values)


def _wrong_key(key: str, used: set[str]) -> str:
    """What is wrong with a phase's key; one that is left out is made from the title."""
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
    """The values of all fields; what is wrong with one goes to `faults`, with some value for it."""
    for unknown in sorted(table.keys() - fields.keys()):
        known = ", ".join(fields)
        sentence = f"{name}: the field “{unknown[:40]}” is not known; known are {known}."
        faults.append(Fault(place, unknown, sentence))
    values = {}
    for field, (kind, called, default) in fields.items():
        given = table.get(field, default)
        values[field] = _value(given, kind)
        if values[field] is None:
            wrong = "is missing" if field not in table else f"must be {called}"
            faults.append(Fault(place, field, f"{name}: {field} {wrong}."))
            values[field] = _some(kind)
    return values


def _value(given: Any, kind: type | tuple[type, ...]) -> Any:
    """What was given, as its field holds it; None for what does not fit."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(given) if isinstance(given, str) and given in [*kind] else None
    if kind is list:
        texts = isinstance(given, list | tuple) and all(isinstance(text, str) for text in given)
        return given if texts else None
    if kind is not bool and isinstance(given, bool):
        return None  # In Python true is a number, too.
    too_large = isinstance(given, int) and abs(given) > LARGEST_NUMBER
    return given if isinstance(given, kind) and not too_large else None


def _some(kind: type | tuple[type, ...]) -> Any:
    if kind == NUMBER:
        return 1
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return next(iter(kind))
    return kind() if isinstance(kind, type) else None


def _block(value: Format | Phase, fields: Iterable[str]) -> str:
    return "".join(f"{field} = {_toml(getattr(value, field))}\n" for field in fields)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(_escaped(c) for c in value) + '"'
    if isinstance(value, tuple):
        return "[\n" + "".join(f"  {_toml(text)},\n" for text in value) + "]" if value else "[]"
    return repr(int(value) if value == int(value) else value)


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    return f"\\u{ord(c):04X}" if ord(c) < 0x20 or ord(c) == 0x7F else c
