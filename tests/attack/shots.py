"""Shots at the socket: frames close to commands and far from them, with their required outcomes.

Owns the generators (Hypothesis). `server.room.commands.parse` decides whether a text is a command
or a bad frame, and the wire must agree with it.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from hypothesis import strategies as st

from server.room.commands import BadFrame, parse
from server.room.rules import RULES
from tests.support.factories import MOMENTS
from tests.support.raw import BINARY, CLOSE, CONTINUED, PING, PONG, TEXT, fragmented, frame

LARGEST = 64 * 1024
OPEN, BAD, BROKEN, NO_TEXT, TOO_LARGE = 0, 4400, 1002, 1007, 1009
KINDS = {str(kind.__struct_config__.tag): kind for kind in RULES}


class Shot(NamedTuple):
    """Bytes for the wire, and the close code that they must cause; OPEN for none."""

    name: str
    data: bytes
    code: int

    def __repr__(self) -> str:
        """Short, because Hypothesis prints a whole volley of them."""
        return f"{self.name} ({len(self.data)} bytes, to end with {self.code})"


# The level of JSON: frames that are almost commands.

words = st.sampled_from(["", "fay", "ann", "mei", *MOMENTS, "Zweifel", "😀", "\u202e", "\x00"])
numbers = st.integers(-(10**30), 10**30) | st.floats() | st.sampled_from([0, 1, 60, 2**63, -1])
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | words | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


def _fields(name: str) -> st.SearchStrategy[dict[str, Any]]:
    kind = {"from_phase": "from", "from_role": "from", "as_role": "as"}
    fields = KINDS[name].__struct_fields__
    right = {
        "from_phase": st.sampled_from(MOMENTS),
        "from_role": st.sampled_from(["facilitator", "member", "observer", ""]) | st.none(),
        "to": st.sampled_from(MOMENTS),
        "seat": st.sampled_from(["fay", "ann", "ben", "mei", "nobody"]),
        "seats": st.lists(st.sampled_from(["ann", "gus", "nobody"]), max_size=21),
        "seconds": st.integers(-4000, 4000),
        "ends_at": st.integers(0, 2**53),
        "text": st.text(max_size=300),
        "on": st.booleans(),
        "page": st.sampled_from(["page1", "a" * 40, "A-", "a" * 41, ""]),
        "bad": st.booleans(),
        "yes": st.booleans(),
        "renew": st.booleans(),
        "links": st.integers(-1, 9) | st.none(),
        "seen": st.integers(-1, 99) | st.none(),
        "knows": st.booleans() | st.none(),
        "locks_with_case": st.booleans(),
        "holds_late": st.booleans(),
        "open": st.booleans(),
        "as_role": st.sampled_from(["observer", None]),
        "chair": st.sampled_from(["ann", "mei", "nobody", None]),
        "what": st.sampled_from(["sign", "answer", "loss"]),
        "name": st.text(max_size=50),
        "ms": st.integers(-1, 2**53),
        "url": st.sampled_from(["", "https://calls.example.org", "javascript:0"]) | st.text(),
    }
    frame = {kind.get(field, field): right[field] for field in fields}
    return st.fixed_dictionaries({"do": st.just(name), **frame})


# Without commands that remove the attacker; test_table.py has them.
commands = st.sampled_from(sorted(KINDS.keys() - {"end", "remove", "debrief"})).flatmap(_fields)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A command with missing, wrongly typed or unknown fields."""
    command = draw(commands)
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from([*command, "do", "headers", "HEADERS", "t", "seat"]))
        if draw(st.booleans()):
            command.pop(name, None)
        else:
            command[name] = draw(values)
    return command


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """The text of a command, truncated, doubled, or with an insertion."""
    text = json.dumps(draw(commands | mutated()), ensure_ascii=draw(st.booleans()))
    place = draw(st.integers(0, len(text)))
    put = draw(
        st.sampled_from(["", ",", '"', "\\", "\\ud800", "{", "[", "]", "}", ":", "NaN", "1e999"])
        | st.text(max_size=4)
        | st.sampled_from(["[" * 9_000, '{"a":' * 9_000, "9" * 5_000, " " * 9_000])
    )
    return text[:place] + put + text[place + draw(st.integers(0, 3)) :]


