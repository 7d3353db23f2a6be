"""Pictures in the chairs: as large as the canvas allows, and over nothing else."""

from __future__ import annotations

import time
from typing import Any

import pytest
from msgspec.structs import replace

from server.room.state import Role, Room
from tests.browser.test_page import ON_ITS_SIDE, UPRIGHT, WIDE
from tests.support.factories import PHASES, a_room, a_seat
from tests.support.people import Circle
from tests.support.person import Person
from tests.support.pictures import SHOW, SMALLEST, STYLED, TOUCHES
from tests.support.planted import plant, seated
from tests.support.processes import Server

NAMES = ["fay", "mei", "ann", "ben", "clara", "ingrid", "jonas", "lea", "ravi", "samir"]
NAMES += ["amina", "noor"]


def a_circle_of(chairs: int, **more: Any) -> Room:
    """So many people before the start; Fay leads and Mei presents. Any: fields of Room."""
    seats = tuple(
        a_seat(name, Role.FACILITATOR if name == "fay" else Role.MEMBER, camera_on=True)
        for name in NAMES[:chairs]
    )
    return a_room(seats=seats, changed_at=int(time.time() * 1000), **more)


def sits(
    circle: Circle,
    redis_url: str,
    server: Server,
    room: Room,
    name: str,
    size: tuple[int, int] = (1280, 800),
) -> Person:
    """This person's page in a planted room, with pictures in all chairs."""
    visit = seated(server.url, plant(redis_url, room), name)
    page = circle.open_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    key, _, value = visit.cookie.partition("=")
    page.context.add_cookies([{"name": key, "value": value, "url": server.url}])
    person = Person(name.capitalize(), page)
    person.open(visit.room)
    person.is_connected()
    person.until(STYLED)
    person.run(SHOW)
    return person


@pytest.mark.parametrize("chairs", [4, 10])
def test_pictures_halos_and_names_lie_over_nothing(
    circle: Circle, redis_url: str, keyed_servers: tuple[Server, Server], chairs: int
) -> None:
    """This holds in every window and phase, for somebody who leads."""
    fay = sits(circle, redis_url, keyed_servers[0], a_circle_of(chairs), "fay")
    fay.press("start")
    found = {}
    for key in PHASES:
        if key != PHASES[0]:
            fay.press_calmly("advance")
        fay.sees_phase(key)
        for width, height in UPRIGHT + ON_ITS_SIDE + WIDE:
            fay.page.set_viewport_size({"width": width, "height": height})
            fay.run(SHOW)
            if wrong := fay.run(TOUCHES):
                found[key, width, height] = wrong
        fay.page.set_viewport_size({"width": 1280, "height": 800})
    assert found == {}, found


# How wide a picture is, and while its person sounds. Within one task, before the page looks again.
WIDTHS = """() => {
  const width = () => document.querySelector("#circle video").getBoundingClientRect().width;
  const before = width();
  document.querySelector("#circle li").toggleAttribute("data-sounding", true);
  return [before, width()];
}"""


@pytest.mark.parametrize(
    ("chairs", "size", "least"),
    [
        (4, (1280, 800), 160),
        (10, (1280, 800), 96),
        (4, (390, 844), 70),
        (10, (390, 844), 56),
        (12, (390, 844), 56),
        (10, (844, 390), 56),
    ],
)
def test_pictures_fill_the_canvas(
    circle: Circle,
    redis_url: str,
    keyed_servers: tuple[Server, Server],
    chairs: int,
    size: tuple[int, int],
    least: int,
) -> None:
    """For a facilitator and for a member; a person who sounds is larger than the others."""
    for name in ("fay", "ann"):
        person = sits(circle, redis_url, keyed_servers[1], a_circle_of(chairs), name, size)
        assert person.run(SMALLEST) >= least
        before, after = person.run(WIDTHS)
        assert after > before * 1.05


def test_a_dot_marks_whose_microphone_is_on(
    circle: Circle, redis_url: str, keyed_servers: tuple[Server, Server]
) -> None:
    """Nobody else is marked: not the muted, who are most, nor people who are away."""
    room = a_circle_of(4)
    on, away = (
        replace(room.seats[1], mic_on=True),
        replace(room.seats[2], away_since=1, mic_on=True),
    )
    room = replace(room, seats=(room.seats[0], on, away, room.seats[3]))
    fay = sits(circle, redis_url, keyed_servers[0], room, "fay")
    marked = fay.run(
        "() => [...document.querySelectorAll('#circle .name')]"
        ".filter((name) => getComputedStyle(name, '::after').content !== 'none')"
        ".map((name) => name.textContent)"
    )
    assert marked == ["Mei"]
