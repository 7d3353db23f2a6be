"""Frames become the same messages and answers, whatever the segments in which they arrive."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.websocket.frames import Frames, Text, text_frame
from tests.support.raw import BINARY, CLOSE, CONTINUED, PING, PONG, fragmented, frame

LARGEST = 64 * 1024
PONG_OF_OURS = frame(b"", PONG)
FAULTY = re.compile(rb"\x88.\x03[\xea\xef].*", re.DOTALL)
"""A close with 1002 or 1007."""
LONG_FORM = bytes([0x81, 0x80 | 126, 0, 2]) + frame(b"hi")[2:]
"""The length of a short text in three bytes, which no browser sends."""


class Outcome:
    """What a peer's bytes lead to."""

    def __init__(self, segments: list[bytes], *, short: bool = True) -> None:
        self.messages: list[Text] = []
        self.sent = b""
        self.is_end = False
        self.frames = Frames(LARGEST)
        for segment in segments:
            self._take(segment, short=short)

    def _take(self, segment: bytes, *, short: bool) -> None:
        messages = self.frames.read_short(segment) if short else None
        if messages is not None:
            self.messages += messages
            return
        self.messages += self.frames.read(segment)
        sent, is_end = self.frames.to_send()
        self.sent += sent
        self.is_end = self.is_end or is_end

    @property
    def facts(self) -> tuple[list[Text], bytes, bool, bool]:
        """All that can be seen of it."""
        return self.messages, self.sent, self.is_end, self.frames.is_open

    @property
    def same_however_cut(self) -> tuple[list[Text], bytes, bool, bool]:
        """The same, except which of two faults in a row the close names."""
        sent = FAULTY.sub(b"a close for a fault", self.sent)
        return self.messages, sent, self.is_end, self.frames.is_open


payloads = st.binary(max_size=140)
words = st.text(max_size=60).map(str.encode)
pieces = (
    st.builds(frame, words)
    | st.builds(frame, payloads, st.sampled_from([CONTINUED, BINARY, CLOSE, PING, PONG]))
    | st.builds(fragmented, words, st.lists(st.integers(0, 140), max_size=3))
    | st.just(PONG_OF_OURS)
    | st.just(LONG_FORM)
    | st.binary(max_size=12)
)


@example(sent=[b"\x81", frame(b"00")], cuts=[])  # a text that is none, and a frame that is none
@given(st.lists(pieces, max_size=8), st.lists(st.integers(0, 500), max_size=12))
def test_segments_and_the_fast_path_change_nothing(sent: list[bytes], cuts: list[int]) -> None:
    """Each frame by itself, at once, and cut anywhere, with and without the fast path."""
    data = b"".join(sent)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    parts = [data[a:b] for a, b in pairwise(edges)]
    one_by_one = [data[n : n + 1] for n in range(len(data))]
    expected = Outcome(one_by_one, short=False).same_however_cut
    assert Outcome(sent).same_however_cut == expected
    assert Outcome(parts).same_however_cut == expected
    assert Outcome(parts, short=False).same_however_cut == expected


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_a_text_is_framed_as_a_server_frames_it(size: int) -> None:
    """Unmasked, with its length in the shortest form."""
    assert text_frame(b"x" * size) == frame(b"x" * size, masked=False)


def test_the_answer_to_a_heartbeat_is_not_parsed() -> None:
    """Nor is it counted as a control frame, since it answers ours."""
    outcome = Outcome([PONG_OF_OURS] * 10_000)
    assert outcome.facts == ([], b"", False, True)
    assert not outcome.frames.is_flood()


@pytest.mark.parametrize("half", [frame(b"hi")[:3], frame(b"h", fin=False)])
def test_a_short_frame_within_another_one_is_part_of_it(half: bytes) -> None:
    """A pong that looks complete may be the payload of a text."""
    frames = Frames(LARGEST)
    frames.read(half)
    assert frames.read_short(frame(b"i", CONTINUED)) is None
    assert frames.read_short(frame(b"i")) is None


@pytest.mark.parametrize(
    "sent",
    [
        frame(b"x", fin=False) + frame(b"x", CONTINUED, fin=False) * 64,
        frame(b"", PING) * 257,
        frame(b"", PONG) * 257,
    ],
    ids=["fragments", "pings", "pongs"],
)
def test_more_frames_than_any_page_sends_are_a_flood(sent: bytes) -> None:
    """Control frames count from one of our pings to the next."""
    frames = Frames(LARGEST)
    frames.read(sent[:-7])
    assert not frames.is_flood()
    frames.read(sent[-7:])
    assert frames.is_flood()


def test_messages_after_a_close_are_read_without_effect() -> None:
    """A peer may have sent them before it saw the close, but not without end."""
    frames = Frames(LARGEST)
    frames.close(4400, "bad")
    assert frames.to_send() == (frame(b"\x11\x30bad", CLOSE, masked=False), False)
    assert frames.read(frame(b"late")) == []
    assert frames.read_short(frame(b"late")) is None
    assert not frames.is_flood()
    frames.read(frame(b"x" * 40_000) * 2)
    assert frames.is_flood()
    frames.read(frame(b"\x11\x30", CLOSE))
    assert frames.to_send() == (b"", True)


def test_a_reason_that_no_frame_holds_is_cut() -> None:
    """A sentence in another script than Latin has twice the bytes."""
    frames = Frames(LARGEST)
    frames.close(4401, "ä" * 84)
    expected = frame(b"\x11\x31" + ("ä" * 61).encode(), CLOSE, masked=False)
    assert frames.to_send() == (expected, False)


def test_a_message_before_a_close_counts() -> None:
    """A page sends a press and leaves: both arrive in one segment."""
    outcome = Outcome([frame(b"press") + frame(b"\x03\xe8", CLOSE)])
    assert outcome.facts == (["press"], frame(b"\x03\xe8", CLOSE, masked=False), True, False)


def test_nothing_after_a_text_that_is_none_counts() -> None:
    """It closes with 1007."""
    outcome = Outcome([frame(b"\xff") + frame(b"press") + frame(b"\x03\xe8", CLOSE)])
    assert outcome.messages == []
    outcome = Outcome([frame(b"\xff"), frame(b"press")])
    assert outcome.facts == ([], frame(b"\x03\xef", CLOSE, masked=False), True, False)
