"""The pulse: who may answer when, what is kept of it, and what the circle sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations, pairwise, permutations
from random import Random
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.circle.pulse import (
    EACH_TIME,
    MOST_PAST,
    OPEN_MS,
    QUESTIONS,
    Pulse,
    Shown,
    answered,
    asked,
    closed,
    decode,
    encode,
    questions_for,
    questions_of,
    shown,
    without,
)
from server.circle.pulse_figures import LEAST_ANSWERS, Figure, rolling_means
from server.room.refused import Refused
from server.room.state import NewerSchema, Role
from tests.support.factories import NOW

DAY = date(2026, 1, 6)
MEMBER = Role.MEMBER
MONTH_MS = 30 * 24 * 3_600_000
SEATS = tuple("abcdefg")
PEOPLE = ("cem", "ann", "ben", *SEATS)
ASKED = asked(Pulse(), 1, DAY, NOW, PEOPLE)


def refused(pulse: Pulse, role: Role = MEMBER, now: int = NOW, **typed: str) -> tuple[str, str]:
    """The code and the reason for which the answers of `ann` are refused."""
    with pytest.raises(Refused) as caught:
        answered(pulse, "ann", role, typed, now)
    return caught.value.code, caught.value.reason.id


def after_sessions(number: int, *steps: str) -> Pulse:
    """The pulse when so many sessions are closed, each with these answers to all questions."""
    pulse = Pulse()
    for n in range(number):
        pulse = asked(pulse, n + 1, DAY + timedelta(30 * n), NOW + n * MONTH_MS, SEATS)
        for seat, step in zip(SEATS, steps, strict=False):
            typed = dict.fromkeys(QUESTIONS, step)
            pulse = answered(pulse, seat, MEMBER, typed, NOW + n * MONTH_MS)
    return closed(pulse, NOW, starting=True)


def test_two_more_questions_come_after_every_third_session() -> None:
    """The first of these is the third session."""
    pulse, questions = Pulse(), []
    for number in range(1, 7):
        pulse = asked(pulse, number, DAY, NOW, PEOPLE)
        questions.append(questions_for(pulse, "ann", MEMBER, NOW))
    assert questions == [EACH_TIME, EACH_TIME, QUESTIONS] * 2
    assert [questions_of(number) for number in range(1, 7)] == questions
    assert questions_of(0) == ()


def test_a_seat_answers_once_a_session() -> None:
    """After the next session it answers again."""
    once = answered(ASKED, "ann", MEMBER, {"heard": "4"}, NOW)
    assert refused(once, heard="5") == ("stale", "pulse_answered")
    assert questions_for(once, "ann", MEMBER, NOW) == ()
    assert questions_for(once, "ben", MEMBER, NOW) == EACH_TIME
    assert asked(once, 1, DAY, NOW, PEOPLE) == once
    again = asked(once, 2, DAY, NOW + 1, PEOPLE)
    assert answered(again, "ann", MEMBER, {"heard": "5"}, NOW + 1) != again


def test_each_question_may_be_skipped_and_not_all_of_them() -> None:
    """A form without a choice was sent by mistake, and its person may still answer."""
    pulse = answered(ASKED, "ann", MEMBER, {"heard": "5", "safe": ""}, NOW)
    assert pulse.open
    assert pulse.open.counts == {
        "heard": (0, 0, 0, 0, 1),
        "safe": (0, 0, 0, 0, 0),
        "seen": (0, 0, 0, 0, 0),
    }
    assert refused(ASKED) == ("invalid", "pulse_empty")
    assert refused(ASKED, heard="", safe="", worn="3") == ("invalid", "pulse_empty")


@pytest.mark.parametrize(
    "step", ["0", "6", "-1", "05", " 5", "5 ", "2.5", "٣", "５", "x", "5" * 999]
)
def test_a_step_is_one_of_five(step: str) -> None:
    """Another text is refused, also beside valid answers."""
    assert refused(ASKED, heard="4", seen=step) == ("invalid", "pulse_step_unknown")


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.FACILITATOR, False), (MEMBER, True), (Role.OBSERVER, True), (Role.GUEST, False)],
)
def test_facilitators_and_guests_do_not_answer(role: Role, may: bool) -> None:
    """Nor are they asked."""
    assert questions_for(ASKED, "ann", role, NOW) == (EACH_TIME if may else ())
    if may:
        assert answered(ASKED, "ann", role, {"heard": "4"}, NOW) != ASKED
    else:
        assert refused(ASKED, role, heard="4") == ("not_allowed", "pulse_is_for_members")


def test_questions_close_after_two_days() -> None:
    """Nobody can answer then, even if nothing has closed them yet."""
    last = NOW + OPEN_MS - 1
    assert closed(ASKED, last) == ASKED
    assert answered(ASKED, "ann", MEMBER, {"heard": "4"}, last) != ASKED
    assert ASKED.open
    assert ASKED.open.closes_at == NOW + OPEN_MS
    assert refused(ASKED, now=last + 1, heard="4") == ("stale", "pulse_closed")
    assert questions_for(ASKED, "ann", MEMBER, last + 1) == ()
    after = closed(ASKED, last + 1)
    assert after.open is None
    assert closed(after, last + 2) == after
    assert refused(after, heard="4") == ("stale", "pulse_closed")


def test_the_next_session_closes_the_questions_of_the_last() -> None:
    """As it starts; or at its end, if its start closed nothing."""
    started = closed(ASKED, NOW + 1, starting=True)
    assert started.open is None
    ended = asked(started, 2, DAY, NOW + 2, PEOPLE)
    assert ended == asked(ASKED, 2, DAY, NOW + 2, PEOPLE)
    assert closed(Pulse(), NOW, starting=True) == Pulse()


def test_a_page_left_open_answers_nothing_about_a_later_session() -> None:
    """It sends the number of its questions; without one, the answers are about the last session."""
    later = asked(ASKED, 2, DAY, NOW, PEOPLE)
    typed = {"heard": "4"}
    with pytest.raises(Refused, match="pulse_closed"):
        answered(later, "ann", MEMBER, typed, NOW, number=1)
    assert answered(later, "ann", MEMBER, typed, NOW, number=2) == answered(
        later, "ann", MEMBER, typed, NOW
    )


def test_who_was_not_there_is_not_asked() -> None:
    """Nor do they answer, as somebody who has answered does not a second time."""
    assert questions_for(ASKED, "zoe", MEMBER, NOW) == ()
    with pytest.raises(Refused, match="pulse_answered"):
        answered(ASKED, "zoe", MEMBER, {"heard": "4"}, NOW)


def test_no_seat_is_kept_beside_its_answer() -> None:
    """Not even while one person alone has answered, whose answer all counts are."""
    pulse = answered(ASKED, "ann", MEMBER, {"heard": "4"}, NOW)
    assert b"ann" in encode(ASKED)
    assert b"ann" not in encode(pulse)


def test_who_is_erased_leaves_no_mark() -> None:
    """Whether they had answered or not; the counts stay, and are nobody's."""
    pulse = answered(ASKED, "ann", MEMBER, {"heard": "4"}, NOW)
    erased = without(pulse, ["ann", "ben", "zoe"])
    assert erased.open
    assert erased.open.counts["heard"] == (0, 0, 0, 1, 0)
    assert {"ann", "ben", "zoe"}.isdisjoint(erased.open.seats)
    assert {"cem", *SEATS} == set(erased.open.seats)
    assert without(Pulse(), ["ann"]) == Pulse()


