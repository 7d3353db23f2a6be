"""The table of attention: each row where it wins, and where something else is more urgent.

CASES has a case for each row and each audience that it addresses; TABLE is what everybody is told
in each phase, under the conditions that can hold in all of them.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant
from msgspec.structs import replace

from server.room import commands as c
from server.room.attention.actions import Action
from server.room.attention.facts import Facts, lacks_presenter
from server.room.attention.table import EVERYBODY, LEADERS, OTHERS, ROWS, Row, Who, attention
from server.room.hearing import sitting_back
from server.room.rules import decide
from server.room.state import Answer, Clock, Farewell, Floor, Lost, PutOut, Role, Room, Seat, Wait
from tests.room.test_sequences import Session
from tests.room.test_table import SEATS, room_for
from tests.support.factories import MOMENTS, NOW, a_room, a_seat

PAUSED = Clock(NOW + 60_000, paused_at=NOW)
GUS = a_seat("gus", Role.GUEST, knocked=1)
ALL = ("fay", "ann", "ben", "mei", "cem", "gil")


def without_gil(room: Room) -> Room:
    """The room with one facilitator."""
    return replace(room, seats=tuple(seat for seat in room.seats if seat.id != "gil"))


def changed(room: Room, seat_id: str, **more: Any) -> Room:
    """The room with this seat changed. Any: each field has its own type."""
    seats = (replace(s, **more) if s.id == seat_id else s for s in room.seats)
    return replace(room, seats=tuple(seats))


class Case(NamedTuple):
    """A room in which a row wins, and the same room with something more urgent."""

    kind: str
    seat: str
    room: Room
    urgent: str
    """The kind that is more urgent; empty for the first row that can hold."""
    then: Room
    over: bool = False
    then_over: bool = False


reflection, presentation = a_room("reflection"), a_room("presentation")
call, closing = a_room("call", presenter=None), a_room("closing")
waits = Wait("mei", NOW + 60_000)
asks = Wait("fay", NOW, asks=True)
peers = a_room("feelings", format="consultation-45", presenter=None)
thinking = a_room("hypotheses", format="consultation-45", presenter="fay")
sign = replace(reflection, return_asked=True)
seen_sign = replace(sign, return_seen="gil")
held = replace(reflection, silence_until=NOW + 1)
stopped = replace(reflection, clock=PAUSED)
dropped = replace(reflection, wait=waits)
knocks = replace(reflection, lobby=(GUS,))
link = changed(reflection, "ann", by_facilitator_link=True)
offered = changed(call, "ann", offers_case=True)
finished = replace(presentation, presenter_done=True, floor=None)
halted = replace(closing, floor=None, turns_taken=("fay",))
through = replace(closing, floor=None, turns_taken=ALL)
bad = changed(changed(reflection, "ann", bad_line=True), "ben", bad_line=True)
alone = replace(a_room(), seats=a_room().seats[:1], presenter=None)
done = a_room("debrief")
farewell = Farewell(NOW, "UTC", 7, asks=("ann",), number=3)
no = replace(call, answer=Answer("ben", yes=False))

CASES = [
    # People who lead, from the most urgent
    Case("ended", "fay", a_room("ended"), "", a_room("ended")),
    Case("presenter_returns", "fay", sign, "", sign),
    Case("dropped_out", "fay", dropped, "presenter_returns", replace(dropped, return_asked=True)),
    Case("will_you_present", "fay", replace(peers, asked="fay"), "dropped_out",
         replace(peers, asked="fay", wait=Wait("ben", NOW + 1))),
    Case("door", "fay", knocks, "will_you_present",
         without_gil(replace(peers, asked="fay", lobby=(GUS,)))),
    Case("your_turn", "fay", closing, "door", without_gil(replace(closing, lobby=(GUS,)))),
    Case("you_hold_floor", "fay", replace(reflection, floor=Floor("fay", NOW)), "door",
         without_gil(replace(knocks, floor=Floor("fay", NOW)))),
    Case("would_lead", "fay", link, "door", replace(link, lobby=(GUS,))),
    Case("would_present", "fay", offered, "would_lead",
         changed(offered, "ben", by_facilitator_link=True)),
    Case("says_yes", "fay", replace(reflection, answer=Answer("mei", yes=True)), "would_lead",
         replace(link, answer=Answer("mei", yes=True))),
    Case("says_not_today", "fay", no, "would_present", changed(no, "ann", offers_case=True)),
    Case("presenter_finished", "fay", finished, "says_yes",
         replace(finished, answer=Answer("mei", yes=True))),
    Case("paused", "fay", stopped, "presenter_finished", replace(finished, clock=PAUSED)),
    Case("silence", "fay", held, "paused", replace(held, clock=PAUSED)),
    Case("welcome_back", "fay", changed(reflection, "fay", lost=Lost.FLOOR), "silence",
         changed(held, "fay", lost=Lost.FLOOR)),
    Case("nobody_presents", "fay", call, "welcome_back", changed(call, "fay", lost=Lost.FLOOR)),
    Case("waits_for_answer", "fay", replace(call, asked="ann"), "welcome_back",
         changed(replace(call, asked="ann"), "fay", lost=Lost.FLOOR)),
    Case("hand", "fay", replace(reflection, hands=("ann",)), "waits_for_answer",
         replace(reflection, hands=("ann",), asked="ben")),
    Case("round_stopped", "gil", halted, "hand", replace(halted, hands=("ann",))),
    Case("round_over", "gil", through, "hand", replace(through, hands=("ann",))),
    Case("time_over", "gil", reflection, "round_over", through, over=True, then_over=True),
    Case("bad_lines", "fay", bad, "time_over", bad, then_over=True),
    Case("presenter_waits", "fay", seen_sign, "bad_lines",
         replace(bad, return_asked=True, return_seen="gil")),
    Case("you_sit_back", "fay", thinking, "time_over", thinking, then_over=True),
    Case("you_are_next", "gil", replace(closing, floor=Floor("cem", NOW)), "time_over",
         replace(closing, floor=Floor("cem", NOW)), then_over=True),
    Case("debrief", "fay", done, "paused", replace(done, clock=PAUSED)),
    Case("invite_group", "fay", alone, "door", replace(alone, lobby=(GUS,))),
    Case("may_start", "fay", a_room(), "invite_group", alone),
    Case("guidance", "fay", reflection, "time_over", reflection, then_over=True),
    # All others
    Case("ended", "ann", a_room("ended"), "", a_room("ended")),
    Case("may_hold_room", "ann", replace(reflection, wait=asks), "", replace(held, wait=asks)),
    Case("will_you_present", "ann", replace(call, asked="ann"), "may_hold_room",
         replace(call, asked="ann", wait=asks)),
    Case("invited", "ann", changed(call, "ann", invited=True), "will_you_present",
         changed(replace(call, asked="ann"), "ann", invited=True)),
    Case("your_turn", "ann", replace(closing, floor=Floor("ann", NOW)), "invited",
         changed(replace(closing, floor=Floor("ann", NOW)), "ann", invited=True)),
    Case("you_are_next", "ann", closing, "invited", changed(closing, "ann", invited=True)),
    Case("you_hold_floor", "mei", presentation, "invited",
         changed(presentation, "mei", invited=True)),
    Case("sign_seen", "mei", seen_sign, "invited", changed(seen_sign, "mei", invited=True)),
    Case("sign_given", "mei", sign, "sign_seen", seen_sign),
    Case("you_sit_back", "mei", reflection, "sign_given", sign),
    Case("paused", "mei", replace(presentation, clock=PAUSED, floor=None), "you_hold_floor",
         replace(presentation, clock=PAUSED)),
    Case("silence", "ann", held, "paused", replace(held, clock=PAUSED)),
    Case("we_wait", "ann", dropped, "silence", replace(held, wait=waits)),
    Case("welcome_back", "ann", changed(reflection, "ann", lost=Lost.HAND), "we_wait",
         changed(dropped, "ann", lost=Lost.HAND)),
    Case("waiting", "ann", a_room(), "will_you_present",
         replace(a_room(presenter=None), asked="ann")),
    Case("phase", "ann", reflection, "welcome_back", changed(reflection, "ann", lost=Lost.HAND)),
]  # fmt: skip


def me(room: Room, seat_id: str) -> Seat:
    """The seat of a person who is in the room."""
    seat = room.seat(seat_id)
    assert seat is not None
    return seat


def audience(room: Room, seat_id: str) -> Who:
    """Whether this person leads."""
    return LEADERS if room.leads(me(room, seat_id)) else OTHERS


def row_of(kind: str, who: Who) -> Row:
    """The row of this kind for this audience."""
    [row] = [row for row in ROWS if row.kind == kind and row.who in (who, EVERYBODY)]
    return row


NAMES = [f"{case.kind}-{case.seat}" for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_row_wins_where_nothing_is_more_urgent(case: Case) -> None:
    """Each has a room of its own."""
    assert attention(case.room, me(case.room, case.seat), over=case.over).kind == case.kind


@pytest.mark.parametrize("case", [case for case in CASES if case.urgent], ids=lambda c: c.kind)
def test_a_row_yields_to_what_is_more_urgent(case: Case) -> None:
    """Both hold for this person in that room."""
    person = me(case.then, case.seat)
    who = audience(case.then, case.seat)
    assert row_of(case.kind, who).facts(case.then, person, case.then_over) is not None
    assert attention(case.then, person, over=case.then_over).kind == case.urgent


def test_every_row_has_its_case() -> None:
    """For each audience that it addresses; rows of one kind have different audiences."""
    met = sorted((case.kind, audience(case.room, case.seat).value) for case in CASES)
    named = sorted(
        (row.kind, who.value)
        for row in ROWS
        for who in ((LEADERS, OTHERS) if row.who is EVERYBODY else (row.who,))
    )
    assert met == named
    assert len(set(named)) == len(named)


def test_only_first_rows_have_nothing_more_urgent() -> None:
    """They exclude each other, or nothing stands above them."""
    assert {case.kind for case in CASES if not case.urgent} == {
        "ended",
        "presenter_returns",
        "may_hold_room",
    }


#                    wa ar ca pr qu re rs cl de en
TABLE = """
calm    facilitator  ms yt np gd gd gd gd yt de en
calm    co           ms gd np gd gd gd gd gd de en
calm    stand_in     -- gd np gd gd gd gd gd -- --
calm    member       wt yn ph ph ph ph ph yn -- en
calm    presenter    wt ph ph hf ph sb hf ph -- en
calm    holder       wt yt hf ph hf hf hf yt -- en
calm    observer     wt ph ph ph ph ph ph ph -- en
over    facilitator  ms yt np to to to to yt de en
over    co           ms to np to to to to to de en
over    stand_in     -- to np to to to to to -- --
over    member       wt yn ph ph ph ph ph yn -- en
over    presenter    wt ph ph hf ph sb hf ph -- en
over    holder       wt yt hf ph hf hf hf yt -- en
over    observer     wt ph ph ph ph ph ph ph -- en
door    facilitator  dr yt dr dr dr dr dr yt de en
door    co           dr dr dr dr dr dr dr dr de en
door    stand_in     -- dr dr dr dr dr dr dr -- --
door    member       wt yn ph ph ph ph ph yn -- en
door    presenter    wt ph ph hf ph sb hf ph -- en
door    holder       wt yt hf ph hf hf hf yt -- en
door    observer     wt ph ph ph ph ph ph ph -- en
pause   facilitator  ms yt pa pa pa pa pa yt pa en
pause   co           ms pa pa pa pa pa pa pa pa en
pause   stand_in     -- pa pa pa pa pa pa pa -- --
pause   member       wt pa pa pa pa pa pa pa -- en
pause   presenter    wt pa pa hf pa sb hf pa -- en
pause   holder       wt yt hf pa hf hf hf yt -- en
pause   observer     wt pa pa pa pa pa pa pa -- en
silence facilitator  ms si si si si si si si de en
silence co           ms si si si si si si si de en
silence stand_in     -- si si si si si si si -- --
silence member       wt si si si si si si si -- en
silence presenter    wt si si si si sb si si -- en
silence holder       wt si si si si si si si -- en
silence observer     wt si si si si si si si -- en
hand    facilitator  ms yt np ha ha ha ha yt de en
hand    co           ms gd np ha ha ha ha gd de en
hand    stand_in     -- gd np ha ha ha ha gd -- --
hand    member       wt yn ph ph ph ph ph yn -- en
hand    presenter    wt ph ph hf ph sb hf ph -- en
hand    holder       wt yt hf ph hf hf hf yt -- en
hand    observer     wt ph ph ph ph ph ph ph -- en
sign    facilitator  ms yt np gd gd pr gd yt de en
sign    co           ms gd np gd gd pr gd gd de en
sign    stand_in     -- gd np gd gd pr gd gd -- --
sign    member       wt yn ph ph ph ph ph yn -- en
sign    presenter    wt ph ph hf ph sg hf ph -- en
sign    holder       wt yt hf ph hf hf hf yt -- en
sign    observer     wt ph ph ph ph ph ph ph -- en
gone    facilitator  ms do do do do do do do de en
gone    co           ms do do do do do do do de en
gone    stand_in     -- do do do do do do do -- --
gone    member       wt ww ww ww ww ww ww ww -- en
gone    presenter    wt ww ww hf ww sb hf ww -- en
gone    holder       wt yt hf ww hf hf hf yt -- en
gone    observer     wt ww ww ww ww ww ww ww -- en
"""
KINDS = {
    "--": "", "ms": "may_start", "wt": "waiting", "yt": "your_turn", "yn": "you_are_next",
    "np": "nobody_presents", "gd": "guidance", "ph": "phase", "hf": "you_hold_floor",
    "sb": "you_sit_back", "sg": "sign_given", "to": "time_over", "dr": "door", "pa": "paused",
    "si": "silence", "ha": "hand", "pr": "presenter_returns", "do": "dropped_out", "ww": "we_wait",
    "de": "debrief", "en": "ended",
}  # fmt: skip
ROWS_OF_TABLE = [line.split() for line in TABLE.strip().splitlines()]


def under(condition: str, room: Room) -> Room:
    """The room under this condition, which most phases can have."""
    room = replace(room, lobby=())
    if condition == "door":
        return replace(room, lobby=(GUS,))
    if condition == "pause" and room.clock:
        return replace(room, clock=replace(room.clock, paused_at=NOW))
    if condition == "sign":
        return replace(room, return_asked=True)
    # Any: each field has its own type.
    in_a_phase: dict[str, dict[str, Any]] = {
        "silence": {"silence_until": NOW + 1},
        "hand": {"hands": ("cem",)},
        "gone": {"wait": Wait("cem", NOW + 1)},
    }
    return replace(room, **in_a_phase.get(condition, {})) if room.step else room


@pytest.mark.parametrize("row", ROWS_OF_TABLE, ids=lambda row: "-".join(row[:2]))
def test_everybody_is_told_what_the_table_says(row: list[str]) -> None:
    """One row: one kind of person under one condition, from waiting to ended.

    `co` is the facilitator Gil, whose turn is not the first; until the presentation only the rows
    `presenter` have a presenter (test_table.py).
    """
    condition, kind, *cells = row
    found = []
    for moment in MOMENTS:
        room = under(condition, room_for("facilitator" if kind == "co" else kind, moment))
        seat = room.seat("gil" if kind == "co" else SEATS[kind])
        over = condition == "over"
        found.append(attention(room, seat, over=over).kind if seat else "")
    assert found == [KINDS[cell] for cell in cells]


def test_the_table_is_complete() -> None:
    """Each condition has a row for each kind of person who has a seat."""
    conditions = {row[0] for row in ROWS_OF_TABLE}
    people = {*SEATS} - {"guest", "stranger"} | {"co"}
    assert {(row[0], row[1]) for row in ROWS_OF_TABLE} == {
        (condition, kind) for condition in conditions for kind in people
    }
    assert len(conditions) == 8


def told(room: Room, seat_id: str, *, over: bool = False) -> tuple[Facts, list[Any]]:
    """The facts, and what the buttons do. Any: a command, or an action of the page."""
    found = attention(room, me(room, seat_id), over=over)
    return found.facts, [action.does for action in found.actions]


def test_a_knock_that_nobody_else_can_answer_does_not_wait_for_a_turn() -> None:
    """In the arrival the first turn is often a facilitator's; a co-facilitator would see to it."""
    turn = replace(closing, lobby=(GUS,))
    assert attention(turn, me(turn, "fay")).kind == "your_turn"
    for alone in (changed(turn, "gil", away_since=NOW), without_gil(turn)):
        assert attention(alone, me(alone, "fay")).kind == "door"
        assert attention(replace(alone, lobby=()), me(alone, "fay")).kind == "your_turn"


