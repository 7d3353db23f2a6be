"""What a circle keeps when its room changes, as fields of the circle."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from server.circle.kept import kept_fields, known_people
from server.room.state import Door, Role, Room
from tests.support.factories import NOW, a_room, a_seat

ROOM = a_room()


def kept(before: Room | None, **changes: Any) -> dict[str, str]:
    """The kept fields, by name. Any: fields of a room."""
    words = list(kept_fields(before, replace(before or ROOM, **changes)))
    return dict(zip(words[::2], words[1::2], strict=True))


def test_a_new_room_makes_its_people_known() -> None:
    """Each person is stored with their role, and defaults are omitted."""
    assert kept(None) == {f"seat:{seat.id}": str(seat.role) for seat in ROOM.seats}


def test_what_the_room_alone_needs_is_not_kept() -> None:
    """Phases, hands, sound, names, and times of absence are not."""
    seats = tuple(replace(seat, name="Other", away_since=NOW, mic_on=True) for seat in ROOM.seats)
    assert kept(ROOM, phase="call", hands=("ann",), prompt="What if?", seats=seats) == {}


def test_a_person_who_leaves_for_good_is_forgotten_and_one_who_comes_again_is_not() -> None:
    """Members who left before the debrief may come back; so may guests whose place expired."""
    without_ann = tuple(seat for seat in ROOM.seats if seat.id != "ann")
    assert kept(ROOM, seats=without_ann) == {"seat:ann": "", "presented:ann": ""}
    assert kept(ROOM, seats=without_ann, gone=("ann",)) == {}
    waits = replace(ROOM, lobby=(a_seat("dan", Role.GUEST), a_seat("eve")))
    assert kept(waits, lobby=()) == {"seat:dan": "", "presented:dan": ""}
    assert kept(waits, lobby=(), lapsed=("dan",)) == {}
    assert kept(replace(ROOM, lapsed=("dan",)), lapsed=()) == {"seat:dan": ""}


def test_a_role_and_a_presentation_are_kept() -> None:
    """The time of a presentation is kept for the next session."""
    seats = tuple(
        replace(seat, role=Role.OBSERVER, presented_at=NOW) if seat.id == "ann" else seat
        for seat in ROOM.seats
    )
    assert kept(ROOM, seats=seats) == {"seat:ann": "observer", "presented:ann": str(NOW)}


def test_settings_that_a_room_changes_are_the_circles() -> None:
    """The serial numbers of links, the call elsewhere, and the door belong to the circle."""
    changed = kept(ROOM, links=3, facilitator_links=4, elsewhere="https://call", door=Door())
    assert changed == {
        "links": "3",
        "facilitator_links": "4",
        "elsewhere": "https://call",
        "door": "{}",
    }
    assert kept(ROOM, elsewhere="") == {}


def test_guests_are_not_known_yet() -> None:
    """A circle knows people once they were let in."""
    assert known_people(ROOM) == len(ROOM.seats)
    assert known_people(replace(ROOM, lobby=(a_seat("dan", Role.GUEST),))) == len(ROOM.seats)
