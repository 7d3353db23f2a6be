"""Attacks that succeeded at first: each of these tests failed then."""

from __future__ import annotations

import asyncio
import http.client
import socket
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import redis

from server.identity import Identity
from server.room.state import Role
from tests.support.client import Visit, ask
from tests.support.factories import a_room
from tests.support.planted import KEY, plant, seated
from tests.support.processes import Server, StartServer, wait_until
from tests.support.raw import (
    CLOSE,
    CONTINUED,
    PING,
    PONG,
    TEXT,
    Closed,
    RawSocket,
    fragmented,
    frame,
)

# A command, and an unacceptable frame, sent before the response to the handshake.
EARLY = {
    "a command": frame(b'{"do":"prompt","text":"early"}'),
    "without a mask": frame(b"{}", masked=False),
    "half a character": frame(b"\xc3"),
    "too large": frame(b"", claims=1 << 20),
    "a long ping": frame(b"x" * 126, PING),
}
QUESTION, ANSWER = frame(b'{"do":"ping","t":7}'), b'"pong":7'
BROKEN_ORIGINS = ("http://[", "http://a]b", "http://[::1")
ODD_CHARSETS = ("unicode_escape", "raw_unicode_escape", "punycode", "undefined")


@pytest.fixture
def server(start_server: StartServer, redis_url: str) -> Iterator[Server]:
    """A server whose only output is its address."""
    server = start_server(redis_url, SECRET_KEY=KEY)
    yield server
    server.stop()  # so that all of its output has been read
    assert server.trouble[-3:] == []


@pytest.mark.parametrize("text", [b"\xc3", b'{"do":"prompt","text":"\xed\xa0\x80"}'])
def test_half_a_character_is_not_worth_a_traceback(
    text: bytes, server: Server, redis_url: str
) -> None:
    """Anybody with a seat can send it at any rate: it only closes with 1007."""
    fay = seated(server.url, plant(redis_url, a_room()), "fay")

    async def code() -> int | None:
        async with RawSocket(fay) as connection:
            await connection.until(b'id="state"')
            connection.send(frame(text, TEXT))
            with pytest.raises(Closed) as closed:
                await connection.until(b"never said")
        return int(closed.value.code or 0)

    assert asyncio.run(code()) == 1007


@pytest.mark.parametrize("looks_like", [PONG, TEXT])
def test_the_middle_of_a_frame_is_not_taken_for_one(
    looks_like: int, server: Server, redis_url: str
) -> None:
    """The end of a text is delayed, and looks like a pong, or a short text."""
    text, end = b'{"do":"prompt","text":"In two', b' go"}'.rjust(6, b".")
    text += b" " * (-len(text) % 4)
    mask = bytes((0x80 | looks_like ^ end[0], 0x80 ^ end[1], 0, 0))
    size = len(text + end)
    sent = bytes((0x80 | TEXT, 0x80 | size)) + mask
    sent += bytes(byte ^ mask[place % 4] for place, byte in enumerate(text + end))
    fay = seated(server.url, plant(redis_url, a_room()), "fay")

    async def scene() -> None:
        async with RawSocket(fay) as connection:
            await connection.until(b'id="state"')
            # The answer shows that this part has been read, so the rest arrives separately.
            connection.send(QUESTION + sent[:-6])
            await connection.until(ANSWER)
            connection.send(sent[-6:])
            await connection.until(b"In two")

    asyncio.run(scene())


def test_a_text_within_a_text_is_refused(server: Server, redis_url: str) -> None:
    """A message must be complete before the next one begins (RFC 6455, 5.4)."""
    fay = seated(server.url, plant(redis_url, a_room()), "fay")

    async def code() -> int | None:
        async with RawSocket(fay) as connection:
            await connection.until(b'id="state"')
            connection.send(QUESTION + frame(b'{"do":', TEXT, fin=False))
            await connection.until(ANSWER)
            connection.send(frame(b'{"do":"advance"}'))
            with pytest.raises(Closed) as closed:
                await connection.until(b"never said")
        return closed.value.code

    assert asyncio.run(code()) == 1002