def test_one_person_at_the_door_is_let_in_as_they_were_seen() -> None:
    """The command carries the version at which they knocked."""
    facts, does = told(knocks, "fay")
    assert (facts.seat, facts.seats, facts.together) == ("gus", ("gus",), ("gus",))
    assert does == [c.Admit("gus", seen=1), "see_who"]


def test_several_people_are_let_in_together() -> None:
    """All but those who were put out before, and those who are away."""
    lobby = (
        GUS,
        a_seat("eva", knocked=3),
        a_seat("ida", Role.GUEST, put_out=PutOut.DECLINED),
        a_seat("flo", Role.GUEST, away_since=NOW),
    )
    facts, does = told(replace(reflection, lobby=lobby), "fay")
    assert (facts.seats, facts.together) == (("gus", "eva", "ida"), ("gus", "eva"))
    assert does == [c.Admit(seats=("gus", "eva"), seen=3), "see_who"]


def test_a_person_who_was_put_out_is_not_let_in_by_one_press() -> None:
    """Facilitators see the mark; a stand-in does not."""
    again = replace(GUS, put_out=PutOut.REMOVED)
    facts, does = told(replace(reflection, lobby=(again,)), "fay")
    assert (facts.put_out, does) == (PutOut.REMOVED, ["see_who"])
    facts, does = told(replace(room_for("stand_in", "reflection"), lobby=(again,)), "dan")
    assert (facts.put_out, does) == (None, [c.Admit("gus", seen=1), "see_who"])


