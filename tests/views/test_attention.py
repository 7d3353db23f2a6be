"""The words of the one voice of the stage."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from msgspec.structs import replace

from server.circle.rhythm import DAY_MS, HOUR_MS, instant
from server.room import commands as c
from server.room.attention.table import ROWS, attention
from server.room.coming import CANCELLED, EARLY_MS, MOVED, Coming
from server.room.rules import decide
from server.room.state import WAITING, Floor, Lost, Role, Room, Wait
from server.views.attention.sentences import SENTENCES, SIMPLE
from server.views.attention.voice import CALLS, voice
from server.views.language import ENGLISH
from server.views.rendering import Rendering, Viewer
from tests.support.factories import NOW, PHASES, a_room, a_seat
from tests.support.rendered import FULL, invite, regions_of, viewers

KINDS = {row.kind for row in ROWS}


def test_each_kind_has_its_sentences_once() -> None:
    """No kind is forgotten, and none has two places for its words."""
    assert SIMPLE.keys() | SENTENCES.keys() == KINDS
    assert not SIMPLE.keys() & SENTENCES.keys()
    assert CALLS.keys() <= KINDS


def test_an_observer_is_not_called_to_hold_the_room() -> None:
    """They read that somebody may, and have no button."""
    room = a_room("reflection", wait=Wait("fay", NOW, asks=True))
    for seat, call in (("ann", "mine"), ("olu", "")):
        person = room.seat(seat)
        assert person is not None
        told = voice(ENGLISH, room, person, attention(room, person))
        assert (told.attention.kind, told.call) == ("may_hold_room", call)


@pytest.mark.parametrize("phase", [WAITING, *PHASES])
def test_everybody_is_told_one_thing_in_whole_sentences(phase: str) -> None:
    """Also in a room in which everything happens at once; nothing of a template is left over."""
    for room in (a_room(phase), a_room(phase, **FULL)):
        for viewer in viewers(room):
            seat = room.seat(viewer.seat)
            if seat is None:
                continue
            told = voice(ENGLISH, room, seat, attention(room, seat))
            assert told.lines[0]
            html = regions_of(Rendering(room, NOW, invite), viewer)["attention"].decode()
            assert html.count('class="says"') == 1
            assert not re.search(r"[{}]", re.sub(r"hx-vals='[^']*'", "", html))


def test_the_dock_does_not_offer_again_what_the_stage_offers() -> None:
    """A control stands once, but for the dock's first button."""
    room = a_room("reflection", hands=("ben", "cem"))
    regions = regions_of(Rendering(room, NOW, invite), Viewer("fay", "http://one", ENGLISH))
    gives = re.compile(rb'data-do="give_floor" data-about="(\w+)"')
    assert gives.findall(regions["attention"]) == [b"ben"]
    offered = gives.findall(regions["dock"])
    assert b"ben" not in offered
    assert b"cem" in offered


@pytest.mark.parametrize("lost", Lost)
@pytest.mark.parametrize(("away_ms", "minutes"), [(20_000, ""), (80_000, "1"), (125_000, "2")])
def test_a_person_who_is_back_reads_how_long_they_were_away(
    lost: Lost, away_ms: int, minutes: str
) -> None:
    """In minutes, and what they have lost; nothing of a shorter time."""
    seat = a_seat("ann", lost=lost, away_ms=away_ms)
    room = a_room("reflection")
    room = replace(room, seats=tuple(seat if s.id == "ann" else s for s in room.seats))
    told = voice(ENGLISH, room, seat, attention(room, seat))
    assert told.attention.kind == "welcome_back"
    assert re.findall(r"\d+", told.lines[1]) == [minutes][: len(minutes)]
    assert ("minutes" in told.lines[1]) == (minutes == "2")


def lines(room: Room, seat_id: str) -> tuple[str, ...]:
    """What the stage tells this person."""
    seat = room.seat(seat_id)
    assert seat is not None
    return voice(ENGLISH, room, seat, attention(room, seat)).lines


