"""The cookies of people: whom they are for, how long they last, and how many a browser keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from server.identity import COOKIE_SECONDS, RENEWED_AFTER_S, new_circle_id
from tests.support.client import Visit, ask
from tests.support.factories import a_room
from tests.support.planted import KEY, plant
from tests.support.processes import Server, StartServer


def test_behind_tls_the_cookie_is_secure(redis_url: str, start_server: StartServer) -> None:
    """PUBLIC_URL determines the start of invitations, and our Origin."""
    server = start_server(redis_url, PUBLIC_URL="https://circle.example")
    url = f"http://127.0.0.1:{server.port}"
    form = {"circle_name": "Tuesday", "your_name": "Fay"}
    assert ask(f"{url}/circles", form).status == 403
    answer = ask(f"{url}/circles", form, origin="https://circle.example")
    assert answer.status == 303
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.cookie.startswith("__Host-circle_")
    page = ask(url + answer.headers["Location"], cookie=answer.cookie).text
    assert 'value="https://circle.example/join#' in page


class Earlier(TimestampSigner):
    """Signs with an earlier time."""

    ago_s: ClassVar[int] = 0

    def get_timestamp(self) -> int:
        """That time."""
        return super().get_timestamp() - self.ago_s


def signed(circle_id: str, ago_s: int, seat: str = "ann") -> Visit:
    """A person whose cookie was set so many seconds ago, for no server yet."""
    signer = type("Then", (Earlier,), {"ago_s": ago_s})
    value = URLSafeTimedSerializer(KEY, salt="seat", signer=signer).dumps(
        [seat, seat.capitalize(), circle_id]
    )
    return Visit("", circle_id, f"circle_{circle_id}={value!s}")


def test_each_visit_sets_the_cookie_anew(
    keyed_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Its lifetime restarts with each visit; an expired one is not renewed."""
    url = keyed_servers[0].url
    room = plant(redis_url, a_room())
    nearly, too_old = (signed(room.id, COOKIE_SECONDS + s).at(url) for s in (-3600, 60))
    for path in (nearly.room, nearly.room.removesuffix("/room")):
        answer = ask(path, cookie=nearly.cookie)
        assert answer.status == 200
        assert f"Max-Age={COOKIE_SECONDS}" in answer.headers["Set-Cookie"]
        assert ask(nearly.room, cookie=answer.cookie).status == 200
        signed_at = URLSafeTimedSerializer(KEY, salt="seat").loads(
            answer.cookie.partition("=")[2], return_timestamp=True
        )
        assert signed_at[0] == ["ann", "Ann", room.id]
        assert datetime.now(UTC) - signed_at[1] < timedelta(hours=1)
        refused = ask(path, cookie=too_old.cookie)
        assert (refused.status, refused.headers["Set-Cookie"]) == (401, None)
    fay = signed(room.id, COOKIE_SECONDS - 3600, "fay").at(url)
    editor = fay.room.removesuffix("room") + "format"
    for form in (None, {"do": "add"}):
        answer = ask(editor, form, cookie=fay.cookie)
        assert f"Max-Age={COOKIE_SECONDS}" in answer.headers["Set-Cookie"]
        assert ask(editor, cookie=answer.cookie).status == 200


def test_a_cookie_of_today_is_not_set_again(
    keyed_servers: tuple[Server, Server], redis_url: str
) -> None:
    """A page that loads in one tab would restore a cookie that *Leave* deleted in another."""
    url = keyed_servers[0].url
    room = plant(redis_url, a_room())
    for ago_s, is_set in ((RENEWED_AFTER_S - 3600, False), (RENEWED_AFTER_S + 60, True)):
        fay = signed(room.id, ago_s, "fay").at(url)
        page = fay.room.removesuffix("/room")
        for path in (fay.room, page, f"{page}/format"):
            answer = ask(path, cookie=fay.cookie)
            assert answer.status == 200
            assert ("Set-Cookie" in answer.headers) == is_set


@pytest.mark.parametrize("public", ["", "https://circle.example"])
def test_somebody_of_many_circles_keeps_the_cookies_of_the_latest(
    redis_url: str, start_server: StartServer, public: str
) -> None:
    """Their total size is what proxies accept; the oldest signatures go first."""
    server = start_server(redis_url, SECRET_KEY=KEY, PUBLIC_URL=public)
    url = f"http://127.0.0.1:{server.port}"
    # From the release before, whose cookies have no prefix.
    former = [signed(new_circle_id(), 3600).cookie.partition("=") for _ in range(10)]
    jar = {name: value for name, _, value in former}
    for number in range(60):
        cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
        form = {"circle_name": f"Circle {number}", "your_name": "Fay"}
        answer = ask(f"{url}/circles", form, cookie=cookie, origin=public or url)
        assert answer.status == 303
        for header in answer.headers.get_all("Set-Cookie"):
            name, _, value = header.partition(";")[0].partition("=")
            if "Max-Age=0" in header:
                del jar[name]
                assert ("Secure" in header) == name.startswith("__Host-")
            else:
                jar[name] = value
    assert sum(len(name) + len(value) for name, value in jar.items()) < 7000
    assert len(jar) > 30
    assert all(name.startswith("__Host-") == bool(public) for name in jar)
    latest = answer.headers["Location"]
    assert ask(url + latest, cookie="; ".join(f"{n}={v}" for n, v in jar.items())).status == 200
