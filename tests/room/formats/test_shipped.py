"""The formats that ship, and the room's encoding."""

from __future__ import annotations

import re

import msgspec
import pytest

from server.room.formats.plan import Format
from server.room.formats.plan import decode as decode_plan
from server.room.formats.plan import encode as encode_plan
from server.room.formats.shipped import DEFAULT_FORMAT, FORMATS, GROUPS, PRACTICE, plan_of
from server.room.state import decode, encode
from tests.support.factories import MOMENTS, PHASES, a_room


@pytest.mark.parametrize("plan", FORMATS.values(), ids=FORMATS)
def test_a_format_lasts_as_long_as_its_title_says(plan: Format) -> None:
    """The title ends with the minutes."""
    said = re.search(r"(\d+) minutes$", plan.title)
    assert said
    assert plan.minutes == int(said[1])
    assert plan.phase("nowhere") is None


@pytest.mark.parametrize("key", [k for k in FORMATS if k.startswith(("classic", "together"))])
def test_the_classic_phases_have_their_keys(key: str) -> None:
    """Pages, tests and tools refer to phases by these keys."""
    assert tuple(phase.key for phase in FORMATS[key].phases) == PHASES


@pytest.mark.parametrize("plan", FORMATS.values(), ids=FORMATS)
def test_whoever_leads_has_guidance_and_sentences_at_hand(plan: Format) -> None:
    """Every phase has a purpose, guidance and things to watch."""
    for phase in plan.phases:
        assert all((phase.purpose, phase.guidance, phase.watch, phase.prompts)), phase.key


@pytest.mark.parametrize("plan", FORMATS.values(), ids=FORMATS)
def test_a_format_comes_back_from_its_encoding(plan: Format) -> None:
    """Bytes that are no format raise an error."""
    assert decode_plan(encode_plan(plan)) == plan
    with pytest.raises(msgspec.MsgspecError):
        decode_plan(b'{"key": 5}')


def test_each_format_is_offered_once_in_some_group() -> None:
    """Its key in the group is its own key."""
    offered = [plan.key for _, plans in GROUPS for plan in plans]
    assert sorted(offered) == sorted(FORMATS)
    assert all(key == plan.key for key, plan in FORMATS.items())


def test_the_near_relatives_have_the_shapes_of_the_practice() -> None:
    """The shapes are their minutes, who is silent, and who leads."""
    troika, peers = FORMATS["troika"], FORMATS["consultation-45"]
    assert [p.minutes for p in troika.phases] == [2, 2, 5, 2] * 3
    assert (troika.auto_advance, troika.peers, troika.chairs) == (True, True, 3)
    assert [p.heard.sits_back for p in troika.phases] == [False, False, True, False] * 3
    assert not troika.seen_sitting_back
    minutes = {phase.key: phase.minutes for phase in peers.phases}
    assert [minutes[k] for k in ("case", "questions", "hypotheses", "response", "solutions")] == [
        10, 5, 5, 3, 7,
    ]  # fmt: skip
    assert [p.key for p in peers.phases if p.heard.sits_back] == ["hypotheses"]
    training = FORMATS["training-90"]
    assert sum(phase.minutes for phase in training.phases[:7]) == 45
    assert FORMATS["two-circles-90"].two_circles
    assert [k for k, plan in FORMATS.items() if plan.two_circles] == ["two-circles-90"]


def test_one_format_leaves_the_sitting_back_out() -> None:
    """All other formats for Balint groups have it; the default is the classic hour."""
    without = {
        plan.key
        for plan in dict(GROUPS)["Balint"]
        if not any(phase.heard.sits_back for phase in plan.phases)
    }
    assert without == {"together-60"}
    assert set(FORMATS) >= {"classic-45", "classic-60", "classic-75", "classic-90"}
    assert DEFAULT_FORMAT == "classic-60"


def test_a_rehearsal_has_the_classic_phases_in_three_minutes() -> None:
    """No circle can choose it, and its clocks have whole milliseconds."""
    plan = plan_of(PRACTICE)
    assert plan.key == PRACTICE
    assert tuple(phase.key for phase in plan.phases) == PHASES
    assert sum(phase.ms for phase in plan.phases) == 3 * 60_000
    assert all(type(phase.ms) is int for phase in plan.phases)
    assert PRACTICE not in FORMATS


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_room_comes_back_from_its_encoding(moment: str) -> None:
    """Bytes that are no room raise an error."""
    room = a_room(moment)
    assert decode(encode(room)) == room
    with pytest.raises(msgspec.MsgspecError):
        decode(b'{"id": 5}')
