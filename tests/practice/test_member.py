"""What a simulated member does, depending on the page, chance and time."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest

from server.practice.member import Do, Habit, Intention, Member
from server.practice.page import Sees
from server.practice.people import CAST
from server.room.state import ENDED, WAITING
from tests.support.factories import MOMENTS

SEEDS = range(20)
EVERY = [pytest.param(manner.habits, id=manner.name) for manner in CAST]
Habits = tuple[Habit, ...]


def seen(phase: str, *offers: str, heard: bool = True, **more: Any) -> Sees:
    """A page that offers these commands. Any: the other fields of Sees."""
    sees = Sees(phase, heard, sits=False, led=True, offers=tuple({"do": o} for o in offers))
    return sees._replace(**more)


def called(name: str) -> Habits:
    """The habits of the person with this name."""
    return next(manner.habits for manner in CAST if manner.name == name)


def all_done(habits: Habits, sees: Sees, seconds: float, *, seed: int = 0) -> list[Do]:
    """What somebody does in this time while their page does not change."""
    member, now, done = Member(habits, Random(seed)), 0.0, []
    while (intention := member.intends(sees, now)) and intention.at <= seconds:
        now = intention.at
        done.append(intention.habit.do)
        member.did(intention)
    return done


def first(habits: Habits, sees: Sees, *, seed: int = 0) -> Intention | None:
    """The first intention of somebody who sees this at second 0."""
    return Member(habits, Random(seed)).intends(sees, 0.0)


def does(habits: Habits, sees: Sees) -> set[Do]:
    """All intentions that somebody may have on this page."""
    return {i.habit.do for seed in SEEDS if (i := first(habits, sees, seed=seed))}


@pytest.mark.parametrize("habits", EVERY)
def test_nobody_does_what_is_not_offered(habits: Habits) -> None:
    """This holds in every phase; only dropping out needs no button."""
    for phase in (*MOMENTS, ""):
        if phase != ENDED:
            assert does(habits, seen(phase)) <= {Do.DROP_OUT}


@pytest.mark.parametrize("habits", EVERY)
def test_everybody_yields_after_their_turn_in_every_phase(habits: Habits) -> None:
    """They do so after a natural pause, and never at once."""
    for phase in ("arrival", "presentation", "questions", "response", "closing", "unheard-of"):
        intention = first(habits, seen(phase, "yield"))
        assert intention
        assert intention.habit.do is Do.YIELD
        assert 0.5 <= intention.at <= 20


def test_one_of_them_passes_in_the_round_of_arrival() -> None:
    """The others say something."""
    round_of_arrival = seen("arrival", "yield", "pass")
    passing = [m.name for m in CAST if does(m.habits, round_of_arrival) == {Do.PASS}]
    assert len(passing) == 1


def test_two_have_a_case_and_offer_it_once() -> None:
    """They do so in the call, and in no other phase."""
    offering = [m for m in CAST if does(m.habits, seen("call", "offer_case"))]
    assert len(offering) == 2
    for manner in offering:
        assert all_done(manner.habits, seen("call", "offer_case"), 60) == [Do.OFFER_CASE]
        assert not does(manner.habits, seen("waiting", "offer_case"))


@pytest.mark.parametrize("habits", EVERY)
def test_whoever_is_asked_to_present_says_yes(habits: Habits) -> None:
    """The page offers two answers."""
    answers = ({"do": "present", "yes": False}, {"do": "present", "yes": True})
    sees = seen("call", offers=answers)
    assert does(habits, sees) == {Do.PRESENT}
    assert sees.offered(Do.PRESENT) == {"do": "present", "yes": True}
    assert not does(habits, seen("call", offers=answers[:1]))


def test_hands_are_raised_in_questions_and_now_and_then_in_reflection() -> None:
    """Each raises a hand once in the questions; not all do so, and not at the same moment."""
    asking = [m for m in CAST if does(m.habits, seen("questions", "raise_hand"))]
    assert 3 <= len(asking) < len(CAST)
    for manner in asking:
        assert all_done(manner.habits, seen("questions", "raise_hand"), 300) == [Do.RAISE_HAND]
    moments = {first(called("Kumo"), seen("questions", "raise_hand"), seed=s) for s in SEEDS}
    assert len(moments) == len(SEEDS)
    wondering = all_done(called("Kumo"), seen("reflection", "raise_hand"), 300)
    assert wondering == [Do.RAISE_HAND] * 2


def test_a_hand_that_nobody_takes_up_is_lowered_after_a_while() -> None:
    """This holds in open talk; in the questions a hand waits for its turn."""
    intention = first(called("Kumo"), seen("reflection", "lower_hand"))
    assert intention
    assert intention.habit.do is Do.LOWER_HAND
    assert intention.at > 10
    assert not does(called("Kumo"), seen("questions", "lower_hand"))


def test_whoever_is_invited_to_speak_raises_a_hand_or_says_not_now() -> None:
    """The quiet member declines; others may raise a hand."""
    invited = seen("reflection", "not_now", "raise_hand")
    assert does(called("Oblak"), invited) == {Do.NOT_NOW}
    assert does(called("Kumo"), invited) == {Do.RAISE_HAND}
    assert not does(called("Oblak"), seen("reflection", "raise_hand"))


@pytest.mark.parametrize("habits", EVERY)
def test_whoever_sits_back_asks_once_to_come_back(habits: Habits) -> None:
    """The presenter does not drop out, since the group would lose them."""
    sitting = seen("reflection", "ask_return", heard=False, sits=True)
    assert all_done(habits, sitting, 300) == [Do.ASK_RETURN]


def test_one_drops_out_in_the_reflection_and_comes_back_later() -> None:
    """It happens once, in no other phase, and takes longer than a reload."""
    dropping = [m.name for m in CAST if Do.DROP_OUT in does(m.habits, seen("reflection"))]
    assert dropping == ["Pilvi"]
    assert all_done(called("Pilvi"), seen("reflection"), 300) == [Do.DROP_OUT]
    intention = first(called("Pilvi"), seen("reflection"))
    assert intention
    assert 8 <= intention.away_s <= 12
    assert not does(called("Pilvi"), seen("questions"))


@pytest.mark.parametrize("habits", EVERY)
def test_in_a_held_silence_nobody_yields(habits: Habits) -> None:
    """The holder of the floor speaks after the silence, and yields after that."""
    member = Member(habits, Random(0))
    assert member.intends(seen("closing", "yield", heard=False), 0.0) is None
    intention = member.intends(seen("closing", "yield"), 60.0)
    assert intention
    assert intention.at > 60.5


def test_what_others_do_meanwhile_does_not_begin_the_pause_anew() -> None:
    """An intention stays while it fits the page."""
    member = Member(called("Kumo"), Random(0))
    before = member.intends(seen("arrival", "yield"), 0.0)
    assert member.intends(seen("arrival", "yield", "raise_hand"), 0.7) == before
    assert member.intends(seen("arrival", "raise_hand"), 0.8) is None
    after = member.intends(seen("arrival", "yield"), 0.9)
    assert before
    assert after
    assert after.at > before.at


def test_another_phase_begins_with_other_intentions() -> None:
    """Returning to a phase allows its one-time habits once more."""
    member = Member(called("Kumo"), Random(0))
    for begun in (0.0, 100.0):
        asks = member.intends(seen("questions", "raise_hand"), begun)
        assert asks
        member.did(asks)
        assert member.intends(seen("questions", "raise_hand"), begun + 20) is None
        assert member.intends(seen("arrival"), begun + 30) is None


@pytest.mark.parametrize("habits", EVERY)
def test_all_go_for_good_soon_after_the_end(habits: Habits) -> None:
    """They do so within three seconds."""
    intention = first(habits, seen(ENDED, led=False))
    assert intention
    assert intention.habit.do is Do.GO
    assert intention.at <= 3
    assert math.isinf(intention.away_s)


@pytest.mark.parametrize("habits", EVERY)
def test_while_the_facilitator_is_away_all_wait_and_go_after_a_minute(habits: Habits) -> None:
    """A facilitator who comes back within the minute finds everybody."""
    member = Member(habits, Random(0))
    alone = seen("arrival", "yield", led=False)
    intention = member.intends(alone, 0.0)
    assert intention
    assert (intention.habit.do, math.isinf(intention.away_s)) == (Do.GO, True)
    assert intention.at >= 60
    goes_on = member.intends(seen("arrival", "yield"), 30.0)
    assert goes_on
    assert goes_on.habit.do in (Do.YIELD, Do.PASS)
    assert not does(habits, seen(WAITING))


def test_a_quicker_pace_divides_every_pause() -> None:
    """Load tests use this."""
    sees = seen("presentation", "yield")
    slow = Member(called("Kumo"), Random(5)).intends(sees, 0.0)
    quick = Member(called("Kumo"), Random(5), pace=10).intends(sees, 0.0)
    assert slow
    assert quick
    assert quick.at == pytest.approx(slow.at / 10)


def test_eight_have_eight_names_of_their_own() -> None:
    """Their initials differ too, because chairs show them."""
    names = [manner.name for manner in CAST]
    assert len(names) == len({name[0] for name in names}) == 8
