"""Arrivals: who comes in at once, who waits, and who comes in with a later phase."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.arrival import (
    comes_in_later,
    is_in,
    is_of_another_session,
    phase_for_latecomers,
)
from server.room.formats.plan import MAX_CHAIRS
from server.room.lobby import MAX_KNOWN_WAITING, MAX_WAITING
from server.room.people import MAX_OBSERVERS
from server.room.rules import decide
from server.room.state import DEBRIEF, ENDED, Door, Role
from server.room.two_circles import MAX_OUTER
from tests.support.at_door import (
    BY_CASE,
    BY_HAND,
    CLOSED,
    FACILITATOR,
    GUEST,
    MEMBER,
    OBSERVER,
    OPEN,
    a_door,
    a_stranger,
    lobby_of,
    nobody_leads,
    opens_the_lobby,
    somebody_known,
    where,
    with_strangers,
)
from tests.support.factories import NOW, PHASES, a_room, outcome


@pytest.mark.parametrize(
    ("door", "enter", "early", "telling", "between"),
    [
        (CLOSED, a_stranger(), "waits", "waits", "waits"),
        (OPEN, a_stranger(), "in", "late", "in"),
        (CLOSED, a_stranger(invited=FACILITATOR), "waits", "waits", "waits"),
        (OPEN, a_stranger(invited=FACILITATOR), "in", "in", "in"),
        (CLOSED, somebody_known(), "in", "late", "in"),
        (CLOSED | {"knows": False}, somebody_known(), "waits", "waits", "waits"),
        (OPEN | {"knows": False}, somebody_known(), "in", "late", "in"),
        (CLOSED | {"holds_late": False}, somebody_known(), "in", "in", "in"),
        (CLOSED, somebody_known(OBSERVER), "in", "late", "in"),
        (CLOSED, somebody_known(FACILITATOR), "in", "in", "in"),
        (BY_HAND, a_stranger(), "refused", "refused", "refused"),
        (BY_HAND, a_stranger(invited=FACILITATOR), "refused", "refused", "refused"),
        (BY_HAND | OPEN, somebody_known(), "waits", "waits", "waits"),
        (BY_HAND, somebody_known(FACILITATOR), "in", "in", "in"),
        (BY_CASE, a_stranger(), "waits", "waits", "waits"),
        (BY_CASE | OPEN, a_stranger(), "late", "late", "late"),
        (BY_CASE | OPEN | {"holds_late": False}, a_stranger(), "waits", "waits", "waits"),
        (BY_CASE, a_stranger(invited=FACILITATOR), "waits", "waits", "waits"),
        (BY_CASE, somebody_known(), "in", "late", "in"),
        (BY_CASE | {"knows": False}, somebody_known(), "waits", "waits", "waits"),
        (BY_CASE, somebody_known(FACILITATOR), "in", "in", "in"),
    ],
)
def test_who_comes_in_at_once_and_who_waits(
    door: dict[str, Any], enter: c.Enter, early: str, telling: str, between: str
) -> None:
    """Before the start, while the presenter tells or sits back, and in the phases between."""
    assert where(a_door(**door), enter) == early
    for phase in ("presentation", "reflection"):
        assert where(a_door(phase, **door), enter) == telling
    for phase in ("questions", "response", "closing"):
        assert where(a_door(phase, **door), enter) == between


def test_who_comes_late_is_let_in_between_phases() -> None:
    """They come in with the next phase that allows it; strangers still need to be let in."""
    room = decide(a_door("presentation"), somebody_known(), None, NOW)
    room = decide(room, a_stranger("eva"), None, NOW)
    room = decide(room, c.Go(to="reflection", from_phase="presentation"), "fay", NOW)
    assert [seat.id for seat in room.lobby] == ["dan", "eva"]
    room = decide(room, c.Advance("reflection"), "fay", NOW)
    assert [seat.id for seat in room.lobby] == ["eva"]
    assert room.seats[-1] == replace(a_room().seats[1], id="dan", name="Dan")


def test_who_comes_late_where_all_chairs_are_taken_waits_to_be_let_in() -> None:
    """The session goes on when the circle is full, and nobody is promised a chair."""
    room = a_door("presentation", holds_late=True)
    room = decide(room, somebody_known(), None, NOW)
    for number in range(6):
        room = decide(room, c.Enter(f"f{number}", "F", FACILITATOR), None, NOW)
    room = decide(room, c.Advance("presentation"), "fay", NOW)
    assert (room.phase, len(room.lobby)) == ("questions", 1)
    assert not comes_in_later(room, room.lobby[0])


def test_who_was_away_when_the_others_came_in_comes_in_when_they_are_back() -> None:
    """As if they had come then; in a phase that holds latecomers they go on waiting."""
    room = decide(a_door("presentation"), somebody_known(), None, NOW)
    everybody = frozenset(seat.id for seat in room.people)
    gone = decide(room, c.NotePresence(everybody - {"dan"}), None, NOW)
    open_to_them = decide(gone, c.Advance("presentation"), "fay", NOW)
    assert lobby_of(open_to_them) == ["dan"]
    back = decide(open_to_them, c.NotePresence(everybody), None, NOW + 1)
    assert (lobby_of(back), back.seats[-1].id) == ([], "dan")
    held = decide(open_to_them, c.Advance("questions"), "fay", NOW)
    assert lobby_of(decide(held, c.NotePresence(everybody), None, NOW + 1)) == ["dan"]


def test_a_stranger_waits_for_the_next_open_phase_though_this_one_is_open() -> None:
    """The case has locked the room; somebody else's line does not let them in."""
    room = decide(a_door("questions", lobby=False, **BY_CASE), a_stranger(), None, NOW)
    assert comes_in_later(room, room.lobby[0])
    everybody = frozenset(seat.id for seat in room.people)
    room = decide(room, c.NotePresence(everybody - {"ann"}), None, NOW)
    assert lobby_of(room) == ["dan"]
    found = [room]
    for phase in ("questions", "reflection"):
        found.append(decide(found[-1], c.Advance(phase), "fay", NOW))
    assert [lobby_of(room) for room in found] == [["dan"], ["dan"], []]


