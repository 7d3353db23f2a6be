"""Bounds on one connection and one address: requests, heads, bodies, file descriptors."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from typing import NamedTuple

import pytest

from server.http.protocol import LARGEST_HEAD, MOST_HEADERS
from server.identity import cookie_name, new_circle_id
from tests.attack.test_open import memory
from tests.support.client import Visit, ask
from tests.support.factories import a_room
from tests.support.metrics import numbers
from tests.support.planted import KEY, plant, seated
from tests.support.processes import Server, wait_until
from tests.support.raw import RawSocket

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALVES = {
    "nothing at all": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: loc",
    "half a second head": GET + b"GET /",
    "an empty line": b"\r\n",
    "half a body": (
        b"POST /circles HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na=b"
    ),
}
FILES = 256


@pytest.fixture(scope="module")
def server(redis_url: str) -> Iterator[Server]:
    """A process with few file descriptors, which must log nothing about the attacks."""
    few = ("/bin/sh", "-c", f'ulimit -n {FILES}; exec "$@"', "sh")
    everywhere = "0.0.0.0"  # noqa: S104 - to be reached by an address that is not the loopback's
    with closing(Server(redis_url, few, SECRET_KEY=KEY, HOST=everywhere)) as server:
        server.url = server.url.replace("localhost", "127.0.0.1")
        wait_until(lambda: ask(f"{server.url}/readyz").status == 200)
        yield server
        server.stop()
        assert server.trouble == []


class Halves(NamedTuple):
    """A server of its own, its counters before the attack, and a connection for each half."""

    server: Server
    before: dict[str, float]
    sockets: dict[str, socket.socket]


@pytest.fixture(scope="module", autouse=True)
def halves(redis_url: str) -> Iterator[Halves]:
    """Silent connections, and halves of requests.

    They stay open while the other tests run: a body has the longest limit, half a minute, which a
    phone in a tunnel may need.
    """
    with ExitStack() as stack:
        server = stack.enter_context(closing(Server(redis_url, SECRET_KEY=KEY)))
        before, sockets = numbers(server), {}
        for name, half in HALVES.items():
            opened = stack.enter_context(socket.create_connection(address(server), timeout=60))
            opened.sendall(half)
            sockets[name] = opened
        yield Halves(server, before, sockets)


def address(server: Server) -> tuple[str, int]:
    """Its listening address."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    return host, int(port)


def everything(opened: socket.socket) -> bytes:
    """The whole response until the connection is closed or cut."""
    said = b""
    with suppress(ConnectionError):
        while data := opened.recv(65536):
            said += data
    return said


