"""The words of the register."""

from __future__ import annotations

from datetime import date

import pytest

from server.circle.register import Attended, Hours, Register, Row
from server.circle.register_csv import as_csv
from server.views.language import ENGLISH
from server.views.register_words import (
    csv_columns,
    csv_roles,
    hours_words,
    kept_words,
    time_words,
)

DAY = date(2026, 1, 6)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h"), (90, "1 h 30 min"), (60_000, "1,000 h")],
)
def test_time_is_in_hours_and_minutes(minutes: int, words: str) -> None:
    """Without what is zero."""
    assert time_words(ENGLISH, minutes) == words


def test_hours_are_counted_and_added() -> None:
    """Of one person."""
    one = Hours(DAY, 60, "Ann", "member")
    assert hours_words(ENGLISH, []) == "no sessions yet"
    assert hours_words(ENGLISH, [one]) == "1 session, 1 h"
    assert hours_words(ENGLISH, [one, one._replace(minutes=45)]) == "2 sessions, 1 h 45 min"


def test_everybody_reads_for_how_long_it_is_kept() -> None:
    """In one sentence that is whole for each number."""
    assert "for 24 months:" in kept_words(ENGLISH, Register())
    assert "for 1 month:" in kept_words(ENGLISH, Register(months=1))


def test_the_csv_has_words_for_columns_and_roles() -> None:
    """A role of a later release stays as it is."""
    people = (Attended("fay", "Fay", "facilitator"), Attended("eve", "Eve", "conductor"))
    register = Register(rows=(Row(DAY, 60, people),))
    assert as_csv(register, csv_columns(ENGLISH), csv_roles(ENGLISH)).splitlines() == [
        '"Date","Minutes","Name","Role"',
        '"2026-01-06","60","Fay","facilitator"',
        '"2026-01-06","60","Eve","conductor"',
    ]