@pytest.mark.parametrize(
    ("plan", "phase", "opens"),
    [
        ("classic-60", "presentation", "questions"),
        ("classic-60", "reflection", "response"),
        ("two-circles-90", "reflection", "response"),
        ("consultation-45", "hypotheses", "solutions"),
        ("troika", "thinking-1", "asking-2"),
        ("troika", "thinking-3", None),
        ("classic-60", "closing", None),
    ],
)
def test_latecomers_come_in_with_the_next_phase_that_is_open(
    plan: str, phase: str, opens: str | None
) -> None:
    """Where none is to come, a facilitator lets them in."""
    late = replace(a_room().seats[1], id="dan", comes_late=True)
    room = a_room(phase, format=plan, lobby=(late,))
    found = phase_for_latecomers(room)
    assert (found.key if found else None) == opens
    assert comes_in_later(room, late) == (opens is not None)


def test_the_facilitators_link_leads_in_where_nobody_is_to_be_asked() -> None:
    """All facilitators are away, so nobody could admit them."""
    room = a_door()
    gone = frozenset(seat.id for seat in room.seats if seat.role is not FACILITATOR)
    room = decide(room, a_stranger(), None, NOW)
    room = decide(room, c.NotePresence(gone | {"dan"}, frozenset()), None, NOW)
    room = decide(room, a_stranger(invited=FACILITATOR), None, NOW)
    assert (room.lobby, room.seats[-1].role) == ((), FACILITATOR)


def test_the_lobby_has_an_end() -> None:
    """A forwarded link cannot exhaust memory."""
    room = a_door()
    for number in range(MAX_WAITING):
        room = decide(room, a_stranger(f"g{number}"), None, NOW)
    assert outcome(room, a_stranger("more"), None) == "full"


