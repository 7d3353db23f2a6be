"""What the regions show, and to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.formats.plan import Format, Heard
from server.room.formats.shipped import FORMATS
from server.room.rotation import may_present
from server.room.rules import decide
from server.room.state import Door, Floor, PutOut, Role, Room
from server.views.language import ENGLISH
from server.views.rendering import Rendering, Viewer
from tests.support.factories import NOW, a_room, a_seat
from tests.support.rendered import invite, regions_of, viewers


def test_a_silence_is_offered_for_a_minute() -> None:
    """The button that holds a silence offers it."""
    rendering = Rendering(a_room("reflection"), NOW, invite)
    dock = regions_of(rendering, Viewer("fay", "http://one", ENGLISH))["dock"]
    assert b'{"do":"silence","seconds":60}' in dock


def test_a_silence_until_somebody_ends_it_is_open_and_shows_no_end() -> None:
    """The button says so, and then nothing on the page counts down to the silence's bound."""
    room = a_room("reflection")
    fay, ann = (Viewer(seat, "http://one", ENGLISH) for seat in ("fay", "ann"))
    dock = regions_of(Rendering(room, NOW, invite), fay)["dock"].decode()
    (open_one,) = re.findall(r'\{"do":"silence"[^}]*"open":true\}', dock)
    command = c.parse(open_one)
    assert isinstance(command, c.Silence)
    silent = decide(room, command, "fay", NOW)
    assert silent.silence_open
    for viewer in (fay, ann):
        page = b"".join(regions_of(Rendering(silent, NOW, invite), viewer).values()).decode()
        assert str(silent.silence_until) not in page
        assert 'data-kind="silence"' in page


def test_a_question_says_what_becomes_of_guests_and_of_which_links_it_was_asked() -> None:
    """It is shown only if there are guests, and only to people who may renew the links."""

    def dock(viewer: str, *guests: str, **more: Any) -> str:
        lobby = (*(a_seat(guest, Role.GUEST) for guest in guests), a_seat("flo"))
        room = a_room("call", links=3, lobby=lobby, **more)
        return regions_of(Rendering(room, NOW, invite), Viewer(viewer, "http://one", ENGLISH))[
            "dock"
        ].decode()

    renewal = '{"do":"renew_links","links":3}'
    removal = '{"do":"remove","seat":"ann","renew":true,"links":3}'
    for sent in (renewal, removal):
        assert sent in dock("fay")
    assert "new link" not in dock("fay")
    assert dock("fay", "dan").lower().count("the guest at the door will need the new link.") == 8
    two = dock("fay", "dan", "eva").lower()
    assert two.count("the 2 guests at the door will need the new link.") == 1 + len(a_room().seats)
    away = tuple(
        replace(seat, away_since=NOW) if seat.role is Role.FACILITATOR else seat
        for seat in a_room().seats
    )
    stand_in = dock("cem", "dan", seats=away, stand_in="cem")
    assert "2 people are at the door" in stand_in
    assert "new link" not in stand_in


def a_dock(room: Room, viewer: str) -> str:
    """The dock of this viewer, without tags."""
    dock = regions_of(Rendering(room, NOW, invite), Viewer(viewer, "http://one", ENGLISH))[
        "dock"
    ].decode()
    return re.sub(r"<[^>]*>", "", dock)


def test_a_mark_is_shown_to_facilitators_and_not_to_a_member_who_holds_the_room() -> None:
    """A stand-in still admits people by name."""
    lobby = (a_seat("eve", Role.GUEST, put_out=PutOut.REMOVED), a_seat("dan", Role.GUEST))
    room = a_room("questions", lobby=lobby, stand_in="cem")
    assert "was removed before" in a_dock(room, "fay")
    assert "was removed before" not in a_dock(room, "cem")
    assert "Admit all leaves out Eve." in a_dock(room, "cem")