@pytest.mark.parametrize("name", EARLY)
def test_whoever_speaks_before_the_answer_is_not_heard(
    name: str, server: Server, redis_url: str
) -> None:
    """It takes no cookie to try: the server logs nothing, and goes on."""
    room = plant(redis_url, a_room())
    nobody = Visit(server.url, room.id, "")
    host, _, port = server.url.removeprefix("http://").partition(":")
    wait_until(lambda: ask(f"{server.url}/readyz").status == 200)  # it has subscribed
    with redis.Redis.from_url(redis_url) as client:
        # Redis delays the answer; the other request shows that the handshake has been read.
        client.client_pause(500)
        with socket.create_connection((host, int(port))) as early:
            early.sendall(RawSocket(nobody).handshake())
            assert ask(f"{server.url}/healthz").status == 200
            early.sendall(EARLY[name])
            assert ask(f"{server.url}/healthz").status == 200
            assert ask(f"{server.url}/readyz").status == 200


@pytest.mark.parametrize("origin", BROKEN_ORIGINS)
def test_an_origin_that_is_none_is_refused(origin: str, server: Server, redis_url: str) -> None:
    """Forms and sockets refuse it without a traceback; it takes no cookie to try."""
    room = plant(redis_url, a_room())
    for path in ("/circles", "/join", f"/circles/{room.id}"):
        answer = ask(server.url + path, {"your_name": "Eve"}, origin=origin)
        assert (path, answer.status) == (path, 403)
        assert "Content-Security-Policy" in answer.headers

    async def code() -> int | None:
        async with RawSocket(seated(server.url, room, "fay"), origin=origin) as connection:
            with pytest.raises(Closed) as closed:
                await connection.read()
        return int(closed.value.code or 0)

    assert asyncio.run(code()) == 4403


@pytest.mark.parametrize("charset", ODD_CHARSETS)
def test_a_form_in_an_odd_charset_is_refused(charset: str, server: Server, redis_url: str) -> None:
    """Half a character in any encoding is no text: there is a sentence, not a traceback."""
    room = plant(redis_url, a_room())
    token = Identity(KEY).token(room.id, Role.MEMBER, room.links)
    form = {"circle_name": "c", "your_name": "", "time_zone": "UTC", "token": token}
    for path in ("/circles", "/join"):
        for field in form:
            status = sent_in_parts(server.url, path, form | {field: "\\ud800"}, charset)
            assert (path, field, 400 <= status < 500) == (path, field, True)


def sent_in_parts(url: str, path: str, form: dict[str, str], charset: str) -> int:
    """The status of a multipart form in this charset."""
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form.items()
    )
    kind = f"multipart/form-data; boundary=b; charset={charset}"
    with closing(http.client.HTTPConnection(url.removeprefix("http://"))) as connection:
        connection.request("POST", path, f"{body}--b--\r\n", {"Origin": url, "Content-Type": kind})
        with connection.getresponse() as answer:
            return answer.status


@pytest.mark.parametrize("end", ["in order", "cut"])
@pytest.mark.parametrize("path", ["circles", "join", "practice", "circles/ID", "circles/ID/format"])
def test_a_form_that_is_broken_off_is_no_error(
    end: str, path: str, server: Server, redis_url: str
) -> None:
    """Phones in tunnels do it every day, so the log does not mention it."""
    fay = seated(server.url, plant(redis_url, a_room()), "fay")
    host, _, port = server.url.removeprefix("http://").partition(":")
    head = (
        f"POST /{path.replace('ID', fay.circle_id)} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Origin: {server.url}\r\nCookie: {fay.cookie}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode())
        # The answer comes when the page begins to read the form.
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"your_name=F")
        if end == "cut":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert ask(f"{server.url}/healthz").status == 200


