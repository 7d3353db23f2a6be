"""Sound and video: nobody can unmute another person, and no camera comes on by surprise."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.hearing import heard, may_be_seen
from server.room.rules import decide
from server.room.sound import LEAST_REPORTED_MS, MOST_REPORTED_MS, REPORTED_EACH_MS
from server.room.state import Room, Seat
from tests.support.factories import NOW, a_room, outcome, said

LINK = "https://calls.example.org/tuesday"


def after(room: Room, *presses: tuple[c.Command, str]) -> Room:
    """The room after these commands, all of which must be accepted."""
    for command, actor in presses:
        room = decide(room, command, actor, NOW)
    return room


def seat(room: Room, seat_id: str) -> Seat:
    """The seat with this id, which must exist."""
    found = room.seat(seat_id)
    assert found is not None
    return found


def test_whoever_comes_is_muted_and_unseen() -> None:
    """Microphone and camera are off until the person turns them on."""
    room = decide(a_room(), c.Enter("ida", "Ida", seat(a_room(), "ann").role), None, NOW)
    ida = seat(room, "ida")
    assert (ida.mic_on, ida.camera_on, ida.sound) == (False, False, "")


def test_a_facilitator_mutes_and_nobody_unmutes_another() -> None:
    """There is no command for it."""
    room = after(a_room("arrival"), (c.Unmute(), "ann"), (c.Mute("ann"), "fay"))
    assert (seat(room, "ann").mic_on, seat(room, "ann").muted_by_facilitator) == (False, True)
    unmuted = seat(after(room, (c.Unmute(), "ann")), "ann")
    assert (unmuted.mic_on, unmuted.muted_by_facilitator) == (True, False)
    assert c.Unmute.__struct_fields__ == ()
    assert outcome(room, c.Mute("ann"), "fay") == "stale"


def test_a_member_mutes_nobody_else() -> None:
    """They may mute themself at any time."""
    room = after(a_room("arrival"), (c.Unmute(), "ann"), (c.Unmute(), "ben"))
    assert outcome(room, c.Mute("ben"), "ann") == "not_allowed"
    assert outcome(room, c.Mute("ann"), "ann") == "ok"
    assert outcome(room, c.Mute(), "ann") == "ok"


def test_mute_all_leaves_the_one_who_asks() -> None:
    """The facilitator who mutes all is about to speak."""
    room = after(a_room("arrival"), *((c.Unmute(), s) for s in ("fay", "ann", "ben", "gil")))
    room = after(room, (c.MuteAll(), "fay"))
    assert [s.id for s in room.seats if s.mic_on] == ["fay"]


def test_the_choice_outlives_the_phases() -> None:
    """After a phase that mutes it, a microphone is on or off as the person left it."""
    room = after(a_room("arrival"), (c.Unmute(), "ann"))
    room = after(room, (c.Go(to="presentation", from_phase="arrival"), "fay"))
    assert "ann" not in heard(room)
    room = after(room, (c.Go(to="reflection", from_phase="presentation"), "fay"))
    assert {"ann", "ben"} <= heard(room)
    assert (seat(room, "ann").mic_on, seat(room, "ben").mic_on) == (True, False)


def test_sitting_back_turns_the_camera_off_for_good() -> None:
    """It stays off when the presenter comes back, until they turn it on."""
    room = after(a_room("questions"), (c.Camera(on=True), "mei"), (c.Camera(on=True), "ann"))
    room = after(room, (c.Advance(from_phase="questions"), "fay"))
    assert not may_be_seen(room, seat(room, "mei"))
    assert outcome(room, c.Camera(on=True), "mei") == "not_now"
    room = after(room, (c.Recall(), "fay"))
    assert may_be_seen(room, seat(room, "mei"))
    assert (seat(room, "mei").camera_on, seat(room, "ann").camera_on) == (False, True)


def test_whoever_is_seated_as_presenter_in_the_reflection_is_not_seen_either() -> None:
    """It does not matter how they come to sit back."""
    room = after(a_room("reflection"), (c.Camera(on=True), "ann"), (c.SeatPresenter("ann"), "fay"))
    room = after(room, (c.Present(yes=True), "ann"))
    assert not seat(room, "ann").camera_on


def test_a_format_may_let_the_presenter_be_seen() -> None:
    """Some circles like to see a listening face."""
    seen = replace(a_room().plan, seen_sitting_back=True)
    room = a_room("questions", own_plan=seen)
    room = after(room, (c.Camera(on=True), "mei"), (c.Advance(from_phase="questions"), "fay"))
    assert seat(room, "mei").camera_on
    assert may_be_seen(room, seat(room, "mei"))
    assert "mei" not in heard(room)


def test_pictures_off_for_all_come_back_as_they_were() -> None:
    """Nobody can turn a camera on meanwhile."""
    room = after(a_room("arrival"), (c.Camera(on=True), "ann"), (c.Pictures(on=False), "fay"))
    assert not any(may_be_seen(room, s) for s in room.seats)
    assert outcome(room, c.Camera(on=True), "ben") == "not_now"
    assert outcome(room, c.Camera(on=False), "ann") == "ok"
    room = after(room, (c.Pictures(on=True), "fay"))
    assert may_be_seen(room, seat(room, "ann"))
    assert seat(room, "ann").camera_on


def test_an_observer_is_neither_heard_nor_seen() -> None:
    """Becoming an observer turns both off, and becoming a member again restores neither."""
    room = after(a_room("arrival"), (c.Unmute(), "ann"), (c.Camera(on=True), "ann"))
    room = after(room, (c.MakeObserver("ann"), "fay"))
    assert not may_be_seen(room, seat(room, "ann"))
    room = after(room, (c.MakeMember("ann"), "fay"))
    assert (seat(room, "ann").mic_on, seat(room, "ann").camera_on) == (False, False)


@pytest.mark.parametrize(
    "url", ["http://a.b", "https://", "javascript:alert(1)", "https://a b", "x"]
)
def test_another_call_has_an_address_of_its_own(url: str) -> None:
    """Anything else is refused with a sentence."""
    assert said(a_room(), c.TalkElsewhere(url), "fay").endswith("has no spaces.")


def test_the_circle_talks_elsewhere_until_it_does_not() -> None:
    """It is a setting of the circle, so it outlasts the session."""
    room = after(a_room(), (c.TalkElsewhere(LINK), "fay"))
    assert after(room, (c.End(), "fay")).elsewhere == LINK
    assert outcome(room, c.TalkElsewhere(f"{LINK}?{'x' * 500}"), "fay") == "too_long"
    assert after(room, (c.TalkElsewhere(""), "fay")).elsewhere == ""


def test_one_page_of_a_person_has_the_sound() -> None:
    """The last page that took it."""
    room = after(a_room(), (c.Sound("one"), "ann"), (c.Sound("two"), "ann"))
    assert seat(room, "ann").sound == "two"
    assert outcome(room, c.Sound("two"), "ann") == "stale"


def spoken(room: Room, ms: int, now: int) -> Room:
    """The room after Ann's page has reported her voice."""
    return decide(room, c.Spoke(ms), "ann", now)


