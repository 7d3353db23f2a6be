"""What whoever has no seat at all may learn, and where they may be led."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing
from urllib.request import Request, urlopen

import pytest

from tests.processes import StartServer
from tests.server.people import ask

KEY = "for-prometheus-alone"


@pytest.mark.parametrize(
    "path",
    [
        *("/join/", "/circles/abc/", "/circles/abc/room/", "/healthz/"),
        *("/static", "/static/vendor", "/static/vendor/", "//elsewhere.example/", "/join//"),
    ],
)
def test_nobody_is_led_to_the_host_that_they_name(path: str, url: str) -> None:
    """A slash too many was answered by a redirect to whatever Host the request had."""
    with closing(http.client.HTTPConnection(url.removeprefix("http://"))) as line:
        line.request("GET", path, headers={"Host": "elsewhere.example"})
        with line.getresponse() as answer:
            assert (answer.status, answer.getheader("Location")) == (404, None)


def test_what_is_counted_is_for_this_machine_alone(url: str) -> None:
    """It tells that something was whispered or offered, to whoever asks at the right moment."""
    assert ask(f"{url}/metrics").status == 200
    for address in ("192.0.2.7", "2001:db8::1", "nobody", "127.0.0.1.example", ""):
        answer = ask(f"{url}/metrics", forwarded_for=address or "192.0.2.8")
        assert (address, answer.status, "balint_" in answer.text) == (address, 404, False)


def test_this_machine_is_known_on_a_socket_for_both_versions(
    redis_url: str, start_server: StartServer
) -> None:
    """Such a socket has the loopback's address mapped into IPv6."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start_server(redis_url, HOST="::", PORT=str(port))
    assert ask(f"http://127.0.0.1:{port}/metrics").status == 200


def test_or_for_whoever_has_its_key(redis_url: str, start_server: StartServer) -> None:
    """Prometheus on another machine."""
    url = start_server(redis_url, METRICS_KEY=KEY).url
    for given, status in ((f"Bearer {KEY}", 200), (f"Bearer {KEY}x", 404), (KEY, 404), ("", 404)):
        headers = {"Authorization": given, "X-Forwarded-For": "192.0.2.7"}
        assert status_of(f"{url}/metrics", headers) == status


def status_of(url: str, headers: dict[str, str]) -> int:
    """What it is answered."""
    request = Request(url, headers=headers)  # noqa: S310 - to a server of the test's
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            return int(answer.status)
    except http.client.HTTPException:
        raise
    except OSError as error:
        with error:  # type: ignore[attr-defined]  # an HTTPError is an answer, too
            return int(error.code)  # type: ignore[attr-defined]  # as above
