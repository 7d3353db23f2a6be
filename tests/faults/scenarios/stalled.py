"""Point 1: a browser that stops reading delays nobody, and is disconnected."""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from tests.faults.deployment import Deployment, deployment
from tests.faults.figures import Result, delays, percentile
from tests.faults.rooms import ended, meanwhile, rooms
from tests.support.client import Visit, join

ESTABLISHED = "01"
SEGMENT = 1400
"""As on a real network. On loopback a segment is 64 KB, and the kernel buffers as much more."""


async def stops_reading(
    *, others: int = 3, before_s: float = 5.0, seconds: float = 20.0, after_s: float = 20.0
) -> Result:
    """A facilitator's browser reads its first frame and nothing after that.

    It is watched for at most so many seconds, some of them after its connection was dropped.
    """
    with deployment() as built:
        async with rooms(built, 1 + others) as circles:
            circle = circles[0]
            await asyncio.gather(*(each.into_questions() for each in circles))
            visit = await asyncio.to_thread(join, circle.host, "Nod", "facilitator")
            load = (circle.keep_fidgeting(0.5), *(each.keep_prompting() for each in circles))
            async with meanwhile(*load):
                begun = monotonic()
                await asyncio.sleep(before_s)
                with _line_that_is_not_read(visit) as (host, ours):
                    since, before = monotonic(), built.memory(0)
                    dropped, most = await _watched(built, (host, ours), since + seconds, after_s)
                until = monotonic()
            result = Result(await ended(built, circles))
        people = len(circle.people)
        usual = delays(result.history, circle.name, people, begun, since)
        late = delays(result.history, circle.name, people, since, until)
        before_ms, ms = (1000 * percentile(each, 0.99) for each in (usual, late))
        result.measured(f"p99 of the others, press to the last of {people}", ms, "ms", 250)
        result.measured("the same, before it stopped reading", before_ms, "ms")
        result.measured("until the connection is dropped", dropped - since, "s", 10)
        result.measured("growth of the server's memory", most - before, "MiB", 20)
        result.expect(math.isfinite(dropped), "the browser that does not read was not dropped")
        result.expect(late, "no prompt was measured while the browser did not read")
        return result


@contextmanager
def _line_that_is_not_read(visit: Visit) -> Iterator[tuple[int, int]]:
    """A raw socket: its ports (the server's, ours), once its first frame has arrived."""
    host, _, port = visit.url.removeprefix("http://").partition(":")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        connection.connect((host, int(port)))
        connection.sendall(
            f"GET /circles/{visit.circle_id}/socket HTTP/1.1\r\nHost: {host}:{port}\r\n"
            f"Origin: {visit.url}\r\nCookie: {visit.cookie}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        connection.settimeout(10)
        head = connection.recv(1024)
        assert head.startswith(b"HTTP/1.1 101"), "no socket was opened"
        connection.recv(1024)
        yield int(port), connection.getsockname()[1]


async def _watched(
    built: Deployment, ports: tuple[int, int], until: float, after_s: float
) -> tuple[float, float]:
    """When the server dropped the connection (infinite: never), and its peak memory until then."""
    dropped, most = math.inf, 0.0
    while monotonic() < min(until, dropped + after_s):
        most = max(most, built.memory(0))
        if dropped == math.inf and not _is_held(*ports):
            dropped = monotonic()
        await asyncio.sleep(0.05)
    return dropped, most


def _is_held(host: int, guest: int) -> bool:
    """Whether the server's end of a connection is open: the kernel knows, even if it is full."""
    for row in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state = row.split()[:4]
        if int(local[-4:], 16) == host and int(remote[-4:], 16) == guest:
            return state == ESTABLISHED
    return False
