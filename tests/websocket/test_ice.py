"""The servers for voices: what a page receives, and what coturn accepts."""

from __future__ import annotations

import base64
import hashlib
import hmac

from server.config import Settings
from server.websocket.ice import GOOD_FOR_S, ice

NOW = 1_800_000_000_000
TURN = {"turn_urls": ("turn:turn.example.org:3478",), "turn_secret": "shared with coturn"}


def test_without_servers_people_find_each_other_in_one_network() -> None:
    """There is no server, and all candidates are allowed."""
    told = ice(Settings(), NOW)
    assert (told["iceServers"], told["iceTransportPolicy"]) == ([], "all")


def test_stun_alone_leaves_the_way_open() -> None:
    """It tells browsers their own address, and relays nothing."""
    told = ice(Settings(stun_urls=("stun:stun.example.org",)), NOW)
    assert told["iceServers"] == [{"urls": ("stun:stun.example.org",)}]
    assert told["iceTransportPolicy"] == "all"


def test_with_turn_everything_goes_by_it() -> None:
    """coturn's credentials have an expiry time and a signature, and no name."""
    told = ice(Settings(**TURN), NOW)  # type: ignore[arg-type]  # a dict of two kinds of values
    [server] = told["iceServers"]
    assert told["iceTransportPolicy"] == "relay"
    until, _, chance = server["username"].partition(":")
    assert int(until) == NOW // 1000 + GOOD_FOR_S
    assert GOOD_FOR_S <= 3600
    assert len(chance) == 8
    digest = hmac.digest(b"shared with coturn", server["username"].encode(), hashlib.sha1)
    assert base64.b64decode(server["credential"]) == digest
    assert "shared with coturn" not in str(told)
