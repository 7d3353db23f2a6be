"""Who has presented how long ago, on the circle's page."""

from __future__ import annotations

import re

from server.circle.register import Attended, Register, Row
from tests.pages.test_certificate import TODAY
from tests.support.client import Visit, circle_page, join, start_circle
from tests.support.planted import plant_register
from tests.support.redis_servers import client_of


def rows(visit: Visit) -> list[tuple[str, str]]:
    """Months and words of each row."""
    page = circle_page(visit)
    found = re.findall(r'<li data-months="(\d*)"><span>(.*?)</span>', page)
    return [(months, re.sub(r"<[^>]*>", "", who)) for months, who in found]


def test_facilitators_see_names_only_where_there_are_any(url: str, redis_url: str) -> None:
    """In the room, or in the register while it is on; else how many there are."""
    fay = start_circle(url)
    ann, ben = join(fay, "Ann"), join(fay, "Ben")
    assert rows(fay) == [("", "Ann"), ("", "Ben")]
    assert rows(ann) == []
    key = f"circle:{{{fay.circle_id}}}"
    seats = ann.seat, ben.seat
    with client_of(redis_url) as client:
        now = client.time()[0] * 1000
        client.hset(key, f"presented:{seats[0]}", now)
        client.delete(f"{key}:room", f"{key}:here")
        assert rows(fay) == [("", "1 person"), ("0", "1 person")]
        row = Row(TODAY, 60, (Attended(seats[0], "Ann", "member"),))
        plant_register(redis_url, fay.circle_id, Register(is_on=True, rows=(row,)))
        assert rows(fay) == [("", "1 person"), ("0", "Ann")]
        plant_register(redis_url, fay.circle_id, Register(is_on=False, rows=(row,)))
        assert rows(fay) == [("", "1 person"), ("0", "1 person")]