@pytest.mark.parametrize(
    ("plan", "phase", "tells"),
    [
        ("classic-60", "presentation", True),
        ("classic-60", "response", False),
        ("together-60", "response", False),
        ("action-learning-60", "issue", True),
        ("action-learning-60", "action", False),
        ("consultation-45", "case", True),
        ("consultation-45", "response", False),
        ("troika", "telling-2", True),
        ("troika", "coming-back-2", False),
    ],
)
def test_a_presenter_is_asked_for_the_case_once(plan: str, phase: str, *, tells: bool) -> None:
    """When they come back to it, they read what the phase is for; their button stays the same."""
    room = a_room(phase, format=plan)
    room = replace(room, presenter="mei", floor=Floor("mei", NOW), hands=("ann",))
    said = lines(room, "mei")
    assert ("Tell your case" in said) == tells
    assert room.step is not None
    assert (room.step.purpose in said) != tells
    html = regions_of(Rendering(room, NOW, invite), Viewer("mei", "http://one", ENGLISH))
    assert "I’m done" in html["attention"].decode()


def test_nobody_is_said_to_speak_who_does_not() -> None:
    """The presenter has finished, or is away."""
    room = a_room("presentation")
    assert any("speaks" in line for line in lines(room, "ann"))
    done = replace(room, floor=None, presenter_done=True)
    away = replace(a_seat("mei"), away_since=NOW)
    gone = replace(
        room,
        floor=None,
        without=("mei",),
        seats=tuple(away if seat.id == "mei" else seat for seat in room.seats),
    )
    for without in (done, gone, replace(room, floor=None, presenter=None)):
        html = regions_of(Rendering(without, NOW, invite), Viewer("ann", "http://one", ENGLISH))
        assert "speaks" not in (html["attention"] + html["turn"]).decode()


def test_all_who_are_let_in_together_are_all_but_those_who_are_named() -> None:
    """Somebody came by the facilitator link: the button leaves them out, and the stage says so."""
    ann, lea = a_seat("ann", Role.GUEST), a_seat("lea", Role.GUEST, by_facilitator_link=True)
    assert "Lea" in " ".join(lines(a_room(lobby=(ann, lea)), "fay"))
    assert len(lines(a_room(lobby=(ann, replace(lea, by_facilitator_link=False))), "fay")) == 1
    full = a_room(lobby=(ann, lea))
    full = replace(full, seats=(*full.seats, *(a_seat(f"x{n}") for n in range(6))))
    assert len(lines(full, "fay")) == 1  # without a chair for anybody there is no such button


def test_a_pause_is_told_to_all() -> None:
    """Whoever leads may end it."""
    seats = (a_seat("fay", Role.FACILITATOR), a_seat("ann"))
    room = decide(a_room("reflection", seats=seats), c.Pause(), "fay", NOW)
    for who, resumes in (("fay", True), ("ann", False)):
        told = regions_of(Rendering(room, NOW, invite), Viewer(who, "http://one", ENGLISH))
        assert b'data-kind="paused"' in told["attention"]
        assert (b'data-do="resume"' in told["attention"]) == resumes


BEGINS = instant(datetime.fromisoformat("2027-01-05T19:00"), "Europe/Berlin")
SESSION = Coming("Europe/Berlin", "2027-01-05", BEGINS, BEGINS + HOUR_MS)


def told(room: Room, seat: str, now: int) -> str:
    """What the stage tells this person, without its elements."""
    html = regions_of(Rendering(room, now, invite), Viewer(seat, "http://one", ENGLISH))
    paragraphs = re.findall(r"<p.*?>(.*?)(?: <span.*?)?</p>", html["attention"].decode())
    return " | ".join(paragraphs)


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        (3 * DAY_MS, "on Tuesday, 5 January 2027 at 19:00 (Berlin time), in 3 days."),
        (DAY_MS, "tomorrow, Tuesday, 5 January 2027, at 19:00 (Berlin time)."),
        (HOUR_MS, "today at 19:00 (Berlin time)."),
    ],
)
def test_whoever_comes_early_reads_when_the_session_is(before: int, sentence: str) -> None:
    """Those who lead read it beside what they can do."""
    room = a_room(coming=SESSION, presenter=None)
    now = BEGINS - before
    says = f"The next session is {sentence}"
    until = "Until then you can try your sound and picture here, under Sound."
    assert told(room, "ann", now) == f"You are early | {says} | {until}"
    start = "6 more people are here | {} | Start when everybody has arrived."
    assert told(room, "fay", now) == start.format(says)
    alone = replace(room, seats=room.seats[:1])
    once = "Send the link once: it leads to the door of this room, month after month."
    group = f"Invite your group | {{}} | {once}"
    assert told(alone, "fay", now) == group.format(says)
    html = regions_of(Rendering(room, now, invite), Viewer("ann", "http://one", ENGLISH))
    assert (
        f'id="next-session" data-date="2027-01-05" data-starts-at="{BEGINS}"'
        f' data-ends-at="{BEGINS + HOUR_MS}" data-zone="Europe/Berlin"'
    ).encode() in html["attention"]


