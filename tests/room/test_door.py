"""The door: who is admitted at once, who waits, who is let in, and how people leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.arrival import comes_in_later, is_in, is_of_another_session
from server.room.door import is_let_in_together
from server.room.due import AWAY_KEEPS_PLACE_MS, next_due
from server.room.formats.plan import MAX_CHAIRS
from server.room.lobby import MAX_KNOWN_WAITING, MAX_LAPSED, MAX_PUT_OUT, MAX_WAITING
from server.room.people import MAX_OBSERVERS
from server.room.rules import decide
from server.room.state import DEBRIEF, ENDED, WAITING, Door, PutOut, Role, Room, decode, encode
from server.room.two_circles import MAX_OUTER
from server.views.refusals import sentence
from tests.support.factories import NOW, PHASES, a_room, idle_until, outcome, refusal, said

GUEST, MEMBER, FACILITATOR, OBSERVER = Role.GUEST, Role.MEMBER, Role.FACILITATOR, Role.OBSERVER


def a_stranger(seat: str = "dan", invited: Role = MEMBER) -> c.Enter:
    """Somebody unknown to the circle comes by a link."""
    return c.Enter(seat, seat.capitalize(), None, invited)


def somebody_known(role: Role = MEMBER) -> c.Enter:
    """Somebody from an earlier session comes again."""
    return c.Enter("dan", "Dan", role)


def a_door(phase: str = WAITING, *, locked: str = "", **door: Any) -> Room:
    """A room whose door has its defaults, except for these settings. Any: bool, except one str.

    `locked`: `by hand`, or `by case`.
    """
    room = a_room(phase, door=Door(**door))
    return replace(room, locked=locked == "by hand", locked_by_case=locked == "by case")


def where(room: Room, enter: c.Enter) -> str:
    """`in`, `waits`, `late` or `refused`."""
    if outcome(room, enter, None) != "ok":
        return "refused"
    room = decide(room, enter, None, NOW)
    waiting = room.waiting(enter.seat)
    if waiting is None:
        return "in"
    assert room.seat(enter.seat) is None
    return "late" if waiting.comes_late else "waits"


CLOSED = {"lobby": True}
OPEN = {"lobby": False}
BY_HAND: dict[str, Any] = {"locked": "by hand"}
BY_CASE: dict[str, Any] = {"locked": "by case"}


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


def test_the_lobby_is_there_by_itself() -> None:
    """By default, nobody comes in by the member link unseen."""
    assert Door().lobby


def test_who_waits_is_let_in_by_a_facilitator_and_becomes_a_member() -> None:
    """They are admitted by name; the name may have been corrected meanwhile."""
    room = decide(a_door(), a_stranger(), None, NOW)
    room = decide(room, c.Enter("dan", "Daniel", GUEST), None, NOW)
    assert outcome(room, c.Enter("dan", "Daniel", GUEST), None) == "stale"
    assert outcome(room, c.Admit("dan"), "ann") == "not_allowed"
    room = decide(room, c.Admit("dan"), "fay", NOW)
    assert (room.seats[-1].name, room.seats[-1].role, room.lobby) == ("Daniel", MEMBER, ())
    assert outcome(room, c.Admit("dan"), "gil") == "unknown_seat"


def with_strangers(room: Room, *seats: str) -> Room:
    """The room with these strangers waiting at its door."""
    for seat in seats:
        room = decide(room, a_stranger(seat), None, NOW)
    return room


def lobby_of(room: Room) -> list[str]:
    """The seats in the lobby."""
    return [seat.id for seat in room.lobby]


def test_those_who_were_seen_at_the_door_are_let_in_at_once() -> None:
    """Newcomers stay at the door, and people who left meanwhile do not block the others."""
    room = with_strangers(a_door(), "dan", "eva", "flo", "ned")
    room = decide(room, c.Decline("eva"), "gil", NOW)
    room = decide(room, c.Admit(seats=("dan", "eva", "flo")), "fay", NOW)
    assert [seat.id for seat in room.seats[-2:]] == ["dan", "flo"]
    assert lobby_of(room) == ["ned"]
    assert outcome(room, c.Admit(seats=("dan", "eva", "flo")), "gil") == "stale"


def test_those_who_were_seen_at_the_door_are_declined_at_once() -> None:
    """It includes people who are away or who ask to lead. Newcomers still waiting stay."""
    room = with_strangers(a_door(), "dan", "eva", "ned")
    room = decide(room, a_stranger("lea", FACILITATOR), None, NOW)
    here = frozenset(seat.id for seat in (*room.seats, *room.lobby)) - {"eva"}
    room = decide(room, c.NotePresence(here), None, NOW)
    room = decide(room, c.Decline(seats=("dan", "eva", "lea", "gone")), "fay", NOW)
    assert lobby_of(room) == ["ned"]
    assert outcome(room, c.Decline(seats=("dan", "eva", "lea")), "gil") == "stale"


@pytest.mark.parametrize("kind", [c.Admit, c.Decline])
def test_who_names_nobody_has_seen_nobody(kind: type[c.Admit | c.Decline]) -> None:
    """Pages of an earlier release admitted everybody without names, newcomers included."""
    room = with_strangers(a_door(), "dan")
    assert outcome(room, kind(), "fay") == "stale"
    assert outcome(room, kind(seats=("",)), "fay") == "stale"
    everybody = MAX_WAITING + MAX_KNOWN_WAITING
    assert outcome(room, kind(seats=("x",) * everybody), "fay") == "stale"
    assert outcome(room, kind(seats=("x",) * (everybody + 1)), "fay") == "too_long"


def test_a_refusal_at_the_door_says_who_is_still_there() -> None:
    """It says that people have left only about those who did."""
    room = with_strangers(put_out(a_door(), PutOut.REMOVED), "dan")
    room = decide(knocks_again(room), a_stranger("dan", FACILITATOR), None, NOW)
    by_name = said(room, c.Admit(seats=("dan", "eve", "ned")), "fay")
    assert by_name.endswith(": please press “Admit” beside each name.")
    for kind in (c.Admit, c.Decline):
        assert said(room, kind(seats=("ned",)), "fay").endswith(
            ": the people you saw are no longer waiting; please check who is there now."
        )
        bare = said(room, kind(), "fay")
        assert bare.endswith(": your page did not say whom you saw; please press again.")
        assert said(a_door(), kind(), "fay").endswith(": nobody is at the door.")


@pytest.mark.parametrize("kind", [c.Admit, c.Decline])
def test_one_who_is_named_is_the_only_one(kind: type[c.Admit | c.Decline]) -> None:
    """A list in the same command is ignored."""
    room = decide(
        with_strangers(a_door(), "dan", "eva"), kind(seat="dan", seats=("dan", "eva")), "fay", NOW
    )
    assert lobby_of(room) == ["eva"]


def test_a_full_lobby_is_emptied_at_once() -> None:
    """The twenty-first person gets in."""
    crowd = tuple(f"g{number}" for number in range(MAX_WAITING))
    room = with_strangers(a_door(), *crowd)
    assert where(room, a_stranger()) == "refused"
    room = decide(room, c.Decline(seats=crowd), "fay", NOW)
    assert room.lobby == ()
    assert where(room, a_stranger()) == "waits"


def test_who_is_declined_waits_no_more() -> None:
    """They may knock again."""
    room = decide(a_door(), a_stranger(), None, NOW)
    room = decide(room, c.Decline("dan"), "fay", NOW)
    assert room.lobby == ()
    assert outcome(room, c.Decline("dan"), "gil") == "unknown_seat"
    assert where(room, a_stranger()) == "waits"


def test_nothing_may_be_done_from_the_lobby_and_nothing_is_told_of_the_room() -> None:
    """The refusal does not reveal the phase."""
    room = decide(a_door("reflection"), a_stranger(), None, NOW)
    refused = refusal(room, c.RaiseHand(), "dan")
    assert refused.code == "not_allowed"
    assert sentence(refused) == (
        "Raise hand, asked by somebody in the lobby: a facilitator lets you in first."
    )


def test_who_comes_late_is_let_in_between_phases() -> None:
    """They come in with the next phase that allows it; strangers still need to be let in."""
    room = decide(a_door("presentation"), somebody_known(), None, NOW)
    room = decide(room, a_stranger("eva"), None, NOW)
    room = decide(room, c.Go(to="reflection", from_phase="presentation"), "fay", NOW)
    assert [seat.id for seat in room.lobby] == ["dan", "eva"]
    room = decide(room, c.Advance("reflection"), "fay", NOW)
    assert [seat.id for seat in room.lobby] == ["eva"]
    assert room.seats[-1] == replace(a_room().seats[1], id="dan", name="Dan")


def test_who_comes_late_where_all_chairs_are_taken_goes_on_waiting() -> None:
    """The session goes on when the circle is full."""
    room = a_door("presentation", holds_late=True)
    room = decide(room, somebody_known(), None, NOW)
    for number in range(6):
        room = decide(room, c.Enter(f"f{number}", "F", FACILITATOR), None, NOW)
    room = decide(room, c.Advance("presentation"), "fay", NOW)
    assert (room.phase, len(room.lobby)) == ("questions", 1)


def test_whoever_comes_by_the_facilitators_link_is_admitted_by_name() -> None:
    """This holds while somebody leads and can see the request; admitting all promotes nobody."""
    room = decide(a_door(), a_stranger(), None, NOW)
    room = decide(room, a_stranger(invited=FACILITATOR), None, NOW)
    room = decide(room, a_stranger("eva"), None, NOW)
    assert outcome(room, a_stranger(invited=FACILITATOR), None) == "stale"
    room = decide(room, c.Admit(seats=("dan", "eva")), "fay", NOW)
    assert [seat.id for seat in room.lobby] == ["dan"]
    assert outcome(room, c.Admit(seats=("dan",)), "fay") == "stale"
    room = decide(room, c.Admit("dan"), "fay", NOW)
    assert (room.lobby, room.seats[-1].role) == ((), FACILITATOR)
    assert not room.seats[-1].by_facilitator_link


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


def test_somebody_who_calls_themself_something_else_was_not_seen() -> None:
    """The same holds after another link was opened meanwhile. They may still be declined."""
    room = with_strangers(a_door(), "dan", "eva")
    seen = max(seat.knocked for seat in room.lobby)
    one, several = c.Admit("dan", seen=seen), c.Admit(seats=("dan", "eva"), seen=seen)
    for changed in (c.Enter("dan", "Professor Ng", GUEST), a_stranger("dan", FACILITATOR)):
        after = decide(room, changed, None, NOW)
        assert said(after, one, "fay").endswith("please look again, and press again.")
        assert lobby_of(decide(after, several, "fay", NOW)) == ["dan"]
        assert outcome(after, c.Decline("dan"), "fay") == "ok"
        again = replace(one, seen=max(seat.knocked for seat in after.lobby))
        let_in = decide(after, again, "fay", NOW)
        assert (let_in.seats[-1].id, let_in.seats[-1].knocked) == ("dan", 0)
    alone = with_strangers(a_door(), "dan")
    admit = c.Admit(seats=("dan",), seen=alone.lobby[0].knocked)
    assert outcome(alone, admit, "fay") == "ok"
    assert outcome(decide(alone, c.Enter("dan", "Ng", GUEST), None, NOW), admit, "fay") == "stale"
    assert outcome(room, several, "fay") == "ok"


def test_somebody_who_comes_back_by_another_name_was_not_seen() -> None:
    """The seat is the same, since it comes from their cookie."""
    room = with_strangers(a_door(), "dan")
    seen = room.lobby[0].knocked
    here = frozenset(seat.id for seat in room.seats)
    room = decide(room, c.NotePresence(here), None, NOW)
    room = decide(room, c.FallDue(), None, NOW + AWAY_KEEPS_PLACE_MS)
    room = decide(room, c.Enter("dan", "Professor Ng", GUEST), None, NOW)
    assert outcome(room, c.Admit("dan", seen=seen), "fay") == "stale"


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


def test_a_locked_room_lets_back_in_but_nobody_new() -> None:
    """The lock stops strangers; a reload comes back in."""
    room = decide(a_room(), c.Lock(on=True), "fay", NOW)
    assert where(room, a_stranger()) == "refused"
    assert outcome(room, c.Enter("ann", "Anna", MEMBER), None) == "ok"
    assert outcome(room, c.Lock(on=True), "gil") == "stale"


@pytest.mark.parametrize("setting", [True, False])
def test_the_room_locks_itself_as_the_case_begins(setting: bool) -> None:
    """The circle chooses this; a facilitator may unlock the room, or lock it for good."""
    room = a_door("call", locks_with_case=setting)
    room = decide(room, c.Advance("call"), "fay", NOW)
    assert (room.locked, room.locked_by_case) == (False, setting)
    locked = decide(room, c.Lock(on=True), "fay", NOW)
    assert where(locked, a_stranger()) == "refused"
    assert outcome(locked, c.Lock(on=True), "gil") == "stale"
    unlocked = decide(locked, c.Lock(on=False), "fay", NOW)
    assert (unlocked.locked, unlocked.locked_by_case) == (False, False)
    assert outcome(unlocked, c.Lock(on=False), "gil") == "stale"
    assert outcome(room, c.Lock(on=False), "fay") == ("ok" if setting else "stale")


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


def test_a_lock_from_before_there_were_two_is_the_stricter_one() -> None:
    """A room stored by an earlier release says only that it is locked."""
    room = decode(encode(a_door("reflection", locked="by hand")))
    assert b"locked_by_case" not in encode(room)
    assert where(room, a_stranger()) == "refused"


@pytest.mark.parametrize("setting", ["knows", "locks_with_case", "holds_late"])
def test_what_the_door_does_is_set_one_by_one(setting: str) -> None:
    """The other settings stay; setting the same value again is stale."""
    change: dict[str, Any] = {setting: False}
    room = decide(a_door(), c.SetDoor(**change), "fay", NOW)
    assert room.door == replace(Door(), **change)
    assert outcome(room, c.SetDoor(**change), "gil") == "stale"
    assert outcome(room, c.SetDoor(), "gil") == "stale"


@pytest.mark.parametrize("enter", [a_stranger(), somebody_known()])
def test_who_has_left_the_lobby_gives_up_their_place_after_a_minute(enter: c.Enter) -> None:
    """A person who comes back waits again, and is visible again."""
    room = decide(a_door("presentation"), enter, None, NOW)
    room = decide(room, a_stranger("eva"), None, NOW)
    here = frozenset(seat.id for seat in (*room.seats, *room.lobby)) - {"dan"}
    room = decide(room, c.NotePresence(here), None, NOW)
    until = NOW + AWAY_KEEPS_PLACE_MS
    assert next_due(room) == until
    assert outcome(room, c.FallDue(), None, until - 1) == "stale"
    gone = decide(room, c.FallDue(), None, until)
    assert [seat.id for seat in gone.lobby] == ["eva"]
    assert next_due(gone) == idle_until(gone)
    assert gone.lapsed == (("dan",) if enter.role is None else ())
    assert outcome(gone, c.Admit("dan"), "fay", until) == "unknown_seat"
    again = decide(gone, enter, None, until)
    assert [(seat.id, seat.away_since) for seat in again.lobby] == [("eva", None), ("dan", None)]
    assert again.lapsed == decide(gone, c.End(), "fay", until).lapsed == ()
    back = decide(room, c.NotePresence(here | {"dan"}), None, until - 1)
    assert next_due(back) == idle_until(back)


def test_those_who_have_left_the_lobby_are_remembered_within_bounds() -> None:
    """The newest are kept, since they are the likeliest to come back."""
    room, now = a_door(), NOW
    here = frozenset(seat.id for seat in room.seats)
    for number in range(MAX_LAPSED + 2):
        room = decide(room, a_stranger(f"g{number}"), None, now)
        room = decide(room, c.NotePresence(here), None, now)
        now += AWAY_KEEPS_PLACE_MS
        room = decide(room, c.FallDue(), None, now)
    assert room.lapsed == tuple(f"g{number}" for number in range(2, MAX_LAPSED + 2))


def test_the_lobby_is_switched_for_whoever_comes_next() -> None:
    """People who already wait keep waiting."""
    room = decide(a_door(), a_stranger(), None, NOW)
    room = decide(room, c.Lobby(on=False), "fay", NOW)
    assert [seat.id for seat in room.lobby] == ["dan"]
    assert where(room, a_stranger("eva")) == "in"
    assert outcome(room, c.Lobby(on=False), "fay") == "stale"


def test_a_removal_can_renew_the_links_in_the_same_step() -> None:
    """The removed person still has the old link, which no longer admits them."""
    room = a_room()
    assert decide(room, c.Remove("ann"), "fay", NOW).links == room.links
    room = decide(room, c.Remove("ann", renew=True), "fay", NOW)
    assert (room.seat("ann"), room.links) == (None, 1)


@pytest.mark.parametrize("command", [c.Remove("gil"), c.MakeMember("gil"), c.MakeObserver("gil")])
def test_the_facilitator_link_dies_with_each_facilitator_who_goes(command: c.Command) -> None:
    """They may remember it; the members' link stays valid."""
    room = a_room()
    changed = decide(room, command, "fay", NOW)
    assert changed.serial(FACILITATOR) == room.serial(FACILITATOR) + 1
    assert changed.serial(MEMBER) == room.serial(MEMBER)
    again = decide(changed, c.RenewLinks(), "fay", NOW)
    assert again.serial(FACILITATOR) == changed.serial(FACILITATOR) + 1
    assert decide(room, c.Remove("ann"), "fay", NOW).serial(FACILITATOR) == room.serial(FACILITATOR)


