"""Tidying of typed text: invisible characters are removed, and real text stays whole."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import product

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from server.room import commands as c
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import Floor
from server.room.typed import MARKS, initial, isolated, tidied
from server.views.refusals import sentence
from tests.support.factories import NOW, PHASES, a_room

# Fillers, fillers between letters, variation selectors, joiners, tags, a blank braille cell.
UNSEEN = (
    "\u3164", "\uffa0", "\u2800", "\u115f", "\u1160", "\u034f", "\u180e", "\u17b4", "\u200b",
    "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\ufe0e", "\ufe0f", "\U000e0100",
    "\U000e0041", "\U000e007f", "\U0001d159", "\U00016fe4", "\u202e", "\u2066", "\u061c", "\x00",
    "\x7f", "\ud800", "\ufffc", "\U00013441", "\U00013442",
)  # fmt: skip

awkward = st.sampled_from([*UNSEEN, *"aé=\u0301\u0338\u094d🏴❤🏽👩🔥🇩1#*\u20e3葛क가ᄀ \t\u2028"])
texts = st.text(st.one_of(awkward, st.characters(codec=None)), max_size=24)


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_what_draws_nothing_is_gone_wherever_it_stands(unseen: str) -> None:
    """It is removed before, after and without a letter."""
    assert tidied(unseen) == tidied(unseen * 3) == tidied(f" {unseen} ") == ""
    assert tidied(f"A{unseen}") == tidied(f"{unseen}A") == "A"


@pytest.mark.parametrize(
    "written",
    [
        "Ánna María",
        "د. علی‌رضا",
        "क्‍षमा",
        "नेपाली श्री",
        "ধর্ম",
        "ด้วยกันนี้",
        "བརྒྱུད",
        "ཧཱུྃ",
        "ဖြိုး မြို့",
        "שָׁלוֹם",
        "שִּׁמְשׁוֹן",
        "Nguyễn Thị Ngữ",
        "葛\U000e0100城",
        "김철수",
        "❤️‍🔥",
        "👩‍⚕️",
        "👩🏽‍⚕️",
        "🧑🏽‍🤝‍🧑🏿",
        "👨‍👩‍👧‍👦",
        "👁️‍🗨️",
        "🏳️‍🌈 🏴‍☠️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇩🇪",
        "1️⃣ #️⃣",
        "O’Brien-Łukasz",
    ],
)
def test_what_people_write_stays_whole(written: str) -> None:
    """Joiners within words and emoji, flags, and variants of a letter stay."""
    assert tidied(written) == unicodedata.normalize("NFC", written)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ange\u0301lique", "Angélique"),
        ("\u1112\u1161\u11ab", "한"),
        ("A" + "\u0301" * 9, "Á" + "\u0301" * MARKS),
        ("Z" + "\u0335\u200d" * 9 + "B", "Z" + "\u0335\u200d" * MARKS + "B"),
        ("Z" + "\u20dd" * 9, "Z" + "\u20dd" * MARKS),
        ("မ" + "\u103c\u102d" * 9, "မ" + "\u103c\u102d" * MARKS + "\u103c" * (9 - MARKS)),
        ("မ" + "\u103c" * 9, "မ" + "\u103c" * 9),
        ("\u0301Ann \u0301B", "Ann B"),
        ("Ann \u200d Bo\u200c", "Ann Bo"),
        ("A\u200d1", "A1"),
        ("❤️\u200d", "❤️"),
        ("A\ufe0f 1\ufe0f", "A 1"),
        ("=\u200d\u0338\u200dB", "≠B"),
        ("A\u200d\u3164", "A"),
        ("a\u2028b\x85c", "a b c"),
    ],
)
def test_a_text_is_tidied(typed: str, kept: str) -> None:
    """It is composed (NFC), with at most three marks a letter, and joiners only between letters."""
    assert tidied(typed) == kept


def test_the_marks_of_a_letter_are_put_in_order_as_far_as_any_text_goes() -> None:
    """NFC would take seconds for a long row, so what stands behind 30 marks is not sorted in."""
    kept = "\u0315" * (MARKS - 1)
    assert tidied("a" + "\u0315" * 29 + "\u0327") == f"a\u0327{kept}"
    assert tidied("a" + "\u0315" * 30 + "\u0327") == f"a\u0315{kept}"


@given(texts)
@example("=\u200d\u0338\u200dB")
@example("A\u3164\u0301")
@example("\u0338 = \u0338")
def test_what_is_tidy_stays_as_it_is(text: str) -> None:
    """Tidy text is in NFC, has visible ends, and is never longer than needed."""
    tidy = tidied(text)
    assert tidied(tidy) == tidy
    assert unicodedata.normalize("NFC", tidy) == tidy
    assert tidy == " ".join(tidy.split())
    assert not regex.search(rf"([\p{{Mn}}\p{{Me}}][\p{{Mc}}\u200c\u200d]*){{{MARKS + 1}}}", tidy)
    assert not regex.search(r"^\p{M}|[\p{Cc}\p{Cs}]|\u3164|[\u200c\u200d]$", tidy)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ann", "A"),
        ("", ""),
        ("e\u0301mile", "É"),
        ("🇩🇪 Team", "🇩🇪"),
        ("👩‍⚕️ Mei", "👩‍⚕️"),
        ("क्षमा", "क्ष"),
        ("김철수", "김"),
        ("ǆemal", "ǅ"),
        ("გიორგი", "გ"),
        ("q\u0303uin", "Q\u0303"),
    ],
)
def test_the_initial_is_what_people_take_for_one_letter(name: str, shown: str) -> None:
    """Marks stay with their letter; a flag, a conjunct or a syllable is whole."""
    assert initial(tidied(name)) == shown


@pytest.mark.parametrize(
    ("name", "within"),
    [
        ("Fay", "Fay"),
        ("Zoë 2", "Zoë 2"),
        ("王", "王"),
        ("(1)", "(1)"),
        ("שלום", "\u2068שלום\u2069"),
        ("Ben (سلمى)", "\u2068Ben (سلمى)\u2069"),
        ("٣", "\u2068٣\u2069"),
    ],
)
def test_only_what_would_reorder_a_sentence_is_isolated(name: str, within: str) -> None:
    """By UAX #9 nothing else can reorder it, so most names stay as they were typed."""
    assert isolated(name) == within


