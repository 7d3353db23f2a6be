"""Frames: what is a command, and what ends the connection."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.room.commands import Advance, BadFrame, Extend, Ping, RaiseHand, SeatPresenter, parse
from server.room.rules import RULES

VALUES = {
    "from_phase": "arrival",
    "to": "call",
    "seconds": 60,
    "ends_at": 1,
    "text": "a",
    "on": True,
}


@pytest.mark.parametrize("kind", RULES)
def test_every_command_has_its_frame(kind: type) -> None:
    """What the contract names is what is parsed."""
    fields = {f: VALUES.get(f, "ann") for f in kind.__struct_fields__}  # type: ignore[attr-defined]  # mypy sees only `type`
    frame = {"do": kind.__struct_config__.tag} | {  # type: ignore[attr-defined]  # as above
        "from" if name == "from_phase" else name: value for name, value in fields.items()
    }
    assert parse(json.dumps(frame)) == kind(**fields)


def test_fields_that_are_not_known_are_ignored() -> None:
    """htmx adds its headers to whatever it sends."""
    frame = '{"do":"advance","from":"call","HEADERS":{"HX-Request":"true"},"headers":{}}'
    assert parse(frame) == Advance("call")
    assert parse('{"do":"ping","t":12.5}') == Ping(12.5)
    assert parse('{"do":"seat_presenter"}') == SeatPresenter("")


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
    """It ends the connection, and the error does not repeat what somebody may have typed."""
    with pytest.raises(BadFrame) as caught:
        parse(frame)
    assert str(caught.value) == "expected a JSON object with a known 'do' and its fields"


@given(st.binary() | st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_bytes_are_a_command_or_a_bad_frame(frame: str | bytes) -> None:
    """Nothing else comes out of parsing."""
    try:
        parse(frame)
    except BadFrame:
        return


def test_numbers_as_large_as_json_allows_are_taken_or_refused() -> None:
    """A huge number is no crash later on."""
    assert parse('{"do":"extend","seconds":-60,"ends_at":1800000000000}') == Extend(
        -60, 1800000000000
    )
    assert parse('{"do":"raise_hand"}') == RaiseHand()