def test_links_are_renewed_each_time_anew() -> None:
    """Each renewal invalidates all earlier invitations."""
    room = decide(decide(a_room(), c.RenewLinks(), "fay", NOW), c.RenewLinks(), "gil", NOW)
    assert room.links == a_room().links + 2


@pytest.mark.parametrize("command", [c.RenewLinks(), c.Remove("ann", renew=True)])
def test_guests_do_not_wait_by_a_link_that_is_dead(command: c.Command) -> None:
    """Guests who were away cannot come back by it; people known to the circle still wait."""
    room = with_strangers(a_door(knows=False), "dan", "eva")
    room = replace(decide(room, c.Enter("flo", "Flo", MEMBER), None, NOW), lapsed=("hua",))
    room = decide(room, command, "fay", NOW)
    assert lobby_of(room) == ["flo"]
    assert room.lapsed == ()


@pytest.mark.parametrize("command", [c.Remove("gil"), c.MakeMember("gil"), c.MakeObserver("gil")])
def test_nobody_waits_to_lead_by_a_link_that_is_dead(command: c.Command) -> None:
    """The facilitator link is revoked with each facilitator who goes; the members' link is not, so
    Dan, who has opened both, still waits. From then on everybody is an ordinary guest."""
    room = decide(with_strangers(a_door(), "dan", "eva"), a_stranger("lea", FACILITATOR), None, NOW)
    room = decide(room, a_stranger("dan", FACILITATOR), None, NOW)
    assert [seat.id for seat in room.lobby if seat.by_facilitator_link] == ["dan", "lea"]
    assert decide(room, c.Remove("ann"), "fay", NOW).lobby == room.lobby
    room = decide(room, command, "fay", NOW)
    assert lobby_of(room) == ["dan", "eva", "lea"]
    assert not [seat for seat in room.lobby if seat.by_facilitator_link]
    room = decide(room, c.Admit(seats=("dan", "eva", "lea")), "fay", NOW)
    assert {seat.role for seat in room.seats[-3:]} == {MEMBER}


