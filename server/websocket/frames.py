"""Bytes of one peer become messages, and messages become bytes: `ServerProtocol`, the Sans-I/O of
websockets, with bounds and a fast path. No I/O; protocol.py has the transport.

The pings are ours, two bytes each and sent to all at once, and their answers are not parsed: a
thousand people who sit still answer three hundred of them a second, which cost more than all their
commands (docs/performance.md).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import SEND_EOF, Event, State
from websockets.server import ServerProtocol
from websockets.utils import apply_mask

MOST_FRAGMENTS = 64
MOST_CONTROL_FRAMES = 256
"""Pings and pongs between two of our pings. A page can only answer ours."""
MOST_AFTER_CLOSE = 64 * 1024
"""Bytes after our close, which a peer may have sent before it; read only to find its answer."""
FIN_TEXT, FIN_PONG = 0x81, 0x8A
MASKED, LONGER, LONGEST = 0x80, 126, 127
"""RFC 6455, 5.2: the mask bit beside the length, and the lengths with bytes of their own."""
SHORT_HEAD = 6
"""Two bytes and the mask."""
LONGEST_REASON = 123
"""Bytes. RFC 6455, 5.5: a control frame has at most 125, two of them the code."""
PING = b"\x89\x00"

Text = str | bytes
"""A message of a peer. Only bad ones are bytes."""


class Frames:
    """The frames of one connection, from the end of its handshake on."""

    def __init__(self, largest: int | None) -> None:
        """`largest`: the bytes of a message; a larger one closes the connection."""
        self._websocket = ServerProtocol(state=State.OPEN, max_size=largest)
        self.is_open = True
        """Whether neither side has closed."""
        self._unfinished = 0
        """At least so many bytes of a frame have arrived that is not complete."""
        self._parts: list[bytes] = []
        """Of a message that is not complete."""
        self._is_text = False
        self._control_frames = 0
        self._after_close = 0

    def answer(self, request: Request) -> Response:
        """The answer to a handshake: 101, or a refusal."""
        return self._websocket.accept(request)

    def refusal(self, status: int) -> bytes:
        """An answer to a handshake that refuses it."""
        return self._websocket.reject(status, "").serialize()

    def read_short(self, data: bytes) -> list[str] | None:
        """A fast path for nearly all data: one short, complete frame, a pong or a text. Returns
        its messages, or None for any other data."""
        size = len(data) - SHORT_HEAD
        if self._unfinished or not 0 <= size < LONGER or data[1] != MASKED | size:
            return None
        if data[0] == FIN_PONG and size == 0:
            return []  # The answer to a heartbeat.
        if data[0] != FIN_TEXT or self._parts or not self.is_open:
            return None
        try:
            return [apply_mask(data[SHORT_HEAD:], data[2:SHORT_HEAD]).decode()]
        except UnicodeDecodeError:
            return None

    def read(self, data: bytes) -> list[Text]:
        """The messages that end in this data. Call `to_send` afterwards."""
        was_open = self.is_open
        if not was_open:
            self._after_close += len(data)
        self._unfinished += len(data)
        self._websocket.receive_data(data)
        messages = list(self._completed(self._websocket.events_received()))
        self.is_open = self._websocket.state is State.OPEN
        return messages if was_open else []

    def _completed(self, events: Iterable[Event]) -> Iterator[Text]:
        """The messages that end with one of these events, up to the first that is not UTF-8."""
        for event in events:
            if isinstance(event, Frame) and self._ends_message(event):
                data, self._parts = b"".join(self._parts), []
                try:
                    yield data.decode() if self._is_text else data
                except UnicodeDecodeError:
                    self._websocket.fail(CloseCode.INVALID_DATA)
                    return

    def _ends_message(self, frame: Frame) -> bool:
        """Takes a frame, and returns whether a message ends with it."""
        self._unfinished -= _least_size(frame)
        if frame.opcode in (Opcode.PING, Opcode.PONG):
            self._control_frames += 1
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return False
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._parts.append(bytes(frame.data))
        return frame.fin

    def is_flood(self) -> bool:
        """Whether a peer has sent more than any page does."""
        return (
            len(self._parts) > MOST_FRAGMENTS
            or self._control_frames > MOST_CONTROL_FRAMES
            or self._after_close > MOST_AFTER_CLOSE
        )

    def ping(self) -> bytes:
        self._control_frames = 0
        return PING

    def close(self, code: int, reason: str) -> None:
        """Begins to close an open connection, with as much of the reason as a frame holds. Call
        `to_send` afterwards."""
        cut = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        self._websocket.send_close(code, cut)
        self.is_open = False

    def to_send(self) -> tuple[bytes, bool]:
        """The bytes of answers and closes, and whether the connection ends with them."""
        writes = self._websocket.data_to_send()
        return b"".join(writes), SEND_EOF in writes

    def discard(self) -> None:
        """Breaks a reference cycle of websockets, which the collector finds only minutes later.

        When people come and go all the time, these took megabytes.
        """
        self._websocket.parser.close()


def text_frame(text: bytes) -> bytes:
    """One text message to a browser, in UTF-8.

    By hand, since websockets builds an object for each, and each person in a room gets one.
    """
    size = len(text)
    if size < LONGER:
        head = bytes((FIN_TEXT, size))
    elif size < 65536:
        head = struct.pack("!BBH", FIN_TEXT, LONGER, size)
    else:
        head = struct.pack("!BBQ", FIN_TEXT, LONGEST, size)
    return head + text


def _least_size(frame: Frame) -> int:
    """The bytes that this frame took, with its length in the shortest form.

    A longer form, which no browser sends, leaves `_unfinished` above zero: then there is no fast
    path for the rest of the connection.
    """
    size = len(frame.data)
    return SHORT_HEAD + size + (0 if size < LONGER else 2 if size < 65536 else 8)