def test_nobody_is_let_in_where_no_chair_is_free() -> None:
    """The button would only be refused."""
    full = replace(knocks, seats=(*knocks.seats, *(a_seat(f"m{n}") for n in range(6))))
    assert told(full, "fay")[1] == ["see_who"]


def test_a_person_who_would_lead_is_marked() -> None:
    """They came by the facilitator link."""
    gus = replace(GUS, by_facilitator_link=True)
    facts, _ = told(replace(reflection, lobby=(gus,)), "fay")
    assert facts.leads
    assert not facts.together


def test_latecomers_are_no_knock() -> None:
    """The circle has decided that they wait for a later phase."""
    late = a_seat("eva", comes_late=True)
    room = replace(reflection, lobby=(late,))
    found = attention(room, me(room, "fay"))
    assert (found.kind, found.facts.seats) == ("guidance", ("eva",))


@pytest.mark.parametrize(
    ("room", "seat", "does"),
    [
        (sign, "fay", [c.Recall(), c.Seen("sign")]),
        (dropped, "fay", [c.GoOn("mei")]),
        (offered, "fay", [c.SeatPresenter("ann")]),
        (changed(offered, "ben", offers_case=True), "fay", ["choose"]),
        (
            replace(a_room("call"), answer=Answer("mei", yes=True)),
            "fay",
            [c.Advance("call"), c.Seen("answer")],
        ),
        (replace(a_room(), answer=Answer("mei", yes=True)), "fay", [c.Seen("answer")]),
        (no, "fay", ["choose", c.Seen("answer")]),
        (finished, "fay", [c.Advance("presentation"), c.GiveFloor("mei")]),
        (replace(finished, silence_until=NOW + 1), "fay", [c.Advance("presentation")]),
        (call, "fay", ["choose", c.Advance("call")]),
        (stopped, "fay", [c.Resume()]),
        (stopped, "ann", []),
        (held, "fay", [c.Silence(0)]),
        (held, "ann", []),
        (replace(reflection, hands=("olu", "ann")), "fay", [c.GiveFloor("olu")]),
        (halted, "gil", [c.GiveFloor("ann")]),
        (through, "gil", [c.End()]),
        (bad, "fay", [c.OneVoice(on=True)]),
        (done, "fay", [c.End(), c.Extend(300, NOW + 600_000)]),
        (alone, "fay", ["copy_link", "show_qr", "copy_mail"]),
        (a_room(), "fay", [c.Start("waiting")]),
        (link, "fay", [c.MakeFacilitator("ann", "member"), c.MakeMember("ann", "member")]),
        (thinking, "fay", [c.Recall()]),
        (closing, "fay", [c.Yield(), c.Pass()]),
        (presentation, "mei", [c.Yield()]),
        (reflection, "mei", [c.AskReturn()]),
        (sign, "mei", [c.AskReturn(on=False)]),
        (replace(reflection, wait=asks), "mei", [c.AskReturn(), c.HoldRoom()]),
        (replace(sign, wait=asks), "mei", [c.HoldRoom(), c.AskReturn(on=False)]),
        (replace(reflection, wait=asks), "ann", [c.HoldRoom()]),
        (replace(reflection, wait=asks), "olu", []),
        (changed(call, "ann", invited=True), "ann", [c.RaiseHand(), c.NotNow()]),
        (changed(reflection, "ann", lost=Lost.HAND), "ann", [c.RaiseHand(), c.Seen("loss")]),
        (changed(presentation, "ann", lost=Lost.HAND), "ann", [c.Seen("loss")]),
        (a_room("ended"), "ann", ["circle_page"]),
        (replace(a_room("ended"), farewell=farewell), "ann", ["circle_page"]),
    ],
)
def test_a_kind_has_its_actions(room: Room, seat: str, does: list[Any]) -> None:
    """The first is the primary one. Any: a command, or an action of the page."""
    assert told(room, seat)[1] == does