def test_a_member_who_was_put_out_and_waits_to_lead_does_not_lead_by_a_dead_link() -> None:
    """They are a member again once they are let in, however the link was renewed."""
    by_link = c.Enter("dan", "Dan", MEMBER, FACILITATOR)
    room = decide(a_door(knows=False), somebody_known(), None, NOW)
    room = decide(decide(room, c.Decline("dan"), "fay", NOW), by_link, None, NOW)
    for renewal in (c.Remove("gil"), c.RenewLinks()):
        after = decide(decide(room, renewal, "fay", NOW), c.Admit("dan"), "fay", NOW)
        assert (after.seats[-1].id, after.seats[-1].role) == ("dan", MEMBER)


@pytest.mark.parametrize(
    "renewal",
    [c.RenewLinks(links=0), c.Remove("ann", renew=True, links=0)],
    ids=["renew", "remove"],
)
def test_links_that_were_renewed_meanwhile_are_not_renewed_again(renewal: c.Command) -> None:
    """Guests who came by the new link stay, as does the person whom the request was about."""
    room = decide(a_door(), c.RenewLinks(links=0), "fay", NOW)
    room = with_strangers(room, "dan")
    assert refusal(room, renewal, "gil").code == "stale"
    assert decide(room, replace(renewal, links=1), "gil", NOW).links == 2
    assert decide(decide(a_door(), c.MakeMember("gil"), "fay", NOW), renewal, "fay", NOW).links == 1


