"""No two clocks agree: what one host has written, another one reads, be it earlier or later."""

from __future__ import annotations

from typing import ClassVar

import pytest
import redis
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from server.identity import Identity, cookie_name
from server.pages import STARTS
from tests.attack.planted import KEY, plant
from tests.factories import a_room
from tests.processes import Server
from tests.server.people import ask

DAY_S = 24 * 3600
ADDRESS = "192.0.2.121"


class Elsewhere(TimestampSigner):
    """Signs on a host whose clock is ahead by so many seconds."""

    ahead_s: ClassVar[int] = 0

    def get_timestamp(self) -> int:
        """What that clock says."""
        return super().get_timestamp() + self.ahead_s


@pytest.mark.parametrize(
    ("ahead_s", "status"), [(1, 200), (2, 200), (600, 200), (DAY_S - 60, 200), (2 * DAY_S, 401)]
)
def test_a_cookie_of_a_host_whose_clock_is_ahead_is_good(
    ahead_s: int, status: int, two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Newcomers were turned away by every process but the one that had let them in."""
    room = plant(redis_url, a_room())
    signer = type("Ahead", (Elsewhere,), {"ahead_s": ahead_s})
    value = URLSafeTimedSerializer(KEY, salt="seat", signer=signer).dumps(["fay", "Fay", room.id])
    for server in two_servers:
        cookie = f"{cookie_name(room.id)}={value!s}"
        assert ask(f"{server.url}/circles/{room.id}/room", cookie=cookie).status == status


def test_a_limit_that_was_counted_on_a_clock_ahead_keeps_nobody_out_for_longer(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """A Redis that takes over may be behind by minutes; its limits counted these on top."""
    connection = HTTPConnection({"type": "http", "client": (ADDRESS, 1)})
    key = f"limit:{STARTS.what}:{Identity(KEY).address_digest(connection)}"
    with redis.Redis.from_url(redis_url) as client:
        now = client.time()[0] * 1000
        client.hset(key, mapping={"left": 1, "at": now + 3_600_000})
        form = {"circle_name": "Tuesday", "your_name": "Fay"}
        url = two_servers[0].url
        answers = [ask(f"{url}/circles", form, forwarded_for=ADDRESS) for _ in range(2)]
        client.delete(key)
    assert [answer.status for answer in answers] == [303, 429]
    assert int(answers[1].headers["Retry-After"]) <= STARTS.every_ms // 1000
