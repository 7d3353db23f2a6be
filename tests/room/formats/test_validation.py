"""Unusable formats are refused with sentences that say where the fault is and why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.room.formats.keys import RESERVED, keyed, slug, usable
from server.room.formats.plan import Format, Heard, Phase, Turns
from server.room.formats.shipped import FORMATS
from server.room.formats.validation import InvalidFormat, validated
from server.room.hearing import heard
from server.room.phases import enter_phase
from server.room.state import Role
from server.views.refusals import fault_sentence
from tests.support.factories import NOW, a_room

CLASSIC = FORMATS["classic-60"]


def a_phase(title: str = "Talk", **more: Any) -> Phase:
    """A phase in which everybody may be heard."""
    plain = Phase("", title, "Talk", 5, Heard.EVERYBODY, Turns.OPEN, "", "")
    return replace(plain, **more)


def a_format(*phases: Phase, **more: Any) -> Format:
    """A format of these phases."""
    return replace(Format("own", "Ours", phases or (a_phase(),)), **more)


def sentences(plan: Format) -> list[str]:
    """The faults that validation reports."""
    try:
        validated(plan)
    except InvalidFormat as error:
        return [fault_sentence(fault) for fault in error.faults]
    return []


def test_five_thousand_characters_are_not_too_many() -> None:
    """The next one is."""
    full = [a_phase("P", short="P", prompts=("x" * 248,) * 10) for _ in range(2)]
    left = 5_000 - 2 * (2 + 2_480) - len("P" + "P") - len("Ours")
    assert sentences(a_format(*full, a_phase("P", short="P", guidance="x" * left))) == []
    assert sentences(a_format(*full, a_phase("P", short="P", guidance="x" * (left + 1)))) == [
        "All texts together have 5,001 characters. Please use at most 5,000."
    ]


@pytest.mark.parametrize("plan", FORMATS.values(), ids=FORMATS)
def test_what_ships_is_sound(plan: Format) -> None:
    """Validation does not change it."""
    assert validated(plan) == plan


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (a_format(title=" "), "The format needs a title of up to 40 characters."),
        (a_format(title="x" * 41), "The format's title has 41 characters. Please use at most 40."),
        (a_format(chairs=1), "A format has 2 to 12 chairs, not 1."),
        (a_format(chairs=13), "A format has 2 to 12 chairs, not 13."),
        (replace(a_format(), phases=()), "A format has 1 to 20 phases, not 0."),
        (a_format(*[a_phase()] * 21), "A format has 1 to 20 phases, not 21."),
        (
            a_format(*[a_phase(minutes=161)] * 3),
            "A format has at most 480 minutes in all, not 483.",
        ),
        (
            a_format(a_phase(heard=Heard.OUTER), peers=True),
            "Two circles need somebody who leads and asks the outer one in.",
        ),
        (
            a_format(*[a_phase(prompts=("x" * 250,) * 10)] * 2 + [a_phase(guidance="x" * 280)]),
            "All texts together have 5,308 characters. Please use at most 5,000.",
        ),
    ],
)
def test_a_format_within_no_bounds_is_refused(plan: Format, sentence: str) -> None:
    """Bounds apply to its title, its chairs, its phases and its length."""
    assert sentences(plan) == [sentence]


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"title": "\u200b"}, "title", "the title is empty; please use up to 40 characters."),
        ({"title": "x" * 41}, "title", "the title has 41 characters; please use at most 40."),
        ({"short": ""}, "short", "the short title is empty; please use up to 16 characters."),
        ({"short": "x" * 17}, "short", "the short title has 17 characters; please use at most 16."),
        (
            {"purpose": "x" * 281},
            "purpose",
            "the purpose has 281 characters; please use at most 280.",
        ),
        (
            {"guidance": "x" * 281},
            "guidance",
            "the guidance has 281 characters; please use at most 280.",
        ),
        ({"watch": "x" * 281}, "watch", "“watch” has 281 characters; please use at most 280."),
        ({"prompts": ("a",) * 13}, "prompts", "there can be up to 12 prompts, not 13."),
        ({"prompts": ("x" * 281,)}, "prompts", "…” has 281 characters; please use at most 280."),
        ({"minutes": 0.05}, "minutes", "must be 0.1 to 180, not 0.05."),
        ({"minutes": 0}, "minutes", "must be 0.1 to 180, not 0."),
        ({"minutes": -5}, "minutes", "must be 0.1 to 180, not -5."),
        ({"minutes": 181}, "minutes", "must be 0.1 to 180, not 181."),
        ({"minutes": float("nan")}, "minutes", "must be 0.1 to 180, not nan."),
        ({"minutes": float("inf")}, "minutes", "must be 0.1 to 180, not inf."),
        ({"cap": -1}, "cap", "turns for each person must be 0 to 20, not -1."),
        ({"cap": 21}, "cap", "turns for each person must be 0 to 20, not 21."),
    ],
)
def test_a_phase_within_no_bounds_is_refused(
    change: dict[str, Any], field: str, sentence: str
) -> None:
    """The sentence names the phase, and the fault names its field."""
    with pytest.raises(InvalidFormat) as error:
        validated(a_format(a_phase(), a_phase(**change)))
    faults = [f for f in error.value.faults if f.phase is not None]
    assert [(fault.phase, fault.field) for fault in faults] == [(1, field)]
    said = fault_sentence(faults[0])
    assert said.startswith("Phase 2")
    assert sentence in said


def test_a_phase_where_only_a_presenter_is_heard_needs_one() -> None:
    """Otherwise nobody could be heard. An earlier phase, or the rotation, provides a presenter."""
    alone = a_phase("Case", heard=Heard.PRESENTER, turns=Turns.PRESENTER)
    for plan in (a_format(alone), a_format(alone, a_phase()), a_format(alone, peers=True)):
        assert len(sentences(plan)) == 1
        assert "nobody can be heard" in sentences(plan)[0]
    assert sentences(a_format(a_phase(), alone)) == []
    assert sentences(a_format(replace(alone, next_presenter=True), alone)) == []


def test_among_peers_nobody_gives_the_floor_where_nobody_presents() -> None:
    """With a facilitator, the facilitator gives it."""
    asking = a_phase("Questions", heard=Heard.PRESENTER_AND_FLOOR, turns=Turns.HANDS)
    assert "nobody can be heard" in sentences(a_format(asking, peers=True))[0]
    assert sentences(a_format(asking)) == []
    assert sentences(a_format(a_phase(), asking, peers=True)) == []


@pytest.mark.parametrize(
    ("turns", "says"),
    [(Turns.ROUND, "there is no round"), (Turns.HANDS, "nobody may raise a hand")],
)
def test_turns_that_nobody_may_take_are_refused(turns: Turns, says: str) -> None:
    """Only the presenter is heard in this phase."""
    plan = a_format(a_phase(), a_phase("Case", heard=Heard.PRESENTER, turns=turns))
    expected = f"Phase 2 (“Case”): {says} where the presenter alone is heard."
    assert sentences(plan) == [expected]


@pytest.mark.parametrize("sits", [h for h in Heard if h.sits_back])
def test_whoever_sits_back_holds_no_floor(sits: Heard) -> None:
    """The phase would otherwise give the floor to somebody who may not be heard."""
    plan = a_format(a_phase(), a_phase("Odd", heard=sits, turns=Turns.PRESENTER))
    assert sentences(plan) == [
        "Phase 2 (“Odd”): the presenter cannot hold the floor while sitting back."
    ]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Faults are listed in the order of the form."""
    found = sentences(a_format(a_phase(minutes=0), a_phase(short="x" * 17), title=""))
    assert [sentence.split()[0] for sentence in found] == ["The", "Phase", "Phase"]


