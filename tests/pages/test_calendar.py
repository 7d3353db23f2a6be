"""The calendar of a circle, as a file and as a feed."""

from __future__ import annotations

import asyncio
import datetime as dt
import http.client
import itertools
import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar
from msgspec.structs import replace

from server.circle.calendar_file import window
from server.circle.circle import Circle
from server.circle.meeting_changes import cancel, move
from server.circle.meetings import meetings
from server.circle.rhythm import Kind, Nth, Rhythm, Weekday
from server.circle.schedule import Schedule, Wanted
from server.circle.schedule_changes import set_schedule
from server.identity import LETTERS
from server.pages.feed_limit import AT_ONCE
from server.redis_client import topology_of
from server.store.store import Store
from tests.support.calendars import Component, read
from tests.support.client import Answer, Visit, ask, join, start_circle
from tests.support.processes import Server, StartServer

ZONE = "Europe/Berlin"
TUESDAYS = Wanted(Rhythm(Kind.MONTH, Nth.FIRST, Weekday.TUESDAY, at=dt.time(19)), None, ZONE)


def page_of(visit: Visit) -> str:
    """The address of the circle's page."""
    return visit.room.removesuffix("/room")


def changed(redis_url: str, visit: Visit, change: Callable[[Circle], Circle]) -> Circle:
    """The circle after this change."""

    async def run() -> Circle:
        store = Store(topology_of(redis_url))
        await store.circles.change(visit.circle_id, change)
        circle = await store.circles.get(visit.circle_id)
        await store.close()
        assert circle
        return circle

    return asyncio.run(run())


def meets_on_tuesdays(redis_url: str, visit: Visit) -> Circle:
    """The circle meets on the first Tuesday of each month."""
    now = int(time.time() * 1000)
    return changed(redis_url, visit, lambda circle: set_schedule(circle, TUESDAYS, now))


def feed_of(visit: Visit) -> str:
    """The address of the feed on this person's page."""
    page = ask(page_of(visit), cookie=visit.cookie).text
    found = re.search(r'data-copied="feed" data-feed value="([^"]+)"', page)
    assert found, page
    return unescape(found[1])