def test_who_is_removed_without_new_links_needs_not_say_which_were_seen() -> None:
    """The serial number matters only for a renewal."""
    room = decide(a_door(), c.RenewLinks(), "fay", NOW)
    assert decide(room, c.Remove("ann", links=0), "fay", NOW).seat("ann") is None


RENEWALS = [
    (c.RenewLinks(), {MEMBER, FACILITATOR}),
    (c.Remove("ann", renew=True), {MEMBER, FACILITATOR}),
    (c.Remove("gil"), {FACILITATOR}),
    (c.MakeMember("gil"), {FACILITATOR}),
]


@pytest.mark.parametrize("lobby", [True, False])
@pytest.mark.parametrize(("renewal", "dead"), RENEWALS)
@pytest.mark.parametrize("invited", [MEMBER, FACILITATOR])
def test_a_link_that_is_renewed_while_the_form_is_under_way_lets_nobody_in(
    invited: Role, renewal: c.Command, dead: set[Role], lobby: bool
) -> None:
    """It promotes nobody, waiting or seated, either; a link that was not renewed stays valid."""
    before = with_strangers(a_door(lobby=True), "eva")
    before = replace(before, door=Door(lobby=lobby))
    serial = before.serial(invited)
    room = decide(before, renewal, "fay", NOW)
    for seat, role in (("dan", GUEST), ("eva", GUEST), ("ben", MEMBER)):
        enter = c.Enter(seat, "Dan", role, invited, serial=serial)
        assert outcome(before, enter, None) == "ok"
        assert outcome(room, enter, None) == ("not_allowed" if invited in dead else "ok")
        newer = replace(enter, serial=room.serial(invited))
        assert outcome(room, newer, None) == "ok"


