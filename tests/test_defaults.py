"""Every default of a group, and for each the test that runs with it.

A part that is tested only with test settings is not tested as people use it.
"""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

import pytest
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from server.circle.circle import UTC
from server.identity import COOKIE_DAYS
from server.room.due import KEPT_AFTER_END_MS
from server.room.ending import DEBRIEF_MS
from server.room.formats.plan import Format, Turns
from server.room.formats.shipped import DEFAULT_FORMAT, plan_of
from server.room.state import Door, Room, Seat
from server.room.turns import AWAY_KEEPS_TURN_MS
from tests.support.factories import PHASES
from tests.support.processes import ROOT

EVENING = "browser/test_evening.py::test_an_evening_on_the_defaults"
DOOR = "browser/test_switches.py::test_the_door_is_as_closed_as_it_can_be_until_it_is_set_otherwise"
WAITS = "room/test_arrival.py::test_who_comes_in_at_once_and_who_waits"
SITS_UNSEEN = "room/test_sound.py::test_sitting_back_turns_the_camera_off_for_good"
MUTED = "room/test_sound.py::test_whoever_comes_is_muted_and_unseen"
PICTURES = "browser/test_voice.py::test_pictures_sit_in_the_chairs"
OWN_PICTURES = (
    "browser/test_switches.py::test_pictures_are_shown_until_one_switches_them_off_for_oneself"
)
TRIED = "browser/test_devices.py::test_everything_can_be_tried_before_entering"
CLASSIC_HOUR = "pages/test_start.py::test_a_circle_that_names_neither_has_the_classic_hour_in_utc"
ASKS_TWICE = "room/test_turns.py::test_whoever_has_asked_twice_lets_the_others_go_first"
SILENCE = "views/test_regions.py::test_a_silence_is_offered_for_a_minute"
SMALL = "browser/test_small_things.py::"
HEARD = "room/test_hearing.py::test_the_phase_says_who_is_heard"


class Default(NamedTuple):
    """A default, and the test that runs with it."""

    value: object
    test: str


Defaults = dict[str, Default]

DOORS: Defaults = {
    "lobby": Default(True, EVENING),
    "knows": Default(True, EVENING),
    "locks_with_case": Default(True, "browser/test_craft.py::test_from_the_lobby_to_the_debrief"),
    "holds_late": Default(True, WAITS),
}
FORMATS: Defaults = {
    "seen_sitting_back": Default(False, SITS_UNSEEN),
    "auto_advance": Default(
        False, "browser/test_page.py::test_overtime_is_the_same_clock_counting_up"
    ),
    "peers": Default(False, HEARD),
    "chairs": Default(12, "room/test_people.py::test_twelve_chairs_and_twenty_observers_are_all"),
}
ROOMS: Defaults = {
    "locked": Default(False, DOOR),
    "one_voice": Default(False, HEARD),
    "voices_only": Default(False, PICTURES),
    "elsewhere": Default("", EVENING),
    "timekeeper": Default(None, "room/test_company.py::test_one_facilitator_keeps_the_time"),
}
SEATS: Defaults = {
    "mic_on": Default(False, MUTED),
    "camera_on": Default(False, MUTED),
    "outer": Default(
        False, "room/test_two_circles.py::test_the_thirteenth_sits_down_in_the_outer_circle"
    ),
}
SWITCHES: Defaults = {
    "bell": Default(
        True, "browser/test_page.py::test_the_last_minute_and_the_end_are_announced_and_rung"
    ),
    "voices-only": Default(False, OWN_PICTURES),
    "self-view": Default(False, OWN_PICTURES),
    "{{ kind }}": Default(False, TRIED),
    "use-keys": Default(True, f"{SMALL}test_keys_do_what_buttons_do"),
    "small-clock": Default(False, f"{SMALL}test_the_clock_stands_in_a_small_window"),
    "do-silence": Default(True, EVENING),  # the button that ends one
    "do-one-voice": Default(False, HEARD),
    "do-lobby": Default(True, DOOR),
    "do-knows": Default(True, DOOR),
    "do-locks-with-case": Default(True, DOOR),
    "do-holds-late": Default(True, DOOR),
    "keep_time": Default(False, "browser/test_craft.py::test_from_the_lobby_to_the_debrief"),
}
"""Buttons of the page, by id or by `data-do` without one, and whether each is pressed."""
ONE_VOICE: Defaults = {f"one voice in {phase}": Default(False, HEARD) for phase in PHASES}
OTHERS: Defaults = {
    "format": Default("classic-60", CLASSIC_HOUR),
    "time zone": Default("UTC", CLASSIC_HOUR),
    "phases of the format": Default(PHASES, EVENING),
    "rounds": Default(("arrival", "closing"), EVENING),
    "how often one asks before others go first": Default(2, ASKS_TWICE),
    "how long a silence is held": Default("1 min", SILENCE),
    "how long a turn is kept": Default(
        "2 min", "room/test_people.py::test_a_hand_is_kept_for_two_minutes"
    ),
    "how long the room waits for somebody": Default(
        "2 min", "room/test_company.py::test_after_two_minutes_the_session_goes_on_by_itself"
    ),
    "how long a debrief is": Default(
        "10 min", "room/test_ending.py::test_for_the_debrief_all_but_the_facilitators_leave"
    ),
    "how long the last page stays": Default("30 s", EVENING),
    "how long a device is known": Default(
        "120 days", "pages/test_cookies.py::test_each_visit_sets_the_cookie_anew"
    ),
    "servers for voices": Default(
        (), "websocket/test_ice.py::test_without_servers_people_find_each_other_in_one_network"
    ),
    "devices": Default("the browser's own", EVENING),
    "ways in": Default("the link and the door", EVENING),
}
CLASSIC = plan_of(DEFAULT_FORMAT)
HELD: dict[str, object] = {
    "format": DEFAULT_FORMAT,
    "time zone": UTC,
    "phases of the format": tuple(phase.key for phase in CLASSIC.phases),
    "rounds": tuple(phase.key for phase in CLASSIC.phases if phase.turns is Turns.ROUND),
    "how long a turn is kept": f"{AWAY_KEEPS_TURN_MS // 60_000} min",
    "how long the room waits for somebody": f"{AWAY_KEEPS_TURN_MS // 60_000} min",
    "how long a debrief is": f"{DEBRIEF_MS // 60_000} min",
    "how long the last page stays": f"{KEPT_AFTER_END_MS // 1000} s",
    "how long a device is known": f"{COOKIE_DAYS} days",
}
"""What holds of OTHERS where the code has a value; all else is in the tests alone."""
STRUCTS: dict[type[Struct], Defaults] = {Door: DOORS, Format: FORMATS, Room: ROOMS, Seat: SEATS}
LISTED = [*STRUCTS.values(), SWITCHES, ONE_VOICE, OTHERS]


