"""Turns: hands in one order, rounds along the seats, silence, and speaking time."""

from __future__ import annotations

from msgspec.structs import replace

from server.room import commands as c
from server.room.rules import decide
from server.room.state import Floor, Room
from server.room.turns import MAX_SILENCE_S, in_round, next_in_round, with_seat
from tests.support.factories import NOW, a_room, outcome


def after(room: Room, *steps: tuple[str, c.Command], now: int = NOW) -> Room:
    """The room after these commands."""
    for actor, command in steps:
        room = decide(room, command, actor, now)
    return room


def away(room: Room, *ids: str) -> Room:
    """The room after these people dropped out."""
    for seat_id in ids:
        seat = room.seat(seat_id)
        assert seat is not None
        room = with_seat(room, replace(seat, away_since=NOW))
    return room


def spoken(room: Room, seat_id: str) -> int:
    """The speaking time of this seat, in ms."""
    seat = room.seat(seat_id)
    assert seat is not None
    return seat.spoken_ms


def test_hands_keep_the_order_in_which_they_were_raised() -> None:
    """When the speaker yields, the floor goes to the first hand."""
    room = after(a_room("questions"), ("cem", c.RaiseHand()), ("ann", c.RaiseHand()))
    assert room.hands == ("cem", "ann")
    room = after(room, ("fay", c.GiveFloor("cem")), ("ben", c.RaiseHand()), ("cem", c.Yield()))
    assert (room.holder, room.hands) == ("ann", ("ben",))


def test_the_floor_given_out_of_order_leaves_the_other_hands() -> None:
    """The facilitator may give the floor to anybody, with or without a raised hand."""
    room = after(a_room("questions"), ("cem", c.RaiseHand()), ("ann", c.RaiseHand()))
    room = after(room, ("gil", c.GiveFloor("ann")))
    assert (room.holder, room.hands) == ("ann", ("cem",))


def test_whoever_has_asked_twice_lets_the_others_go_first() -> None:
    """This applies in *Questions*; their hands keep their order among themselves."""
    room = a_room("questions")
    for _ in range(2):
        room = after(room, ("fay", c.GiveFloor("ann")), ("ann", c.Yield()))
    room = after(room, ("ann", c.RaiseHand()), ("ben", c.RaiseHand()), ("cem", c.RaiseHand()))
    assert room.hands == ("ben", "cem", "ann")


def test_a_hand_of_somebody_away_is_passed_over_but_kept() -> None:
    """A person who comes back within two minutes keeps the first place."""
    room = after(a_room("questions"), ("cem", c.RaiseHand()), ("ann", c.RaiseHand()))
    room = after(away(room, "cem"), ("fay", c.GiveFloor("ben")), ("ben", c.Yield()))
    assert (room.holder, room.hands) == ("ann", ("cem",))


def test_the_last_hand_leaves_the_floor_free() -> None:
    """With no raised hands, nobody holds the floor."""
    room = after(a_room("questions"), ("fay", c.GiveFloor("ann")), ("ann", c.Yield()))
    assert room.floor is None


def test_in_open_talk_a_hand_is_a_quiet_request() -> None:
    """A hand in the reflection does not stop anybody else from being heard."""
    room = after(a_room("reflection"), ("ann", c.RaiseHand()))
    assert (room.holder, room.hands) == (None, ("ann",))


def test_a_round_walks_along_the_seats_and_ends() -> None:
    """Everybody who may speak has one turn in seat order; observers have none."""
    room, order = a_room("arrival"), []
    while room.holder:
        order.append(room.holder)
        room = after(room, (room.holder, c.Yield()))
    assert order == ["fay", "ann", "ben", "mei", "cem", "gil"]


def test_a_round_skips_who_is_away_and_finds_them_when_they_are_back() -> None:
    """A person who was away at their turn has it at the end of the round."""
    room = after(away(a_room("arrival"), "ann"), ("fay", c.Yield()))
    assert room.holder == "ben"
    room = decide(room, c.NotePresence(frozenset(s.id for s in room.seats)), None, NOW)
    room = after(room, ("ben", c.Yield()), ("mei", c.Pass()), ("cem", c.Yield()), ("gil", c.Pass()))
    assert room.holder == "ann"


