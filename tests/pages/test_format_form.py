"""The editor's form: a format becomes fields and comes back; invalid input stays in its field."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.pages.format_form import MOST_READ, NEW_TITLES, Typed, format_of, moved, shown, typed
from server.room.formats.plan import Format, Heard
from server.room.formats.shipped import FORMATS
from server.room.formats.validation import InvalidFormat
from server.room.refused import Refused
from server.views.refusals import fault_sentence, sentence
from tests.support.forms import sent

CLASSIC = shown(FORMATS["classic-60"])


def with_phase(place: int, **fields: str) -> Typed:
    """The classic form with other values in one phase."""
    phases = list(CLASSIC.phases)
    phases[place] = {**phases[place], **fields}
    return CLASSIC._replace(phases=tuple(phases))


@pytest.mark.parametrize("plan", FORMATS.values(), ids=FORMATS)
def test_a_format_that_is_shown_and_sent_is_the_same(plan: Format) -> None:
    """It comes back under the key of an own format, and its phases keep their keys."""
    assert format_of(typed(sent(shown(plan)))) == replace(plan, key="own")


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"minutes": "ten"}, "minutes", "minutes must be a number."),
        ({"minutes": ""}, "minutes", "minutes must be a number."),
        ({"minutes": "0"}, "minutes", "minutes must be 0.1 to 180, not 0."),
        ({"minutes": "1e999"}, "minutes", "not inf."),
        ({"cap": "1.5"}, "cap", "turns for each person must be a whole number."),
        ({"heard": "nobody"}, "heard", "please choose who may be heard."),
        ({"heard": "all_but_presenter"}, "heard", "please choose who may be heard."),
        ({"turns": "loud"}, "turns", "please choose how turns are taken."),
        ({"heard": "outer"}, "heard", "the presenter sits back while the outer circle is heard."),
        (
            {"heard": "presenter_and_floor", "sits_back": "yes"},
            "heard",
            "the presenter cannot sit back and be heard at the same time.",
        ),
        ({"short": ""}, "short", "the short title is empty; please use up to 16 characters."),
    ],
)
def test_a_bad_field_is_named_and_the_form_stays(
    fields: dict[str, str], field: str, sentence: str
) -> None:
    """Each fault has a sentence, and the form keeps the typed values."""
    form = typed(sent(with_phase(1, **fields)))
    with pytest.raises(InvalidFormat) as error:
        format_of(form)
    (fault,) = error.value.faults
    assert (fault.phase, fault.field) == (1, field)
    said = fault_sentence(fault)
    assert said.startswith("Phase 2 (“Call for a case”): ")
    assert said.endswith(sentence)
    assert form == with_phase(1, **fields)


def test_a_comma_is_as_good_as_a_point() -> None:
    """Prompts are separated by line breaks."""
    plan = format_of(with_phase(1, minutes=" 2,5 ", prompts="One\r\n\r\n  Two \n"))
    assert (plan.phases[1].minutes, plan.phases[1].prompts) == (2.5, ("One", "Two"))


@pytest.mark.parametrize(
    ("chosen", "heard"),
    [
        ("everybody", Heard.ALL_BUT_PRESENTER),
        ("inner", Heard.INNER_BUT_PRESENTER),
        ("outer", Heard.OUTER),
    ],
)
def test_sitting_back_goes_with_who_is_heard(chosen: str, heard: Heard) -> None:
    """The presenter sits back within the group, or within either circle."""
    plan = format_of(with_phase(1, heard=chosen, sits_back="yes"))
    assert plan.phases[1].heard is heard


@pytest.mark.parametrize(
    ("do", "place", "order", "at"),
    [
        ("up", 2, "0213456", 1),
        ("up", 0, "0123456", 0),
        ("down", 2, "0132456", 3),
        ("down", 6, "0123456", 6),
        ("remove", 2, "013456", None),
        ("up", 7, "0123456", None),
        ("up", -1, "0123456", None),
        ("sing", 2, "0123456", 2),
    ],
)
def test_phases_are_moved_and_taken_out(do: str, place: int, order: str, at: int | None) -> None:
    """The returned page knows the new place of the phase."""
    form, found = moved(CLASSIC, do, place, NEW_TITLES)
    assert form.phases == tuple(CLASSIC.phases[int(n)] for n in order)
    assert found == at


def test_a_phase_is_added_at_the_end_with_a_key_of_its_own() -> None:
    """Two new phases have different keys, and the number of phases is bounded."""
    form, at = moved(CLASSIC, "add", -1, NEW_TITLES)
    form, _ = moved(form, "add", -1, NEW_TITLES)
    assert at == 7
    keys = [phase.key for phase in format_of(form).phases]
    assert keys[-2:] == ["new-phase", "new-phase-2"]
    for _ in range(MOST_READ):
        form, _ = moved(form, "add", -1, NEW_TITLES)
    assert len(form.phases) == MOST_READ


@settings(max_examples=300)
@given(
    st.dictionaries(
        st.sampled_from(["title", "chairs", "peers", "²", ".", "0.", "x.title"])
        | st.sampled_from([f"{n}.{f}" for n in (0, 1, "²", 99) for f in CLASSIC.phases[0]]),
        st.sampled_from(["", "1", "9" * 50, "1e400", "-", "nan", "everybody", "\x00", "\ud800"])
        | st.text(),
    )
)
def test_whatever_is_sent_is_a_format_or_is_refused(form: dict[str, str]) -> None:
    """Forged forms are included."""
    try:
        said = format_of(typed(form)).title
    except Refused as refused:
        said = sentence(refused)
    assert said


def test_minutes_are_added_up_as_far_as_they_are_numbers() -> None:
    """An incomplete number counts as 0."""
    assert CLASSIC.minutes == 60
    assert with_phase(0, minutes="x").minutes == 55
