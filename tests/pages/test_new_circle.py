"""The form that starts a circle, without a server."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.circle.fields import WrongFields
from server.circle.rhythm import Kind
from server.circle.schedule import Schedule
from server.pages.new_circle import EMPTY, check_start_key, new_circle
from server.room.refused import Refused
from tests.support.factories import NOW

NAMES = {"circle_name": "Tuesday", "your_name": "Fay"}


def faults(form: dict[str, str], start_key: str | None = None) -> dict[str, str]:
    """The sentences' ids by field."""
    with pytest.raises(WrongFields) as refused:
        new_circle(form, NOW, start_key)
    return {field: why.id for field, why in refused.value.faults}


def test_two_names_suffice() -> None:
    """Such a circle has the classic hour and no rhythm yet, as if the form were left as it is."""
    circle, name = new_circle(NAMES, NOW, None)
    assert name == "Fay"
    assert (circle.name, circle.format, circle.time_zone) == ("Tuesday", "classic-60", "UTC")
    assert circle.schedule.rhythm.kind is Kind.NONE
    left = new_circle({**EMPTY, **NAMES}, NOW, None).circle
    assert replace(left, id=circle.id) == circle


def test_a_rhythm_begins_as_the_circle_does() -> None:
    """The zone counts, whatever the rhythm is."""
    form = NAMES | {"rhythm": "weeks", "every": "2", "first_on": "2027-02-01", "at": "19:30"}
    circle = new_circle(form | {"time_zone": "Asia/Tokyo"}, NOW, None).circle
    assert circle.schedule.rhythm.every == 2
    assert circle.schedule == Schedule(circle.schedule.rhythm, since=NOW)
    assert circle.time_zone == "Asia/Tokyo"


def test_all_faults_are_found_at_once_in_the_order_of_the_form() -> None:
    """So that nobody corrects one after another."""
    found = faults({"format": "x", "rhythm": "month", "at": "7pm"}, "sesame")
    assert list(found) == [
        "circle_name",
        "your_name",
        "format",
        "nth",
        "weekday",
        "at",
        "start_key",
    ]
    assert found["at"] == "at_no_time"


def test_the_start_key_is_compared_only_where_the_server_has_one() -> None:
    """A wrong key alone refuses the form."""
    assert faults(NAMES | {"start_key": "guess"}, "sesame") == {"start_key": "wrong_start_key"}
    assert new_circle(NAMES | {"start_key": "sesame"}, NOW, "sesame")
    check_start_key("anything", None)
    with pytest.raises(Refused):
        check_start_key("", "sesame")