def test_what_is_typed_is_tidied() -> None:
    """White space, invisible characters and empty prompts are removed."""
    plan = validated(a_format(a_phase(" A\u202e  b ", prompts=(" one\u200b ", " ", "two"))))
    assert (plan.phases[0].title, plan.phases[0].prompts) == ("A b", ("one", "two"))


def test_a_phase_without_a_key_gets_one_from_its_title() -> None:
    """Keys are unique and never a reserved one; existing keys stay."""
    titles = ("Talk", "Talk", "Debrief", "Waiting", "静けさ", "Été à deux")
    plan = keyed(a_format(*map(a_phase, titles), a_phase("Other", key="talk")))
    found = [phase.key for phase in plan.phases]
    assert found == ["talk-2", "talk-3", "debrief-2", "waiting-2", "phase", "ete-a-deux", "talk"]
    assert keyed(CLASSIC) == CLASSIC


@settings(max_examples=200)
@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=60)), max_size=20))
def test_keys_are_always_usable_and_unique(typed: list[tuple[str, str]]) -> None:
    """This holds for any titles and keys that are sent."""
    plan = keyed(a_format(*(a_phase(title, key=key) for title, key in typed)))
    found = [phase.key for phase in plan.phases]
    assert len(set(found)) == len(found)
    assert all(usable(key) and key not in RESERVED for key in found)
    slugs = {slug(title) for title, _ in typed} - {""} - RESERVED
    assert all(map(usable, slugs))


phases = st.builds(
    a_phase,
    st.sampled_from(["Talk", "Case"]),
    minutes=st.sampled_from([0.1, 5, 200]),
    heard=st.sampled_from(Heard),
    turns=st.sampled_from(Turns),
    next_presenter=st.booleans(),
)


@settings(max_examples=300)
@given(
    st.builds(
        lambda several, peers: a_format(*several, peers=peers),
        st.lists(phases, min_size=1, max_size=4),
        st.booleans(),
    )
)
def test_in_a_sound_format_somebody_can_be_heard_in_every_phase(plan: Format) -> None:
    """The room has a presenter and an outer circle where the format provides them."""
    said = sentences(plan)
    assert all(sentence.endswith(".") for sentence in said)
    if said:
        return
    plan = validated(plan)
    room = a_room(format="own", own_plan=plan)
    members = {seat.id for seat in room.seats if seat.role is not Role.OBSERVER}
    for phase in plan.phases:
        room = enter_phase(room, phase.key, NOW)
        assert heard(room) & members
