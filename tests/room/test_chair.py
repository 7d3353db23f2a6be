"""This is Anna's chair: somebody at the door takes the chair of a person who is away."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from server.circle import kept
from server.circle.circle import Circle
from server.circle.feed import Feed
from server.circle.register import Attended, Register, Row
from server.room import commands as c
from server.room.chair import MOST_OFFERED, offered
from server.room.rules import decide
from server.room.state import (
    Answer,
    Floor,
    Lost,
    Role,
    Room,
    Wait,
    encode,
)
from tests.support.factories import NOW, a_room, a_seat, outcome, said

GIVE = c.Admit(seat="dan", chair="ann", seen=7)
MINUTE = 60_000


def a_door(phase: str = "questions", **of_ann: Any) -> Room:
    """Ann is away, and Dan is at the door. Any: fields of Ann's seat."""
    room = a_room(phase, lobby=(a_seat("dan", Role.GUEST, knocked=7),))
    away = {"away_since": NOW} | of_ann
    seats = (replace(seat, **away) if seat.id == "ann" else seat for seat in room.seats)
    return replace(room, seats=tuple(seats))


def test_the_person_at_the_door_has_the_chair_and_all_that_was_theirs() -> None:
    """At the same place, by their new name, and with microphone and camera off."""
    stays: dict[str, Any] = {
        "spoken_ms": 5,
        "presented_at": 3,
        "offers_case": True,
        "lost": Lost.HAND,
    }
    room = a_door(away_since=NOW - 3 * MINUTE, mic_on=True, sound="page1", **stays)
    after = decide(room, GIVE, "fay", NOW)
    assert [seat.id for seat in after.seats] == ["fay", "dan", *(s.id for s in room.seats[2:])]
    assert after.seat("dan") == a_seat("dan", took="ann", away_ms=3 * MINUTE, **stays)
    assert after.lobby == ()


def test_nothing_in_the_room_is_of_the_old_seat_any_more() -> None:
    """Turns, requests and offices pass on; whoever was put out stays known as such. Only for the
    circle the new seat has the old one's id."""
    room = replace(
        a_door(),
        timekeeper="ann",
        stand_in="ann",
        wait=Wait("ann", NOW + MINUTE),
        without=("ann",),
        asked="ann",
        answer=Answer("ann", yes=True),
        presenter="ann",
        return_seen="ann",
        floor=Floor("ann", NOW),
        hands=("ben", "ann"),
        turns_taken=("ann",),
        questions=("ann", "ben"),
    )
    after = decide(room, GIVE, "fay", NOW)
    assert b'"ann"' in encode(room)
    assert encode(after).count(b'"ann"') == encode(after).count(b'"took":"ann"') == 1
    assert (after.presenter, after.holder, after.hands) == ("dan", "dan", ("ben", "dan"))
    assert after.wait is None  # They are here.


def test_every_field_that_names_a_seat_is_passed_on() -> None:
    """Fails for a new field of a room that has been forgotten here."""
    known = {"gone", "lapsed", "put_out", "came_again"}
    """People who are not in the room."""
    passed_on = {"timekeeper", "stand_in", "wait", "without", "asked", "answer", "presenter"}
    passed_on |= {"return_seen", "floor", "hands", "turns_taken", "questions", "seats", "lobby"}
    others = {
        *("id", "format", "opened_at", "version", "mark", "changed_at", "phase"),
        *("presenter_done", "recalled", "return_asked", "one_voice", "silence_until"),
        *("silence_open", "prompt", "clock", "locked", "locked_by_case", "door", "voices_only"),
        *("elsewhere", "links", "facilitator_links", "registers", "began_at", "ended_at"),
        *("own_plan", "schema", "coming", "farewell", "prompts", "turns"),
    }
    assert set(Room.__struct_fields__) == known | passed_on | others


def test_the_circle_knows_the_new_seat_and_not_the_old_one() -> None:
    """So the old cookie is void, and so is the old feed."""
    room = a_door(presented_at=3)
    after = decide(room, GIVE, "fay", NOW)
    roles = {"fay": "facilitator", "ann": "member", "dan": "guest"}
    circle = Circle("id", "C", "classic-60", "UTC", roles=roles, presented={"ann": 3})
    row = Row(date(2026, 12, 1), 60, (Attended("ann", "Ann", "member"),))
    circle = replace(
        circle,
        feeds={"ann": Feed(1)},
        absent={"ann": (date(2027, 1, 26),)},
        register=Register(is_on=True, rows=(row,)),
    )
    assert kept.lasts(room, after)
    changed = kept.after(circle, room, after)
    assert changed.roles == {"fay": "facilitator", "dan": "member"}
    assert changed.presented == {"dan": 3}
    assert changed.feeds == {}
    assert changed.absent == {"dan": (date(2027, 1, 26),)}
    assert changed.register.rows[0].people == (Attended("dan", "Ann", "member"),)
    assert changed.facilitator_links == 0


