"""A peer that reads nothing of an answer."""

from __future__ import annotations

import gc
import socket

from prometheus_client import REGISTRY
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from server.http.protocol import HttpProtocol
from tests.support.garbage import no_garbage_collection
from tests.support.processes import wait_until
from tests.support.serving import serving


async def a_long_page(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answers more than any buffer takes."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(1000):
        await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})


def unread() -> float:
    """The number of connections dropped because nothing of an answer was read."""
    name = "balint_lines_closed_total"
    return REGISTRY.get_sample_value(name, {"reason": "unread"}) or 0


class Impatient(HttpProtocol):
    """Waits only a moment for a peer that does not read."""

    reads_within_s = 0.2


def test_whoever_reads_nothing_of_an_answer_is_dropped() -> None:
    """Its further requests are dropped as well, and no reference cycle is left."""
    kinds = (HttpToolsProtocol, RequestResponseCycle)
    before = unread()
    with serving(a_long_page, Impatient) as port, no_garbage_collection():
        with socket.create_connection(("127.0.0.1", port)) as peer:
            peer.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)
            wait_until(lambda: unread() == before + 1)
        wait_until(lambda: not any(isinstance(one, kinds) for one in gc.get_objects()))
