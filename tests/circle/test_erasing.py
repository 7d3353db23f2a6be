"""When a circle is erased, and the seats of people who have not come for very long."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.erasing import (
    ERASE_DAYS,
    asked,
    day_of,
    erased_if_idle_on,
    idle_seats,
    is_due,
    month_of,
    nearly_idle_seats,
    notice_on,
    taken_back,
)
from server.circle.rhythm import DAY_MS
from server.room.refused import Refused
from server.room.state import Role

CIRCLE = Circle("id", "First Tuesday", "classic-60", "UTC")


def ms(day: date) -> int:
    """The start of this day (epoch ms)."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


NOW = ms(date(2026, 11, 27))


@pytest.mark.parametrize("typed", ["First Tuesday", "  first   tuesday "])
def test_a_circle_is_erased_in_a_week_once_its_name_is_typed(typed: str) -> None:
    """Not before, and at the first time even if somebody asks again."""
    circle = asked(CIRCLE, typed, NOW)
    assert circle.erase_at == NOW + ERASE_DAYS * DAY_MS
    assert not is_due(circle, circle.erase_at - 1)
    assert is_due(circle, circle.erase_at)
    assert asked(circle, typed, NOW + 5) == circle
    assert taken_back(circle) == CIRCLE
    assert not is_due(CIRCLE, circle.erase_at)


@pytest.mark.parametrize("typed", ["", "First", "First Tuesday circle", "second tuesday"])
def test_another_name_erases_nothing(typed: str) -> None:
    """The refusal has the name, so that the sentence can say what to type."""
    with pytest.raises(Refused) as refused:
        asked(CIRCLE, typed, NOW)
    assert refused.value.reason.facts == {"name": "First Tuesday"}


@pytest.mark.parametrize(
    ("met", "noticed", "erased"),
    [
        (date(2026, 11, 3), date(2027, 10, 3), date(2027, 12, 3)),
        (date(2027, 1, 31), date(2027, 12, 31), date(2028, 3, 1)),  # 2028 has a 29th, and no 31st
        (date(2026, 12, 31), date(2027, 12, 1), date(2028, 1, 31)),  # nor has November
    ],
)
def test_a_circle_that_does_not_meet_for_13_months_is_erased_by_itself(
    met: date, noticed: date, erased: date
) -> None:
    """Its facilitators read so two months before."""
    circle = replace(CIRCLE, met_on=met)
    assert (notice_on(circle), erased_if_idle_on(circle)) == (noticed, erased)
    assert not is_due(circle, ms(erased) - 1)
    assert is_due(circle, ms(erased))


def test_a_circle_of_which_nothing_is_known_is_not_idle() -> None:
    """The program looks first, and counts from then on."""
    assert not is_due(CIRCLE, NOW * 2)
    assert (notice_on(CIRCLE), erased_if_idle_on(CIRCLE)) == (None, None)


def test_a_seat_that_is_not_seen_for_13_months_is_idle() -> None:
    """By whole months; a seat of which nothing is known stays, a remainder without role goes."""
    roles = {"fay": Role.FACILITATOR, "ann": Role.MEMBER, "ben": Role.MEMBER, "cem": Role.OBSERVER}
    seen = {"fay": "2027-11", "ann": "2026-11", "ben": "2026-12", "old": "2027-11"}
    circle = replace(CIRCLE, roles=roles, seen=seen)
    assert idle_seats(circle, ms(date(2027, 12, 31))) == {"old"}
    assert nearly_idle_seats(circle, ms(date(2027, 10, 31))) == set()
    assert nearly_idle_seats(circle, ms(date(2027, 11, 1))) == {"ann"}
    assert idle_seats(circle, ms(date(2028, 1, 1))) == {"old", "ann"}
    assert nearly_idle_seats(circle, ms(date(2028, 1, 1))) == {"ann", "ben"}


def test_facilitators_go_as_everybody_does() -> None:
    """Also the last one: no device has the chair any more, and the facilitator link leads in."""
    roles = {"fay": Role.FACILITATOR, "gil": Role.FACILITATOR, "ann": Role.MEMBER}
    circle = replace(CIRCLE, roles=roles, seen=dict.fromkeys(roles, "2020-01"))
    assert idle_seats(circle, NOW) == {"fay", "gil", "ann"}
    circle = replace(circle, seen={**circle.seen, "gil": month_of(NOW)})
    assert idle_seats(circle, NOW) == {"fay", "ann"}


def test_days_and_months_are_those_of_utc() -> None:
    """They are compared only with each other."""
    assert (day_of(NOW), month_of(NOW)) == (date(2026, 11, 27), "2026-11")
    assert day_of(NOW - 1) == date(2026, 11, 26)
