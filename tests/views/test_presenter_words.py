"""Who has presented how long ago, in words."""

from __future__ import annotations

from datetime import UTC, date, datetime

from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.register import Attended, Register, Row
from server.room.state import ENDED, Role
from server.views.language import ENGLISH
from server.views.presenter_words import known_names, presented
from tests.support.factories import NOW, a_room

ROOM = a_room()
CIRCLE = Circle(
    "circle",
    "Tuesday",
    "classic-60",
    "UTC",
    roles={seat.id: seat.role for seat in ROOM.seats} | {"dan": Role.GUEST},
)


def at(year: int, month: int, day: int) -> int:
    """Noon of a day, in epoch ms."""
    return int(datetime(year, month, day, 12, tzinfo=UTC).timestamp() * 1000)


def rows(circle: Circle, names: dict[str, str], now: int = NOW) -> list[tuple[str, str]]:
    """Who, and when."""
    return [(row.who, row.ago) for row in presented(ENGLISH, circle, names, now)]


def test_the_longest_ago_comes_first_and_leaders_only_if_they_presented() -> None:
    """A guest is not counted; a time that is lost counts as none, as in the room."""
    dates = {"ann": at(2026, 12, 31), "ben": at(2025, 12, 1), "gil": at(2027, 1, 1), "mei": 0}
    circle = replace(CIRCLE, presented=dates)
    assert rows(circle, {}, at(2027, 1, 31)) == [
        ("2 people", "not yet"),
        ("1 person", "13 months ago"),
        ("1 person", "1 month ago"),
        ("1 person", "this month"),
    ]
    assert rows(circle, {"ann": "Ann", "mei": "Mei"}, at(2027, 1, 31)) == [
        ("Mei", "not yet"),
        ("1 person", "not yet"),
        ("1 person", "13 months ago"),
        ("Ann", "1 month ago"),
        ("1 person", "this month"),
    ]


def test_among_peers_everybody_may_present() -> None:
    """There facilitators present like members."""
    circle = replace(CIRCLE, format="troika")
    assert circle.plan.peers
    assert rows(circle, {}) == [("6 people", "not yet")]


def test_months_are_those_of_the_circles_zone() -> None:
    """What was in December for the circle is a month ago in January."""
    presented_at = at(2027, 1, 1) - 11 * 3_600_000  # 01:00 UTC
    circle = replace(CIRCLE, presented={"ann": presented_at}, time_zone="America/New_York")
    assert rows(circle, {"ann": "Ann"}, at(2027, 1, 15))[-1] == ("Ann", "1 month ago")


def test_names_are_of_the_room_and_of_a_register_that_is_on() -> None:
    """The room's, which may tell two apart, before the register's; an ended room has none."""
    people = Attended("ann", "Anne", "member"), Attended("zoe", "Zoe", "member")
    row = Row(date(2027, 1, 1), 60, people)
    on = replace(CIRCLE, register=Register(is_on=True, rows=(row,)))
    off = replace(CIRCLE, register=Register(rows=(row,)))
    assert known_names(CIRCLE, None) == known_names(off, None) == {}
    assert known_names(on, None) == {"ann": "Anne", "zoe": "Zoe"}
    assert known_names(on, ROOM)["ann"] == "Ann"
    assert known_names(off, a_room(ENDED, seats=())) == {}
