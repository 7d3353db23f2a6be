"""News: an answer, a sign and a loss are shown until they have been read."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.news import BY_PAGE
from server.room.rules import decide
from server.room.state import Answer, Floor, Lost, Role, Room
from server.room.turns import AWAY_KEEPS_TURN_MS
from tests.support.factories import NOW, a_room, asked_and_seated, outcome

LATER = NOW + AWAY_KEEPS_TURN_MS
ALL = frozenset({"fay", "ann", "ben", "mei", "cem", "gil", "olu"})


def away_too_long(room: Room, seat: str, *, back: bool = True) -> Room:
    """The room after this person was away for longer than their turn is kept."""
    room = decide(room, c.NotePresence(ALL - {seat}), None, NOW)
    room = decide(room, c.FallDue(), None, LATER)
    return decide(room, c.NotePresence(ALL), None, LATER + 1) if back else room


def lost(room: Room, seat_id: str) -> Lost | None:
    """What this person has lost."""
    seat = room.seat(seat_id)
    assert seat is not None
    return seat.lost


def a_loss() -> Room:
    """Ann's hand was lowered while she was away."""
    return away_too_long(a_room("reflection", hands=("ann",)), "ann")


@pytest.mark.parametrize("yes", [True, False])
def test_an_answer_is_shown_until_somebody_who_leads_acts(yes: bool) -> None:
    """What members do, and the switches of facilitators, leave it."""
    room = decide(a_room("call", presenter=None), c.SeatPresenter("ann"), "fay", NOW)
    room = decide(room, c.Present(yes=yes), "ann", NOW)
    assert room.answer == Answer("ann", yes=yes)
    room = decide(decide(room, c.RaiseHand(), "ben", NOW), c.Unmute(), "fay", NOW)
    assert room.answer
    assert decide(room, c.Pause(), "gil", NOW).answer is None
    assert decide(room, c.Seen("answer"), "gil", NOW).answer is None


def test_an_answer_goes_with_the_phase() -> None:
    """A format may go on by itself."""
    room = asked_and_seated(a_room("telling-1", format="troika"), "ann")
    assert room.answer
    assert room.clock
    room = decide(room, c.FallDue(), None, room.clock.ends_at)
    assert (room.phase, room.answer) == ("asking-1", None)


def away_ms(room: Room, seat_id: str) -> int:
    """How long the absence was in which this person has lost something."""
    seat = room.seat(seat_id)
    assert seat is not None
    return seat.away_ms


def test_a_hand_that_is_lowered_while_its_person_is_away_is_a_loss() -> None:
    """They learn of it when they are back."""
    assert lost(a_loss(), "ann") is Lost.HAND


def test_a_floor_that_goes_on_while_its_holder_is_away_is_a_loss() -> None:
    """By time, or because a facilitator goes on."""
    room = a_room("reflection", floor=Floor("ann", NOW), hands=("ben",))
    by_time = away_too_long(room, "ann")
    assert (by_time.holder, lost(by_time, "ann")) == ("ben", Lost.FLOOR)
    room = decide(room, c.NotePresence(ALL - {"ann"}), None, NOW)
    by_press = decide(room, c.GoOn("ann"), "fay", NOW)
    assert (by_press.holder, lost(by_press, "ann")) == ("ben", Lost.FLOOR)


def test_a_loss_has_the_length_of_its_absence() -> None:
    """Known once they are back; a short absence later does not change it, a new loss does."""
    gone = away_too_long(a_room("reflection", hands=("ann",)), "ann", back=False)
    assert away_ms(gone, "ann") == 0
    came = decide(gone, c.NotePresence(ALL), None, LATER + 60_000)
    assert away_ms(came, "ann") == AWAY_KEEPS_TURN_MS + 60_000
    again = decide(came, c.NotePresence(ALL - {"ann"}), None, LATER + 70_000)
    again = decide(again, c.NotePresence(ALL), None, LATER + 80_000)
    assert away_ms(again, "ann") == AWAY_KEEPS_TURN_MS + 60_000
    assert away_ms(decide(came, c.RaiseHand(), "ann", LATER + 70_000), "ann") == 0
    floor = replace(again, floor=Floor("ann", LATER), hands=("ben",))
    floor = decide(floor, c.NotePresence(ALL - {"ann"}), None, LATER + 90_000)
    floor = decide(floor, c.GoOn("ann"), "fay", LATER + 95_000)
    floor = decide(floor, c.NotePresence(ALL), None, LATER + 100_000)
    assert (lost(floor, "ann"), away_ms(floor, "ann")) == (Lost.FLOOR, 10_000)