def fetch(
    address: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """The answer to a program that reads a feed."""
    parts = urlsplit(address)
    line = http.client.HTTPConnection(parts.netloc, timeout=15)
    line.request(method, parts.path, headers=headers or {})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer, body


def events(answer: Answer | bytes) -> list[Component]:
    """The events in a calendar."""
    # urllib reads text: line ends stay as they are.
    body = answer if isinstance(answer, bytes) else answer.text.encode()
    return read(body).named("VEVENT")


def starts(body: bytes) -> Iterable[list[datetime]]:
    """The starts of all events in UTC, by two readers."""
    by_icalendar = Calendar.from_ical(body)
    yield sorted(event.decoded("dtstart").astimezone(UTC) for event in by_icalendar.walk("VEVENT"))
    by_ical = IcsCalendarStream.calendar_from_ics(body.decode())
    yield sorted(event.dtstart.astimezone(UTC) for event in by_ical.events)  # type: ignore[union-attr]  # a datetime


def test_a_file_and_a_feed_hold_the_meetings_of_a_year(url: str, redis_url: str) -> None:
    """Two readers find the same instants as the circle's own computation."""
    fay = start_circle(url)
    circle = meets_on_tuesdays(redis_url, fay)
    file = ask(f"{page_of(fay)}/calendar.ics", cookie=fay.cookie)
    assert file.status == 200
    assert file.headers["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert file.headers["Content-Disposition"] == 'attachment; filename="circle.ics"'
    answer, feed = fetch(feed_of(fay))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert "Content-Disposition" not in answer.headers
    assert read(file.text.encode()).all("METHOD") == ["PUBLISH"]
    assert read(feed).all("METHOD") == []
    assert 12 <= len(events(feed)) <= 13
    by_reader = [each for body in (file.text.encode(), feed) for each in starts(body)]
    now = int(time.time() * 1000)
    computed = [
        datetime.fromtimestamp(each.starts_at / 1000, UTC)
        for each in meetings(circle, *window(now))
    ]
    assert by_reader == [computed] * 4
    (room,) = {event.one("URL") for event in events(feed)}
    assert room == fay.room
    assert {event.one("SUMMARY") for event in events(feed)} == {"Tuesday"}
    for secret in ("join#", "Fay", fay.token(), fay.seat):
        assert secret.encode() not in feed


def test_a_circle_without_a_rhythm_has_an_empty_calendar(url: str) -> None:
    """It is valid, and fills by itself."""
    fay = start_circle(url)
    _answer, body = fetch(feed_of(fay))
    assert events(body) == []
    assert all(found == [] for found in starts(body))
    assert ask(f"{page_of(fay)}/calendar.ics", cookie=fay.cookie).status == 200


def test_a_meeting_of_its_own_is_a_file(url: str, redis_url: str) -> None:
    """It is found by its original date, also when it was moved or cancelled."""
    fay = start_circle(url)
    meets_on_tuesdays(redis_url, fay)
    first, second = (
        date.fromisoformat(event.one("UID").partition("-")[2].partition("@")[0])
        for event in events(fetch(feed_of(fay))[1])[1:3]
    )
    now = int(time.time() * 1000)
    to = datetime.combine(first + timedelta(1), datetime.min.time()).replace(hour=18)
    changed(redis_url, fay, lambda circle: move(circle, first, to, now))
    changed(redis_url, fay, lambda circle: cancel(circle, second, now))
    file = f"{page_of(fay)}/calendar.ics?date="
    (moved,) = events(ask(file + first.isoformat(), cookie=fay.cookie))
    assert moved.one("DTSTART") == f"{to:%Y%m%dT%H%M%S}"
    assert moved.one("UID") == f"{fay.circle_id}-{first.isoformat()}@127.0.0.1"
    (cancelled,) = events(ask(file + second.isoformat(), cookie=fay.cookie))
    assert cancelled.one("STATUS") == "CANCELLED"
    for other in ("", "x", "2026-02-30", "1999-01-01", "9999-12-31", "0001-01-01", "2026-W01-1"):
        answer = ask(file + other, cookie=fay.cookie)
        assert (answer.status, answer.message) == (404, "no_session")


def test_the_next_meeting_is_added_from_the_circles_page(url: str, redis_url: str) -> None:
    """The link is beside the way in; without a date there is none."""
    fay = start_circle(url)
    assert "add_to_calendar" not in ask(page_of(fay), cookie=fay.cookie).text
    meets_on_tuesdays(redis_url, fay)
    page = ask(page_of(fay), cookie=fay.cookie).text
    link = re.search(r'href="([^"]+)" data-do="add_to_calendar"', page)
    assert link
    (event,) = events(ask(url + link[1], cookie=fay.cookie))
    assert event.one("STATUS") == "CONFIRMED"


def test_the_file_needs_a_seat(url: str) -> None:
    """Somebody at the door has none yet."""
    fay = start_circle(url, door="closed")
    file = f"{page_of(fay)}/calendar.ics"
    assert ask(file).status == 401
    dan = join(fay, "Dan")
    assert ask(file, cookie=dan.cookie).status == 401
    form = {"do": "renew"}
    assert ask(f"{page_of(fay)}/feed", form, cookie=dan.cookie).status == 401


def test_a_feed_that_has_not_changed_is_not_sent_again(
    url: str, other_url: str, redis_url: str
) -> None:
    """304 for the same ETag, of every process; HEAD has no body."""
    fay = start_circle(url)
    meets_on_tuesdays(redis_url, fay)
    address = feed_of(fay)
    answer, body = fetch(address)
    etag = answer.headers["ETag"]
    assert answer.headers.get_all("Cache-Control") == ["private, no-cache"]
    for method in ("GET", "HEAD"):
        again, nothing = fetch(address, method, {"If-None-Match": f'"other", {etag}'})
        assert (again.status, nothing) == (304, b"")
        assert again.headers["ETag"] == etag
    head, nothing = fetch(address, "HEAD")
    assert (head.status, nothing) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(body)
    by_other = address.replace(url, other_url)
    host = {"Host": urlsplit(url).netloc, "If-None-Match": etag}
    assert fetch(by_other, headers=host)[0].status == 304
    day = date.fromisoformat(events(body)[1].one("UID").partition("-")[2].partition("@")[0])
    changed(redis_url, fay, lambda circle: cancel(circle, day, int(time.time() * 1000)))
    assert fetch(address, headers={"If-None-Match": etag})[0].status == 200


def test_each_person_chooses_what_the_meetings_are_called(url: str, redis_url: str) -> None:
    """For their own feed and file alone."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    meets_on_tuesdays(redis_url, fay)
    answer = ask(f"{page_of(ann)}/feed", {"name": "neutral"}, cookie=ann.cookie)
    assert answer.status == 200
    assert 'data-did="name_feed"' in answer.text
    assert 'value="neutral" selected' in answer.text
    for visit, name in ((ann, "Circle"), (fay, "Tuesday")):
        file = ask(f"{page_of(visit)}/calendar.ics", cookie=visit.cookie)
        for body in (file.text.encode(), fetch(feed_of(visit))[1]):
            assert {event.one("SUMMARY") for event in events(body)} == {name}
    assert b"Tuesday" not in fetch(feed_of(ann))[1]
    ask(f"{page_of(ann)}/feed", {"name": "circle"}, cookie=ann.cookie)
    assert b"SUMMARY:Tuesday" in fetch(feed_of(ann))[1]
    for bad in ({"name": "else"}, {}, {"do": "else"}):
        answer = ask(f"{page_of(ann)}/feed", bad, cookie=ann.cookie)
        assert answer.status == 400
        assert 'data-fault="name"' in answer.text
    assert ask(f"{page_of(ann)}/feed", {"do": "renew"}, cookie=ann.cookie, origin="").status == 403
    assert ask(f"{page_of(ann)}/feed", cookie=ann.cookie).status == 303


def test_a_new_address_makes_the_earlier_one_useless(url: str, other_url: str) -> None:
    """So does the end of the seat; all that opens nothing is answered alike."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    first = feed_of(ann)
    page = ask(page_of(ann), cookie=ann.cookie).text
    [seen] = re.findall(r'name="seen" value="(\d+)">\s*<button name="do" value="renew"', page)
    found = []
    # The answer is reloaded, or another tab shows an old page: the address that was copied stays.
    for did in ("renew_feed", "renewed_before"):
        answer = ask(f"{page_of(ann)}/feed", {"do": "renew", "seen": seen}, cookie=ann.cookie)
        assert f'data-did="{did}"' in answer.text
        found.append(feed_of(ann))
    second = found[0]
    assert found == [second, second]
    assert second != first
    assert fetch(second)[0].status == 200
    assert fetch(second.replace(url, other_url))[0].status == 200
    form = {"what": "me", "confirmed": "yes"}
    assert ask(f"{page_of(ann)}/erase", form, cookie=ann.cookie).status == 200
    refused = [first, second, re.sub(r"/\w{16}\.", "/aaaaaaaaaaaaaaaa.", second)]
    refused += [f"{url}/calendar/{secret}.ics" for secret in ("x", "x" * 56, fay.token())]
    answers = [fetch(address) for address in refused]
    assert {answer.status for answer, _ in answers} == {404}
    assert len({body for _, body in answers}) == 1
    assert fetch(feed_of(fay))[0].status == 200


def test_a_flood_of_readers_is_cut_off(redis_url: str, start_server: StartServer) -> None:
    """The address stands neither in the log nor in the metrics."""
    server: Server = start_server(redis_url)
    fay = start_circle(server.url)
    address = feed_of(fay)
    found = [fetch(address)[0] for _ in range(AT_ONCE + 3)]
    assert [answer.status for answer in found] == [200] * AT_ONCE + [429] * 3
    assert int(found[-1].headers["Retry-After"]) > 0
    secret = address.rpartition("/")[2].removesuffix(".ics")
    metrics = ask(f"{server.url}/metrics").text
    assert fay.circle_id not in metrics
    server.stop()
    for part in (secret, *secret.split(".")):
        assert part not in server.log


def test_invented_addresses_shut_out_no_calendar(redis_url: str, start_server: StartServer) -> None:
    """They are turned away together, and a calendar that has been read before is not."""
    server: Server = start_server(redis_url)
    fay = start_circle(server.url)
    address = feed_of(fay)
    assert fetch(address)[0].status == 200
    pairs = itertools.product(sorted(LETTERS), repeat=2)
    wrong = [f"{address.removesuffix('.ics')[:-2]}{one}{other}.ics" for one, other in pairs]
    statuses = [fetch(each)[0].status for each in wrong]
    assert 429 in statuses
    assert fetch(address)[0].status == 200


@pytest.mark.parametrize("door", ["open", "closed"])
def test_a_first_schedule_has_a_time_of_change(url: str, redis_url: str, door: str) -> None:
    """A calendar that was never changed is stamped with its beginning."""
    fay = start_circle(url, door=door)
    since = 1_750_000_000_000
    schedule = Schedule(TUESDAYS.rhythm, since=since)
    changed(redis_url, fay, lambda circle: replace(circle, time_zone=ZONE, schedule=schedule))
    stamps = {event.one("DTSTAMP") for event in events(fetch(feed_of(fay))[1])}
    assert stamps == {"20250615T150640Z"}
