"""A format as a file: writing and reading are inverse, and invalid files get sentences."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.room.formats.plan import Format, Heard, Phase, Turns
from server.room.formats.shipped import FORMATS
from server.room.formats.toml import LARGEST_FILE, read, written
from server.room.formats.validation import InvalidFormat, validated
from server.room.refused import Refused
from server.views.refusals import fault_sentence, sentence

SMALL = """\
title = "Ours"
[[phases]]
title = "Talk about it"
minutes = 2.5
heard = "everybody"
"""


def said_of(text: str) -> list[str]:
    """The faults of a file."""
    with pytest.raises(Refused) as refused:
        read(text)
    faults = getattr(refused.value, "faults", ())
    return [fault_sentence(fault) for fault in faults] or [sentence(refused.value)]


@pytest.mark.parametrize("plan", FORMATS.values(), ids=FORMATS)
def test_what_ships_goes_out_and_comes_in_the_same(plan: Format) -> None:
    """It comes back under the key of an own format."""
    assert read(written(plan)) == replace(plan, key="own")


texts = st.text(max_size=60)
plans = st.builds(
    Format,
    st.just("own"),
    st.text(min_size=1, max_size=40),
    st.lists(
        st.builds(
            Phase,
            st.just(""),
            st.text(min_size=1, max_size=40),
            st.text(min_size=1, max_size=16),
            st.floats(0.1, 24) | st.integers(1, 24),
            st.sampled_from(Heard),
            st.sampled_from(Turns),
            texts,
            texts,
            texts,
            st.lists(texts, max_size=3).map(tuple),
            st.integers(0, 20),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(2, 12),
)


@settings(max_examples=200)
@given(plans)
def test_any_sound_format_goes_out_and_comes_in_the_same(plan: Format) -> None:
    """Any text is written as valid TOML."""
    tomllib.loads(written(plan))
    try:
        plan = validated(plan)
    except InvalidFormat:
        return
    assert read(written(plan)) == plan


def test_what_may_be_left_out_is_made_up_for() -> None:
    """Short titles, keys, turns and all sentences have defaults."""
    (phase,) = read(SMALL).phases
    assert (phase.key, phase.short, phase.turns) == ("talk-about-it", "Talk about it", Turns.OPEN)
    assert (phase.minutes, phase.prompts) == (2.5, ())


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("title", ["This is not TOML: Expected '=' after a key in a key/value pair (at end of"]),
        ("a = " + "[" * 5000, ["This is not a format's file: it has too many tables"]),
        ("phases = 3", ["Please put the phases in tables that begin with [[phases]]."]),
        ("title = 'a'", ["A format has 1 to 20 phases, not 0."]),
        (SMALL.replace("Ours", "x" * 41), ["The format's title has 41 characters."]),
        (
            SMALL.replace("title", "titel", 1),
            ["there is no field “titel”", "The format: title is miss"],
        ),
        (SMALL + "minute = 3", ["Phase 1 (“Talk about it”): there is no field “minute”"]),
        (SMALL.replace("2.5", "true"), ["Phase 1 (“Talk about it”): minutes must be a number."]),
        (SMALL.replace("2.5", "1" + "0" * 400), ["minutes must be a number."]),
        (SMALL.replace("2.5", "nan"), ["minutes must be 0.1 to 180, not nan."]),
        (SMALL.replace("2.5", "1979-05-27"), ["minutes must be a number."]),
        (SMALL.replace("everybody", "all"), ["heard must be one of everybody, presenter,"]),
        (SMALL.replace('"everybody"', "1"), ["heard must be one of everybody, presenter,"]),
        (SMALL + "prompts = [1]", ["prompts must be a list of texts."]),
        (SMALL + "prompts = 'a'", ["prompts must be a list of texts."]),
        (SMALL + "cap = 1.5", ["cap must be a whole number."]),
        (SMALL + "key = 'waiting'", ["key must consist of small letters, digits and hyphens"]),
        (SMALL + "key = 'A b'", ["key must consist of small letters, digits and hyphens"]),
        (SMALL.replace('"everybody"', '"presenter"'), ["nobody can be heard"]),
        (SMALL + "x" * LARGEST_FILE, ["A format's file can have up to 64 KiB."]),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_phase_and_the_field(
    text: str, sentences: list[str]
) -> None:
    """No part of a file is silently ignored."""
    found = said_of(text)
    assert len(found) == len(sentences)
    for expected, said in zip(sentences, found, strict=True):
        assert expected in said


def test_two_phases_have_two_keys() -> None:
    """With one key for both, one of them would be lost."""
    phase = SMALL.partition("\n")[2] + "key = 'talk'\n"
    (said,) = said_of(f"title = 'Ours'\n{phase}{phase}")
    assert said == "Phase 2 (“Talk about it”): another phase already has this key."
