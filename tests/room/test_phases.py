"""Phases and their clock, the prompt, and the presenter's way back in."""

from __future__ import annotations

from msgspec.structs import replace

from server.room import commands as c
from server.room.rules import decide
from server.room.state import Clock, Room, encode
from tests.support.factories import NOW, PHASES, a_room, outcome, said

MINUTE = 60_000


def clock(room: Room) -> Clock:
    """The clock of a room that has one."""
    assert room.clock is not None
    return room.clock


def test_a_session_goes_through_its_phases_in_order() -> None:
    """Each phase has its own minutes, and each change increments the version."""
    room = decide(a_room(), c.Start("waiting"), "fay", NOW)
    seen = [room.phase]
    while outcome(room, c.Advance(room.phase), "fay") == "ok":
        later = decide(room, c.Advance(room.phase), "fay", NOW)
        assert later.version == room.version + 1
        room = later
        seen.append(room.phase)
        assert room.step is not None
        assert clock(room).left(NOW) == room.step.minutes * MINUTE
    assert tuple(seen) == PHASES


def test_a_press_from_a_stale_page_changes_nothing() -> None:
    """A second press, or one delayed in a queue, names a phase that is over."""
    room = decide(a_room("arrival"), c.Advance("arrival"), "fay", NOW)
    assert outcome(room, c.Advance("arrival"), "gil") == "stale"
    assert outcome(room, c.Back("arrival"), "gil") == "stale"
    assert outcome(room, c.Go(to="closing", from_phase="arrival"), "gil") == "stale"
    assert outcome(room, c.Go(to="nowhere", from_phase="call"), "gil") == "invalid"
    assert outcome(room, c.Go(to="call", from_phase="call"), "gil") == "not_now"


def test_a_phase_begins_clean() -> None:
    """Hands, floor, prompt and silence are cleared; one voice at a time stays."""
    room = replace(
        a_room("reflection"),
        hands=("ann",),
        prompt="What is it like?",
        silence_until=NOW + 1,
        one_voice=True,
        return_asked=True,
        recalled=True,
    )
    room = decide(room, c.Advance("reflection"), "fay", NOW)
    assert (room.hands, room.prompt, room.silence_until) == ((), "", None)
    assert not room.return_asked
    assert not room.recalled
    assert room.one_voice
    assert room.holder == "mei"


def test_a_paused_clock_keeps_what_remains() -> None:
    """The remaining time does not depend on the length of the pause."""
    room = decide(a_room("arrival"), c.Pause(), "fay", NOW + MINUTE)
    assert clock(room).left(NOW + 99 * MINUTE) == 4 * MINUTE
    room = decide(room, c.Resume(), "gil", NOW + 10 * MINUTE)
    assert clock(room).left(NOW + 11 * MINUTE) == 3 * MINUTE


def test_a_minute_is_added_and_taken_while_running_and_while_paused() -> None:
    """The deadline that the person saw moves once, by a minute."""
    for room in (a_room("arrival"), decide(a_room("arrival"), c.Pause(), "fay", NOW)):
        more = c.Extend(60, clock(room).ends_at)
        longer = decide(room, more, "fay", NOW)
        assert clock(longer).left(NOW) == 6 * MINUTE
        assert outcome(longer, more, "gil") == "stale"
        shorter = decide(longer, c.Extend(-60, clock(longer).ends_at), "fay", NOW)
        assert clock(shorter).left(NOW) == 5 * MINUTE


def test_a_minute_more_in_overtime_starts_from_now() -> None:
    """An added minute is a whole minute from now, not a reduction of overtime."""
    room = a_room("arrival")
    late = NOW + 9 * MINUTE
    room = decide(room, c.Extend(60, clock(room).ends_at), "fay", late)
    assert clock(room).left(late) == MINUTE


def test_a_minute_more_in_a_paused_overtime_is_a_minute_when_it_goes_on() -> None:
    """The length of the pause does not matter, and taking a minute off is refused there too."""
    late = NOW + 9 * MINUTE
    room = decide(a_room("arrival"), c.Pause(), "fay", late)
    assert clock(room).left(late + MINUTE) == -4 * MINUTE
    assert outcome(room, c.Extend(-60, clock(room).ends_at), "fay", late + MINUTE) == "not_now"
    room = decide(room, c.Extend(60, clock(room).ends_at), "fay", late + MINUTE)
    assert clock(room).left(late + 2 * MINUTE) == MINUTE
    room = decide(room, c.Resume(), "fay", late + 30 * MINUTE)
    assert clock(room).left(late + 30 * MINUTE) == MINUTE