def test_all_are_named_whom_admit_all_leaves_out() -> None:
    """This includes people who are away."""
    lobby = (
        a_seat("dan", Role.GUEST),
        a_seat("eva", Role.GUEST, away_since=NOW),
        a_seat("lea", Role.GUEST, by_facilitator_link=True),
    )
    assert "Admit all leaves out Eva, Lea." in a_dock(a_room("call", lobby=lobby), "fay")
    assert "leaves out" not in a_dock(a_room("call", lobby=lobby[:1] * 2), "fay")
    assert "leaves out" not in a_dock(a_room("call", lobby=lobby[1:]), "fay")


def test_the_waiting_person_reads_what_is_true_of_their_waiting() -> None:
    """Nobody lets in a latecomer who comes in by themself, unless the door is closed meanwhile."""
    late = a_seat("dan", Role.GUEST, comes_late=True)
    guest = a_seat("eve", Role.GUEST)
    room = a_room("reflection", lobby=(late, guest), door=Door(lobby=False))

    def reads(room: Room, seat: str) -> str:
        html = regions_of(Rendering(room, NOW, invite), Viewer(seat, "", ENGLISH))["stage"]
        return html.decode()

    for seat, sees in (("dan", "the facilitators can see"), ("eve", "the room shows")):
        assert f"{sees} that you are at the door" in reads(room, seat)
        assert 'data-do="more"' in reads(room, seat)
    assert "You come in by yourself" in reads(room, "dan")
    locked = replace(room, locked=True)
    assert "A facilitator will let you in" in reads(locked, "dan")
    closed = replace(room, door=Door(lobby=True))
    assert reads(closed, "dan") == reads(closed, "eve")


def test_who_waits_is_promised_nothing_while_nobody_leads() -> None:
    """The facilitators have not come yet, or have dropped out."""
    late, guest = a_seat("dan", Role.GUEST, comes_late=True), a_seat("eve", Role.GUEST)
    led = a_room("reflection", lobby=(late, guest), door=Door(lobby=False))
    seats = tuple(replace(s, away_since=NOW if led.leads(s) else None) for s in led.seats)
    alone = replace(led, seats=seats)

    def reads(room: Room, seat: str) -> str:
        html = regions_of(Rendering(room, NOW, invite), Viewer(seat, "", ENGLISH))["stage"]
        return html.decode()

    for seat, promise in (("dan", "the facilitators can see"), ("eve", "let you in shortly")):
        assert promise in reads(led, seat)
        assert promise in reads(replace(alone, stand_in="cem"), seat)
        assert promise not in reads(alone, seat)


def test_a_microphone_that_is_on_is_read_out_after_the_role() -> None:
    """A screen reader learns what the dot shows. Most microphones are off, and are left out."""
    seats = (a_seat("fay", Role.FACILITATOR), a_seat("ann", mic_on=True), a_seat("ben"))
    room = a_room(presenter=None, seats=seats)
    html = regions_of(Rendering(room, NOW, invite), Viewer("fay", "", ENGLISH))["circle"].decode()
    chairs = re.findall(r'<li id="seat-(\w+)"(.*?)</li>', html, re.DOTALL)
    read_out = {seat: re.findall(r'class="hidden">([^<]+)<', chair) for seat, chair in chairs}
    assert read_out == {"fay": [], "ann": ["member", "microphone on"], "ben": ["member"]}


@pytest.mark.parametrize("presenter", [None, "ben"])
def test_going_on_without_a_presenter_is_asked_about(presenter: str | None) -> None:
    """By the dock's *Next phase* too, which the stage may not say anything about."""
    room = a_room("call", presenter=presenter)
    regions = regions_of(Rendering(room, NOW, invite), Viewer("fay", "http://one", ENGLISH))
    (button,) = re.findall(b'<button[^>]* data-do="advance"[^>]*>', regions["dock"])
    assert (b"data-confirm" in button) == (presenter is None)


def test_facilitators_let_people_in_as_observers_and_a_stand_in_does_not() -> None:
    """Also beside the stage, which offers the plain way in to the only person at the door."""
    room = a_room("questions", lobby=(a_seat("dan", Role.GUEST, knocked=7),), stand_in="cem")
    drawn = Rendering(room, NOW, invite)
    as_observer = b"""hx-vals='{"do":"admit","seat":"dan","seen":7,"as":"observer"}'"""
    for who, may in (("fay", True), ("cem", False)):
        regions = regions_of(drawn, Viewer(who, "http://one", ENGLISH))
        assert b'"seat":"dan"' in regions["attention"]
        assert (as_observer in regions["dock"]) == may