twice = st.builds(
    # Two values for one field: all readers must see the same command.
    lambda one, two: json.dumps(one)[:-1] + "," + json.dumps(two)[1:],
    commands,
    commands,
)
texts = st.one_of(commands.map(json.dumps), mutated().map(json.dumps), spoilt(), twice)


def meant(text: bytes) -> int:
    """The required outcome of this text."""
    try:
        parse(text.decode())
    except UnicodeDecodeError:
        return NO_TEXT
    except BadFrame:
        return BAD
    return OPEN


# The level of the wire: frames that are almost valid.


def _said(text: str) -> Shot:
    data = text.encode("utf-8", "surrogatepass")
    code = TOO_LARGE if len(data) > LARGEST else meant(data)
    return Shot("said", frame(data), code)


def _in_parts(command: dict[str, Any], cuts: list[int], between: bytes) -> Shot:
    data = json.dumps(command, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Shot("in parts", fragmented(data, cuts, between), meant(data))


def _half_a_character(command: dict[str, Any], tail: bytes) -> Shot:
    data = json.dumps(command).encode() + tail
    return Shot("half a character", frame(data), NO_TEXT)


def _too_large(size: int, opcode: int) -> Shot:
    return Shot("too large", frame(b"", opcode, claims=LARGEST + size), TOO_LARGE)


def _too_large_in_parts(first: int) -> Shot:
    data = frame(b" " * first, fin=False)
    return Shot("large parts", data + frame(b"", CONTINUED, claims=LARGEST), TOO_LARGE)


def _broken(name: str, *frames: bytes) -> Shot:
    return Shot(name, b"".join(frames), BROKEN)


payloads = st.binary(max_size=120)
pings = payloads.map(lambda data: frame(data, PING)) | payloads.map(lambda data: frame(data, PONG))
cuts = st.lists(st.integers(0, 300), min_size=1, max_size=6)
control = st.sampled_from([CLOSE, PING, PONG])

wrong_on_the_wire = st.one_of(
    st.builds(_half_a_character, commands, st.sampled_from([b"\xc3", b"\xff", b"\xf0\x9f\x98"])),
    st.builds(_too_large, st.integers(1, 2**40), st.sampled_from([TEXT, BINARY])),
    st.builds(_too_large_in_parts, st.integers(1, 4000)),
    payloads.map(lambda data: Shot("binary", frame(data, BINARY), BAD)),
    payloads.map(lambda data: _broken("without a mask", frame(data, masked=False))),
    st.builds(
        lambda opcode, data: _broken("unknown opcode", frame(data, opcode)),
        st.sampled_from([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]),
        payloads,
    ),
    st.builds(
        lambda bits, data: _broken("reserved bits", frame(data, reserved=bits)),
        st.integers(1, 7),
        payloads,
    ),
    control.map(lambda opcode: _broken("long control", frame(b"x" * 126, opcode))),
    control.map(lambda opcode: _broken("control in parts", frame(b"", opcode, fin=False))),
    payloads.map(lambda data: _broken("nothing to continue", frame(data, CONTINUED))),
    payloads.map(lambda data: _broken("not continued", frame(data, fin=False), frame(data))),
    st.just(_broken("close of one byte", frame(b"\x03", CLOSE))),
    st.sampled_from([0, 999, 1005, 1006, 2999, 5000, 65535]).map(
        lambda code: _broken("close code", frame(code.to_bytes(2, "big"), CLOSE))
    ),
)

shots = st.one_of(
    texts.map(_said),
    texts.map(_said),
    st.builds(_in_parts, commands, cuts, pings | st.just(b"")),
    st.lists(pings, min_size=1, max_size=30).map(lambda p: Shot("pings", b"".join(p), OPEN)),
    wrong_on_the_wire,
)