def test_a_voice_in_open_talk_counts() -> None:
    """What the page reports, and never more than passed since its last report."""
    room = spoken(a_room("reflection"), 12_000, NOW)
    assert seat(room, "ann").spoken_ms == 12_000
    room = spoken(room, 50_000, NOW + REPORTED_EACH_MS)
    assert seat(room, "ann").spoken_ms == 12_000 + REPORTED_EACH_MS
    room = spoken(room, 10**9, NOW + 10 * REPORTED_EACH_MS)
    assert seat(room, "ann").spoken_ms == 12_000 + REPORTED_EACH_MS + MOST_REPORTED_MS


def test_a_first_report_is_bounded_as_well() -> None:
    """Nothing says since when the page has listened."""
    room = spoken(a_room("reflection"), 10**9, NOW)
    assert seat(room, "ann").spoken_ms == REPORTED_EACH_MS


def test_reports_are_rare() -> None:
    """Each is a version of the room; a short one waits for the next."""
    room = spoken(a_room("reflection"), LEAST_REPORTED_MS, NOW)
    soon = NOW + REPORTED_EACH_MS - 1
    assert outcome(room, c.Spoke(20_000), "ann", soon) == "too_fast"
    assert outcome(room, c.Spoke(20_000), "ben", soon) == "ok"
    assert outcome(room, c.Spoke(LEAST_REPORTED_MS - 1), "ben", soon) == "not_now"


def test_only_a_voice_that_may_be_heard_without_the_floor_counts() -> None:
    """The floor has its own time; in a silence, or while sitting back, nobody is heard."""
    room = a_room("reflection")
    assert outcome(room, c.Spoke(20_000), "mei") == "not_now"
    assert outcome(room, c.Spoke(20_000), "olu") == "not_allowed"
    silent = after(room, (c.Silence(60), "fay"))
    assert outcome(silent, c.Spoke(20_000), "ann") == "not_now"
    holds = after(room, (c.GiveFloor("ann"), "fay"))
    assert outcome(holds, c.Spoke(20_000), "ann") == "not_now"
    one_voice = after(room, (c.OneVoice(on=True), "fay"))
    assert outcome(one_voice, c.Spoke(20_000), "ann") == "not_now"
