"""Reads the shipped formats from their files, and hands them to the core at start.

A phase is a plan and words. Plans: server/room/formats/shipped/FAMILY.toml, with the phases of a
family of formats and what its formats do otherwise. Words: web/locale/LANG/formats/FAMILY.toml.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from server.room.formats import shipped
from server.room.formats.plan import Format
from server.views.language import LOCALE

PLANS = Path(__file__).parents[1] / "room" / "formats" / "shipped"
GROUPS = "groups"
COMMON = "classic"
"""The family whose words the others have, too, for phases with the same keys."""

Table = Mapping[str, Any]
"""A table of TOML. Any: its values; msgspec checks what is made of them."""


def hand_in_formats(language: str = "en") -> None:
    """Reads the formats with the words of this language, and hands them to the core."""
    plans, words = _tables(PLANS), _tables(LOCALE / language / "formats")
    groups, headings = plans.pop(GROUPS), words.pop(GROUPS)
    common = words[COMMON]["phases"]
    formats = {
        plan.key: plan
        for family, table in plans.items()
        for plan in _formats(table, words[family], common)
    }
    shipped.hand_in(
        [(headings[name], tuple(formats[key] for key in keys)) for name, keys in groups.items()],
        formats[shipped.PRACTICE],
    )


def _tables(folder: Path) -> dict[str, Table]:
    return {path.stem: tomllib.loads(path.read_text()) for path in folder.glob("*.toml")}


def _formats(family: Table, words: Table, common: Table) -> Iterator[Format]:
    """The formats of a family: its phases with their words, in the minutes of each format."""
    own = words.get("phases", {})
    phases = [{**phase, **_words(phase["key"], own, common)} for phase in family["phases"]]
    for table in family["formats"]:
        minutes = table.get("minutes") or [phase["minutes"] for phase in phases]
        timed = [{**p, "minutes": m} for p, m in zip(phases, minutes, strict=True)]
        title = words["titles"][table["key"]]
        yield msgspec.convert({**table, "title": title, "phases": timed}, Format)


def _words(key: str, own: Table, common: Table) -> Table:
    """The words of a phase: its own, those it shares with phases of other numbers, and the common
    ones, in this order."""
    unnumbered = re.sub(r"-\d+$", "", key)
    return {**common.get(key, {}), **own.get(unnumbered, {}), **own.get(key, {})}