def put_out(room: Room, how: PutOut, seat: str = "eva") -> Room:
    """The room after this person was removed, or declined at its door."""
    room = with_strangers(room, seat)
    if how is PutOut.DECLINED:
        return decide(room, c.Decline(seat), "fay", NOW)
    return decide(decide(room, c.Admit(seat), "fay", NOW), c.Remove(seat), "fay", NOW)


def knocks_again(room: Room, seat: str = "eve", former: str = "eva") -> Room:
    """They join again in the browser that has their revoked cookie."""
    return decide(room, c.Enter(seat, "Eve", GUEST, former=former), None, NOW)


@pytest.mark.parametrize("how", PutOut)
def test_who_was_put_out_and_knocks_again_is_marked(how: PutOut) -> None:
    """The mark stays until they are let in by name; admitting all skips them."""
    room = with_strangers(put_out(a_door(), how), "dan")
    room = knocks_again(room)
    assert {seat.id: seat.put_out for seat in room.lobby} == {"dan": None, "eve": how}
    assert [seat.id for seat in room.lobby if is_let_in_together(seat)] == ["dan"]
    several = decide(room, c.Admit(seats=("dan", "eve")), "fay", NOW)
    assert lobby_of(several) == ["eve"]
    assert outcome(several, c.Admit(seats=("eve",)), "fay") == "stale"
    alone = decide(several, c.Admit("eve"), "fay", NOW)
    assert (alone.seats[-1].id, alone.seats[-1].put_out) == ("eve", None)