def test_facilitators_are_offered_the_chairs_of_those_who_are_away() -> None:
    """Also to the only person at the door, whom the stage offers to let in; not by a stand-in."""
    lobby = (a_seat("dan", Role.GUEST, knocked=7),)
    room = a_room("questions", lobby=lobby, stand_in="cem")
    seats = (replace(s, away_since=NOW if s.id in ("ann", "olu") else None) for s in room.seats)
    room = replace(room, seats=tuple(seats))

    def dock(room: Room, who: str) -> str:
        regions = regions_of(Rendering(room, NOW, invite), Viewer(who, "http://one", ENGLISH))
        return regions["dock"].decode()

    for who, chairs in (("fay", 2), ("cem", 0)):
        assert dock(room, who).count('"chair":') == chairs
    assert '{"do":"admit","seat":"dan","seen":7,"chair":"ann"}' in dock(room, "fay")
    assert '<bdi translate="no">Ann</bdi>’s chair<' in dock(room, "fay")
    assert '"chair":' not in dock(a_room("questions", lobby=lobby), "fay")
    known = replace(room, lobby=(a_seat("eve"),))
    assert '"chair":' not in dock(known, "fay")


def test_a_member_who_holds_the_room_is_not_shown_who_came_by_the_facilitator_link() -> None:
    """A stand-in admits that person as a member, so the sentence would be false."""
    lobby = (a_seat("lea", Role.GUEST, by_facilitator_link=True),)
    room = a_room("questions", lobby=lobby, stand_in="cem")
    assert "to lead with you" in a_dock(room, "fay")
    assert "to lead with you" not in a_dock(room, "cem")


def test_whoever_has_spoken_can_be_invited_too() -> None:
    """Who speaks, has a hand up or is invited already is left out, and who sits back is not there
    at all; no row is elsewhere because a member has spoken."""
    room = a_room("reflection", hands=("cem",), floor=Floor("ann", NOW))
    room = replace(room, seats=(*room.seats, a_seat("dan", invited=True), a_seat("eve")))
    rows = []
    for speaks in (set(), {"fay", "ann", "ben", "cem", "dan", "eve", "olu"}):
        seats = [replace(s, spoken_ms=20_000 if s.id in speaks else 0) for s in room.seats]
        drawn = Rendering(replace(room, seats=tuple(seats)), NOW, invite)
        dock = regions_of(drawn, Viewer("fay", "http://one", ENGLISH))["dock"].decode()
        voices = dock.partition('class="voices"')[2].partition("</ul>")[0]
        assert re.findall(r'data-do="invite" data-about="(\w+)"', voices) == ["ben", "eve"]
        rows.append(re.findall(r'data-person="(\w+)"', voices))
    members = ["ann", "ben", "cem", "dan", "eve"]
    assert rows == [members, [*members, "fay"]]


def test_the_floor_is_offered_only_to_hands_that_may_have_it_now() -> None:
    """Not in a silence, and not to somebody who is away. The stage has the first one's button."""
    room = a_room("reflection", hands=("ann", "ben", "cem"))

    def offered(room: Room) -> list[str]:
        regions = regions_of(Rendering(room, NOW, invite), Viewer("fay", "http://one", ENGLISH))
        return re.findall(r'data-do="give_floor" data-about="(\w+)"', hands(regions["dock"]))

    def hands(dock: bytes) -> str:
        return dock.decode().partition('class="people"')[2].partition("</ul>")[0]

    assert offered(room) == ["ben", "cem"]
    assert offered(replace(room, silence_until=NOW + 1)) == []
    gone = [replace(s, away_since=NOW if s.id == "cem" else None) for s in room.seats]
    assert offered(replace(room, seats=tuple(gone))) == ["ben"]


