"""The room as a value: its derived properties, and its encoding."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.room import commands as c
from server.room.formats.shipped import FORMATS
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import (
    ENDED,
    SCHEMA,
    WAITING,
    Clock,
    Floor,
    NewerSchema,
    Role,
    Room,
    decode,
    encode,
)
from tests.support.factories import MOMENTS, NOW, PHASES, a_room, a_seat

ANYBODY = st.sampled_from(("fay", "gil", "ann", "mei", "olu", None))
PRESSED = st.one_of(
    st.builds(c.Go, to=st.sampled_from(PHASES), from_phase=st.sampled_from(PHASES)),
    st.builds(c.GiveFloor, st.sampled_from(("ann", "ben", "gil", "mei"))),
    st.builds(c.Prompt, st.text(max_size=300)),
    st.builds(c.Silence, st.integers(0, 700)),
    st.builds(c.Enter, st.text(max_size=3), st.text(max_size=9), st.sampled_from(Role)),
    st.builds(c.NotePresence, st.frozensets(st.sampled_from(("fay", "ann", "mei")))),
    st.sampled_from(
        (c.RaiseHand(), c.Yield(), c.Pass(), c.Pause(), c.Resume(), c.OneVoice(on=True), c.Recall())
    ),
)
STEPS = st.lists(st.tuples(PRESSED, ANYBODY, st.integers(0, 200_000)), max_size=12)


@settings(max_examples=50)
@given(phase=st.sampled_from(MOMENTS), steps=STEPS)
def test_any_room_that_can_be_reached_comes_back_from_its_encoding(
    phase: str, steps: list[tuple[c.Command, str | None, int]]
) -> None:
    """The decoded value is equal, not merely similar."""
    room, now = a_room(phase), NOW
    for command, actor, passed in steps:
        now += passed
        if isinstance(command, c.Enter | c.NotePresence):
            actor = None
        elif actor is None:
            command = c.FallDue()
        try:
            room = decide(room, command, actor, now)
        except Refused:
            continue
    assert decode(encode(room)) == room


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"id":"circle"}',
        b'{"id":5,"format":"classic-60"}',
        b'{"id":"circle","format":"classic-60","version":"1"}',
        b'{"id":"circle","format":"classic-60","seats":[{"id":"a","name":"A","role":"owner"}]}',
        b'{"id":"circle","format":"classic-60","floor":{"seat":"a"}}',
        encode(a_room())[:-1],
        b"\xff\xfe",
    ],
)
def test_what_is_no_room_raises(data: bytes) -> None:
    """A value that this version cannot read is never decoded in part."""
    with pytest.raises(msgspec.MsgspecError):
        decode(data)


def test_a_field_of_a_newer_version_is_no_hindrance() -> None:
    """During a rolling update, an older process reads values of a newer one."""
    data = encode(a_room("call"))[:-1] + b',"something_new":{"on":true}}'
    assert decode(data) == a_room("call")


def test_a_room_is_small() -> None:
    """A full room in mid-session takes a few KB, because every change publishes the whole value."""
    seats = tuple(a_seat(f"seat-{n:032}", away_since=NOW, spoken_ms=NOW) for n in range(32))
    assert len(encode(a_room("reflection", seats=seats, prompt="x" * 280))) < 8_000


def test_a_room_follows_the_format_it_bears_whole() -> None:
    """For a shipped format it stores only the key, so that the value stays small."""
    own = replace(FORMATS["classic-45"], key="own", title="Ours")
    room = a_room("reflection", format="own", own_plan=own)
    assert room.plan == decode(encode(room)).plan == own
    assert room.clock is not None
    assert room.clock.left(NOW) == 18 * 60_000
    assert b"own_plan" not in encode(a_room())
    ended = decide(room, c.End(), "fay", NOW)
    assert ended.plan == own


def test_a_room_is_a_value() -> None:
    """It is immutable."""
    with pytest.raises(AttributeError):
        a_room().version = 7  # type: ignore[misc]  # that is what must not work


def test_before_and_after_the_session_there_is_no_step() -> None:
    """`waiting` and `ended` belong to no format."""
    assert a_room(WAITING).step is None
    assert a_room(ENDED).step is None
    assert all(a_room(phase).step == a_room().plan.phase(phase) for phase in PHASES)


def test_a_session_is_under_way_from_its_start_until_its_debrief_has_ended() -> None:
    """Nobody is erased from it meanwhile."""
    assert [m for m in MOMENTS if not a_room(m).is_under_way] == [WAITING, ENDED]


def test_later_values_have_greater_stamps() -> None:
    """Versions order a session, and every value of a later session has a greater stamp."""
    first, second = Room("c", "classic-60", opened_at=5, version=9), Room("c", "classic-60", 5, 10)
    assert first.stamp < second.stamp < Room("c", "classic-60", opened_at=6).stamp


def test_a_clock_counts_down_and_below_zero_and_stands_while_paused() -> None:
    """Overtime is negative; a pause keeps the remaining time."""
    assert Clock(NOW).left(NOW - 5) == 5
    assert Clock(NOW).left(NOW + 5) == -5
    assert Clock(NOW, paused_at=NOW - 7).left(NOW + 5) == 7


def test_the_holder_is_whoever_has_the_floor() -> None:
    """Without a holder, or with the id of a missing seat, there is none."""
    assert a_room("call", floor=Floor("ann", NOW)).holder == "ann"
    assert a_room("call").holder is None
    assert a_room().seat("nobody") is None
    assert a_room().seat(None) is None


@pytest.mark.parametrize(
    "more", [b"", b',"candle":"lit"', b',"phase":7', b',"seats":[{"role":"?"}]']
)
def test_a_value_of_a_newer_schema_is_known_as_such(more: bytes) -> None:
    """It is recognised even if it decodes, because writing it back might lose fields."""
    head = b'{"id":"circle","format":"classic-60","schema":%d' % (SCHEMA + 1)
    with pytest.raises(NewerSchema):
        decode(head + more + b"}")


def test_a_value_of_the_first_release_has_no_schema() -> None:
    """It counts as the first schema."""
    assert decode(b'{"id":"circle","format":"classic-60"}').schema == 1
