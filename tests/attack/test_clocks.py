"""Clocks disagree: one host reads what another one wrote, earlier or later by its own clock."""

from __future__ import annotations

from typing import ClassVar

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from server.identity import cookie_name
from tests.support.client import ask
from tests.support.factories import a_room
from tests.support.planted import KEY, plant
from tests.support.processes import Server

DAY_S = 24 * 3600
ADDRESS = "192.0.2.121"


class Elsewhere(TimestampSigner):
    """Signs on a host whose clock is ahead by so many seconds."""

    ahead_s: ClassVar[int] = 0

    def get_timestamp(self) -> int:
        """The time of that clock."""
        return super().get_timestamp() + self.ahead_s


@pytest.mark.parametrize(
    ("ahead_s", "status"), [(1, 200), (2, 200), (600, 200), (DAY_S - 60, 200), (2 * DAY_S, 401)]
)
def test_a_cookie_of_a_host_whose_clock_is_ahead_is_good(
    ahead_s: int, status: int, two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """All processes but the one that admitted them used to reject newcomers."""
    room = plant(redis_url, a_room())
    signer = type("Ahead", (Elsewhere,), {"ahead_s": ahead_s})
    value = URLSafeTimedSerializer(KEY, salt="seat", signer=signer).dumps(["fay", "Fay", room.id])
    for server in two_servers:
        cookie = f"{cookie_name(room.id)}={value!s}"
        assert ask(f"{server.url}/circles/{room.id}/room", cookie=cookie).status == status
