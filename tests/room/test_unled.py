"""Formats without a facilitator: automatic phases, and a rotation of presenters."""

from __future__ import annotations

from msgspec.structs import replace

from server.room import commands as c
from server.room.due import KEPT_AFTER_END_MS, next_due
from server.room.formats.shipped import FORMATS
from server.room.rules import decide
from server.room.state import ENDED, Clock, Role, Room
from server.views.refusals import sentence
from tests.support.factories import NOW, a_seat, asked_and_seated, idle_until, outcome, refusal

MINUTE = 60_000


def three(**more: object) -> Room:
    """A room with Fay, who started it, Ann and Ben."""
    seats = (a_seat("fay", Role.FACILITATOR), a_seat("ann"), a_seat("ben"))
    return replace(Room("circle", "troika", 1, seats=seats), **more)


def ends_at(room: Room) -> int:
    """When the clock of this room runs out."""
    assert room.clock is not None
    return room.clock.ends_at


def test_a_session_without_a_facilitator_goes_through_all_its_phases_by_itself() -> None:
    """Each phase begins when the previous one runs out, and the last one ends the session."""
    room = decide(three(), c.Start("waiting"), "fay", NOW)
    seen, now = [room.phase], NOW
    while room.phase != ENDED:
        due = next_due(room)
        assert due == ends_at(room)
        assert outcome(room, c.FallDue(), None, due - 1) == "stale"
        room, now = decide(room, c.FallDue(), None, due), due
        seen.append(room.phase)
    assert seen == [*(phase.key for phase in FORMATS["troika"].phases), ENDED]
    assert now == NOW + 33 * MINUTE
    assert next_due(room) == now + KEPT_AFTER_END_MS
    assert not any(seat.name for seat in room.seats)


def test_the_next_phase_begins_once() -> None:
    """The second process to claim the deadline, or a simultaneous press, is stale."""
    room = decide(three(), c.Start("waiting"), "fay", NOW)
    due = ends_at(room)
    room = decide(room, c.FallDue(), None, due)
    assert room.phase == "asking-1"
    assert outcome(room, c.FallDue(), None, due) == "stale"
    assert outcome(room, c.Advance("telling-1"), "fay", due) == "stale"


def test_a_process_that_comes_late_gives_the_next_phase_its_whole_time() -> None:
    """The missed time is not taken off the next phase."""
    room = decide(three(), c.Start("waiting"), "fay", NOW)
    room = decide(room, c.FallDue(), None, NOW + 60 * MINUTE)
    assert (room.phase, ends_at(room)) == ("asking-1", NOW + 62 * MINUTE)


def test_a_paused_clock_moves_nobody_on() -> None:
    """After the pause the clock goes on with the remaining time."""
    room = decide(three(), c.Start("waiting"), "fay", NOW)
    room = decide(room, c.Pause(), "fay", NOW + MINUTE)
    assert next_due(room) == idle_until(room)
    assert outcome(room, c.FallDue(), None, NOW + 60 * MINUTE) == "stale"
    room = decide(room, c.Resume(), "fay", NOW + 60 * MINUTE)
    assert next_due(room) == NOW + 61 * MINUTE


def test_where_somebody_leads_overtime_is_calm() -> None:
    """A format that does not advance by itself keeps the room in overtime."""
    room = three(format="classic-60", phase="call", clock=Clock(NOW))
    assert next_due(room) is None
    assert outcome(room, c.FallDue(), None, NOW + MINUTE) == "stale"


def test_each_of_the_three_presents_once_and_sits_back_once() -> None:
    """They present in seat order, including the person who started the session."""
    room = decide(three(), c.Start("waiting"), "fay", NOW)
    told = []
    while room.phase != ENDED:
        if room.phase.startswith("thinking"):
            told.append(room.presenter)
        room = decide(room, c.FallDue(), None, ends_at(room))
    assert told == ["fay", "ann", "ben"]


def test_whoever_tells_has_the_floor_and_sits_back_with_the_camera_off() -> None:
    """This includes the person who started the session."""
    room = decide(three(), c.Start("waiting"), "fay", NOW)
    assert (room.presenter, room.holder) == ("fay", "fay")
    room = decide(room, c.Camera(on=True), "fay", NOW)
    room = decide(room, c.Go("thinking-1", "telling-1"), "fay", NOW)
    assert room.seats[0].camera_on is False
    assert outcome(room, c.Camera(on=True), "fay") == "not_now"
    assert outcome(room, c.RaiseHand(), "fay") == "not_now"
    assert outcome(room, c.AskReturn(), "fay") == "ok"


def test_the_rotation_passes_over_whoever_is_away_and_goes_back_to_the_same_person() -> None:
    """A person who is away would present to silence; going back seats the same presenter."""
    room = decide(three(), c.Start("waiting"), "fay", NOW)
    away = decide(room, c.NotePresence(frozenset({"fay", "ben"})), None, NOW)
    assert decide(away, c.Go("telling-2", "telling-1"), "fay", NOW).presenter == "ben"
    room = decide(room, c.Go("telling-2", "telling-1"), "fay", NOW)
    assert room.presenter == "ann"
    assert decide(room, c.Back("telling-2"), "fay", NOW).presenter == "fay"


def test_within_a_rotation_whom_the_facilitator_has_seated_stays() -> None:
    """The rotation proposes a presenter, and a facilitator may choose another."""
    room = decide(three(), c.Start("waiting"), "fay", NOW)
    room = asked_and_seated(room, "ben")
    assert decide(room, c.Advance("telling-1"), "fay", NOW).presenter == "ben"


def test_three_chairs_are_all() -> None:
    """The fourth member reads a sentence; observers still have room."""
    refused = refusal(three(), c.Enter("dan", "Dan", Role.MEMBER), None)
    assert (refused.code, sentence(refused)) == ("full", "All 3 chairs are taken.")
    assert outcome(three(), c.Enter("olu", "Olu", Role.OBSERVER), None) == "ok"


def test_among_peers_whoever_started_does_what_members_do() -> None:
    """They may offer a case, raise a hand and present; observers still may not."""
    seats = (*three().seats, a_seat("olu", Role.OBSERVER))
    room = three(format="consultation-45", phase="call", clock=Clock(NOW), seats=seats)
    for command in (c.OfferCase(), c.RaiseHand(), c.SeatPresenter("fay")):
        assert outcome(room, command, "fay") == "ok"
    assert outcome(room, c.SeatPresenter("olu"), "fay") == "not_now"
    assert outcome(room, c.RaiseHand(), "olu") == "not_allowed"