def test_members_alone_are_asked_about_the_session() -> None:
    """Those who were there; and nobody on a last page that does not know."""
    over = replace(a_room("ended"), farewell=farewell)
    assert [told(over, seat)[0].asks for seat in ("ann", "fay", "ben")] == [3, 0, 0]
    assert told(a_room("ended"), "ann")[0].asks == 0


def test_time_over_offers_the_next_phase_and_a_minute() -> None:
    """In the last phase it offers the end."""
    ends_at = NOW + 25 * 60_000
    assert told(reflection, "gil", over=True)[1] == [
        c.Advance("reflection"),
        c.Extend(60, ends_at),
    ]
    last = replace(closing, floor=Floor("ann", NOW))
    assert told(last, "gil", over=True)[1][0] == c.End()


def test_a_prompt_is_offered_after_another() -> None:
    """The one on the stage is never offered again, and after the last there is none."""
    room, shown = reflection, []
    while facts := told(room, "fay")[0].prompt:
        shown.append(facts)
        room = decide(room, c.Prompt(facts), "fay", NOW)
    assert room.step is not None
    assert tuple(shown) == room.step.prompts
    assert told(room, "fay")[1] == []


def test_a_silence_without_an_end_has_no_deadline() -> None:
    """With an end, the page can count."""
    assert told(held, "ann")[0].until == NOW + 1
    assert told(replace(held, silence_open=True), "ann")[0].until is None