def memory(server: Server) -> int:
    """Memory of the server's process in MiB; it is the only child of the started process."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split() or [str(pid)]
    return int(Path(f"/proc/{children[0]}/statm").read_text().split()[1]) * 4096 >> 20


def test_answers_that_nobody_reads_are_not_piled_up(server: Server, redis_url: str) -> None:
    """Somebody who reads no pongs sends sixty megabytes of pings."""
    fay = seated(server.url, plant(redis_url, a_room()), "fay")
    host, _, port = server.url.removeprefix("http://").partition(":")
    pings = frame(b"x" * 125, PING) * 8_000
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(RawSocket(fay).handshake())
        assert connection.recv(4096).startswith(b"HTTP/1.1 101 ")
        before = memory(server)
        # Cutting the connection and not reading it are both correct.
        with suppress(ConnectionError, TimeoutError):
            for _ in range(60):
                connection.sendall(pings)
        assert memory(server) - before < 20


@pytest.mark.parametrize("opcode", [PING, PONG])
def test_more_pings_than_any_page_sends_end_the_connection(
    opcode: int, url: str, redis_url: str
) -> None:
    """They used to block everybody else in the process for as long as they came."""
    fay = seated(url, plant(redis_url, a_room()), "fay")

    async def scene() -> None:
        async with RawSocket(fay) as connection:
            await connection.until(b'id="state"')
            connection.send(frame(b"", opcode) * 10_000 + QUESTION)
            with pytest.raises(Closed) as closed:
                await connection.until(ANSWER)
            assert closed.value.code is None

    asyncio.run(scene())


def test_a_message_in_very_many_frames_ends_the_connection(url: str, redis_url: str) -> None:
    """A message of sixty-four is read; an endless one would fill the memory."""
    fay = seated(url, plant(redis_url, a_room()), "fay")
    few = fragmented(b'{"do":"ping","t":7}'.ljust(64), list(range(1, 64)))
    many = frame(b" ", TEXT, fin=False) + frame(b" ", CONTINUED, fin=False) * 1_000

    async def scene() -> None:
        async with RawSocket(fay) as connection:
            await connection.until(b'id="state"')
            connection.send(few)
            await connection.until(ANSWER)
            connection.send(many)
            with pytest.raises(Closed) as closed:
                await connection.until(b"never said")
            assert closed.value.code is None

    asyncio.run(scene())


def test_what_one_says_at_once_is_read_in_pieces(url: str, redis_url: str) -> None:
    """The first of two thousand pings is answered before the last frame, which is invalid."""
    fay = seated(url, plant(redis_url, a_room()), "fay")

    async def scene() -> None:
        async with RawSocket(fay) as connection:
            await connection.until(b'id="state"')
            connection.send(QUESTION * 2_000 + frame(b"", reserved=4))
            await connection.until(ANSWER)

    asyncio.run(scene())


def test_whoever_talks_on_after_the_close_is_cut_off(url: str, redis_url: str) -> None:
    """An empty frame ends the connection; the megabyte behind it is not read."""
    fay = seated(url, plant(redis_url, a_room()), "fay")
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(RawSocket(fay).handshake())
        assert connection.recv(4096).startswith(b"HTTP/1.1 101 ")
        with pytest.raises(ConnectionError):
            say_all_and_read_all(connection, frame(b"") * 200_000 + frame(b"\x03\xe8", CLOSE))


def say_all_and_read_all(line: socket.socket, data: bytes) -> None:
    """Ends when the server has closed in order; raises ConnectionError if it has cut the line."""
    line.sendall(data)
    while line.recv(4096):
        pass


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_behind_tls_browsers_are_told_to_stay_there(scheme: str, url: str) -> None:
    """Pages have HSTS if a trusted proxy reports TLS; plain http never has it."""
    host = url.removeprefix("http://")
    for path in ("/", "/join", "/nothing", "/static/room/room.js", "/healthz"):
        with closing(http.client.HTTPConnection(host)) as connection:
            connection.request("GET", path, headers={"X-Forwarded-Proto": scheme})
            with connection.getresponse() as answer:
                sent = answer.getheader("Strict-Transport-Security")
        assert (path, "max-age=" in (sent or "")) == (path, scheme == "https")
