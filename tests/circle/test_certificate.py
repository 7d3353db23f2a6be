"""The certificate of hours: its facts, and a code that cannot be changed."""

from __future__ import annotations

import string
from datetime import date, timedelta

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from server.circle.certificate import (
    LONGEST_CODE,
    MOST_FACILITATORS,
    VERSION,
    Certificate,
    Session,
    certificate,
    code_of,
    genuine,
    period,
)
from server.circle.circle import MAX_CIRCLE_NAME
from server.circle.register import MOST_ROWS, Attended, Register, Row, taken_out
from server.room.names import MAX_NAME
from server.room.refused import Refused

KEY = b"a key of the server"
DAY = date(2026, 1, 6)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
ALPHABET = string.ascii_letters + string.digits + "-_"
OTHERS = " +/=.~%#\n\0é=ａ１\ud800"
"""Characters that are in no code, among them wide ones, and half of a pair."""

A_YEAR = Certificate(
    name="Ann Abendroth",
    circle="First Tuesday circle",
    facilitators=("Fay Feldmann",),
    since=YEAR[0],
    until=YEAR[1],
    sessions=tuple(Session(date(2026, month, 1 + month % 7), 60) for month in range(1, 13)),
)
CODE = code_of(A_YEAR, KEY)


def a_row(day: date, *leading: str, name: str = "Ann", minutes: int = 60) -> Row:
    """A session that Ann attended, led by these people."""
    leaders = tuple(Attended(seat, seat.capitalize(), "facilitator") for seat in leading)
    return Row(day, minutes, (*leaders, Attended("ann", name, "member")))


def test_a_certificate_says_what_the_register_says_of_a_person() -> None:
    """Of their sessions in the period alone, with both its ends; named as at the last of them."""
    rows = (
        a_row(YEAR[0] - timedelta(1), "zoe"),
        a_row(YEAR[0], "gil", minutes=90),
        a_row(DAY, "gil", "fay"),
        Row(DAY + timedelta(1), 60, (Attended("hal", "Hal", "facilitator"),)),
        a_row(YEAR[1], "fay", "gil", name="Ann A."),
        a_row(YEAR[1] + timedelta(1), name="Other"),
    )
    found = certificate(Register(rows=rows), "ann", "First Tuesday", *YEAR)
    assert found == Certificate(
        name="Ann A.",
        circle="First Tuesday",
        facilitators=("Gil", "Fay"),
        since=YEAR[0],
        until=YEAR[1],
        sessions=(Session(YEAR[0], 90), Session(DAY, 60), Session(YEAR[1], 60)),
    )
    assert found.minutes == 210


def test_only_so_many_facilitators_are_named() -> None:
    """The most frequent ones."""
    rows = (a_row(DAY, *"abcdef"), a_row(DAY + timedelta(1), "f"))
    found = certificate(Register(rows=rows), "ann", "C", *YEAR)
    assert found.facilitators == ("F", "A", "B", "C")
    assert len(found.facilitators) == MOST_FACILITATORS


def test_without_a_session_there_is_no_certificate() -> None:
    """None in the period, or none any more."""
    register = Register(rows=(a_row(DAY),))
    for kept, seat, since in (
        (register, "ben", YEAR[0]),
        (register, "ann", DAY + timedelta(1)),
        (taken_out(register, "ann"), "ann", YEAR[0]),
    ):
        with pytest.raises(Refused, match="certificate_empty"):
            certificate(kept, seat, "C", since, YEAR[1])


def test_a_period_is_this_year_unless_somebody_types_another() -> None:
    """The year up to its last day."""
    assert period("", "", DAY) == (date(2026, 1, 1), DAY)
    assert period("", "2024-02-29", DAY) == (date(2024, 1, 1), date(2024, 2, 29))
    assert period(" 2025-03-01 ", "2025-03-01", DAY) == (date(2025, 3, 1), date(2025, 3, 1))


@pytest.mark.parametrize(
    "typed",
    ["2026-02-30", "2025-02-29", "2026-13-01", "1999-12-31", "0000-01-01", "6 Jan", "2026-W02-2",
     "20260106", "2026-1-6", "٢٠٢٦-٠١-٠٦", "-", "9" * 9999],
)  # fmt: skip
def test_a_day_is_typed_as_in_a_date_field(typed: str) -> None:
    """Something else is refused, in both fields."""
    for fields in ((typed, ""), ("", typed)):
        with pytest.raises(Refused, match="certificate_date"):
            period(*fields, DAY)


def test_a_period_does_not_end_before_it_begins() -> None:
    """Also if one of its ends was left out."""
    for fields in (("2026-01-07", "2026-01-06"), ("2026-01-07", "")):
        with pytest.raises(Refused, match="certificate_period_backwards"):
            period(*fields, DAY)