def test_a_person_who_had_nothing_has_lost_nothing() -> None:
    """They only were away."""
    room = decide(a_room("reflection", hands=("ben",)), c.NotePresence(ALL - {"ann"}), None, NOW)
    room = decide(room, c.NotePresence(ALL), None, LATER)
    assert lost(room, "ann") is None


@pytest.mark.parametrize("press", [c.RaiseHand(), c.Seen("loss"), c.Rename("Bea")])
def test_a_loss_goes_with_a_press_of_its_person(press: c.Command) -> None:
    """They act, so they have read it."""
    assert lost(decide(a_loss(), press, "ann", LATER + 2), "ann") is None
    assert lost(decide(a_loss(), c.RaiseHand(), "ben", LATER + 2), "ann") is Lost.HAND


@pytest.mark.parametrize(
    "sent", [c.Sound("page1"), c.Line(bad=True), c.Spoke(20_000), c.Unmute(), c.Camera(on=True)]
)
def test_a_loss_stays_while_only_the_page_acts(sent: c.Command) -> None:
    """A page takes the sound as soon as it is back, and opens a microphone after a phone call."""
    assert isinstance(sent, BY_PAGE)
    assert lost(decide(a_loss(), sent, "ann", LATER + 2), "ann") is Lost.HAND


def test_a_loss_goes_with_the_phase_and_the_session() -> None:
    """It is of no use in the next one."""
    room = decide(a_loss(), c.Advance("reflection"), "fay", LATER + 2)
    assert lost(room, "ann") is None
    room = away_too_long(a_room("reflection", floor=Floor("gil", NOW)), "gil")
    assert lost(room, "gil") is Lost.FLOOR
    assert lost(decide(room, c.Debrief(), "fay", LATER + 2), "gil") is None


def test_a_sign_is_given_taken_back_and_seen() -> None:
    """Each once; bringing the presenter back ends it."""
    room = a_room("reflection")
    assert outcome(room, c.AskReturn(on=False), "mei") == "stale"
    room = decide(room, c.AskReturn(), "mei", NOW)
    assert outcome(room, c.AskReturn(), "mei") == "stale"
    assert outcome(room, c.Seen("sign"), "mei") == "not_allowed"
    seen = decide(room, c.Seen("sign"), "gil", NOW)
    assert (seen.return_asked, seen.return_seen) == (True, "gil")
    assert outcome(seen, c.Seen("sign"), "fay") == "stale"
    for command, actor in ((c.AskReturn(on=False), "mei"), (c.Recall(), "fay")):
        over = decide(seen, command, actor, NOW)
        assert (over.return_asked, over.return_seen) == (False, None)
    on = decide(seen, c.Advance("reflection"), "fay", NOW)
    assert (on.return_asked, on.return_seen) == (False, None)


@pytest.mark.parametrize("what", ["sign", "answer", "loss"])
def test_what_is_not_there_cannot_be_seen(what: str) -> None:
    """A second facilitator who presses at the same time learns that it has been seen."""
    seen = c.parse(f'{{"do": "seen", "what": "{what}"}}')
    assert isinstance(seen, c.Seen)
    assert outcome(a_room("reflection"), seen, "fay") == "stale"


def test_news_of_something_else_is_no_frame() -> None:
    """As with any wrong type."""
    with pytest.raises(c.BadFrame):
        c.parse('{"do": "seen", "what": "everything"}')


def test_a_presenter_who_has_finished_says_so() -> None:
    """Until they have the floor back, or the phase is over."""
    told = decide(a_room("presentation"), c.Yield(), "mei", NOW)
    assert (told.presenter_done, told.holder) == (True, None)
    assert not decide(told, c.GiveFloor("mei"), "fay", NOW).presenter_done
    assert not decide(told, c.Advance("presentation"), "fay", NOW).presenter_done
    assert not decide(told, c.SeatPresenter(), "fay", NOW).presenter_done


def test_only_telling_the_case_is_finished() -> None:
    """In the response, the others speak after the presenter; a facilitator's press says nothing."""
    assert not decide(a_room("response"), c.Yield(), "mei", NOW).presenter_done
    assert not decide(a_room("presentation"), c.ClearFloor(), "fay", NOW).presenter_done
    room = replace(a_room("presentation"), floor=Floor("fay", NOW))
    assert not decide(room, c.Yield(), "fay", NOW).presenter_done


def test_people_who_lead_among_peers_read_answers_too() -> None:
    """Nobody leads there, but facilitators have the buttons."""
    room = a_room("call", format="consultation-45", presenter=None)
    room = decide(room, c.SeatPresenter("gil"), "fay", NOW)
    room = decide(room, c.Present(yes=True), "gil", NOW)
    assert room.answer == Answer("gil", yes=True)
    gil = room.seat("gil")
    assert gil is not None
    assert gil.role is Role.FACILITATOR
