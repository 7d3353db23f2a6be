"""The formats that ship, and the room's encoding."""

from __future__ import annotations

import msgspec
import pytest

from server.room.formats import DEFAULT_FORMAT, FORMATS, Format, Heard
from server.room.state import decode, encode
from tests.factories import MOMENTS, PHASES, a_room


@pytest.mark.parametrize("plan", FORMATS.values(), ids=FORMATS)
def test_a_format_lasts_as_long_as_its_name_says(plan: Format) -> None:
    """And has the classic phases under their keys."""
    assert plan.minutes == int(plan.key.rpartition("-")[2])
    assert tuple(phase.key for phase in plan.phases) == PHASES
    assert plan.phase("nowhere") is None


def test_one_format_leaves_the_sitting_back_out() -> None:
    """All others have it; the default is the classic hour."""
    without = {
        plan.key
        for plan in FORMATS.values()
        if Heard.ALL_BUT_PRESENTER not in {phase.heard for phase in plan.phases}
    }
    assert without == {"together-60"}
    assert set(FORMATS) >= {"classic-45", "classic-60", "classic-75", "classic-90"}
    assert DEFAULT_FORMAT == "classic-60"


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_room_comes_back_from_its_encoding(moment: str) -> None:
    """And what is no room raises."""
    room = a_room(moment)
    assert decode(encode(room)) == room
    with pytest.raises(msgspec.MsgspecError):
        decode(b'{"id": 5}')