def test_a_stored_pulse_is_read_again_unless_a_later_release_wrote_it() -> None:
    """Nothing stored is an empty pulse."""
    for pulse in (ASKED, after_sessions(3, *"12345"), Pulse()):
        assert decode(encode(pulse)) == pulse
    assert decode(None) == Pulse()
    with pytest.raises(NewerSchema):
        decode(b'{"schema": 2}')


def test_what_is_open_does_not_know_in_which_order_people_answered() -> None:
    """Neither seats nor counts have it, so the last seat is not beside the last step."""
    values = set()
    for order in permutations((("ann", "1"), ("ben", "3"), ("cem", "5"))):
        pulse = ASKED
        for seat, step in order:
            pulse = answered(pulse, seat, MEMBER, {"heard": step}, NOW)
        values.add(encode(pulse))
    assert len(values) == 1


def test_what_stays_of_a_session_is_its_figures() -> None:
    """No seat, no count, no number of answers, and no time but the date of the session."""
    pulse = after_sessions(1, "4", "4", "4", "4", "4", "5")
    figure = Figure(2, is_mixed=False)
    kept = encode(pulse)
    assert msgspec.json.decode(kept) == {
        "sessions": 1,
        "schema": 1,
        "open": None,
        "past": [
            {
                "date": "2026-01-06",
                "figures": {key: {"lean": 2, "is_mixed": False} for key in EACH_TIME},
            }
        ],
    }
    assert shown(pulse) == tuple(Shown(question, DAY, figure, ()) for question in EACH_TIME)


def test_a_question_has_its_own_number_of_answers() -> None:
    """Five people answered, and one of them skipped one question."""
    pulse = ASKED
    for seat in SEATS[:5]:
        typed = {"heard": "4", "seen": "" if seat == "a" else "4"}
        pulse = answered(pulse, seat, MEMBER, typed, NOW)
    heard, safe, seen = shown(closed(pulse, NOW, starting=True))
    assert (heard.figure, safe.figure, seen.figure) == (Figure(2, is_mixed=False), None, None)


