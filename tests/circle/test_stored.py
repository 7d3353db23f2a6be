"""The form of a circle in Redis: a hash, of which a change writes what differs."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from msgspec.structs import replace

from server.circle.circle import SCHEMA, Circle, Last
from server.circle.feed import Feed
from server.circle.register import Attended, Register, Row
from server.circle.rhythm import Kind, Nth, Rhythm, Weekday
from server.circle.schedule import Fate, Schedule, Single
from server.circle.stored import compared, decode, difference, encode
from server.room.formats.shipped import FORMATS
from server.room.state import Door, NewerSchema, Role

OWN = replace(FORMATS["troika"], key="own", title="Ours")
SCHEDULE = Schedule(
    Rhythm(Kind.MONTH, Nth.LAST, Weekday.TUESDAY, at=time(19, 30)),
    date(2027, 9, 1),
    since=1,
    sequence=2,
    changed_at=3,
    singles={
        date(2027, 1, 26): Single(Fate.MOVED, 3, 4, datetime(2027, 2, 2, 18), was=5),  # noqa: DTZ001 - local
        date(2026, 12, 29): Single(Fate.DROPPED, 2, 3, fixed_at=6),
    },
)
FULL = Circle(
    "id",
    "Tuesday – Ä",
    "own",
    "Europe/Berlin",
    links=2,
    facilitator_links=3,
    elsewhere="https://call",
    own=OWN,
    door=Door(lobby=False),
    founder="fay",
    roles={"fay": Role.FACILITATOR, "dan": Role.GUEST, "eve": "conductor"},
    presented={"fay": 5},
    absent={"fay": (date(2027, 1, 26), date(2027, 2, 23))},
    schedule=SCHEDULE,
    feeds={"eve": Feed(2, neutral=True), "dan": Feed(1)},
    register=Register(
        True,
        12,
        (Row(date(2026, 12, 1), 60, (Attended("fay", "Fay Ä", "facilitator"),)),),
        ("dan",),
    ),
    erase_at=8,
    met_on=date(2026, 11, 3),
    seen={"fay": "2026-11"},
    last=Last(9, 11, 3, 41),
    gone_at=10,
    version=7,
)
PLAIN = Circle("id", "Tuesday", "classic-60", "UTC")
FIRST = {b"name": b"Tuesday", b"format": b"classic-60", b"time_zone": b"UTC", b"links": b"0"}
"""A circle as the first release stored it."""


def fields(circle: Circle) -> dict[bytes, bytes]:
    """This circle's fields, as Redis returns them."""
    return {name.encode(): text.encode() for name, text in encode(circle).items()}


@pytest.mark.parametrize("circle", [PLAIN, FULL])
def test_a_circle_is_read_as_it_was_written(circle: Circle) -> None:
    """No field is lost, also of roles that only a later release knows."""
    assert decode("id", fields(circle)) == circle
    assert all(encode(circle).values())


def test_a_circle_without_version_and_schema_is_one_of_an_earlier_release() -> None:
    """Its version is 0, its schema the first; neither is written before something changes."""
    circle = decode("id", FIRST)
    assert circle == PLAIN
    assert (PLAIN.version, PLAIN.schema) == (0, 1)
    assert difference(PLAIN, PLAIN) == {}


@pytest.mark.parametrize("missing", FIRST)
def test_without_a_field_that_every_circle_has_there_is_none(missing: bytes) -> None:
    """A few fields of an expired circle make no circle."""
    held = {name: value for name, value in FIRST.items() if name != missing}
    assert decode("id", {**held, b"seat:fay": b"facilitator"}) is None


def test_a_zone_that_is_none_is_utc() -> None:
    """It is not corrected in Redis, since nobody has changed it."""
    held = decode("id", {**FIRST, b"time_zone": b"localtime"})
    assert held == PLAIN


def test_a_circle_of_a_newer_schema_is_not_read() -> None:
    """This holds whatever its other fields are."""
    for more in ({}, {b"links": b"many"}, {b"door": b"3"}):
        with pytest.raises(NewerSchema):
            decode("id", {**FIRST, **more, b"schema": str(SCHEMA + 1).encode()})