def test_overtime_stands_still_in_a_pause_and_counts_on_after_it() -> None:
    """A pause stops overtime like any other time."""
    room = decide(a_room("arrival"), c.Pause(), "fay", NOW + 6 * MINUTE)
    room = decide(room, c.Resume(), "fay", NOW + 10 * MINUTE)
    assert clock(room).left(NOW + 11 * MINUTE) == -2 * MINUTE


def test_what_is_pressed_twice_has_one_effect() -> None:
    """When two facilitators press the same, or a frame is repeated, the second is refused."""
    for phase, command in (
        ("waiting", c.Start("waiting")),
        ("arrival", c.Advance("arrival")),
        ("call", c.Back("call")),
        ("arrival", c.Go(to="closing", from_phase="arrival")),
        ("arrival", c.Pause()),
        ("arrival", c.Extend(60, clock(a_room("arrival")).ends_at)),
        ("arrival", c.Extend(-60, clock(a_room("arrival")).ends_at)),
        ("arrival", c.Prompt("What is it like?")),
        ("reflection", c.Silence(30)),
        ("reflection", c.OneVoice(on=True)),
        ("reflection", c.Recall()),
        ("reflection", c.SeatPresenter("ann")),
        ("reflection", c.SeatPresenter("")),
        ("reflection", c.GiveFloor("ann")),
        ("reflection", c.MakeObserver("ann")),
        ("reflection", c.Remove("ann")),
        ("reflection", c.Lock(on=True)),
        ("reflection", c.End()),
    ):
        room = decide(a_room(phase), command, "fay", NOW)
        assert outcome(room, command, "gil") in ("stale", "not_now", "unknown_seat"), command


def test_a_phase_that_is_gone_into_again_has_its_whole_time() -> None:
    """Going back restarts a phase, and a pause does not outlast its phase."""
    room = decide(a_room("call"), c.Pause(), "fay", NOW + MINUTE)
    room = decide(room, c.Back("call"), "fay", NOW + 2 * MINUTE)
    assert room.phase == "arrival"
    assert clock(room) == Clock(NOW + 7 * MINUTE)


def test_no_more_is_taken_off_than_is_left() -> None:
    """The deadline moves to now at the earliest; overtime has nothing left to take off."""
    room = a_room("arrival")
    late = NOW + 4 * MINUTE + 30_000
    room = decide(room, c.Extend(-60, clock(room).ends_at), "fay", late)
    assert clock(room).left(late) == 0
    assert outcome(room, c.Extend(-60, clock(room).ends_at), "fay", late + 1) == "not_now"


def test_the_clock_moves_by_an_hour_at_most() -> None:
    """A slip of the finger cannot stretch a phase to a day."""
    room = a_room("arrival")
    assert outcome(room, c.Extend(3601, clock(room).ends_at), "fay") == "too_long"
    assert outcome(room, c.Extend(0, clock(room).ends_at), "fay") == "invalid"


def test_a_prompt_is_tidied_bounded_and_taken_away() -> None:
    """It has 1 to 280 characters; an empty one removes it; repeating it is stale."""
    room = decide(a_room("reflection"), c.Prompt("  What \n\u202e if?\u200b "), "fay", NOW)
    assert room.prompt == "What if?"
    assert outcome(room, c.Prompt("What if?"), "fay") == "stale"
    assert outcome(room, c.Prompt("x" * 281), "fay") == "too_long"
    assert decide(room, c.Prompt("x" * 280), "fay", NOW).prompt == "x" * 280
    without = decide(room, c.Prompt(""), "fay", NOW)
    assert without.prompt == ""
    assert said(without, c.Prompt(" "), "fay") == "Write a sentence first."


def test_the_presenter_asks_and_is_brought_back_and_sits_back_again() -> None:
    """The presenter asks quietly, the facilitator agrees, and later they sit back again."""
    room = decide(a_room("reflection"), c.AskReturn(), "mei", NOW)
    assert room.return_asked
    assert outcome(room, c.AskReturn(), "mei") == "stale"
    room = decide(room, c.Recall(), "fay", NOW)
    assert room.recalled
    assert not room.return_asked
    assert outcome(room, c.Recall(), "gil") == "not_now"
    room = decide(room, c.GiveFloor("mei"), "fay", NOW)
    room = decide(room, c.Recall(on=False), "fay", NOW)
    assert room.holder is None
    assert outcome(room, c.Recall(on=False), "fay") == "not_now"


def test_nothing_typed_is_left_at_the_end() -> None:
    """Names and prompts are cleared at once; seats and roles stay for the last page."""
    room = decide(a_room("closing", prompt="One word"), c.End(), "fay", NOW)
    kept = encode(room)
    assert [seat.id for seat in room.seats] == [seat.id for seat in a_room().seats]
    for seat in a_room().seats:
        assert seat.name.encode() not in kept
    assert b"One word" not in kept
    assert room.version == a_room().version + 1