@pytest.mark.parametrize("door", [{"locked": "by hand"}, {"knows": False}])
def test_strangers_at_the_door_take_no_place_from_people_the_circle_knows(
    door: dict[str, Any],
) -> None:
    """The reverse holds as well: as many known people may wait as fit into a room."""
    assert MAX_KNOWN_WAITING == MAX_CHAIRS + MAX_OUTER + MAX_OBSERVERS
    crowd = [f"g{number}" for number in range(MAX_WAITING)]
    room = replace(with_strangers(a_door(), *crowd), door=Door(knows=door.get("knows", True)))
    room = replace(room, locked="locked" in door)
    for number in range(MAX_KNOWN_WAITING):
        room = decide(room, c.Enter(f"k{number}", "K", MEMBER), None, NOW)
    assert outcome(room, somebody_known(), None) == "full"
    room = replace(room, locked=False)
    everybody = tuple(lobby_of(room))
    assert len(everybody) == MAX_WAITING + MAX_KNOWN_WAITING
    assert where(decide(room, c.Decline("g0"), "fay", NOW), a_stranger()) == "waits"
    assert decide(room, c.Decline(seats=everybody), "fay", NOW).lobby == ()


KNOWN = [MEMBER, OBSERVER]


@pytest.mark.parametrize("role", KNOWN)
@pytest.mark.parametrize("sits", [True, False])
def test_a_known_person_asks_to_lead_by_the_facilitators_link_while_somebody_leads(
    role: Role, sits: bool
) -> None:
    """They keep or get their usual chair; a facilitator promotes them, or does not."""
    known = somebody_known(role)
    before = decide(a_door(), known, None, NOW) if sits else a_door()
    by_link = replace(known, invited=FACILITATOR)
    room = decide(before, by_link, None, NOW)
    mine = room.seat("dan")
    assert mine is not None
    assert (mine.role, mine.by_facilitator_link) == (role, True)
    assert outcome(room, by_link, None) == "stale"
    led = decide(room, c.MakeFacilitator("dan"), "fay", NOW)
    stays = c.MakeMember("dan") if role is MEMBER else c.MakeObserver("dan")
    left = decide(room, stays, "fay", NOW)
    assert outcome(left, stays, "fay") == "stale"
    for after, becomes in ((led, FACILITATOR), (left, role)):
        mine = after.seat("dan")
        assert mine is not None
        assert (mine.role, mine.by_facilitator_link) == (becomes, False)


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("change", ["nobody leads", "no lobby"])
def test_a_known_person_leads_by_the_facilitators_link_where_nobody_is_to_be_asked(
    change: str, asked: bool
) -> None:
    """This holds even for a pending request whose possible judges have all gone."""
    room = decide(a_door(), somebody_known(), None, NOW)
    by_link = replace(somebody_known(), invited=FACILITATOR)
    room = decide(room, by_link, None, NOW) if asked else room
    room = nobody_leads(room) if change == "nobody leads" else opens_the_lobby(room)
    room = decide(room, by_link, None, NOW)
    assert (room.seats[-1].role, room.seats[-1].by_facilitator_link) == (FACILITATOR, False)


@pytest.mark.parametrize("command", [c.Remove("gil"), c.MakeMember("gil"), c.RenewLinks()])
def test_nobody_asks_to_lead_by_a_link_that_is_dead(command: c.Command) -> None:
    """This holds from a chair as well as at the door."""
    room = decide(a_door(), replace(somebody_known(), invited=FACILITATOR), None, NOW)
    assert room.seats[-1].by_facilitator_link
    room = decide(room, command, "fay", NOW)
    assert not any(seat.by_facilitator_link for seat in room.seats)


@pytest.mark.parametrize("enter", [somebody_known(), a_stranger()])
def test_nobody_who_comes_in_with_the_next_phase_leads_by_that(enter: c.Enter) -> None:
    """They came late by the facilitator link, and no facilitator has agreed."""
    room = a_door("presentation", lobby=False)
    room = decide(room, enter, None, NOW)
    room = decide(room, c.Lobby(on=True), "fay", NOW)
    room = decide(room, replace(enter, invited=FACILITATOR), None, NOW)
    room = decide(room, c.Lobby(on=False), "fay", NOW)
    room = decide(room, c.Go(to="questions", from_phase="presentation"), "fay", NOW)
    assert [(s.id, s.role, s.by_facilitator_link) for s in room.seats[-1:]] == [
        ("dan", MEMBER, True)
    ]


