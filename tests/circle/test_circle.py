"""What a circle stores, and the refusals of unusable names and settings."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

import pytest
from msgspec.structs import replace

from server.circle.circle import (
    TIME_ZONES,
    Circle,
    described,
    known_format,
    known_time_zone,
)
from server.room.formats.shipped import FORMATS
from server.room.names import person_name
from server.room.refused import Refused
from server.room.state import Role
from server.views import refusals


def test_a_circle_is_described_by_what_was_typed() -> None:
    """White space is tidied, and nothing else changes."""
    circle = described("id", "  First\tTuesday \n circle ", "classic-60", "Europe/Berlin")
    assert circle == Circle("id", "First Tuesday circle", "classic-60", "Europe/Berlin", 0)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ann", "Ann"),
        ("Ánna  María ", "Ánna María"),
        ("x" * 40, "x" * 40),
        ("a\u202eb\x00c", "abc"),
        ("د. علی‌رضا", "د. علی‌رضا"),
        ("Ann 🏳️‍🌈", "Ann 🏳️‍🌈"),
    ],
)
def test_a_name_is_tidied(typed: str, kept: str) -> None:
    """Invisible characters and direction controls are removed, too."""
    assert person_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code", "sentence"),
    [
        ("", "invalid", "Please type your name, of up to 40 characters."),
        (" \u202e ", "invalid", "Please type your name, of up to 40 characters."),
        ("x" * 41, "too_long", "Your name has 41 characters. Please use at most 40."),
    ],
)
def test_a_bad_name_is_refused_with_a_sentence(typed: str, code: str, sentence: str) -> None:
    """It says what was expected and what was received, without repeating the name."""
    with pytest.raises(Refused) as caught:
        person_name(typed)
    assert (caught.value.code, refusals.sentence(caught.value)) == (code, sentence)


@pytest.mark.parametrize(
    "typed",
    [
        "\u200b",
        "\u200e\u200f",
        "\u2060\ufeff",
        "\u00ad",
        "\u061c",
        "\U000e0001",
        "\u3164",
        "\uffa0",
        "\u2800",
        "\u115f",
        "\ue000",
        "\u200d",
        "\u0301",
    ],
    ids=ascii,
)
def test_a_name_that_nobody_can_see_is_no_name(typed: str) -> None:
    """Everybody sees who is in the room: a chair without a name would be a hidden listener."""
    with pytest.raises(Refused) as caught:
        person_name(typed)
    assert caught.value.reason.id == "your_name_empty"


@pytest.mark.parametrize("typed", ["Ann\u200b", "\u200eAnn", "A\u2060nn", "Ann\ufeff", "A\u00adnn"])
def test_two_names_that_look_alike_because_of_what_is_invisible_are_the_same(typed: str) -> None:
    """An invisible character does not make somebody else's name available."""
    assert person_name(typed) == "Ann"


@pytest.mark.parametrize(
    ("name", "plan", "says"),
    [
        ("", "classic-60", "Please give the circle a name"),
        ("x" * 81, "classic-60", "The circle's name has 81 characters"),
        ("C", "classic-61", "The format must be one of"),
    ],
)
def test_a_bad_circle_is_refused_with_a_sentence(name: str, plan: str, says: str) -> None:
    """Each field has a sentence of its own."""
    with pytest.raises(Refused) as caught:
        described("id", name, plan, "UTC")
    assert refusals.sentence(caught.value).startswith(says)


@pytest.mark.parametrize(
    "guess",
    [
        "", "Etc/Unknown", "localtime", "Factory", "posix/Europe/Berlin", "right/Europe/Berlin",
        "SystemV/EST5", "Mars/Olympus", "../../etc/passwd", "europe", "GB", "UTC", "\x00", "é/ü",
        "Europe/", "/",
    ],
)  # fmt: skip
def test_what_a_browser_guesses_of_its_zone_is_never_a_refusal(guess: str) -> None:
    """Nobody typed it, so nobody could correct it."""
    assert described("id", "C", "classic-60", guess).time_zone == "UTC"


@pytest.mark.parametrize("guess", ["Europe/Berlin", "America/Argentina/Ushuaia", "Asia/Calcutta"])
def test_a_zone_by_region_and_place_is_kept(guess: str) -> None:
    """Older names of zones are kept as well."""
    assert known_time_zone(guess) == guess


def test_every_zone_on_offer_can_be_computed_with() -> None:
    """All of them exist, none is specific to a machine, and none of a place is missing."""
    for name in TIME_ZONES:
        assert ZoneInfo(name).key == name
    assert "Etc/Unknown" not in TIME_ZONES
    assert {name for name in available_timezones() if "/" in name} | {"UTC"} == TIME_ZONES


def test_a_room_opens_with_the_circles_format_and_links() -> None:
    """The room is empty and waiting."""
    room = Circle("id", "C", "classic-90", "UTC", links=3).opened(5)
    assert (room.id, room.format, room.links, room.opened_at) == ("id", "classic-90", 3, 5)
    assert (room.phase, room.seats) == ("waiting", ())
    assert known_format("classic-45") == "classic-45"


KNOWN = {"fay": Role.FACILITATOR, "ann": Role.MEMBER, "dan": Role.GUEST, "eve": "conductor"}


def test_a_circle_says_whom_it_knows_in_which_role() -> None:
    """An invented seat has no role; guests, and roles of a later release, are not counted."""
    circle = Circle("id", "C", "classic-60", "UTC", roles=KNOWN)
    roles = [circle.role(seat) for seat in ("fay", "ann", "dan", "nobody", "")]
    assert roles == [Role.FACILITATOR, Role.MEMBER, Role.GUEST, None, None]
    assert circle.known() == {Role.FACILITATOR: 1, Role.MEMBER: 1}
    assert circle.leading == ["fay"]
    with pytest.raises(ValueError, match="conductor"):
        circle.role("eve")


def test_a_circle_follows_its_own_format_where_it_has_chosen_it() -> None:
    """It keeps its own format while it follows another; the classic replaces an unknown one."""
    own = replace(FORMATS["troika"], key="own", title="Ours")
    circle = Circle("id", "C", "own", "UTC", own=own)
    assert circle.plan == circle.opened(5).plan == own
    assert known_format("own", own) == "own"
    with pytest.raises(Refused):
        known_format("own")
    other = replace(circle, format="classic-45")
    assert (other.plan.key, other.opened(5).own_plan) == ("classic-45", None)
    for lost in (replace(circle, own=None), replace(circle, format="gone")):
        assert lost.opened(5).plan.key == "classic-60"
