"""Frames: what parses as a command, and what ends the connection."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.room.commands import (
    Advance,
    BadFrame,
    Extend,
    Ping,
    SeatPresenter,
    Signal,
    Silence,
    parse,
)
from server.room.rules import RULES
from tests.support.factories import a_room, outcome

VALUES = {"from_phase": "arrival", "from_role": "member", "to": "call", "text": "a", "on": True} | {
    "seats": ("ann", "ben"),
    "seconds": 60,
    "ends_at": 1,
    "bad": True,
    "yes": True,
    "renew": True,
    "links": 1,
    "seen": 1,
    "knows": False,
    "locks_with_case": False,
    "holds_late": False,
    "open": True,
    "as_role": "observer",
    "what": "sign",
    "ms": 20_000,
}
NAMES = {"from_phase": "from", "from_role": "from", "as_role": "as"}
"""The fields whose names in a frame are words of Python."""


@pytest.mark.parametrize("kind", RULES)
def test_every_command_has_its_frame(kind: type) -> None:
    """The commands of the contract are the commands that are parsed."""
    fields = {f: VALUES.get(f, "ann") for f in kind.__struct_fields__}  # type: ignore[attr-defined]  # mypy sees only `type`
    frame = {"do": kind.__struct_config__.tag} | {  # type: ignore[attr-defined]  # as above
        NAMES.get(name, name): value for name, value in fields.items()
    }
    assert parse(json.dumps(frame)) == kind(**fields)


def test_fields_that_are_not_known_are_ignored() -> None:
    """htmx adds its headers to every message."""
    frame = '{"do":"advance","from":"call","HEADERS":{"HX-Request":"true"},"headers":{}}'
    assert parse(frame) == Advance("call")
    assert parse('{"do":"ping","t":12.5}') == Ping(12.5)
    assert parse('{"do":"seat_presenter"}') == SeatPresenter("")


def test_a_signal_is_not_looked_into() -> None:
    """Any JSON that it carries arrives exactly as it was sent."""
    data = b'{"description": {"type":"offer","sdp":"v=0\\r\\n"}, "n":1.50}'
    signal = parse(b'{"do":"signal","to":"ann","data":' + data + b"}")
    assert isinstance(signal, Signal)
    assert (signal.to, bytes(signal.data)) == ("ann", data)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "[]",
        "{}",
        "raise_hand",
        '{"do":"shout"}',
        '{"do":7}',
        '{"do":"enter","seat":"a","name":"A","role":"facilitator"}',
        '{"do":"Enter","seat":"a","name":"A","role":"facilitator"}',
        '{"do":"FallDue"}',
        '{"do":"advance"}',
        '{"do":"advance","from":null}',
        '{"do":"extend","seconds":"60","ends_at":1}',
        '{"do":"extend","seconds":1e400,"ends_at":1}',
        '{"do":"extend","seconds":NaN,"ends_at":1}',
        '{"do":"silence","seconds":-1}',
        '{"do":"lock","on":1}',
        '{"do":"raise_hand"',
        '{"do":"prompt","text":"\\ud800"}',
        "[" * 60_000,
        '{"do":' * 10_000,
        b"\xff\xfe",
        b'{"do":"prompt","text":"\xc3"}',
    ],
)
def test_what_is_no_command_is_a_bad_frame(frame: str | bytes) -> None:
    """It ends the connection, and the error does not repeat anything that was typed."""
    with pytest.raises(BadFrame) as caught:
        parse(frame)
    assert str(caught.value) == "expected a JSON object with a known 'do' and its fields"


@pytest.mark.unmeasured
@settings(max_examples=60)
@given(st.binary() | st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_bytes_are_a_command_or_a_bad_frame(frame: str | bytes) -> None:
    """Parsing has no third outcome."""
    try:
        parse(frame)
    except BadFrame:
        return


@pytest.mark.parametrize("digits", [19, 20, 400, 4_000])
def test_a_huge_number_is_refused_and_is_no_crash_later_on(digits: int) -> None:
    """JSON does not bound numbers; the fields of commands do."""
    huge = "9" * digits
    room = a_room("reflection")
    assert room.clock is not None
    for frame in (
        f'{{"do":"silence","seconds":{huge}}}',
        f'{{"do":"extend","seconds":{huge},"ends_at":{room.clock.ends_at}}}',
        f'{{"do":"extend","seconds":-{huge},"ends_at":{room.clock.ends_at}}}',
    ):
        command = parse(frame)
        assert isinstance(command, Silence | Extend)
        assert outcome(room, command, "fay") == "too_long"
    late = parse(f'{{"do":"extend","seconds":60,"ends_at":{huge}}}')
    assert isinstance(late, Extend)
    assert outcome(room, late, "fay") == "stale"


@pytest.mark.parametrize(
    "frame",
    [
        '{"do":"silence","seconds":' + "9" * 60_000 + "}",
        '{"do":"ping","t":' + "9" * 60_000 + "}",
        '{"do":"ping","t":1e400}',
        '{"do":"ping","t":NaN}',
        '{"do":"ping","t":Infinity}',
        '{"do":"pause","HEADERS":' + "[" * 30_000 + "]" * 30_000 + "}",
        '{"HEADERS":' + '{"a":' * 9_000 + "1" + "}" * 9_000 + ',"do":"pause"}',
    ],
    ids=["digits", "late digits", "infinite", "nan", "infinity", "deep", "deep before"],
)
def test_what_no_reader_can_hold_is_a_bad_frame(frame: str) -> None:
    """The same holds in a field that is ignored."""
    with pytest.raises(BadFrame):
        parse(frame)


def test_the_error_holds_nothing_of_the_frame() -> None:
    """Neither its message nor its cause repeats the frame, since both may reach a log."""
    with pytest.raises(BadFrame) as caught:
        parse('{"do":"prompt","text":["Zweifel"]}')
    assert "Zweifel" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__
