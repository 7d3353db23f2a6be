"""The checker: a good history has no problem, and each kind of problem is found."""

from __future__ import annotations

from tests.faults.history import ACCEPTED, UNANSWERED, Asked, History, Seen, Value, check


def a_history(
    *values: Value, people: tuple[str, ...] = ("ann", "ben"), outcomes: tuple[str, ...] = ()
) -> History:
    """Everybody sees these values as versions 1, 2, 3...; each prompt in them was accepted.

    `outcomes` are those of further commands, which have no visible effect.
    """
    history = History()
    for version, value in enumerate(values, 1):
        for person in people:
            history.saw(Seen("r1", person, 1, float(version), version, value))
    for prompt in dict.fromkeys(value.prompt for value in values if value.prompt):
        history.heard(asked(prompt))
    for outcome in outcomes:
        history.heard(asked("", outcome))
    return history


def asked(prompt: str, outcome: str = ACCEPTED) -> Asked:
    """A command of Fay."""
    return Asked("r1", "fay", "prompt" if prompt else "raise_hand", prompt, 1.0, 2.0, outcome)


def prompted(*prompts: str) -> list[Value]:
    """Values that differ in their prompt."""
    return [Value(prompt=prompt) for prompt in prompts]


def test_a_good_history_has_no_problem() -> None:
    """It has prompts, a version that one person missed, a lost connection, an absence, and a second
    window."""
    away = Value(prompt="p2", away=("ben",))
    twice = Value(prompt="p2", windows=("ben",))
    history = a_history(*prompted("", "p1", "p2"), away, twice, outcomes=("stale",))
    history.seen["r1"].pop(2)
    history.saw(Seen("r1", "ben", 2, 9.0, 5, twice))
    history.ends["r1"] = (5, twice)
    assert check(history) == []


def test_a_version_that_falls_is_found() -> None:
    """It is found on one connection, and across two."""
    for line, where in ((1, "on one line"), (2, "on coming back")):
        history = a_history(*prompted("", "p1"))
        history.saw(Seen("r1", "ann", line, 3.0, 1, Value()))
        history.saw(Seen("r1", "ann", line, 4.0, 2, Value(prompt="p1")))
        assert check(history) == [f"r1: ann saw version 1 after 2, {where}."]


def test_an_acknowledged_command_without_effect_is_found() -> None:
    """Nobody ever saw the prompt; versions are counted for hands and phases."""
    lost = a_history(*prompted("", "p1"))
    lost.heard(asked("p2"))
    assert check(lost) == [
        "r1: p2 was acknowledged and never took effect.",
        "r1: 2 commands were acknowledged, yet versions rose by 1 only.",
    ]
    uncounted = a_history(*prompted("", "p1"), outcomes=(ACCEPTED,))
    assert check(uncounted) == ["r1: 2 commands were acknowledged, yet versions rose by 1 only."]


def test_a_command_done_twice_is_found() -> None:
    """The repetition comes later, at once, or in versions that nobody saw."""
    again = a_history(*prompted("", "p1", "p2", "p1"), outcomes=(UNANSWERED,))
    assert check(again) == ["r1: p1 took effect 2 times."]
    at_once = a_history(*prompted("", "p1", "p1"), outcomes=(UNANSWERED,))
    assert check(at_once) == ["r1: version 3 changes nothing that anybody can see."]
    unseen = a_history(*prompted("", "p1"))
    for person in ("ann", "ben"):
        unseen.saw(Seen("r1", person, 1, 9.0, 5, Value(prompt="p1", hands=("cem",))))
    assert check(unseen) == ["r1: versions rose by 4, yet at most 1 commands can have been done."]


def test_what_is_not_for_all_to_see_makes_a_version_of_its_own_once() -> None:
    """An accepted offer makes one; a refused one makes none, and two versions are too many."""
    for outcome, versions, found in (
        (ACCEPTED, 1, []),
        ("stale", 1, ["r1: version 2 changes nothing that anybody can see."]),
        (ACCEPTED, 2, ["r1: version 3 changes nothing that anybody can see."]),
    ):
        history = a_history(*prompted("", *[""] * versions), outcomes=(UNANSWERED,) * versions)
        history.heard(asked("", outcome)._replace(do="offer_case"))
        assert check(history) == found


def test_a_refused_command_with_an_effect_is_found() -> None:
    """So is an effect without a command; a command without an answer may be done or not."""
    history = a_history(*prompted("", "p1"))
    history.asked["r1"] = [asked("p1", "unavailable"), asked("", UNANSWERED)]
    assert check(history) == ["r1: p1 was refused (unavailable) and yet took effect."]
    history.asked["r1"] = [asked("", UNANSWERED)]
    assert check(history) == ["r1: p1 took effect, and nobody had asked for it."]
    history.asked["r1"] = [asked("p1", UNANSWERED), asked("p2", UNANSWERED)]
    assert check(history) == []


def test_two_holders_of_the_floor_are_found() -> None:
    """One frame is enough."""
    history = a_history(Value(), Value(speaking=("ann", "cem")), outcomes=(ACCEPTED,))
    assert check(history) == ["r1: ann and cem both hold the floor in version 2."]


def test_people_who_see_different_things_in_one_version_are_found() -> None:
    """The problem names the difference."""
    history = a_history(Value(), people=("ann",))
    history.saw(Seen("r1", "ben", 1, 1.0, 1, Value(phase="call", hands=("ann",))))
    history.ends["r1"] = (1, Value())
    assert check(history) == [
        "r1: version 1 was shown with another phase, hands to ben.",
        "r1: ben ended on another value of version 1 than the room.",
    ]


def test_whoever_does_not_end_on_the_rooms_value_is_found() -> None:
    """The room's page is compared, or people with each other if no page was loaded."""
    history = a_history(*prompted("", "p1"))
    history.seen["r1"].pop()
    assert check(history) == ["r1: ben ended on version 1, the room on 2."]
    history.ends["r1"] = (3, Value(prompt="p1"))
    assert check(history) == [
        "r1: ann ended on version 2, the room on 3.",
        "r1: ben ended on version 1, the room on 3.",
    ]


def test_a_refusal_may_leave_it_open_whether_the_command_was_done() -> None:
    """This holds only for the codes in `unsure`; even then the command is done at most once."""
    history = a_history(*prompted("", "p1"), outcomes=("unavailable",))
    history.asked["r1"][0] = asked("p1", "unavailable")
    assert "r1: p1 was refused (unavailable) and yet took effect." in check(history)
    history.unsure.add("unavailable")
    assert check(history) == []
    history.saw(Seen("r1", "ann", 1, 3.0, 3, Value()))
    history.saw(Seen("r1", "ann", 1, 4.0, 4, Value(prompt="p1")))
    assert "r1: p1 took effect 2 times." in check(history)