@pytest.mark.parametrize("how", PutOut)
@pytest.mark.parametrize("phase", [WAITING, "presentation", "questions"])
def test_who_was_put_out_is_let_in_by_somebody_whatever_the_door_does(
    how: PutOut, phase: str
) -> None:
    """Neither an open lobby nor the next phase admits them."""
    room = replace(put_out(a_door(), how), door=Door(lobby=False))
    room = knocks_again(replace(room, phase=phase))
    assert lobby_of(room) == ["eve"]
    assert not comes_in_later(room, room.lobby[0])


def nobody_leads(room: Room) -> Room:
    """The room after its facilitators have dropped out and everybody else stayed."""
    here = (seat for seat in (*room.seats, *room.lobby) if seat.role is not FACILITATOR)
    return decide(room, c.NotePresence(frozenset(seat.id for seat in here)), None, NOW)


def opens_the_lobby(room: Room) -> Room:
    """The room in which newcomers need nobody's permission."""
    return decide(room, c.Lobby(on=False), "fay", NOW)


@pytest.mark.parametrize("how", PutOut)
@pytest.mark.parametrize("change", [opens_the_lobby, nobody_leads])
@pytest.mark.parametrize("waits", [False, True])
def test_who_was_put_out_does_not_come_in_by_the_facilitators_link(
    how: PutOut, change: Callable[[Room], Room], waits: bool
) -> None:
    """Anybody else would lead at once. The mark also holds in the lobby."""
    room = put_out(a_door(), how)
    room = change(knocks_again(room) if waits else room)
    former = "" if waits else "eva"
    room = decide(room, c.Enter("eve", "Eve", GUEST, FACILITATOR, former=former), None, NOW)
    assert [(s.id, s.put_out, s.by_facilitator_link) for s in room.lobby] == [("eve", how, True)]
    assert not any(is_let_in_together(seat) for seat in room.lobby)
    assert where(room, a_stranger("lea", FACILITATOR)) == "in"
    admitted = decide(room, c.Admit("eve"), "fay", NOW)
    assert (admitted.lobby, admitted.seats[-1].role) == ((), FACILITATOR)


def test_a_member_who_was_declined_leads_only_once_they_are_let_in_by_name() -> None:
    """The circle knows them as a member. Anybody else would be seated, or lead an unled room."""
    by_link = c.Enter("dan", "Dan", MEMBER, FACILITATOR)
    assert decide(nobody_leads(a_door()), by_link, None, NOW).seats[-1].role is FACILITATOR
    room = decide(a_door(knows=False), somebody_known(), None, NOW)
    room = decide(decide(room, c.Decline("dan"), "fay", NOW), by_link, None, NOW)
    assert [(s.role, s.put_out) for s in room.lobby] == [(MEMBER, PutOut.DECLINED)]
    assert decide(room, c.Admit("dan"), "fay", NOW).seats[-1].role is FACILITATOR


