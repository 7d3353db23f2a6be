"""What people without a seat can learn, and where they can be redirected."""

from __future__ import annotations

import asyncio
import http.client
from contextlib import closing
from urllib.request import Request, urlopen

import pytest

from server.pages.join import JOINS
from tests.support.client import Caller, ask, call, start_circle
from tests.support.processes import StartServer

KEY = "for-prometheus-alone"


@pytest.mark.parametrize(
    "path",
    [
        *("/join/", "/circles/abc/", "/circles/abc/room/", "/healthz/"),
        *("/static", "/static/vendor", "/static/vendor/", "//elsewhere.example/", "/join//"),
    ],
)
def test_nobody_is_led_to_the_host_that_they_name(path: str, url: str) -> None:
    """An extra slash was answered by a redirect to the Host of the request."""
    with closing(http.client.HTTPConnection(url.removeprefix("http://"))) as connection:
        connection.request("GET", path, headers={"Host": "elsewhere.example"})
        with connection.getresponse() as answer:
            assert (answer.status, answer.getheader("Location")) == (404, None)


def test_what_is_counted_is_for_this_machine_alone(url: str) -> None:
    """It reveals the moment of a whisper or an offer to everybody who polls it."""
    assert ask(f"{url}/metrics").status == 200
    for address in ("192.0.2.7", "2001:db8::1", "nobody", "127.0.0.1.example", ""):
        answer = ask(f"{url}/metrics", forwarded_for=address or "192.0.2.8")
        assert (address, answer.status, "balint_" in answer.text) == (address, 404, False)


@pytest.mark.parametrize(("host", "network"), [("127.0.0.1", "203.0.113"), ("::1", "198.51.100")])
def test_a_proxy_on_this_machine_is_trusted_on_a_socket_for_both_versions(
    host: str, network: str, redis_url: str, start_server: StartServer
) -> None:
    """Such a socket maps the peer's IPv4 address into IPv6."""
    server = start_server(redis_url, HOST="::")
    url = f"http://{f'[{host}]' if ':' in host else host}:{server.port}"
    assert ask(f"{url}/metrics").status == 200
    assert ask(f"{url}/metrics", forwarded_for=f"{network}.9").status == 404

    def joins(address: str) -> int:
        return ask(f"{url}/join", {"token": ""}, forwarded_for=address).status

    assert {joins(f"{network}.9") for _ in range(JOINS.at_once + 20)} == {403, 429}
    assert joins(f"{network}.10") == 403


def test_a_proxy_on_this_machine_is_trusted_by_sockets_of_rooms_as_well(
    redis_url: str, start_server: StartServer
) -> None:
    """The invitation in the dock has the scheme that the proxy reports."""
    server = start_server(redis_url, HOST="::")
    host = f"127.0.0.1:{server.port}"
    fay = start_circle(f"http://{host}")

    async def scene() -> None:
        line = call(fay)
        line.additional_headers = {"Cookie": fay.cookie, "X-Forwarded-Proto": "https"}
        async with line as connection:
            await Caller(connection).until(
                lambda me: f"https://{host}/join" in me.regions.get("dock", "")
            )

    asyncio.run(scene())


def test_a_proxy_that_is_not_trusted_is_not_taken_for_this_machine(
    redis_url: str, start_server: StartServer
) -> None:
    """FORWARDED_ALLOW_IPS may name another proxy while one on this machine forwards requests."""
    url = start_server(redis_url, FORWARDED_ALLOW_IPS="192.0.2.200").url
    assert ask(f"{url}/metrics").status == 200
    assert ask(f"{url}/metrics", forwarded_for="203.0.113.9").status == 404


def test_or_for_whoever_has_its_key(redis_url: str, start_server: StartServer) -> None:
    """Prometheus may run on another machine."""
    url = start_server(redis_url, METRICS_KEY=KEY).url
    for given, status in ((f"Bearer {KEY}", 200), (f"Bearer {KEY}x", 404), (KEY, 404), ("", 404)):
        headers = {"Authorization": given, "X-Forwarded-For": "192.0.2.7"}
        assert status_of(f"{url}/metrics", headers) == status


def status_of(url: str, headers: dict[str, str]) -> int:
    """The status of the response."""
    request = Request(url, headers=headers)  # noqa: S310 - to a server of the test's
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            return int(answer.status)
    except http.client.HTTPException:
        raise
    except OSError as error:
        with error:  # type: ignore[attr-defined]  # an HTTPError is an answer, too
            return int(error.code)  # type: ignore[attr-defined]  # as above