def test_requests_whose_answers_nobody_reads_are_not_piled_up(server: Server) -> None:
    """Twenty-eight megabytes of them took two gigabytes, and stayed after the connection."""
    before = memory(server)
    with socket.create_connection(address(server), timeout=3) as opened:
        with suppress(TimeoutError):
            for _ in range(28):
                opened.sendall(GET * (1024 * 1024 // len(GET)))
        assert memory(server) - before < 20
    assert ask(f"{server.url}/healthz").status == 200


def test_many_requests_at_once_are_all_answered_in_their_order(server: Server) -> None:
    """A client that reads gets every answer, whatever the segmentation of its requests."""
    asked = b"".join(b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % n for n in range(200))
    asked += b"POST /circles HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na=\r\n\r\nb=1"
    asked += GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    for size in (len(asked), 37):
        with socket.create_connection(address(server), timeout=20) as opened:
            for at in range(0, len(asked), size):
                opened.sendall(asked[at : at + size])
            statuses = [part[:3] for part in everything(opened).split(b"HTTP/1.1 ")[1:]]
        assert statuses == [b"404"] * 200 + [b"403", b"200"]


HEADS = {
    "a long header": b"X: " + b"x" * LARGEST_HEAD,
    "many headers": b"\r\n".join([b"X: x"] * (MOST_HEADERS + 1)),
    "a long name": b"x" * LARGEST_HEAD + b": x",
}


@pytest.mark.parametrize("name", HEADS)
def test_a_head_has_so_many_bytes(name: str, server: Server) -> None:
    """The limit holds for pages and sockets, and the excess is not read."""
    for more in (b"", b"Upgrade: websocket\r\nConnection: Upgrade\r\n"):
        head = b"GET / HTTP/1.1\r\nHost: localhost\r\n" + more + HEADS[name] + b"\r\n\r\n"
        with socket.create_connection(address(server), timeout=10) as opened:
            opened.sendall(head)
            assert everything(opened).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("place", ["head", "url", "trailer", "chunk", "body"])
def test_a_request_without_end_takes_no_memory(place: str, server: Server) -> None:
    """It sends two hundred megabytes in each part of a request."""
    chunked = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    begins, goes_on = {
        "head": (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"a: b\r\n"),
        "url": (b"GET /", b"x"),
        "trailer": (chunked + b"0\r\n", b"a: b\r\n"),
        "chunk": (chunked + b"3;", b"x"),
        "body": (chunked, b"1\r\nx\r\n"),
    }[place]
    before = memory(server)
    with socket.create_connection(address(server), timeout=3) as opened:
        opened.sendall(begins)
        piece = goes_on * (1024 * 1024 // len(goes_on))
        with suppress(ConnectionError, TimeoutError):
            for _ in range(200):
                opened.sendall(piece)
            pytest.fail("all of it was read")
        assert memory(server) - before < 20


def test_somebody_of_sixty_circles_comes_into_each(server: Server, redis_url: str) -> None:
    """A browser sends all of their cookies with each handshake: more than a line of 8 KiB."""
    fay = seated(server.url, plant(redis_url, a_room()), "fay")
    others = [f"{cookie_name(new_circle_id())}={'x' * 140}" for _ in range(170)]
    visit = Visit(server.url, fay.circle_id, "; ".join([*others, fay.cookie]))
    assert len(visit.cookie) > 25_000
    assert ask(visit.room, cookie=visit.cookie).status == 200

    async def scene() -> None:
        async with RawSocket(visit) as opened:
            assert opened.accepted
            await opened.until(b'id="state"')

    asyncio.run(scene())


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("header", ["Cookie: \x01", "X@Y: 1", "X : y", "Content-Length: 4"])
def test_a_handshake_that_is_none_is_answered_and_closed(
    method: str, header: str, server: Server
) -> None:
    """One parser accepts what the next one rejects; the client got no answer."""
    hello = RawSocket(Visit(server.url, "abc", "")).handshake().decode()
    hello = hello.replace("\r\n\r\n", f"\r\n{header}\r\n\r\n").replace("GET", method)
    with socket.create_connection(address(server), timeout=5) as opened:
        opened.sendall(hello.encode("latin-1"))
        said = everything(opened)
    assert said.startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket"
        b"\r\n\r\n",
    ],
)
def test_a_request_has_one_host(head: bytes, server: Server) -> None:
    """All parsers must see the same host (RFC 9112, 3.2)."""
    with socket.create_connection(address(server), timeout=10) as opened:
        opened.sendall(head)
        assert everything(opened).startswith(b"HTTP/1.1 400 ")


def own_address() -> str:
    """An address of this machine other than the loopback's; nothing is sent to find it."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


def test_one_address_cannot_have_all_connections(server: Server) -> None:
    """Other addresses can connect meanwhile."""
    host, port = own_address(), address(server)[1]
    if host.startswith("127."):
        pytest.skip("this machine has no address but the loopback's, which stands for a proxy")
    with ExitStack() as stack:
        for _ in range(FILES):
            stack.enter_context(socket.create_connection((host, port), timeout=10))
        assert ask(f"{server.url}/readyz").text == "ok"
        assert numbers(server)['balint_lines_closed_total{reason="address"}'] > 0


def test_connections_that_are_more_than_files_shut_nobody_out_for_long(server: Server) -> None:
    """They come from this machine, which stands for a proxy; Redis stays reachable."""
    with ExitStack() as stack:
        for _ in range(2 * FILES):
            stack.enter_context(socket.create_connection(address(server), timeout=10))

        def is_open() -> bool:
            with suppress(OSError):
                return ask(f"{server.url}/readyz").status == 200
            return False

        wait_until(is_open, seconds=20)
    assert numbers(server)['balint_lines_closed_total{reason="full"}'] > 0


def test_a_connection_that_says_nothing_or_half_of_something_is_closed(halves: Halves) -> None:
    """They used to shut down a process with few file descriptors, since they were kept for ever."""
    said = {name: everything(one) for name, one in halves.sockets.items()}
    assert said["nothing at all"] == b""
    assert said["half a head"].startswith(b"HTTP/1.1 408 ")
    assert said["half a second head"].startswith(b"HTTP/1.1 200 ")
    assert said["half a body"].startswith(b"HTTP/1.1 408 ")
    after = numbers(halves.server)
    for why, times in (("late", 3), ("mute", 1)):
        name = f'balint_lines_closed_total{{reason="{why}"}}'
        assert after[name] - halves.before.get(name, 0) == times