@pytest.mark.parametrize("lobby", [True, False])
def test_a_newcomer_who_comes_late_is_let_in_or_comes_in_between_phases(lobby: bool) -> None:
    """They come in automatically only where newcomers need no permission."""
    room = decide(a_door("call", lobby=lobby), c.Advance("call"), "fay", NOW)
    room = decide(room, a_stranger(), None, NOW)
    assert where(room, a_stranger("eva")) == ("waits" if lobby else "late")
    assert decide(room, c.Admit("dan"), "fay", NOW).seats[-1].role is MEMBER
    room = decide(room, c.Go(to="reflection", from_phase="presentation"), "fay", NOW)
    assert [seat.id for seat in room.lobby] == ["dan"]
    room = decide(room, c.Advance("reflection"), "fay", NOW)
    assert [seat.id for seat in room.lobby] == (["dan"] if lobby else [])


@pytest.mark.parametrize("change", [c.Lock(on=True), c.Lobby(on=True)])
def test_who_needs_permission_by_now_does_not_come_in_by_themself(change: c.Command) -> None:
    """The door was closed while they waited for the next phase."""
    room = decide(a_door("call", lobby=False), c.Advance("call"), "fay", NOW)
    room = decide(room, a_stranger(), None, NOW)
    assert [seat for seat in room.lobby if comes_in_later(room, seat)] == list(room.lobby)
    room = decide(room, change, "fay", NOW)
    assert not [seat for seat in room.lobby if comes_in_later(room, seat)]
    room = decide(room, c.Advance("presentation"), "fay", NOW)
    assert [seat.id for seat in room.lobby] == ["dan"]


@pytest.mark.parametrize("phase", [DEBRIEF, ENDED])
def test_nobody_comes_in_after_the_members_have_left(phase: str) -> None:
    """Facilitators do not, either: the session is over."""
    for enter in (a_stranger(), somebody_known(), a_stranger(invited=FACILITATOR)):
        assert outcome(a_room(phase), enter, None) == "not_now"


@pytest.mark.parametrize("phase", PHASES)
def test_nobody_in_the_lobby_is_heard_or_counted(phase: str) -> None:
    """People in the lobby have no part in the room, whatever its phase."""
    room = decide(a_door(phase), a_stranger(), None, NOW)
    assert room.seats == a_door(phase).seats


@pytest.mark.parametrize(
    ("enter", "has_place"),
    [
        (c.Enter("ann", "Anna", MEMBER), True),
        (c.Enter("ann", "Ann", MEMBER, MEMBER), True),
        (c.Enter("ann", "Anna", MEMBER, MEMBER), False),
        (c.Enter("ann", "Ann", MEMBER, FACILITATOR), False),
        (c.Enter("fay", "Fay", FACILITATOR, FACILITATOR), True),
        (c.Enter("ben", "Ben", MEMBER, FACILITATOR), True),
        (c.Enter("eve", "Eve"), False),
        (c.Enter("gone", "Gone", MEMBER, MEMBER), True),
    ],
    ids=["cookie", "same", "renamed", "asks", "leads", "has asked", "new", "has left"],
)
def test_people_who_have_their_place_change_nothing_by_coming(
    enter: c.Enter, has_place: bool
) -> None:
    """Only the form changes a name, and a request to lead stays."""
    room = a_room(door=Door(), gone=("gone",))
    room = decide(room, c.Enter("ben", "Ben", MEMBER, FACILITATOR), None, NOW)
    assert is_in(room, enter) == has_place


@pytest.mark.parametrize(
    ("enter", "is_unknown"),
    [
        (c.Enter("dan", "Dan", GUEST), True),
        (c.Enter("dan", "Dan", GUEST, MEMBER), False),
        (c.Enter("dan", "Dan"), False),
        (c.Enter("ann", "Ann", MEMBER), False),
        (c.Enter("lapsed", "Lou", GUEST), False),
    ],
    ids=["cookie", "link", "new", "member", "lapsed"],
)
def test_a_guest_whom_the_room_does_not_know_needs_a_link(enter: c.Enter, is_unknown: bool) -> None:
    """They waited in a session that never ended; their cookie alone no longer lets them wait."""
    assert is_of_another_session(a_room(lapsed=("lapsed",)), enter) == is_unknown
