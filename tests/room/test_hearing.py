"""Who may be heard: facilitators always, observers never, members depending on the phase."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room.formats.shipped import FORMATS
from server.room.hearing import heard, may_take_floor, sitting_back
from server.room.state import Floor, Room
from tests.support.factories import NOW, PHASES, a_room, two_circles

FACILITATORS = {"fay", "gil"}
EVERYBODY = {"fay", "gil", "ann", "ben", "cem", "mei"}


@pytest.mark.parametrize(
    ("phase", "holder", "others"),
    [
        ("waiting", None, EVERYBODY),
        ("arrival", "ann", EVERYBODY),
        ("call", None, EVERYBODY),
        ("call", "ann", EVERYBODY),
        ("presentation", "mei", {"mei"}),
        ("presentation", None, {"mei"}),
        ("questions", None, {"mei"}),
        ("questions", "ann", {"mei", "ann"}),
        ("reflection", None, EVERYBODY - {"mei"}),
        ("reflection", "ann", EVERYBODY - {"mei"}),
        ("response", "mei", {"mei"}),
        ("response", None, EVERYBODY),
        ("response", "ann", EVERYBODY),
        ("closing", "ann", EVERYBODY),
    ],
)
def test_the_phase_says_who_is_heard(phase: str, holder: str | None, others: set[str]) -> None:
    """The expected values for the classic format."""
    room = replace(a_room(phase), floor=Floor(holder, NOW) if holder else None)
    assert heard(room) == others | FACILITATORS


@pytest.mark.parametrize(
    ("phase", "holder", "others"),
    [
        ("arrival", "ann", {"ann"}),
        ("call", None, set()),
        ("questions", "ann", {"mei", "ann"}),
        ("reflection", "ann", {"ann"}),
        ("response", "mei", {"mei"}),
        ("response", None, set()),
        ("closing", "ann", {"ann"}),
    ],
)
def test_with_one_voice_only_the_holder_is_heard(
    phase: str, holder: str | None, others: set[str]
) -> None:
    """One voice at a time applies where the phase would allow several."""
    floor = Floor(holder, NOW) if holder else None
    room = replace(a_room(phase), floor=floor, one_voice=True)
    assert heard(room) == others | FACILITATORS


@pytest.mark.parametrize("phase", PHASES)
def test_in_a_held_silence_only_facilitators_would_be_heard(phase: str) -> None:
    """The silence applies to everybody, including the holder of the floor."""
    assert heard(replace(a_room(phase), silence_until=NOW + 1)) == FACILITATORS


def test_nobody_is_heard_after_the_end() -> None:
    """An ended session has no voices."""
    assert heard(a_room("ended")) == set()


def test_the_presenter_sits_back_only_in_reflection() -> None:
    """It depends on the phase, and on whether the presenter was brought back in."""
    assert [p for p in PHASES if sitting_back(a_room(p)) == "mei"] == ["reflection"]
    recalled = a_room("reflection", recalled=True)
    assert sitting_back(recalled) is None
    assert heard(recalled) == EVERYBODY


def test_a_format_can_leave_the_sitting_back_out() -> None:
    """The presenter is then heard in every phase."""
    plan = FORMATS["together-60"]
    for phase in plan.phases:
        room = Room(id="c", format=plan.key, phase=phase.key, presenter="mei", seats=a_room().seats)
        assert "mei" in heard(room)


def test_without_a_presenter_the_group_reflects_as_a_whole() -> None:
    """With no presenter, nobody sits back."""
    assert heard(a_room("reflection", presenter=None)) == EVERYBODY


def test_whoever_may_not_be_heard_may_not_take_the_floor() -> None:
    """This covers observers, a presenter sitting back, and members in the presentation."""
    for phase in PHASES:
        room = a_room(phase)
        able = {seat.id for seat in room.seats if may_take_floor(room, seat)}
        expected = {"presentation": {"mei"} | FACILITATORS, "reflection": EVERYBODY - {"mei"}}
        assert able == expected.get(phase, EVERYBODY)


INNER = {"fay", "gil", "ann", "ben", "mei"}


@pytest.mark.parametrize(
    ("phase", "holder", "others"),
    [
        ("waiting", None, EVERYBODY),
        ("arrival", "ann", INNER),
        ("presentation", "mei", {"mei"}),
        ("questions", "ann", {"mei", "ann"}),
        ("reflection", None, INNER - {"mei"}),
        ("outer", None, {"cem"}),
        ("outer", "cem", {"cem"}),
        ("response", "mei", {"mei"}),
        ("response", None, INNER),
        ("closing", "ann", INNER),
    ],
)
def test_with_two_circles_the_outer_is_heard_when_it_is_asked_in(
    phase: str, holder: str | None, others: set[str]
) -> None:
    """Cem sits in the outer circle; each circle listens while the other speaks."""
    room = replace(two_circles(phase), floor=Floor(holder, NOW) if holder else None)
    assert heard(room) == others | FACILITATORS


@pytest.mark.parametrize(("phase", "others"), [("reflection", set()), ("outer", set())])
def test_with_two_circles_and_one_voice_the_holder_is_heard(phase: str, others: set[str]) -> None:
    """The rule is the same as with one circle."""
    assert heard(replace(two_circles(phase), one_voice=True)) == others | FACILITATORS


def test_the_presenter_goes_on_sitting_back_while_the_outer_circle_speaks() -> None:
    """They are heard again once they are brought back in."""
    room = two_circles("outer")
    assert sitting_back(room) == "mei"
    assert heard(replace(room, recalled=True)) == FACILITATORS | {"cem", "mei"}


@pytest.mark.parametrize("phase", ["arrival", "questions", "reflection", "outer"])
def test_whoever_is_not_asked_takes_no_floor(phase: str) -> None:
    """The outer circle may not until it is asked in, and then the inner circle may not."""
    room = two_circles(phase)
    able = {seat.id for seat in room.seats if may_take_floor(room, seat)}
    expected = {"reflection": INNER - {"mei"}, "outer": FACILITATORS | {"cem"}}
    assert able == expected.get(phase, INNER)


@pytest.mark.parametrize(
    ("phase", "others"),
    [("call", EVERYBODY), ("case", {"mei"}), ("hypotheses", EVERYBODY - {"mei"})],
)
def test_among_peers_facilitators_are_heard_as_members_are(phase: str, others: set[str]) -> None:
    """Nobody leads, so nobody is heard in a silence."""
    room = a_room(phase, format="consultation-45")
    assert heard(room) == others
    assert heard(replace(room, silence_until=NOW + 1)) == set()
