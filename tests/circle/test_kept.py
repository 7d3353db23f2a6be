"""What a circle keeps when its room changes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from server.circle.circle import Circle, Last
from server.circle.kept import after, lasts, only_presentations
from server.room.commands import FallDue
from server.room.due import KEPT_UNCHANGED_MS
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import DEBRIEF, ENDED, WAITING, Door, Role, Room
from tests.support.factories import NOW, a_room, a_seat

ROOM = a_room()
CIRCLE = Circle(
    ROOM.id,
    "Tuesday",
    "classic-60",
    "UTC",
    roles={seat.id: seat.role for seat in ROOM.seats},
    presented={"ann": 1},
)


def kept(before: Room | None, circle: Circle = CIRCLE, **changes: Any) -> Circle:
    """The circle after this change of the room. Any: fields of a room."""
    changed = replace(before or ROOM, **changes)
    result = after(circle, before, changed)
    assert lasts(before, changed) or result == circle
    return result


def test_a_new_room_makes_its_people_known() -> None:
    """Each person has their role, and what the circle knew of others stays."""
    circle = replace(CIRCLE, roles={"old": Role.MEMBER})
    assert kept(None, circle).roles == {**CIRCLE.roles, "old": Role.MEMBER}
    assert not lasts(None, replace(ROOM, seats=()))


def test_what_the_room_alone_needs_is_not_kept() -> None:
    """Phases, hands, sound, names, and times of absence are not."""
    seats = tuple(replace(seat, name="Other", away_since=NOW, mic_on=True) for seat in ROOM.seats)
    changes: dict[str, Any] = {"phase": "call", "hands": ("ann",), "prompt": "?", "seats": seats}
    assert not lasts(ROOM, replace(ROOM, **changes))
    assert kept(ROOM, **changes) == CIRCLE


@pytest.mark.parametrize(
    "changes",
    [
        {"seats": ROOM.seats[:-1]},
        {"seats": (*ROOM.seats, a_seat("new"))},
        {"lobby": (a_seat("new", Role.GUEST),)},
        {"seats": tuple(replace(seat, role=Role.FACILITATOR) for seat in ROOM.seats)},
        {"links": 1},
        {"facilitator_links": 1},
        {"elsewhere": "https://call"},
        {"door": Door(lobby=False)},
    ],
    ids="-".join,
)
def test_the_circle_is_needed_for_what_lasts(changes: dict[str, Any]) -> None:
    """Each of these alone; the way back as well. A presentation is not undone."""
    changed = replace(ROOM, **changes)
    assert lasts(ROOM, changed)
    assert lasts(changed, ROOM)
    presented = replace(ROOM, seats=tuple(replace(seat, presented_at=NOW) for seat in ROOM.seats))
    assert lasts(ROOM, presented)
    assert not lasts(presented, ROOM)


def test_whoever_may_come_again_lasts_without_a_change() -> None:
    """A guest whose place lapses stays known as one, and is forgotten with the session."""
    waits = replace(ROOM, lobby=(a_seat("dan", Role.GUEST), a_seat("eve")))
    lapsed = replace(ROOM, lapsed=("dan",))
    assert not lasts(waits, lapsed)
    assert lasts(lapsed, ROOM)


def test_a_person_who_leaves_for_good_is_forgotten_and_one_who_comes_again_is_not() -> None:
    """Members who left before the debrief may come back; so may guests whose place expired."""
    without_ann = tuple(seat for seat in ROOM.seats if seat.id != "ann")
    forgotten = kept(ROOM, seats=without_ann)
    assert "ann" not in {**forgotten.roles, **forgotten.presented}
    assert kept(ROOM, seats=without_ann, gone=("ann",)) == CIRCLE
    waits = replace(ROOM, lobby=(a_seat("dan", Role.GUEST), a_seat("eve")))
    waiting = after(CIRCLE, ROOM, waits)
    assert waiting.roles == {**CIRCLE.roles, "dan": Role.GUEST, "eve": Role.MEMBER}
    assert kept(waits, waiting, lobby=()).roles == {**CIRCLE.roles, "eve": Role.MEMBER}
    assert kept(waits, waiting, lobby=(), lapsed=("dan",)) == waiting
    lapsed = replace(ROOM, lapsed=("dan",))
    assert "dan" not in kept(lapsed, waiting, lapsed=()).roles
    assert "dan" in kept(lapsed, waiting, lapsed=(), lobby=waits.lobby).roles


def test_a_role_and_a_presentation_are_kept() -> None:
    """The time of a presentation is kept for the next session."""
    seats = tuple(
        replace(seat, role=Role.OBSERVER, presented_at=NOW) if seat.id == "ann" else seat
        for seat in ROOM.seats
    )
    changed = kept(ROOM, seats=seats)
    assert changed.roles == {**CIRCLE.roles, "ann": Role.OBSERVER}
    assert changed.presented == {"ann": NOW}
    ended = tuple(replace(seat, name="", presented_at=None) for seat in seats)
    assert kept(replace(ROOM, seats=seats), changed, seats=ended, phase=ENDED) == changed


def test_settings_that_a_room_changes_are_the_circles() -> None:
    """The serial numbers of links, the call elsewhere, and the door; one alone changes no other."""
    settings: dict[str, Any] = {
        "links": 3,
        "facilitator_links": 4,
        "elsewhere": "https://call",
        "door": Door(lobby=False),
    }
    assert kept(ROOM, **settings) == replace(CIRCLE, **settings)
    for name, value in settings.items():
        other = replace(CIRCLE, **{**settings, name: getattr(CIRCLE, name)})
        assert kept(ROOM, other, **{name: value}) == replace(CIRCLE, **settings)


@pytest.mark.parametrize("role", [Role.MEMBER, Role.OBSERVER, None])
def test_the_last_one_who_leads_stays(role: Role | None) -> None:
    """The room may show another facilitator, who has left the circle meanwhile."""
    two = replace(ROOM, seats=(a_seat("fay", Role.FACILITATOR), a_seat("gil", Role.FACILITATOR)))
    fay = replace(two.seats[0], role=role) if role else None
    seats = (fay, two.seats[1]) if fay else two.seats[1:]
    circle = replace(CIRCLE, roles={"fay": Role.FACILITATOR, "ann": Role.MEMBER})
    with pytest.raises(Refused, match="nobody_else_leads"):
        kept(two, circle, seats=seats)
    led = replace(circle, roles={**circle.roles, "gil": Role.FACILITATOR})
    assert kept(two, led, seats=seats).leading == ["gil"]


def test_the_second_seat_makes_the_circle_of_a_founder_permanent() -> None:
    """A guest at the door does not; who has become known and goes again leaves it permanent."""
    fay = a_seat("fay", Role.FACILITATOR)
    alone = replace(ROOM, seats=(fay,))
    circle = Circle("id", "C", "classic-60", "UTC", founder="fay", roles={"fay": fay.role})
    assert kept(alone, circle, lobby=(a_seat("dan", Role.GUEST),)).founder_alone
    two = replace(alone, seats=(fay, a_seat("ann")))
    permanent = after(circle, alone, two)
    assert not permanent.founder_alone
    assert not after(permanent, two, alone).founder_alone


def test_each_renewal_makes_the_links_of_the_circle_void() -> None:
    """Its number may be ahead of the room's: a process stopped between the two."""
    ahead = replace(CIRCLE, links=4, facilitator_links=2)
    assert kept(ROOM, ahead, facilitator_links=1).facilitator_links == 3
    assert kept(ROOM, ahead, links=1).links == 5
    assert kept(ROOM, CIRCLE, links=1).links == 1