def test_a_member_who_holds_the_room_makes_nobody_a_facilitator() -> None:
    """A removed person who asks to lead while all facilitators are away comes in as a member.
    The stand-in is not shown that they were removed."""
    room = nobody_leads(put_out(a_door("questions"), PutOut.REMOVED))
    assert room.wait is not None
    room = decide(decide(room, c.FallDue(), None, room.wait.until), c.HoldRoom(), "ann", NOW)
    room = decide(room, c.Enter("eve", "Eve", GUEST, FACILITATOR, former="eva"), None, NOW)
    assert lobby_of(room) == ["eve"]
    assert decide(room, c.Admit("eve"), "ann", NOW).seats[-1].role is MEMBER


def test_somebody_who_was_removed_and_let_in_by_a_stand_in_does_not_lead_by_the_link() -> None:
    """They open the link once more from their chair; a facilitator decides later."""
    by_link = c.Enter("eve", "Eve", GUEST, FACILITATOR, former="eva")
    room = nobody_leads(put_out(a_door("questions"), PutOut.REMOVED))
    assert room.wait is not None
    room = decide(decide(room, c.FallDue(), None, room.wait.until), c.HoldRoom(), "ann", NOW)
    room = decide(decide(room, by_link, None, NOW), c.Admit("eve"), "ann", NOW)
    again = c.Enter("eve", "Eve", MEMBER, FACILITATOR)
    room = decide(room, again, None, NOW)
    assert (room.seats[-1].role, room.seats[-1].by_facilitator_link) == (MEMBER, True)
    assert outcome(room, again, None) == "stale"


def test_a_member_who_was_declined_is_marked_when_they_come_by_their_cookie() -> None:
    """The circle still knows them by their former seat."""
    room = decide(a_door(knows=False), somebody_known(), None, NOW)
    room = decide(decide(room, c.Decline("dan"), "fay", NOW), c.SetDoor(knows=True), "fay", NOW)
    room = decide(room, somebody_known(), None, NOW)
    assert [seat.put_out for seat in room.lobby] == [PutOut.DECLINED]


@pytest.mark.parametrize("how", PutOut)
@pytest.mark.parametrize("leaves", ["declined", "away for a minute", "the links were renewed"])
def test_a_mark_outlasts_the_place_in_the_lobby(how: PutOut, leaves: str) -> None:
    """It holds for every way of leaving the lobby, and for each of their seats."""
    room = knocks_again(put_out(a_door(), how))
    if leaves == "declined":
        room = decide(room, c.Decline("eve"), "fay", NOW)
    elif leaves == "the links were renewed":
        room = decide(room, c.RenewLinks(), "fay", NOW)
    else:
        here = frozenset(seat.id for seat in room.seats)
        room = decide(room, c.NotePresence(here), None, NOW)
        room = decide(room, c.FallDue(), None, NOW + AWAY_KEEPS_PLACE_MS)
    assert room.lobby == ()
    assert knocks_again(room, "evi", "eve").lobby[0].put_out is how
    assert knocks_again(room, "eve", "").lobby[0].put_out is how


def test_a_browser_without_the_cookie_is_nobody_we_know() -> None:
    """The room recognises people only by their cookie; an invented seat gets no mark."""
    room = put_out(a_door(), PutOut.REMOVED)
    for former in ("", "made-up"):
        assert knocks_again(room, former=former).lobby[0].put_out is None


def test_a_name_that_is_mended_takes_no_mark_away() -> None:
    """The form is sent again while they wait."""
    room = knocks_again(put_out(a_door(), PutOut.DECLINED))
    room = decide(room, c.Enter("eve", "Eva", GUEST), None, NOW)
    assert [(seat.name, seat.put_out) for seat in room.lobby] == [("Eva", PutOut.DECLINED)]


def test_what_a_stand_in_declines_leaves_no_mark() -> None:
    """A stand-in's decisions at the door are temporary, except removals; earlier marks stay."""
    room = a_room("questions", door=Door())
    led = (replace(s, away_since=NOW) if s.role is FACILITATOR else s for s in room.seats)
    room = replace(room, seats=tuple(led), stand_in="ann")
    room = knocks_again(put_out(with_strangers(room, "dan", "ned"), PutOut.REMOVED))
    room = decide(room, c.Decline("dan"), "ann", NOW)
    room = decide(room, c.Decline(seats=("ned", "eve")), "ann", NOW)
    assert (room.lobby, room.put_out) == ((), (("eva", PutOut.REMOVED),))
    room = decide(knocks_again(room, "evi", "eve"), c.Remove("ben"), "ann", NOW)
    assert room.lobby[0].put_out is PutOut.REMOVED
    assert room.put_out[-1] == ("ben", PutOut.REMOVED)


