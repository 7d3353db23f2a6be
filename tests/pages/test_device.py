"""My chair on my other device."""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

import pytest
import redis

from server.pages import device_code as codes
from server.pages.device import DEVICES
from tests.support.client import Answer, Visit, ask, join, start_circle
from tests.support.forms import attempt_of, flood
from tests.support.page import Page
from tests.support.validity import faults


class Shown(NamedTuple):
    """A code on the device that has the chair."""

    visit: Visit
    code: str
    pairs: list[str]

    def choose(self, digits: str) -> Answer:
        form = {"do": "choose", "code": self.code, "digits": digits}
        return ask(device_of(self.visit), form, cookie=self.visit.cookie)


def device_of(visit: Visit) -> str:
    """The address of the form on the circle's page."""
    return visit.room.removesuffix("room") + "device"


def read(visit: Visit, answer: Answer) -> Shown:
    """The code on this page."""
    assert answer.status == 200, answer.text
    link = re.search(r'data-copied="device" value="([^"]+)"', answer.text)
    assert link
    base, _, code = unescape(link[1]).partition("#")
    assert base == f"{visit.url}/device"
    pairs = re.findall(r'value="(\d\d)" data-do="choose_digits"', answer.text)
    assert len(set(pairs)) == 3
    assert "<svg" in answer.text
    return Shown(visit, code, pairs)


def show_code(visit: Visit) -> Shown:
    """This person's device shows a code."""
    return read(visit, ask(device_of(visit), {"do": "show"}, cookie=visit.cookie))


class Other:
    """Another device, on which somebody has opened the page."""

    def __init__(self, url: str, cookie: str = "") -> None:
        self.page = f"{url}/device"
        self.cookie = cookie
        self.attempt = attempt_of(ask(self.page).text)

    def send(self, code: str, do: str = "open") -> Answer:
        form = {"do": do, "code": code, "attempt": self.attempt}
        return ask(self.page, form, cookie=self.cookie)

    def digits(self, code: str) -> str:
        """The digits that it shows."""
        answer = self.send(code)
        found = re.search(r'data-digits="(\d\d)"', answer.text)
        assert found, answer.text
        return found[1]


def test_a_person_has_their_chair_on_two_devices(url: str, other_url: str) -> None:
    """They are one seat, with one name and one role; each step may be at another process."""
    fay = start_circle(url)
    ann = join(fay, "Ann <3")
    shown = show_code(ann)
    phone = Other(other_url)
    answer = phone.send(shown.code)
    assert answer.status == 200
    assert "Ann &lt;3" in answer.text
    assert "Tuesday" in answer.text
    assert faults(answer.text) == []
    digits = phone.digits(shown.code)
    assert digits in shown.pairs
    early = phone.send(shown.code, "take")
    assert (early.status, early.refused) == (409, "not_now")
    assert "Set-Cookie" not in early.headers
    right = shown.choose(digits)
    assert right.status == 200
    assert 'data-did="choose_digits"' in right.text
    taken = phone.send(shown.code, "take")
    assert (taken.status, taken.headers["Location"]) == (303, f"/circles/{fay.circle_id}")
    both = [ann, Visit(url, fay.circle_id, taken.cookie)]
    rooms = [Page(ask(visit.room, cookie=visit.cookie).text) for visit in both]
    assert {room.state["seat"] for room in rooms} == {ann.seat}
    assert {room.state["role"] for room in rooms} == {"member"}
    again = phone.send(shown.code, "take")
    assert again.status == 303  # the first answer may have been lost


def test_of_two_devices_the_second_reads_that_it_was_late(url: str) -> None:
    """So its person knows that a photograph of the code was faster, and shows a new one."""
    fay = start_circle(url)
    shown = show_code(fay)
    thief, phone = Other(url), Other(url)
    stolen = thief.digits(shown.code)
    late = phone.send(shown.code)
    assert (late.status, late.refused) == (403, "stale")
    assert shown.code in late.text
    form = {"do": "show", "code": shown.code}
    new = read(fay, ask(device_of(fay), form, cookie=fay.cookie))
    assert shown.choose(stolen).status == 403
    assert thief.send(shown.code, "take").status == 403
    assert new.choose(phone.digits(new.code)).status == 200
    assert phone.send(new.code, "take").status == 303


@pytest.mark.parametrize("none", [False, True])
def test_a_wrong_choice_ends_the_code(url: str, none: bool) -> None:
    """The page says so, and the other device gets nothing, whatever is chosen afterwards."""
    fay = start_circle(url)
    shown = show_code(fay)
    phone = Other(url)
    digits = phone.digits(shown.code)
    wrong = "" if none else next(pair for pair in shown.pairs if pair != digits)
    answer = shown.choose(wrong)
    assert answer.status == (200 if none else 403)
    assert answer.refused == ("" if none else "invalid")
    assert ('data-did="choose_none"' in answer.text) is none
    assert shown.code not in answer.text
    assert shown.choose(digits).status == 403
    for do in ("open", "take"):
        over = phone.send(shown.code, do)
        assert (over.status, over.refused) == (403, "stale")
        assert "Set-Cookie" not in over.headers