def test_passing_counts_as_a_turn_but_not_as_speaking() -> None:
    """A person who passes is not asked again, and their speaking time stays 0."""
    room = decide(a_room("arrival"), c.Pass(), "fay", NOW + 20_000)
    assert room.holder == "ann"
    assert "fay" in room.turns_taken
    assert spoken(room, "fay") == 0


def test_in_a_round_the_turn_goes_to_the_next_seat_and_not_to_a_hand() -> None:
    """Hands do not change the order of the round."""
    room = after(a_room("arrival"), ("cem", c.RaiseHand()), ("fay", c.Yield()))
    assert (room.holder, room.hands) == ("ann", ("cem",))


def test_the_presenter_speaks_first_and_hands_on_in_the_response() -> None:
    """The presenter holds the floor from the start; raised hands come next."""
    room = after(a_room("response"), ("ann", c.RaiseHand()))
    assert room.holder == "mei"
    room = after(room, ("mei", c.Yield()))
    assert room.holder == "ann"


def test_speaking_time_is_counted_while_holding_the_floor() -> None:
    """The time is summed over all turns, each from taking the floor to giving it up."""
    room = a_room("questions")
    for start in (0, 100_000):
        room = decide(room, c.GiveFloor("ann"), "fay", NOW + start)
        room = decide(room, c.Yield(), "ann", NOW + start + 30_000)
    assert spoken(room, "ann") == 60_000


def test_speaking_time_begins_anew_with_each_phase() -> None:
    """Otherwise all would have spoken since the arrival, and nobody could be told from another."""
    room = decide(a_room("questions"), c.GiveFloor("ann"), "fay", NOW)
    room = decide(room, c.Advance("questions"), "fay", NOW + 30_000)
    assert spoken(room, "ann") == 0


def test_a_silence_is_not_speaking_time() -> None:
    """The holder keeps the floor through a silence, whose time counts for nobody."""
    room = decide(a_room("questions"), c.GiveFloor("ann"), "fay", NOW)
    room = decide(room, c.Silence(60), "fay", NOW + 10_000)
    assert room.holder == "ann"
    early = decide(room, c.Silence(0), "fay", NOW + 20_000)
    assert spoken(decide(early, c.Yield(), "ann", NOW + 25_000), "ann") == 15_000
    ended = decide(room, c.FallDue(), None, NOW + 70_000)
    assert ended.silence_until is None
    assert spoken(decide(ended, c.Yield(), "ann", NOW + 75_000), "ann") == 15_000


def test_a_silence_has_bounds_and_is_not_held_twice() -> None:
    """It lasts ten minutes at most; a second one is stale, and so is ending none."""
    room = a_room("reflection")
    assert outcome(room, c.Silence(601), "fay") == "too_long"
    assert outcome(room, c.Silence(0), "fay") == "stale"
    held = decide(room, c.Silence(600), "fay", NOW)
    assert outcome(held, c.Silence(60), "gil") == "stale"
    assert outcome(held, c.GiveFloor("ann"), "fay") == "not_now"


def test_a_command_that_comes_twice_has_one_effect() -> None:
    """The second command that takes or leaves the same turn is refused."""
    room = a_room("questions")
    for actor, command in (
        ("ann", c.RaiseHand()),
        ("ann", c.LowerHand()),
        ("fay", c.GiveFloor("ann")),
        ("ann", c.Yield()),
    ):
        room = decide(room, command, actor, NOW)
        assert outcome(room, command, actor) != "ok"


def test_the_floor_is_not_given_to_who_cannot_have_it() -> None:
    """People away, observers, a presenter sitting back, and members in the presentation cannot."""
    assert outcome(away(a_room("questions"), "ann"), c.GiveFloor("ann"), "fay") == "not_now"
    assert outcome(a_room("questions"), c.GiveFloor("olu"), "fay") == "not_now"
    assert outcome(a_room("reflection"), c.GiveFloor("mei"), "fay") == "not_now"
    assert outcome(a_room("presentation"), c.GiveFloor("ann"), "fay") == "not_now"
    assert outcome(a_room("questions"), c.GiveFloor("gone"), "fay") == "unknown_seat"


