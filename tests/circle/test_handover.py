"""A seat on its way to another device."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from server.circle.handover import (
    NONE,
    SCHEMA,
    Handover,
    begun,
    chosen,
    opened,
    seat_for,
    validated,
)
from server.room.refused import Refused
from server.room.state import NewerSchema

BEGUN = begun("ann", "sealed", ["12", "47", "83"], 1)
OPENED = opened(BEGUN, "phone")


def test_the_chair_goes_to_the_device_whose_digits_were_chosen() -> None:
    """And to no other one."""
    assert OPENED.digits == "47"
    after = chosen(OPENED, "47")
    assert after
    assert seat_for(after, "phone") == "ann"
    with pytest.raises(Refused, match="device_code_used"):
        seat_for(after, "thief")


def test_a_code_is_opened_by_one_device() -> None:
    """The same one may ask again, also after the choice."""
    assert opened(OPENED, "phone") == OPENED
    after = chosen(OPENED, "47")
    assert after
    assert opened(after, "phone") == after
    for held in (OPENED, after):
        with pytest.raises(Refused, match="device_code_used"):
            opened(held, "thief")


@pytest.mark.parametrize("digits", ["12", "83", "4", "470", "x", NONE])
def test_a_wrong_choice_ends_it(digits: str) -> None:
    """Also after the right one."""
    assert chosen(OPENED, digits) is None
    after = chosen(OPENED, "47")
    assert after
    assert chosen(after, digits) is None


def test_before_the_choice_nobody_gets_the_chair() -> None:
    """The refusal names the digits to choose."""
    with pytest.raises(Refused, match="device_not_chosen") as refused:
        seat_for(OPENED, "phone")
    assert refused.value.reason.facts == {"digits": "47"}


@pytest.mark.parametrize("digits", ["47", "12"])
def test_before_another_device_shows_digits_none_are_chosen(digits: str) -> None:
    """Else a thief could open the code afterwards. To say that it is none of them ends it."""
    with pytest.raises(Refused, match="device_not_open"):
        chosen(BEGUN, digits)
    assert chosen(BEGUN, NONE) is None


def test_a_choice_sent_twice_is_one() -> None:
    """As after a slow answer."""
    after = chosen(OPENED, "47")
    assert after
    assert chosen(after, "47") == after


def test_a_value_of_a_later_release_is_not_read() -> None:
    """Ours is read as it was written."""
    assert msgspec.json.decode(msgspec.json.encode(OPENED), type=Handover) == OPENED
    assert validated(OPENED) == OPENED
    with pytest.raises(NewerSchema):
        validated(replace(OPENED, schema=SCHEMA + 1))