@pytest.mark.parametrize(
    "room",
    [
        replace(held, wait=asks),
        replace(stopped, wait=asks),
        changed(replace(reflection, wait=asks), "ann", invited=True),
        replace(closing, wait=asks, floor=Floor("ann", NOW)),
        replace(reflection, wait=asks, floor=Floor("ann", NOW)),
    ],
    ids=["silence", "paused", "invited", "turn", "floor"],
)
def test_whoever_may_hold_the_room_has_the_button_whatever_else_holds(room: Room) -> None:
    """In a silence nobody else could end it; an observer has no button, and a presenter who sits
    back has it beside their sign."""
    assert told(room, "ann")[1] == [c.HoldRoom()]
    assert told(room, "olu")[1] == []
    if sitting_back(room) == "mei":
        assert c.HoldRoom() in told(room, "mei")[1]


def test_what_else_holds_is_said_to_a_person_with_a_kind_of_their_own() -> None:
    """A presenter who sits back keeps their button while the clock stands or a silence is held."""
    assert told(stopped, "mei")[0].meanwhile == "paused"
    assert told(held, "mei")[0].meanwhile == "silence"
    assert told(dropped, "mei")[0].meanwhile == "we_wait"
    assert told(replace(reflection, wait=asks), "mei")[0].meanwhile == "may_hold_room"