def test_a_facilitators_chair_leads_and_renews_the_facilitator_link() -> None:
    """The old device has seen it."""
    room = a_door(role=Role.FACILITATOR)
    after = decide(room, GIVE, "fay", NOW)
    seat = after.seat("dan")
    assert seat
    assert seat.role is Role.FACILITATOR
    assert (after.facilitator_links, after.links) == (1, 0)


def test_whoever_came_by_the_facilitator_link_asks_to_lead_from_that_chair() -> None:
    """The chair alone gives its own role."""
    room = a_door()
    lobby = (replace(room.lobby[0], by_facilitator_link=True),)
    seat = decide(replace(room, lobby=lobby), GIVE, "fay", NOW).seat("dan")
    assert seat
    assert (seat.role, seat.by_facilitator_link) == (Role.MEMBER, True)


def test_a_person_of_the_same_name_is_called_as_before() -> None:
    """At the door they had a number."""
    room = a_door()
    room = decide(replace(room, lobby=()), c.Enter("new", "ann", None, Role.MEMBER), None, NOW)
    room = replace(room, lobby=(replace(room.seats[-1], role=Role.GUEST),), seats=room.seats[:-1])
    assert room.lobby[0].shown_name == "ann 2"
    after = decide(room, c.Admit("new", chair="ann"), "fay", NOW)
    assert [seat.shown_name for seat in after.seats[:2]] == ["Fay", "ann"]


@pytest.mark.parametrize(
    ("command", "actor", "code"),
    [
        (GIVE, "ann", "not_allowed"),
        (GIVE, "dan", "not_allowed"),
        (c.Admit(seat="dan", chair="ben"), "fay", "stale"),
        (c.Admit(seat="dan", chair="nobody"), "fay", "unknown_seat"),
        (c.Admit(seat="dan", chair="dan"), "fay", "unknown_seat"),
        (c.Admit(seat="ned", chair="ann"), "fay", "unknown_seat"),
        (c.Admit(seat="dan", chair="ann", seen=6), "fay", "stale"),
        (c.Admit(seats=("dan",), chair="ann"), "fay", "invalid"),
    ],
    ids=str,
)
def test_a_chair_is_given_by_a_facilitator_to_whom_they_saw(
    command: c.Admit, actor: str, code: str
) -> None:
    """Only while its person is away."""
    assert outcome(a_door(), command, actor) == code


def test_a_stand_in_gives_no_chair() -> None:
    """It lasts longer than the session."""
    room = replace(a_door(), stand_in="ben")
    assert said(room, GIVE, "ben").endswith("change what lasts beyond this session.")


def test_whoever_is_known_has_a_chair_of_their_own() -> None:
    """A member at a locked door; nobody has two seats."""
    room = a_door()
    known = replace(room, lobby=(replace(room.lobby[0], role=Role.MEMBER),))
    assert said(known, GIVE, "fay").endswith("Please press “Admit”.")
    assert offered(known, known.lobby[0]) == []


def test_chairs_of_people_of_that_name_are_offered_first() -> None:
    """And no more than can be read."""
    room = a_room()
    away = tuple(replace(seat, away_since=NOW) for seat in room.seats)
    room = replace(room, seats=away)
    guest = replace(a_seat("x", Role.GUEST), name="CEM")
    chairs = [seat.id for seat in offered(room, guest)]
    assert (chairs[:2], len(chairs)) == (["cem", "fay"], MOST_OFFERED)
    assert offered(a_room(), guest) == []


def test_the_absence_of_the_chair_goes_on_until_its_person_is_back() -> None:
    """For the register they are one person, who was here before, and not a latecomer."""
    room = replace(a_door(), registers=True, began_at=NOW - 60 * MINUTE)
    after = decide(room, GIVE, "fay", NOW + 5 * MINUTE)
    seat = after.seat("dan")
    assert seat
    assert seat.absent_ms == 5 * MINUTE
    stranger = decide(room, c.Admit("dan"), "fay", NOW + 5 * MINUTE).seat("dan")
    assert stranger
    assert stranger.absent_ms == 65 * MINUTE
