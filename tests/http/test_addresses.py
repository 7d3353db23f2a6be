"""Which addresses count as one, and which count for nothing."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from server.http.addresses import network_of
from server.identity import Identity
from server.pages.join import JOINS
from server.pages.start import STARTS
from tests.support.client import ask
from tests.support.forms import flood
from tests.support.processes import StartServer


@pytest.mark.parametrize("address", ["192.0.2.80:{}", "[2001:db8:80::1]:{}"])
def test_a_port_that_a_proxy_writes_makes_no_other_address(url: str, address: str) -> None:
    """Azure's gateways add a port, which differs for each connection of one person."""
    ports = range(4000, 4000 + JOINS.at_once + 20)
    codes = [joined(url, address.format(port)) for port in ports]
    assert codes[: JOINS.at_once] == [403] * JOINS.at_once
    assert 429 in codes


@pytest.mark.parametrize("garbage", ["192.0.2.81:http", "[2001:db8:81::1", "nobody:80"])
def test_what_is_no_address_has_no_bucket(url: str, garbage: str) -> None:
    """It may stand for many people."""
    assert {joined(url, garbage) for _ in range(JOINS.at_once + 20)} == {403}


def joined(url: str, address: str) -> int:
    """The status of a form with an invalid invitation from this address."""
    return ask(f"{url}/join", {"token": ""}, forwarded_for=address).status


def test_an_address_that_nobody_trusted_has_said_counts_for_nothing(
    redis_url: str, start_server: StartServer
) -> None:
    """Otherwise a flood would use another address for each form."""
    url = start_server(redis_url, FORWARDED_ALLOW_IPS="192.0.2.200").url
    form = {"circle_name": "Tuesday", "your_name": "Fay"}
    codes = flood(url, "192.0.2.79", "/circles", form, STARTS.at_once + 2)
    assert codes == [303] * len(codes)  # All of them come from this machine, which has no bucket.


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
    ],
)
def test_addresses_are_told_apart_as_people_have_them(one: str, other: str, *, same: bool) -> None:
    """One IPv4 address, or one /64 of IPv6; dual-stack sockets map the former into the latter."""
    digests = [
        Identity("key").address_digest(HTTPConnection({"type": "http", "client": (address, 1)}))
        for address in (one, other)
    ]
    assert (digests[0] == digests[1]) == same


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "", "unix:"])
def test_what_stands_for_many_people_is_counted_by_no_address(host: str) -> None:
    """It has neither a bucket nor a limit of connections; a proxy has none in any spelling."""
    assert (
        Identity("key").address_digest(HTTPConnection({"type": "http", "client": (host, 1)})) == ""
    )
    assert network_of(host) == b""
    for proxy in ("192.0.2.9", "::ffff:192.0.2.9"):
        assert network_of(proxy, {"192.0.2.9"}) == b"" != network_of(proxy)
