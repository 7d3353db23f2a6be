"""The register as CSV: read back by the csv module, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.circle.register import Attended, Register, Row
from server.circle.register_csv import COLUMNS, as_csv

DAY = date(2026, 1, 6)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def a_register(*names: str) -> Register:
    """One session of these people."""
    people = tuple(Attended(f"s{n}", name, "member") for n, name in enumerate(names))
    return Register(is_on=True, rows=(Row(DAY, 60, people),))


def read(text: str, delimiter: str = ",") -> list[list[str]]:
    """As a spreadsheet with this separator."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_each_person_of_each_session_has_a_line() -> None:
    """Dates are in ISO 8601; lines end as RFC 4180 demands."""
    text = as_csv(a_register("Ann", 'Ben "B", MD', "Ñandú 李"))
    assert read(text) == [
        list(COLUMNS),
        ["2026-01-06", "60", "Ann", "member"],
        ["2026-01-06", "60", 'Ben "B", MD', "member"],
        ["2026-01-06", "60", "Ñandú 李", "member"],
    ]
    assert text.count("\r\n") == text.count("\n") == 4


def test_columns_and_roles_are_in_the_readers_words() -> None:
    """A role without words stays as it is."""
    columns = ("Datum", "Minuten", "Name", "Rolle")
    assert read(as_csv(a_register("Ann"), columns, {"member": "Mitglied"})) == [
        list(columns),
        ["2026-01-06", "60", "Ann", "Mitglied"],
    ]
    assert read(as_csv(a_register("Ann"), columns, {}))[1][3] == "member"


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "=cmd|' /C x'!A0"],
)
def test_a_name_is_no_formula(name: str) -> None:
    """It is a text, with an apostrophe before it, and nothing of it is lost."""
    [_, cells] = read(as_csv(a_register(name)))
    assert cells[2].startswith("'")
    assert cells[2].replace("'", "") == name.replace("'", "")


@pytest.mark.parametrize("name", ["Anne-Marie", "ann@home", "A + B", "1-2", "O'Neill"])
def test_a_usual_name_stays_as_it_is(name: str) -> None:
    """Only what a cell begins with is a danger."""
    assert read(as_csv(a_register(name)))[1][2] == name


names = st.text(st.sampled_from([*FORMULA, ";", ",", '"', "'", " ", "a", "|"]), max_size=12)


@given(names, st.sampled_from([",", ";", "\t"]))
def test_no_cell_begins_like_a_formula(name: str, separator: str) -> None:
    """Whichever separator the spreadsheet takes."""
    for cells in read(as_csv(a_register(name)), separator):
        assert not any(cell.lstrip(' "').startswith(FORMULA) for cell in cells)