def test_the_last_figure_is_of_the_last_session_that_asked() -> None:
    """Two of the questions are asked after every third session."""
    by_question = {view.question: view for view in shown(after_sessions(7, *"33333"))}
    assert by_question["worn"].date == DAY + timedelta(30 * 5)
    assert by_question["worn"].trend == ()
    assert by_question["seen"].date == DAY + timedelta(30 * 6)
    assert len(by_question["seen"].trend) == 5


def test_figures_are_kept_for_so_many_sessions() -> None:
    """The oldest go first."""
    pulse = after_sessions(MOST_PAST + 2, *"33333")
    assert pulse.sessions == MOST_PAST + 2
    assert [len(pulse.past), pulse.past[0].date] == [MOST_PAST, DAY + timedelta(60)]


Session = dict[str, tuple[str, ...]]
"""For each seat its step, or nothing, for each question."""

a_session = st.dictionaries(
    st.sampled_from(SEATS),
    st.tuples(*(st.sampled_from(["", "1", "2", "3", "4", "5"]) for _ in QUESTIONS)),
    min_size=3,
)
some_sessions = st.lists(a_session, min_size=1, max_size=6)


class Moment(NamedTuple):
    """The pulse after a change, and whether that closed the questions."""

    pulse: Pulse
    closes: bool = False


def history(evenings: list[Session]) -> Iterator[Moment]:
    """Each moment of a circle that has had these sessions, a month apart."""
    pulse = Pulse()
    yield Moment(pulse)
    for n, session in enumerate(evenings):
        now = NOW + n * MONTH_MS
        pulse = asked(pulse, n + 1, DAY + timedelta(30 * n), now, session)
        yield Moment(pulse)
        for seat, chosen in session.items():
            typed = dict(zip(QUESTIONS, chosen, strict=True))
            if any(typed[question] for question in questions_for(pulse, seat, MEMBER, now)):
                pulse = answered(pulse, seat, MEMBER, typed, now)
                yield Moment(pulse)
        pulse = closed(pulse, now + OPEN_MS)
        yield Moment(pulse, closes=True)


def figures_in(view: tuple[Shown, ...]) -> dict[tuple[str, date], Figure | None]:
    """The figures that are shown, by question and session."""
    return {(one.question, one.date): one.figure for one in view}


def answers_to(question: str, session: Session) -> int:
    """How many answered this question in this session."""
    return sum(chosen[QUESTIONS.index(question)] != "" for chosen in session.values())


@settings(max_examples=25)
@given(some_sessions)
def test_no_two_views_differ_by_fewer_than_five_answers(evenings: list[Session]) -> None:
    """Views differ only if questions closed between them; no figure ever changes; each is of five
    or more answers, which no other figure has."""
    moments = list(history(evenings))
    views = [figures_in(shown(moment.pulse)) for moment in moments]
    for (one, other), (_, moment) in zip(pairwise(views), pairwise(moments), strict=True):
        assert one == other or moment.closes
    for one, other in combinations(views, 2):
        assert all(one[key] == other[key] for key in one.keys() & other.keys())
    ever = {key: figure for view in views for key, figure in view.items()}
    for (question, day), figure in ever.items():
        number = answers_to(question, evenings[(day - DAY).days // 30])
        assert (figure is None) == (number < LEAST_ANSWERS)


@settings(max_examples=25)
@given(some_sessions)
def test_nothing_is_kept_that_was_not_shown(evenings: list[Session]) -> None:
    """What stays of a session was its view; and the trend is computed from such figures alone."""
    moments = list(history(evenings))
    ever = [figures_in(shown(moment.pulse)) for moment in moments]
    last = moments[-1].pulse
    assert last.open is None
    for past in last.past:
        for question, figure in past.figures.items():
            assert any(view.get((question, past.date), 0) == figure for view in ever)
    for one in shown(last):
        known = [(past.date, past.figures.get(one.question)) for past in last.past]
        assert one.trend == rolling_means(known)


@settings(max_examples=25)
@given(some_sessions, st.randoms(use_true_random=False))
def test_nothing_depends_on_who_answered_what(evenings: list[Session], random: Random) -> None:
    """The answers of each session are dealt anew to its people, who answer in another order."""
    dealt = []
    for session in evenings:
        seats, answers = list(session), list(session.values())
        random.shuffle(seats)
        random.shuffle(answers)
        dealt.append(dict(zip(seats, answers, strict=True)))
    *_, one = history(evenings)
    *_, other = history(dealt)
    assert one == other
