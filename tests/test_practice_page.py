"""docs/practice.md lists the shipped formats."""

from __future__ import annotations

import pytest

from server.room.formats.plan import Format
from server.room.formats.shipped import DEFAULT_FORMAT, FORMATS, PRACTICE, plan_of
from tests.support.processes import ROOT

TEXT = (ROOT / "docs" / "practice.md").read_text()
ROWS = [row.strip("| ").split(" | ") for row in TEXT.splitlines() if row.startswith("| ")]


@pytest.mark.parametrize("plan", FORMATS.values(), ids=FORMATS)
def test_every_shipped_format_is_named_with_its_title(plan: Format) -> None:
    """Each has a row of its own."""
    assert [row[0] for row in ROWS].count(plan.title) == 1


def test_no_other_format_is_named() -> None:
    """The practice format is no choice of a circle, and removed formats are not listed."""
    table = TEXT.partition("| Format | For whom |\n")[2].partition("\n\n")[0].splitlines()[1:]
    assert len(table) == len(FORMATS)
    assert plan_of(PRACTICE).title not in TEXT


def test_the_classic_phases_stand_in_their_order_with_their_minutes() -> None:
    """The document agrees with the default format."""
    titles = {phase.title for phase in FORMATS[DEFAULT_FORMAT].phases}
    named = [(row[0], row[1]) for row in ROWS if row[0] in titles]
    phases = FORMATS[DEFAULT_FORMAT].phases
    assert named == [(phase.title, f"{phase.minutes:g}") for phase in phases]