NAME = "שלום"
ABOUT: tuple[Callable[[str], c.Command], ...] = (
    c.SeatPresenter, c.GiveFloor, c.MakeFacilitator, c.MakeMember, c.MakeObserver, c.KeepTime,
    c.Invite, c.Mute, lambda seat: c.OuterCircle(seat, on=True),
)  # fmt: skip
ROOMS = (
    *map(a_room, PHASES),
    a_room("reflection", asked="ann", floor=Floor("ben", NOW)),
    a_room("call", presenter=None, asked="ann"),
    a_room("reflection", format="two-circles-90"),
)


def test_a_name_turns_no_refusal_around() -> None:
    """A refusal is plain text: no element isolates the name from the sentence."""
    said: set[str] = set()
    for room in ROOMS:
        seats = tuple(
            replace(s, name=NAME, invited=s.id == "cem", outer=s.id == "ben") for s in room.seats
        )
        for seats_now in (seats, tuple(replace(s, away_since=NOW) for s in seats)):
            for about, seat in product(ABOUT, seats):
                try:
                    decide(replace(room, seats=seats_now), about(seat.id), "fay", NOW)
                except Refused as refused:
                    said.add(sentence(refused))
    named = {sentence for sentence in said if NAME in sentence}
    assert len({sentence.rpartition(": ")[2] for sentence in named}) > 12
    assert [one for one in named if NAME in one.replace(f"\u2068{NAME}\u2069", "")] == []
