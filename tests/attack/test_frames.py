"""Frames that our pages never send: read without harm, or closed with the right code."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.json import encode as as_json

from server.room.commands import BadFrame, Command, parse
from server.room.state import decode, encode
from tests.attack.frames import besiege
from tests.attack.shots import BAD, BROKEN, NO_TEXT, OPEN, TOO_LARGE, texts
from tests.support.factories import MOMENTS, NOW, a_room, decided
from tests.support.planted import KEY, plant, seated
from tests.support.processes import StartServer
from tests.support.raw import BINARY, CLOSE, CONTINUED, PING, PONG, Closed, RawSocket, frame
from tests.support.raw import fragmented as parts

OVER_THE_WIRE = 3_000
PROMPT = '{"do":"prompt","text":"Was rührt das an? 😀"}'.encode()
HALF = PROMPT.index("ü".encode()) + 1

ODD: dict[str, tuple[bytes, int]] = {
    "in three frames": (parts(PROMPT, [5, 20]), OPEN),
    "cut within a character": (parts(PROMPT, [HALF]), OPEN),
    "one byte a frame": (parts(PROMPT, list(range(1, len(PROMPT)))), OPEN),
    "empty frames between": (parts(PROMPT, [0, 0, 7, 7]), OPEN),
    "pings between": (parts(PROMPT, [5, 20], frame(b"?", PING) + frame(b"!", PONG)), OPEN),
    "a hundred pings": (frame(b"x" * 125, PING) * 100 + frame(PROMPT), OPEN),
    "as large as may be": (frame(PROMPT.ljust(64 * 1024)), OPEN),
    "a byte too large": (frame(b"", claims=64 * 1024 + 1), TOO_LARGE),
    "terabytes": (frame(b"", claims=1 << 40), TOO_LARGE),
    "an impossible length": (frame(b"", claims=1 << 63), TOO_LARGE),
    "too large in parts": (
        frame(b" " * 40_000, fin=False) + frame(b"", CONTINUED, claims=40_000),
        TOO_LARGE,
    ),
    "empty": (frame(b""), BAD),
    "binary": (frame(PROMPT, BINARY), BAD),
    "binary in parts": (frame(PROMPT, BINARY, fin=False) + frame(b"", CONTINUED), BAD),
    "deep": (frame(b"[" * 60_000), BAD),
    "deep where nobody reads": (frame(b'{"do":"pause","x":' + b"[" * 30_000 + b"]" * 30_000), BAD),
    "half a character": (frame(PROMPT[:HALF]), NO_TEXT),
    "half a character, and a close": (frame(PROMPT[:HALF]) + frame(b"\x03\xe8", CLOSE), 1000),
    "half a character in parts": (parts(PROMPT[:HALF], [9]), NO_TEXT),
    "a surrogate": (frame(b'{"do":"prompt","text":"\xed\xa0\x80"}'), NO_TEXT),
    "without a mask": (frame(PROMPT, masked=False), BROKEN),
    "a reserved bit": (frame(PROMPT, reserved=4), BROKEN),
    "a reserved opcode": (frame(PROMPT, 3), BROKEN),
    "a reserved control": (frame(b"", 11), BROKEN),
    "a long ping": (frame(b"x" * 126, PING), BROKEN),
    "a ping in parts": (frame(b"x", PING, fin=False), BROKEN),
    "nothing to continue": (frame(PROMPT, CONTINUED), BROKEN),
    "begun twice": (frame(b"{", fin=False) + frame(PROMPT), BROKEN),
    "a close of one byte": (frame(b"\x03", CLOSE), BROKEN),
    "a close with no such code": (frame(b"\x03\xed", CLOSE), BROKEN),
    "a close in order": (frame(b"\x03\xe8bye", CLOSE), 1000),
}


@settings(max_examples=1_500)
@given(texts | st.binary(max_size=200) | st.text(max_size=200), st.sampled_from(MOMENTS))
def test_whatever_is_sent_is_a_command_or_a_bad_frame(frame: str | bytes, moment: str) -> None:
    """Parsing has no other outcome, and the room accepts or refuses every command."""
    try:
        command = parse(frame)
    except BadFrame:
        return
    assert parse(as_json(command)) == command
    if isinstance(command, Command):
        for seat in ("fay", "ann", "mei", "olu", "nobody"):
            room = decided(a_room(moment), command, seat, NOW)
            assert decode(encode(room)) == room


@pytest.mark.parametrize("name", ODD)
def test_an_odd_frame_ends_as_it_must(name: str, url: str, redis_url: str) -> None:
    """Legal frames work in any fragmentation; illegal ones get the code that says why."""
    data, code = ODD[name]
    room = plant(redis_url, a_room())

    async def scene() -> int | None:
        async with RawSocket(seated(url, room, "fay")) as connection:
            await connection.until(b'id="state"')
            connection.send(data)
            try:
                await connection.until("“Was rührt das an? 😀”".encode())
            except Closed as closed:
                return closed.code
            return OPEN

    assert asyncio.run(scene()) == code


def test_generated_frames_trouble_nobody_else(start_server: StartServer, redis_url: str) -> None:
    """Each has its required outcome, the server logs nothing, and another room goes on talking."""
    server = start_server(redis_url, SECRET_KEY=KEY)
    siege = besiege(server, redis_url, OVER_THE_WIRE)
    assert siege.sent > OVER_THE_WIRE * 0.9
    assert {BAD, BROKEN, NO_TEXT, TOO_LARGE} <= set(siege.codes)
    assert siege.server.trouble == []