@pytest.mark.parametrize(
    "held",
    [
        {b"links": b"many"}, {b"name": b"\xff"}, {b"door": b"{"}, {b"own": b'{"key":1}'},
        {b"schedule": b'{"rhythm":{"kind":"moons"}}'}, {b"version": b"x"}, {b"feed:fay": b"1"},
        {b"schema": b""}, {b"seat:\xff": b"guest"},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_cannot_be_read_raises(held: dict[bytes, bytes]) -> None:
    """The store leaves it alone then."""
    with pytest.raises(ValueError):  # noqa: PT011 - msgspec.ValidationError is one as well
        decode("id", {**FIRST, **held})


@pytest.mark.parametrize("spoilt", [b"once", b"", b"-1", b"1.5", b"\xff", b"9" * 15, b"9" * 5000])
def test_a_spoilt_time_of_a_presentation_closes_no_circle(spoilt: bytes) -> None:
    """It counts as lost, and goes with its person."""
    circle = decode("id", {**FIRST, b"presented:fay": spoilt, b"presented:ann": b"7"})
    assert circle == replace(PLAIN, presented={"fay": 0, "ann": 7})
    without = replace(circle, presented={"ann": 7})
    assert difference(circle, without) == {"presented:fay": "", "version": "1"}


@pytest.mark.parametrize("spoilt", [b"", b"soon", b"2027-02-30", b"\xff", b"1e9"])
def test_a_spoilt_date_of_an_absence_closes_no_circle(spoilt: bytes) -> None:
    """The others count."""
    circle = decode("id", {**FIRST, b"absent:fay": spoilt + b" 2027-01-26"})
    assert circle == replace(PLAIN, absent={"fay": (date(2027, 1, 26),)})


@pytest.mark.parametrize("spoilt", [b"", b"2026-13", b"2026-1", b"\xff", b"soon"])
def test_a_spoilt_month_or_date_counts_as_none(spoilt: bytes) -> None:
    """Nobody is erased because of it."""
    assert decode("id", {**FIRST, b"seen:fay": spoilt, b"met_on": spoilt}) == PLAIN


@pytest.mark.parametrize(
    ("changes", "written"),
    [
        ({"name": "Wednesday"}, {"name": "Wednesday"}),
        ({"links": 3}, {"links": "3"}),
        ({"elsewhere": ""}, {"elsewhere": ""}),
        ({"door": Door()}, {"door": ""}),
        ({"own": None, "format": "troika"}, {"own": "", "format": "troika"}),
        ({"founder": ""}, {"alone": ""}),
        ({"schedule": Schedule()}, {"schedule": ""}),
        ({"schedule": Schedule(Rhythm(), since=5)}, {"schedule": '{"rhythm":{},"since":5}'}),
        (
            {"roles": {"fay": "facilitator", "dan": "member"}},
            {"seat:dan": "member", "seat:eve": "", "seen:eve": ""},
        ),
        ({"seen": {"dan": "2026-11"}}, {"seen:fay": "", "seen:dan": "2026-11"}),
        ({"erase_at": 0, "gone_at": 0}, {"erase_at": "", "gone_at": ""}),
        ({"last": None, "met_on": date(2026, 12, 1)}, {"last": "", "met_on": "2026-12-01"}),
        ({"presented": {}}, {"presented:fay": ""}),
        ({"feeds": {"dan": Feed(1)}}, {"feed:eve": ""}),
        ({"feeds": {"eve": Feed(2, neutral=True), "dan": Feed(2)}}, {"feed:dan": '{"serial":2}'}),
        ({"presented": {"fay": 5, "dan": 6}}, {"presented:dan": "6"}),
    ],
    ids=str,
)
def test_what_differs_is_written_with_the_next_version(
    changes: dict[str, Any], written: dict[str, str]
) -> None:
    """Nothing else, so that what another process writes beside it is not lost."""
    assert difference(FULL, replace(FULL, **changes)) == {**written, "version": "8"}


def test_a_change_depends_on_the_version_and_on_what_it_writes_and_rests_on() -> None:
    """A process of the release before changes fields without raising the version."""
    changed = {"seat:dan": "member", "version": "8", "door": ""}
    assert compared(FULL, changed, ("ann",)) == {
        "name": "Tuesday – Ä",
        "version": "7",
        "format": "own",
        "links": "2",
        "facilitator_links": "3",
        "seat:ann": "",
        "seat:fay": "facilitator",
        "seat:dan": "guest",
    }