def test_digits_are_chosen_once_another_device_shows_them(url: str) -> None:
    """The code stays on the page."""
    fay = start_circle(url)
    shown = show_code(fay)
    answer = shown.choose(shown.pairs[0])
    assert (answer.status, answer.refused) == (409, "not_now")
    phone = Other(url)
    assert shown.choose(phone.digits(shown.code)).status == 200


def test_only_the_person_themselves_chooses(url: str) -> None:
    """Nobody else of the circle, nobody at the door, and no other page."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    shown = show_code(ann)
    phone = Other(url)
    digits = phone.digits(shown.code)
    assert Shown(fay, *shown[1:]).choose(digits).status == 403
    show_again = {"do": "show", "code": shown.code}
    ask(device_of(fay), show_again, cookie=fay.cookie)  # ends no code of somebody else
    form = {"do": "choose", "code": shown.code, "digits": digits}
    assert ask(device_of(ann), form, cookie=ann.cookie, origin="https://else").status == 403
    assert ask(device_of(ann), form).status == 401
    assert ask(phone.page, form, origin="").status == 403
    assert phone.send(shown.code, "take").status == 409
    assert shown.choose(digits).status == 200
    locked = start_circle(url, door="closed")
    dan = join(locked, "Dan")
    assert ask(device_of(dan), {"do": "show"}, cookie=dan.cookie).status == 401
    assert ask(device_of(dan), cookie=dan.cookie).status == 303


def test_whoever_loses_their_seat_meanwhile_has_none_on_the_other_device(url: str) -> None:
    """Although the digits were chosen."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    shown = show_code(ann)
    phone = Other(url)
    assert shown.choose(phone.digits(shown.code)).status == 200
    form = {"what": "me", "confirmed": "yes"}
    page = device_of(ann).removesuffix("device") + "erase"
    assert ask(page, form, cookie=ann.cookie).message == "left_circle"
    assert phone.send(shown.code, "take").status == 403


def test_a_device_that_is_somebody_else_reads_that_first(url: str) -> None:
    """It is one person in a circle."""
    fay = start_circle(url)
    ann, ben = join(fay, "Ann"), join(fay, "Ben")
    shown = show_code(ann)
    names = re.compile('<bdi translate="no">([^<]+)')
    known = Other(url, ann.cookie).send(show_code(ann).code)
    assert set(names.findall(known.text)) == {"Ann", "Tuesday"}
    other = Other(url, ben.cookie).send(shown.code)
    assert set(names.findall(other.text)) == {"Ann", "Tuesday", "Ben"}


@pytest.mark.parametrize(
    "typed", ["", "x", "https://circle.example/join#a.b", "a" * 16 + "." + "a" * 52, "é" * 50]
)
def test_what_is_no_code_is_refused_and_stays_in_its_field(url: str, typed: str) -> None:
    """Without Redis being asked for what cannot be one."""
    answer = Other(url).send(typed)
    assert (answer.status, answer.refused) == (403, "stale")
    assert f'value="{typed}"' in answer.text


def test_redis_has_neither_the_code_nor_the_name(url: str, redis_url: str) -> None:
    """Only a digest, a seat and what is sealed; a link that was encoded by a mail works."""
    fay = start_circle(url, "Zacharias")
    shown = show_code(fay)
    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.scan_iter(f"circle:{{{fay.circle_id}}}:device:*", count=10_000)
        held = client.get(key)
    assert isinstance(held, bytes)
    for secret in (shown.code, shown.code.partition(".")[2], "Zacharias"):
        assert secret.encode() not in held + key
    link = f"{url}/device%23{shown.code}"
    assert "Zacharias" in Other(url).send(link).text


def test_what_is_sealed_is_read_by_its_code_alone() -> None:
    """In any script."""
    code, other = codes.new_code("a" * 16), codes.new_code("a" * 16)
    for name in ("Ann", "Zoë 李小龍", "𝒜" * 40):
        sealed = codes.sealed(name, code)
        assert codes.unsealed(sealed, code) == name
        assert name not in sealed
        assert codes.sealed(name, other) != sealed


def test_codes_and_attempts_are_bounded_by_address(url: str) -> None:
    """People of a hospital share one."""
    form = {"do": "open", "code": codes.new_code("a" * 16), "attempt": "x"}
    statuses = flood(url, "198.51.100.71", "/device", form, DEVICES.at_once + 30)
    assert set(statuses[: DEVICES.at_once]) == {403}
    assert 429 in statuses
    assert Other(url).send(form["code"]).status == 403
