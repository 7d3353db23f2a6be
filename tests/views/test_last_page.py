"""The last page of a session: the questions, what is gone, and when the circle meets again."""

from __future__ import annotations

import re

from msgspec.structs import replace

from server.circle.pulse import EACH_TIME, QUESTIONS
from server.room.state import DEBRIEF, ENDED, Farewell, Room
from server.views.language import ENGLISH
from server.views.last_page import last_page, questions
from server.views.rendering import Rendering, Viewer
from tests.support.factories import NOW, a_room
from tests.support.rendered import invite, regions_of

MEMBERS = ("ann", "ben", "mei", "cem", "olu")
HOUR_MS = 3_600_000
AT = 1_796_144_520_000
"""1 December 2026, 18:02 in Berlin."""
BYE = Farewell(
    AT, "Europe/Berlin", 11, asks=MEMBERS, number=1, next_on="2027-01-05", next_at=1_799_164_800_000
)


def told(room: Room, seat: str) -> str:
    """What the middle of the room tells this person, as HTML."""
    viewer = Viewer(seat, "http://one", ENGLISH)
    return regions_of(Rendering(room, NOW, invite), viewer)["attention"].decode()


def words(html: str) -> str:
    """What a person reads, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def an_end(**more: object) -> Room:
    """A room that has ended."""
    return replace(a_room(ENDED), farewell=BYE, ended_at=AT, **more)


def test_members_find_the_questions_on_the_last_page() -> None:
    """As a form that needs no script. Those who lead are not asked."""
    page = told(an_end(), "ann")
    assert 'method="post" action="/circles/circle/pulse"' in page
    assert set(re.findall(r'type="radio" name="(\w+)"', page)) == set(EACH_TIME)
    assert page.count('type="radio"') == 15
    assert "checked" not in page
    assert '<input type="hidden" name="number" value="1">' in page
    assert "<form" not in told(an_end(), "fay")


def test_each_third_session_asks_five_questions() -> None:
    """The page says how many."""
    for number, keys, title in ((2, EACH_TIME, "Three"), (3, QUESTIONS, "Five")):
        page = told(replace(an_end(), farewell=replace(BYE, number=number)), "ann")
        assert set(re.findall(r'type="radio" name="(\w+)"', page)) == set(keys)
        assert f"{title} questions, if you like" in words(page)


def test_members_who_left_before_the_debrief_have_the_same_page() -> None:
    """But that the facilitators are still in the room, with their names."""
    room = replace(a_room(DEBRIEF), farewell=BYE, gone=MEMBERS)
    assert "<form" in told(room, "ann")
    assert (
        "Gone at 18:02, Berlin time: every prompt, turn and hand, and every name but those of the"
        " facilitators, who stay for a debrief." in words(told(room, "ann"))
    )
    assert "Gone at" not in told(room, "fay")
    over = replace(room, phase=ENDED, ended_at=AT + HOUR_MS)
    assert "Gone at 19:02, Berlin time: the room, 11 names" in words(told(over, "ann"))


def test_the_last_page_tells_what_is_gone_and_when_we_meet_again() -> None:
    """In the time of the circle; and whether the register has kept this session, since it may have
    names of earlier ones."""
    for seat in ("ann", "fay"):
        read = words(told(an_end(), seat))
        assert (
            "Gone at 18:02, Berlin time: the room, 11 names, every prompt, turn and hand. The"
            " circle keeps its dates and its chairs, and no names from this session." in read
        )
        assert "We meet again on Tuesday, 5 January 2027, 17:00, Berlin time ." in read
        assert "calendar.ics?date=2027-01-05" in told(an_end(), seat)
        assert "/circles/circle/kept" in told(an_end(), seat)
    registered = replace(BYE, registers=True, names=1, next_on="", next_at=0)
    read = words(told(replace(an_end(), farewell=registered), "ann"))
    assert "the room, 1 name," in read
    assert "The circle’s register keeps the date, the minutes, and who was here." in read
    assert "We meet again" not in read


def test_the_end_of_the_debrief_is_when_the_rest_is_gone() -> None:
    """For those who lead; their names were still there meanwhile."""
    later = replace(an_end(), ended_at=AT + HOUR_MS)
    assert "Gone at 19:02" in told(later, "fay")


def test_a_room_of_an_earlier_release_has_a_plain_last_page() -> None:
    """It has no farewell, and the words are as before."""
    read = told(a_room(ENDED), "ann")
    assert last_page(ENGLISH, a_room(ENDED)) is None
    assert last_page(ENGLISH, replace(a_room("closing"), farewell=BYE)) is None
    assert "<form" not in read
    assert "Thank you for being here." in read
    assert 'data-do="circle_page"' in read


def test_what_was_chosen_is_still_there_with_the_sentence_about_it() -> None:
    """For the form that is shown again."""
    heard, safe, seen = questions(ENGLISH, 1, {"heard": "4", "safe": "9"}, {"safe": "One of five."})
    assert (heard.chosen, heard.fault) == ("4", "")
    assert (safe.chosen, safe.fault) == ("9", "One of five.")
    assert (seen.chosen, seen.fault) == ("", "")
    assert questions(ENGLISH, 0) == ()