@pytest.mark.parametrize("phase", ["reflection", DEBRIEF, WAITING])
def test_of_a_session_that_has_ended_the_date_and_numbers_are_kept(phase: str) -> None:
    """Names count that were there at its end, or left before the debrief. One that had not begun
    is no meeting."""
    before = a_room(phase, prompts=3, turns=41, gone=("olu", "pia"))
    before = replace(before, lobby=(a_seat("dan", Role.GUEST),), changed_at=NOW)
    ended = decide(before, FallDue(), None, NOW + KEPT_UNCHANGED_MS)
    circle = kept(before, **{name: getattr(ended, name) for name in ended.__struct_fields__})
    names = 4 if phase == DEBRIEF else 9  # In the debrief only two have chairs.
    names += phase == DEBRIEF
    assert circle.last == Last(NOW + KEPT_UNCHANGED_MS, names, 3, 41)
    assert circle.met_on == (None if phase == WAITING else date(2027, 1, 15))
    assert not lasts(ended, replace(ended, version=9))
    assert not only_presentations(before, ended)


def test_a_date_alone_is_no_role_and_no_setting() -> None:
    """It may be lost where the circle cannot be read; a role may not."""
    seat = ROOM.seats[0]
    dated = replace(ROOM, seats=(replace(seat, presented_at=NOW), *ROOM.seats[1:]))
    assert lasts(ROOM, dated)
    assert only_presentations(ROOM, dated)
    assert not only_presentations(ROOM, replace(dated, links=1))
    assert not only_presentations(ROOM, replace(dated, seats=dated.seats[1:]))
    assert not only_presentations(None, dated)