def test_those_who_were_put_out_are_remembered_within_bounds_until_the_session_ends() -> None:
    """The newest are kept."""
    room = a_door()
    for number in range(MAX_PUT_OUT + 2):
        room = put_out(room, PutOut.DECLINED, f"g{number}")
    assert [seat for seat, _ in room.put_out] == [f"g{n}" for n in range(2, MAX_PUT_OUT + 2)]
    assert decode(encode(room)) == room
    assert decide(room, c.End(), "fay", NOW).put_out == ()


def test_strangers_who_are_declined_take_no_mark_from_people_who_were_removed() -> None:
    """Twice a full lobby is declined; a removal still replaces a declined guest's oldest mark."""
    room = put_out(a_door(), PutOut.REMOVED)
    for visit in range(3):
        crowd = tuple(f"g{visit}-{number}" for number in range(MAX_WAITING))
        room = decide(with_strangers(room, *crowd), c.Decline(seats=crowd), "fay", NOW)
    assert room.put_out[0] == ("eva", PutOut.REMOVED)
    assert len(room.put_out) == MAX_PUT_OUT
    assert knocks_again(room).lobby[0].put_out is PutOut.REMOVED
    room = put_out(room, PutOut.REMOVED, "ida")
    assert len(room.put_out) == MAX_PUT_OUT
    assert room.put_out[0] == ("eva", PutOut.REMOVED)
    assert room.put_out[-1] == ("ida", PutOut.REMOVED)


def test_where_all_marks_are_of_people_who_were_removed_the_oldest_goes() -> None:
    """A declined guest is not marked then."""
    room = a_door()
    for number in range(MAX_PUT_OUT + 1):
        room = put_out(room, PutOut.REMOVED, f"g{number}")
    assert [seat for seat, _ in room.put_out] == [f"g{n}" for n in range(1, MAX_PUT_OUT + 1)]
    assert put_out(room, PutOut.DECLINED).put_out == room.put_out


@pytest.mark.parametrize("leaves", ["declined", "away for a minute"])
def test_one_person_who_knocks_again_and_again_takes_no_mark_from_others(leaves: str) -> None:
    """One revoked cookie sends the form three times as often as the lobby has places."""
    room = put_out(put_out(a_door(), PutOut.REMOVED), PutOut.REMOVED, "dan")
    for visit in range(3):
        copies = tuple(f"d{visit}-{number}" for number in range(MAX_WAITING))
        for copy in copies:
            room = knocks_again(room, copy, "dan")
        assert {seat.put_out for seat in room.lobby} == {PutOut.REMOVED}
        if leaves == "declined":
            room = decide(room, c.Decline(seats=copies), "fay", NOW)
        else:
            here = frozenset(seat.id for seat in room.seats)
            room = decide(room, c.NotePresence(here), None, NOW)
            room = decide(room, c.FallDue(), None, NOW + AWAY_KEEPS_PLACE_MS)
        assert room.lobby == ()
        for seat, former in (("eve", "eva"), ("evi", "dan"), (copies[-1], "")):
            assert knocks_again(room, seat, former).lobby[0].put_out is PutOut.REMOVED


def test_who_comes_again_and_is_removed_again_has_one_mark() -> None:
    """The stronger mark is kept for whichever of their seats they use."""
    room = knocks_again(put_out(a_door(), PutOut.DECLINED))
    room = decide(decide(room, c.Admit("eve"), "fay", NOW), c.Remove("eve"), "fay", NOW)
    assert room.put_out == (("eva", PutOut.REMOVED),)
    room = decide(knocks_again(room, "evi", "eve"), c.Decline("evi"), "fay", NOW)
    assert room.put_out == (("eva", PutOut.REMOVED),)
    assert decode(encode(room)) == room
    assert knocks_again(room, "eva", "").lobby[0].put_out is PutOut.REMOVED
    assert knocks_again(room, "emi", "evi").lobby[0].put_out is PutOut.REMOVED
    assert decide(room, c.End(), "fay", NOW).came_again == ()


def test_marks_that_an_earlier_release_has_stored_are_good() -> None:
    """It marked each seat by which somebody came again, without linking the seats."""
    room = put_out(put_out(a_door(), PutOut.REMOVED), PutOut.REMOVED, "eve")
    held = encode(knocks_again(room, "evi", "eve")).replace(b',"came_again":[["evi","eve"]]', b"")
    room = decide(decode(held), c.Decline("evi"), "fay", NOW)
    for seat, former in (("a", "eva"), ("b", "eve"), ("c", "evi")):
        assert knocks_again(room, seat, former).lobby[0].put_out is not None


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