def test_the_time_that_a_speaker_was_away_is_not_speaking_time() -> None:
    """A person who dropped out after ten seconds has spoken for ten seconds."""
    room = decide(a_room("questions"), c.GiveFloor("ann"), "fay", NOW)
    here = frozenset(s.id for s in room.seats) - {"ann"}
    room = decide(room, c.NotePresence(here), None, NOW + 10_000)
    room = decide(room, c.FallDue(), None, NOW + 130_000)
    assert (room.holder, spoken(room, "ann")) == (None, 10_000)


def test_a_round_that_is_over_stays_over() -> None:
    """Nobody has a second turn, and nobody holds the floor."""
    room = a_room("closing")
    while room.holder:
        room = after(room, (room.holder, c.Pass()))
    assert set(room.turns_taken) == {"fay", "gil", "ann", "ben", "cem", "mei"}
    assert outcome(room, c.Pass(), "fay") == "not_now"
    again = after(room, ("fay", c.GiveFloor("ann")), ("ann", c.Yield()))
    assert again.floor is None


def test_one_voice_is_for_phases_where_several_would_be_heard() -> None:
    """Elsewhere it would change nothing; repeating it is stale."""
    for phase in ("presentation", "questions"):
        assert outcome(a_room(phase), c.OneVoice(on=True), "fay") == "not_now"
    assert outcome(a_room("reflection"), c.OneVoice(on=False), "fay") == "stale"
    room = after(a_room("reflection"), ("fay", c.OneVoice(on=True)))
    assert room.one_voice
    assert not after(room, ("gil", c.OneVoice(on=False))).one_voice


def test_whoever_sits_back_holds_no_floor_and_raises_no_hand() -> None:
    """Once they are brought back in, they may ask like everybody else."""
    room = a_room("reflection")
    assert outcome(room, c.RaiseHand(), "mei") == "not_now"
    assert outcome(room, c.GiveFloor("mei"), "fay") == "not_now"
    room = after(room, ("fay", c.Recall()), ("mei", c.RaiseHand()))
    assert room.hands == ("mei",)
    assert after(room, ("fay", c.Recall(on=False))).hands == ()


def test_the_turn_of_nobody_but_the_holder_is_given_away() -> None:
    """Nobody else can yield or pass for the holder."""
    room = a_room("arrival")
    for command in (c.Yield(), c.Pass()):
        assert outcome(room, command, "ann") == "not_now"
    assert outcome(a_room("reflection"), c.Pass(), "ann") == "not_now"


def test_a_silence_may_have_no_end_of_its_own() -> None:
    """Somebody who leads ends it; it ends by itself after the longest silence there is."""
    room = decide(a_room("reflection"), c.Silence(0, open=True), "fay", NOW)
    assert (room.silence_open, room.silence_until) == (True, NOW + MAX_SILENCE_S * 1000)
    for command, actor, now in (
        (c.Silence(0), "fay", NOW + 1),
        (c.FallDue(), None, NOW + MAX_SILENCE_S * 1000),
        (c.Advance("reflection"), "fay", NOW + 1),
    ):
        ended = decide(room, command, actor, now)
        assert (ended.silence_open, ended.silence_until) == (False, None)


def test_who_is_next_in_a_round() -> None:
    """Along the seats, without people who are away or have had their turn, once around."""
    room = a_room("closing")
    assert (in_round(room), room.holder, next_in_round(room)) == (True, "fay", "ann")
    away = tuple(replace(s, away_since=NOW if s.id == "ann" else None) for s in room.seats)
    assert next_in_round(replace(room, seats=away)) == "ben"
    last = replace(room, floor=Floor("gil", NOW), turns_taken=("fay", "ann", "ben", "mei", "cem"))
    assert next_in_round(last) is None
    assert not in_round(a_room("reflection"))
