"""Who somebody is: what a cookie and an invitation say, without a server."""

from __future__ import annotations

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from server.identity import COOKIE_SECONDS, Identity, Person, cookie_name

KEY = "only-these-tests-sign-with-this"
ANN = Person("circle", "ann", "Ann")


def signed(seconds_ago: int) -> HTTPConnection:
    """A request with Ann's cookie, signed by a machine whose clock shows another time."""

    class Clock(TimestampSigner):
        def get_timestamp(self) -> int:
            return super().get_timestamp() - seconds_ago

    cookie = URLSafeTimedSerializer(KEY, salt="seat", signer=Clock).dumps(["ann", "Ann", "circle"])
    header = f"{cookie_name('circle')}={cookie!s}".encode()
    return HTTPConnection({"type": "http", "headers": [(b"cookie", header)]})


@pytest.mark.parametrize("seconds_ago", [-30, 0, COOKIE_SECONDS - 30])
def test_a_cookie_is_good_whichever_machine_has_signed_it(seconds_ago: int) -> None:
    """Its clock may be ahead of this one's: the next request may come here within the second."""
    assert Identity(KEY).person(signed(seconds_ago), "circle") == ANN


def test_a_cookie_that_is_too_old_is_none() -> None:
    """No browser keeps one for so long by itself."""
    assert Identity(KEY).person(signed(COOKIE_SECONDS + 30), "circle") is None
