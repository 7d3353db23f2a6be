"""The files of the shipped formats: plans and words fit together, and are what rooms know."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from server.room.formats.plan import Format, Phase, encode
from server.room.formats.shipped import FORMATS, GROUPS, PRACTICE, plan_of
from server.views.format_files import COMMON, PLANS
from server.views.language import LOCALE

FIRST_RELEASE = Path(__file__).parents[1] / "room" / "values" / "formats-0.1.0.json"
"""The formats of version 0.1.0. A session that began there goes on with the same keys of phases."""

WORDS = sorted((LOCALE / "en" / "formats").glob("*.toml"))
FAMILIES = sorted(path.stem for path in PLANS.glob("*.toml"))


def of_file(path: Path) -> dict[str, Any]:
    """Its tables."""
    return tomllib.loads(path.read_text())


def test_the_files_have_the_formats_of_the_first_release() -> None:
    """Value for value, in the same order. Whoever changes the words of a format on purpose changes
    them in that file as well; the keys of its phases stay."""
    old = json.loads(FIRST_RELEASE.read_text())
    assert [[heading, [plan.key for plan in plans]] for heading, plans in GROUPS] == old["groups"]
    plans = [*FORMATS.values(), plan_of(PRACTICE)]
    assert [json.loads(encode(plan)) for plan in plans] == old["formats"]


def test_each_plan_has_words_and_the_reverse() -> None:
    """Each family of formats has a file of both, and so have the groups."""
    assert [path.stem for path in WORDS] == FAMILIES


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.stem)
def test_no_words_are_left_over(path: Path) -> None:
    """Each title is of a format; each table is of a phase, or of phases that differ in a number."""
    words, plan = of_file(path), of_file(PLANS / path.name)
    if "formats" not in plan:
        assert list(words) == list(plan)
        return
    keys = {phase["key"] for phase in plan["phases"]}
    assert list(words["titles"]) == [each["key"] for each in plan["formats"]]
    assert set(words.get("phases", {})) <= keys | {re.sub(r"-\d+$", "", key) for key in keys}
    fields = {field for table in words.get("phases", {}).values() for field in table}
    assert fields <= {"title", "short", "purpose", "guidance", "watch", "prompts"}


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "groups"])
def test_a_plan_has_no_words_and_no_unknown_field(family: str) -> None:
    """A misspelled field would silently have its default."""
    plan = of_file(PLANS / f"{family}.toml")
    fields = {field for phase in plan["phases"] for field in phase}
    assert fields <= {"key", "minutes", "heard", "turns", "cap", "next_presenter"}
    assert fields <= set(Phase.__struct_fields__)
    of_formats = {field for each in plan["formats"] for field in each}
    assert of_formats <= {*Format.__struct_fields__, "minutes"} - {"title", "phases"}


def test_no_phase_is_written_twice() -> None:
    """What two formats have in common stands in one file."""
    common = of_file(LOCALE / "en" / "formats" / f"{COMMON}.toml")["phases"]
    for path in WORDS:
        if path.stem in (COMMON, "groups"):
            continue
        for key, words in of_file(path).get("phases", {}).items():
            repeated = {f for f in words if common.get(key, {}).get(f) == words[f]}
            assert repeated == set(), f"{path.stem}: {key}"