def test_a_button_has_the_frame_of_its_command() -> None:
    """Or the name of what it does on the page, and no frame."""
    let_in, see_who = attention(knocks, me(knocks, "fay")).actions
    assert let_in.do == "admit"
    assert let_in.frame == {"do": "admit", "seat": "gus", "seats": (), "seen": 1}
    assert (see_who.do, see_who.frame) == ("see_who", {})


def test_an_observer_is_not_invited_any_longer() -> None:
    """They were a member when they were asked, and could not answer now."""
    room = decide(changed(call, "ann", invited=True), c.MakeObserver("ann"), "fay", NOW)
    assert attention(room, me(room, "ann")).kind == "phase"


def test_next_asks_where_nobody_would_tell_the_case() -> None:
    """Not where the rotation brings the next presenter."""
    assert lacks_presenter(call)
    assert not lacks_presenter(a_room("call"))
    assert not lacks_presenter(a_room("arrival", presenter=None))
    assert not lacks_presenter(a_room("closing", presenter=None))
    assert not lacks_presenter(a_room(presenter=None))
    assert lacks_presenter(a_room("call", format="consultation-45", presenter=None))
    assert not lacks_presenter(a_room("coming-back-1", format="troika", presenter=None))
    assert decide(call, c.Advance("call"), "fay", NOW).phase == "presentation"


class Attended(Session):
    """The sessions of test_sequences.py, in which everybody is told something true."""

    @invariant()
    def everybody_has_one_attention(self) -> None:
        for seat in self.room.seats:
            found = {attention(self.room, seat, over=over) for over in (False, True)}
            for kind, _facts, actions in found:
                assert sum(action.is_primary for action in actions) <= 1, kind
                assert len(actions) <= (3 if kind == "invite_group" else 2), kind
                for action in actions:
                    self.is_possible(seat, action)

    def is_possible(self, seat: Seat, action: Action) -> None:
        """The page sends the command as it is, and `decide` accepts it now."""
        if isinstance(action.does, c.Command):
            assert c.parse(json.dumps(action.frame)) == action.does
            decide(self.room, action.does, seat.id, self.now)


TestAttended = pytest.mark.unmeasured(Attended.TestCase)
TestAttended.settings = settings(max_examples=100, stateful_step_count=40, print_blob=True)