def test_when_it_is_time_nothing_is_said_of_the_session() -> None:
    """Nor while the session runs, nor where none is planned."""
    waits = "We have not begun yet | Settle in, and take your time."
    room = a_room(coming=SESSION)
    assert told(room, "ann", BEGINS - EARLY_MS) == waits
    assert told(a_room(), "ann", NOW) == waits
    for phase in PHASES:
        assert "session is" not in told(a_room(phase, coming=SESSION), "ann", BEGINS - DAY_MS)


def test_whoever_waits_for_somebody_who_leads_reads_so() -> None:
    """Both facilitators are late, or gone for a moment."""
    room = a_room()
    away = (replace(s, away_since=NOW if s.role is Role.FACILITATOR else None) for s in room.seats)
    said = told(replace(room, seats=tuple(away)), "ann", NOW)
    assert said.split(" | ")[1] == "Nobody who could begin is here just now."


def test_a_rendering_says_so_as_time_passes_although_the_room_stays() -> None:
    """A later rendering of the same value takes over nothing that is untrue by then."""
    room, fay = a_room(coming=SESSION), Viewer("fay", "http://one", ENGLISH)
    rendering = Rendering(room, BEGINS - 2 * DAY_MS, invite)
    assert b"in 2 days" in regions_of(rendering, fay)["attention"]
    for now, sentence in (
        (BEGINS - DAY_MS, b"tomorrow"),
        (BEGINS - HOUR_MS, b"today"),
        (BEGINS, b"Start when"),
    ):
        assert not rendering.is_of(room, now)
        rendering = Rendering(room, now, invite, rendering)
        assert sentence in regions_of(rendering, fay)["attention"]
    assert b"next-session" not in regions_of(rendering, fay)["attention"]


def test_what_was_changed_shortly_before_is_said() -> None:
    """To everybody who comes early."""
    now = BEGINS - 2 * HOUR_MS
    moved = replace(SESSION, starts_at=BEGINS + HOUR_MS, news=MOVED, was=BEGINS)
    says = "The session on Tuesday, 5 January 2027 at 19:00 has been moved."
    room = a_room(coming=moved)
    assert told(room, "ann", now).startswith(f"{says} | The next session is today at 20:00")
    assert says in told(room, "fay", now)
    cancelled = Coming("Europe/Berlin", ends_at=BEGINS + HOUR_MS, news=CANCELLED, was=BEGINS)
    room = a_room(coming=cancelled)
    says = "The session on Tuesday, 5 January 2027 at 19:00 is cancelled."
    assert told(room, "ann", now) == f"{says} | No other session is planned yet."
    assert told(room, "ann", BEGINS + HOUR_MS).startswith("We have not begun yet")


def test_people_at_the_door_read_the_date_and_nothing_else() -> None:
    """The same whatever happens in the room; once it is time, that they are let in."""
    early = "You are early. You can close this page and come back then"
    date = "The next session is on Tuesday, 5 January 2027 at 19:00 (Berlin time)."
    dan = Viewer("dan", "http://one", ENGLISH)
    lobby = (a_seat("dan", Role.GUEST),)
    moved = replace(SESSION, news=MOVED, was=BEGINS - HOUR_MS)

    def stage(room: Room, now: int) -> str:
        room = replace(room, lobby=lobby)
        return regions_of(Rendering(room, now, invite), dan)["stage"].decode()

    shown = {
        stage(room, BEGINS - DAY_MS)
        for room in (a_room(coming=SESSION), a_room("reflection", coming=SESSION))
    }
    assert len(shown) == 1
    assert early in (page := shown.pop())
    assert date in page
    assert "moved" not in stage(a_room(coming=moved), BEGINS - HOUR_MS)
    soon = stage(a_room(coming=SESSION), BEGINS - EARLY_MS)
    assert date in soon
    assert "A facilitator will let you in shortly" in soon
    assert "next-session" not in stage(a_room(coming=SESSION), BEGINS)
    assert "next-session" not in stage(a_room(), NOW)