def test_the_only_facilitator_is_not_offered_what_would_leave_nobody() -> None:
    """With a second one, both may go."""
    room = a_room("call")
    alone = replace(room, seats=tuple(seat for seat in room.seats if seat.id != "gil"))

    def offered(room: Room) -> set[str]:
        """What Fay may do with herself."""
        regions = regions_of(Rendering(room, NOW, invite), Viewer("fay", "http://one", ENGLISH))
        return set(re.findall(r'data-do="(\w+)" data-about="fay"', regions["dock"].decode()))

    leaving = {"make_member", "make_observer", "remove"}
    assert leaving <= offered(room)
    assert not leaving & offered(alone)


def test_the_dock_says_who_needs_to_come_back() -> None:
    """It still does so after *Not yet*, when other things are on the stage."""
    room = a_room("reflection", return_asked=True, return_seen="gil", hands=("ann",))
    assert "Mei needs to come back." in a_dock(room, "fay")
    for other in (replace(room, return_seen=None), replace(room, stand_in="mei")):
        assert "needs to come back" not in a_dock(other, "fay")


def test_facilitators_see_who_asks_to_lead_and_so_does_that_person_alone() -> None:
    """The sign has both answers; a stand-in cannot change roles."""
    room = a_room("questions", stand_in="cem")
    seats = (replace(s, by_facilitator_link=s.id in ("ann", "olu")) for s in room.seats)
    room = replace(room, seats=tuple(seats))
    said = "came by the facilitator link and would like to lead with you"
    assert a_dock(room, "fay").count(said) == 2
    assert said not in a_dock(room, "cem")
    drawn = Rendering(room, NOW, invite)

    def offers(rendering: Rendering) -> set[tuple[str, str]]:
        """What the stage and the dock offer to Fay, and about whom."""
        regions = regions_of(rendering, Viewer("fay", "http://one", ENGLISH))
        html = (regions["attention"] + regions["dock"]).decode()
        return set(re.findall(r'data-do="(\w+)" data-about="(\w+)"', html))

    answers = {("make_facilitator", "ann"), ("make_member", "ann"), ("make_observer", "olu")}
    assert answers <= offers(drawn)
    presents = offers(Rendering(replace(room, presenter="ann"), NOW, invite))
    assert ("make_facilitator", "ann") not in presents
    assert ("make_member", "ann") in presents
    for seat in ("ann", "ben"):
        told = regions_of(drawn, Viewer(seat, "", ENGLISH))["attention"].decode()
        assert ('data-sign="asks_to_lead"' in told) == (seat == "ann")


AT_THE_DOOR = decide(
    a_room("call", door=Door(knows=False)), c.Enter("dan", "Dan", Role.MEMBER), None, NOW
)
UNSEEN: dict[str, tuple[c.Command, str | None, Room]] = {
    "an offer": (c.OfferCase(), "ann", a_room("call", presenter=None)),
    "its withdrawal": (
        c.WithdrawCase(),
        "ann",
        decide(a_room("call", presenter=None), c.OfferCase(), "ann", NOW),
    ),
    "a question to present": (c.SeatPresenter("ann"), "fay", a_room("call", presenter=None)),
    "a no to it": (c.Present(yes=False), "ann", a_room("call", presenter=None, asked="ann")),
    "a wish to come back": (c.AskReturn(), "mei", a_room("reflection")),
    "an invitation to speak": (c.Invite("ann"), "fay", a_room("call")),
    "not now": (c.NotNow(), "ann", decide(a_room("call"), c.Invite("ann"), "fay", NOW)),
    "a bad line": (c.Line(bad=True), "ann", a_room("call")),
    "somebody at the door": (
        c.Enter("dan", "Dan", Role.MEMBER),
        None,
        a_room("call", door=Door(knows=False)),
    ),
    "a decline": (c.Decline("dan"), "fay", AT_THE_DOOR),
    "somebody away from the door": (
        c.NotePresence(frozenset(seat.id for seat in AT_THE_DOOR.seats)),
        None,
        AT_THE_DOOR,
    ),
    "a new name there": (c.Enter("dan", "Daniel", Role.MEMBER), None, AT_THE_DOOR),
    "a lobby": (c.Lobby(on=True), "fay", a_room("call")),
    "a setting of the door": (c.SetDoor(holds_late=True), "fay", a_room("call")),
    "a lock": (c.Lock(on=True), "fay", a_room("call")),
    "new links": (c.RenewLinks(), "fay", a_room("call")),
}
"""Changes that do not concern a bystander, of each kind that CONTRIBUTING.md names."""


