"""The pages of errors: whole pages with a sentence, a next step, and the way to the first page."""

from __future__ import annotations

import re

import redis

from tests.support.client import Answer, ask, join, start_circle

STEP = re.compile(r'data-do="(try_again|have_link|enter_room|leave_page)"')


def steps(answer: Answer) -> list[str]:
    """What the page offers; each page has a heading, a sentence, help and privacy."""
    page = answer.text
    assert re.search(r'<h1>[^<]+</h1>\s*<p class="lead" data-message="\w+"[^>]*>[^<]+</p>', page)
    assert 'data-do="help"' in page
    assert 'data-do="privacy"' in page
    return STEP.findall(page)


def test_who_is_not_known_opens_a_link(url: str) -> None:
    """A device that comes for the first time, and an address that leads nowhere."""
    fay = start_circle(url)
    unknown = ask(fay.room)
    assert (unknown.status, unknown.message) == (401, "no_seat")
    assert steps(unknown) == ["have_link", "leave_page"]
    assert 'id="no-cookies"' in unknown.text
    nowhere = ask(f"{url}/nothing")
    assert (nowhere.status, nowhere.message) == (404, "no_such_page")
    assert steps(nowhere) == ["have_link", "leave_page"]


def test_who_was_removed_reads_so(url: str, redis_url: str) -> None:
    """The device is known, and its chair is gone: on each page of the circle."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    seat = ann.seat
    with redis.Redis.from_url(redis_url) as client:
        client.hdel(f"circle:{{{fay.circle_id}}}", f"seat:{seat}")
    circle = ann.room.removesuffix("/room")
    for address in (ann.room, circle, f"{circle}/format"):
        answer = ask(address, cookie=ann.cookie)
        assert (answer.status, answer.message) == (401, "seat_lost")
        assert steps(answer) == ["have_link", "leave_page"]


def test_a_guest_goes_back_to_the_door(url: str) -> None:
    """The pages that are not for guests tell them where to wait."""
    fay = start_circle(url, door="closed")
    dan = join(fay, "Dan")
    answer = ask(f"{dan.room.removesuffix('/room')}/kept", cookie=dan.cookie)
    assert (answer.status, answer.message) == (401, "at_the_door")
    assert steps(answer) == ["enter_room", "leave_page"]
    assert f'href="/circles/{fay.circle_id}/room"' in answer.text


def test_an_address_of_a_form_is_a_page_too(url: str) -> None:
    """Somebody who reloads it, or has kept it, reads a sentence; programs read `Allow`."""
    for path in ("circles", "practice"):
        answer = ask(f"{url}/{path}")
        assert (answer.status, answer.message) == (405, "no_such_method")
        assert steps(answer) == ["leave_page"]
        assert answer.headers["Allow"] == "POST"


def test_only_a_page_that_was_opened_can_be_opened_again(url: str, redis_url: str) -> None:
    """A form has to be sent again, from its own page."""
    fay = start_circle(url)
    key = f"circle:{{{fay.circle_id}}}:room"
    with redis.Redis.from_url(redis_url) as client:
        client.hset(key, mapping={"stamp": "of a newer release", "value": b'{"schema":999}'})
        opened = ask(fay.room, cookie=fay.cookie)
        assert (opened.status, opened.message) == (503, "too_new")
        assert steps(opened) == ["try_again", "leave_page"]
        erased = {"what": "absent", "confirmed": "yes"}
        sent = ask(fay.room.replace("/room", "/erase"), erased, cookie=fay.cookie)
        assert (sent.status, sent.message) == (503, "too_new")
        assert steps(sent) == ["leave_page"]
        client.delete(key)