def test_a_code_has_all_facts() -> None:
    """It is the same each time, and of another key it says nothing."""
    assert genuine(CODE, KEY) == A_YEAR
    assert code_of(A_YEAR, KEY) == CODE
    assert genuine(CODE, b"another key") is None


def test_a_code_changed_by_one_letter_is_not_genuine() -> None:
    """At every position, each letter instead of it, before it, and without it."""
    for n, letter in enumerate(CODE):
        before, after = CODE[:n], CODE[n + 1 :]
        assert genuine(before + after, KEY) is None
        assert genuine(before + letter + letter + after, KEY) is None
        for other in ALPHABET + OTHERS:
            assert other == letter or genuine(before + other + after, KEY) is None
        for other in OTHERS:
            assert genuine(before + other + letter + after, KEY) is None
    for n in range(len(CODE) - 1):
        swapped = CODE[:n] + CODE[n + 1] + CODE[n] + CODE[n + 2 :]
        assert swapped == CODE or genuine(swapped, KEY) is None


@pytest.mark.parametrize("name", ["a", "ab", "abc", "abcd"])
def test_the_last_letter_has_no_second_spelling(name: str) -> None:
    """Whatever the number of bytes is, of which base64 fills the last letters differently."""
    code = code_of(Certificate(name, "C", (), *YEAR, ()), KEY)
    assert genuine(code, KEY)
    others = (f"{code[:-2]}{letter}{VERSION}" for letter in ALPHABET if letter != code[-2])
    assert not any(genuine(other, KEY) for other in others)
    padded = (f"{code[:-1]}{'=' * n}{VERSION}" for n in (1, 2, 3))
    assert not any(genuine(other, KEY) for other in padded)


def test_facts_of_one_code_and_a_signature_of_another_are_not_genuine() -> None:
    """Nor is a code that is cut anywhere, or continued."""
    other = code_of(Certificate("Ben", A_YEAR.circle, (), *YEAR, A_YEAR.sessions), KEY)
    assert genuine(other[:20] + CODE[20:], KEY) is None
    assert genuine(CODE + CODE, KEY) is None
    assert not any(genuine(CODE[:n], KEY) or genuine(CODE[n + 1 :], KEY) for n in range(len(CODE)))


@pytest.mark.parametrize(
    "code",
    ["", "1", "11", "=" * 9, "\0", "\ud800" * 22 + "1", "é" * 22 + "1", "A" * 21 + "1",
     "A" * 23 + "1", "A" * 4095 + "1", "%E0%A4%A", "H4sIAAAAAAAA_-3BMQEAAADCoPVPbQwfoAAA1"],
    ids=range(12),
)  # fmt: skip
def test_what_somebody_made_up_is_not_genuine(code: str) -> None:
    """Among them wrong UTF-8, and a compressed text."""
    assert genuine(code, KEY) is None


def test_a_huge_code_is_not_genuine() -> None:
    """Its length is compared before anything else, so ten million letters cost no more than ten."""
    huge = CODE[:-1] + "A" * 10_000_000 + VERSION
    assert len(huge) > LONGEST_CODE
    assert genuine(huge, KEY) is None


def test_the_code_of_a_year_fits_a_qr_code() -> None:
    """The address with it has only characters that a link keeps, also at its end."""
    assert set(CODE) <= set(ALPHABET)
    assert CODE.endswith(VERSION)
    assert len(CODE) <= 150
    code = segno.make(f"https://circle.example.org/verify#{CODE}", error="m", micro=False)
    assert int(code.version) <= 9


def test_the_longest_certificate_is_genuine() -> None:
    """Five years of a weekly circle, with the longest names of the widest letters."""
    longest = Certificate(
        name="😀" * MAX_NAME,
        circle="😀" * MAX_CIRCLE_NAME,
        facilitators=("😀" * MAX_NAME,) * MOST_FACILITATORS,
        since=date(2026, 1, 1),
        until=date(2099, 12, 31),
        sessions=tuple(Session(DAY + timedelta(90 * n), 720) for n in range(MOST_ROWS)),
    )
    code = code_of(longest, KEY)
    assert len(code) < LONGEST_CODE
    assert genuine(code, KEY) == longest


days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@settings(max_examples=100)
@given(
    st.lists(st.tuples(days, st.integers(1, 1440)), min_size=1, max_size=60),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=MAX_NAME),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=4),
)
def test_every_certificate_is_read_back(
    sessions: list[tuple[date, int]], name: str, leading: list[str]
) -> None:
    """With any names, and several sessions on one day."""
    ordered = tuple(Session(*each) for each in sorted(sessions))
    since, until = ordered[0].date, ordered[-1].date
    read = Certificate(name, "C", tuple(leading), since, until, ordered)
    assert genuine(code_of(read, KEY), KEY) == read