@pytest.mark.parametrize("what", UNSEEN)
def test_a_bystander_sees_of_it_that_the_version_rises_and_no_more(what: str) -> None:
    """Neither the content nor the size of a region reveals them."""
    command, actor, before = UNSEEN[what]
    after = decide(before, command, actor, NOW)
    assert after != replace(before, version=after.version)
    viewer = Viewer("ben", "http://one", ENGLISH)
    one, two = (regions_of(Rendering(room, NOW, invite), viewer) for room in (before, after))
    assert {name for name in one if one[name] != two[name]} == {"state"}
    old, new = (f'data-version="{room.version}"'.encode() for room in (before, after))
    assert one["state"].replace(old, new) == two["state"]


def test_a_session_whose_last_facilitator_has_left_says_so() -> None:
    """Everybody sees it; people who may hold the room are asked to."""
    room = decide(a_room("reflection"), c.Forget(frozenset({"fay", "gil"})), None, NOW)
    seen = {v.seat: regions_of(Rendering(room, NOW, invite), v) for v in viewers(room)}
    told = {seat: regions["attention"] for seat, regions in seen.items()}
    assert all(b"Nobody leads just now" in one for one in told.values())
    asked = {seat for seat, one in told.items() if b'data-do="hold_room"' in one}
    assert asked == {"ann", "ben", "mei", "cem"}


def test_people_of_the_same_name_are_told_apart_on_the_page() -> None:
    """On their chairs, and wherever a sentence or a control names them."""
    room = a_room("call", lobby=(replace(a_seat("dan", Role.GUEST), name="Ann"),))
    room = decide(room, c.Rename("Ann"), "ben", NOW)
    dock = a_dock(room, "fay")
    chairs = regions_of(Rendering(room, NOW, invite), Viewer("ann", "http://one", ENGLISH))[
        "circle"
    ]
    assert b">Ann 2</span>" in chairs
    assert "Ann 2" in dock


def test_the_door_and_the_room_before_its_start_say_that_the_circle_keeps_a_register() -> None:
    """To everybody; where it keeps none, there is no word of it."""
    for registers in (True, False):
        room = a_room(registers=registers, lobby=(a_seat("dan", Role.GUEST),))
        for seat in ("dan", "ann", "fay"):
            stage = regions_of(Rendering(room, NOW, invite), Viewer(seat, "", ENGLISH))["stage"]
            assert (b"data-registers" in stage) == registers


def own_formats() -> Iterator[Format]:
    """Classic, with the presenter heard first and not alone, and with a phase before the case."""
    classic = a_room().plan
    place = next(number for number, phase in enumerate(classic.phases) if phase.begins_case)
    before, told, after = classic.phases[:place], classic.phases[place], classic.phases[place + 1 :]
    with_others = replace(told, heard=Heard.PRESENTER_FIRST)
    yield replace(classic, phases=(*before, with_others, *after))
    yield replace(classic, phases=(*before, replace(before[0], key="between"), told, *after))


@pytest.mark.parametrize("leader", ["fay", "ann"])
@pytest.mark.parametrize("plan", [*FORMATS.values(), *own_formats()])
def test_who_may_present_is_asked_by_one_button(plan: Format, leader: str) -> None:
    """In each phase of each format, by a facilitator or a stand-in."""
    for phase in plan.phases:
        room = a_room(phase.key, presenter=None, own_plan=plan)
        if leader == "ann":
            away = tuple(
                replace(seat, away_since=NOW) if seat.role is Role.FACILITATOR else seat
                for seat in room.seats
            )
            room = replace(room, seats=away, stand_in="ann")
        shown = regions_of(Rendering(room, NOW, invite), Viewer(leader, "http://one", ENGLISH))
        asked = re.findall(r'"do":"seat_presenter","seat":"(\w+)"', shown["dock"].decode())
        others = [seat for seat in room.seats if seat.id != room.presenter]
        assert sorted(asked) == sorted(s.id for s in others if may_present(room, s)), phase.key
