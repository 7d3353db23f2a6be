"""A year of a circle, from its first page until nothing of it is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # it has none
import pytest
import zxingcpp
from playwright.sync_api import Browser, expect

from tests.browser.year import NAME, Year, at
from tests.support.moved_clock import MovedRedis
from tests.support.people import Circle
from tests.support.processes import two_servers_on, wait_until
from tests.support.redis_servers import url_of
from tests.support.stored import everything_in, stands_in_files

SESSIONS = ("2027-01-05", "2027-02-10", "2027-04-06")
DOTS_PER_POINT = 3


@pytest.fixture
def redis(short_dir: Path) -> Iterator[MovedRedis]:
    """A Redis of this test's own. Servers read its clock as they start, so the year has begun."""
    with closing(MovedRedis(short_dir / "redis")) as redis:
        redis.go_to(at("2027-01-04T12:00"))
        yield redis


@pytest.fixture
def year(chromium: Browser, redis: MovedRedis) -> Iterator[Year]:
    """Two servers on it; in the end no page may have logged an error."""
    with two_servers_on(url_of(redis.address)) as servers:
        circle = Circle(chromium, [server.url for server in servers])
        yield Year(circle, redis, servers)
        problems = circle.problems
        circle.close()
    assert problems == []


def test_a_year_of_a_circle(year: Year, redis: MovedRedis, short_dir: Path) -> None:
    """Three sessions, one of them moved, one cancelled; a member's new phone; hours on paper and as
    a table; a member who goes for good; and the end of it all."""
    year.starts()
    year.keeps_register()
    year.members_join()
    year.meets(at("2027-01-05T19:00"))

    year.go_to(at("2027-01-20T12:00"))
    year.changes("2027-02-02", "move", to="2027-02-10T20:00")
    year.changes("2027-03-02", "cancel")
    year.meets(at("2027-02-10T20:00"))

    year.go_to(at("2027-02-20T12:00"))
    page = year.opens_circle(year.fay)
    expect(page.locator("#next-session")).to_have_attribute("data-date", "2027-04-06")
    assert page.locator("[data-question]").count() == 3
    year.takes_chair_to_phone("Ben")
    year.meets(at("2027-04-06T19:00"))

    year.go_to(at("2027-04-09T12:00"))
    page = year.opens_circle(year.circle.people["Eve"])
    assert page.locator("[data-question] small").count() >= 3
    certificate = short_dir / "certificate.pdf"
    assert year.prints_certificate(year.circle.people["Ben"], certificate) == 180
    stranger = year.circle.open_page()
    stranger.goto(code_on(certificate))
    expect(stranger.locator("[data-genuine]")).to_have_attribute("data-genuine", "yes")
    expect(stranger.locator("[data-minutes]")).to_have_attribute("data-minutes", "180")
    rows = year.register_as_csv().splitlines()
    assert [sum(date in row for row in rows) for date in SESSIONS] == [6, 6, 6]
    year.leaves_for_good("Cem")
    assert "Cem" not in year.register_as_csv()

    year.erases_circle()
    redis.go_to(at("2027-04-16T12:30"))
    circle_id = year.address.rpartition("/")[2]
    wait_until(lambda: circle_id not in everything_in(url_of(redis.address)), 30)
    for word in (NAME, circle_id):
        wait_until(partial(is_in_no_file, redis.folder, word), 60)
    page = year.opens_circle(year.fay)
    page.locator("[data-do=see_kept]").click()
    expect(page.locator("[data-nothing]")).to_be_visible()
    expect(page.locator("[data-kept]")).to_have_count(0)
    year.circle.problems.clear()  # of the page that is not there any more


def is_in_no_file(folder: Path, word: str) -> bool:
    """Whether no file of Redis has this word."""
    return not stands_in_files(folder, word.encode())


def code_on(certificate: Path) -> str:
    """The address in the QR code, as a phone reads it from the printed page."""
    with closing(pypdfium2.PdfDocument(certificate)) as document:
        assert len(document) == 1
        picture = document[0].render(scale=DOTS_PER_POINT, grayscale=True)
        dots = memoryview(bytes(picture.buffer)).cast("B", (picture.height, picture.stride))
        [code] = zxingcpp.read_barcodes(dots)
    return code.text