@pytest.mark.parametrize("test", sorted({d.test for listed in LISTED for d in listed.values()}))
def test_what_lives_with_a_default_is_there(test: str) -> None:
    """The list names only existing tests."""
    path, _, name = test.partition("::")
    module = ast.parse((ROOT / "tests" / path).read_text())
    assert name in [node.name for node in module.body if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("struct", STRUCTS)
def test_what_is_listed_is_what_holds(struct: type[Struct]) -> None:
    """The listed values are the defaults of the structs."""
    holds = {field.name: field.default for field in fields(struct)}
    assert {name: holds[name] for name in STRUCTS[struct]} == {
        name: default.value for name, default in STRUCTS[struct].items()
    }


@pytest.mark.parametrize("name", HELD)
def test_what_else_is_listed_is_what_holds(name: str) -> None:
    """The listed values are those of the code."""
    assert OTHERS[name].value == HELD[name]


@pytest.mark.parametrize("struct", [Door, Format])
def test_no_setting_of_a_circle_is_missing(struct: type[Struct]) -> None:
    """The settings of the door and of the format are listed."""
    settings = [field.name for field in fields(struct) if field.default is not NODEFAULT]
    assert settings == list(STRUCTS[struct])


def test_no_switch_of_the_page_is_missing() -> None:
    """All toggle buttons are listed, and of those that the page itself keeps, their state."""
    pages = "".join(path.read_text() for path in (ROOT / "web/templates").rglob("*.html"))
    own = {
        name: pressed == "true"
        for name, pressed in re.findall(
            r'<button [^>]*?(?:id|data-try)="([^"]+)" aria-pressed="(\w+)"', pages
        )
    }
    assert pages.count("aria-pressed") == len(own)
    calls = re.findall(r"press\((?:(?!}}).)*?pressed=", pages)
    assert len(calls) == pages.count("pressed=") - len(own)
    # By its id, or without one by `data-do`.
    theirs = {re.findall(r'(?: id=|"do": )"([^"]+)"', call)[-1] for call in calls}
    assert own.keys() | theirs == SWITCHES.keys()
    assert own.items() <= {name: default.value for name, default in SWITCHES.items()}.items()
