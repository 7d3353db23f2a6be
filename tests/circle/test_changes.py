"""The changes of a circle: its founder, its format, the people whom it forgets."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from server.circle.changes import (
    choose_format,
    forgetting,
    keep_format,
    lasting,
    name_feed,
    renew_feed,
    with_founder,
    with_roles,
)
from server.circle.circle import described
from server.circle.feed import Feed
from server.room.formats.shipped import FORMATS
from server.room.refused import Refused
from server.room.state import Role

FOUNDED = with_founder(described("id", "C", "classic-60", "UTC"), "fay")
CIRCLE = replace(
    FOUNDED,
    founder="",
    roles={
        "fay": Role.FACILITATOR,
        "gil": Role.FACILITATOR,
        "ann": Role.MEMBER,
        "dan": Role.GUEST,
        "eve": "conductor",
    },
    presented={"fay": 1, "ann": 2, "eve": 3},
    absent={"fay": (date(2027, 1, 5),), "ann": (date(2027, 1, 5), date(2027, 2, 2))},
    feeds={"fay": Feed(1), "ann": Feed(2, neutral=True)},
)


def test_who_starts_a_circle_leads_it_and_is_alone() -> None:
    """Nobody else has ever been there."""
    assert (FOUNDED.roles, FOUNDED.founder_alone) == ({"fay": Role.FACILITATOR}, True)


def test_a_format_is_chosen_among_those_that_there_are() -> None:
    """A format of its own is one of them once it is kept, and stays while another is used."""
    own = replace(FORMATS["troika"], key="own", title="Ours")
    with pytest.raises(Refused):
        choose_format(CIRCLE, "own", 0)
    with pytest.raises(Refused):
        choose_format(CIRCLE, "classic-61", 0)
    kept = keep_format(CIRCLE, own, 0)
    assert (kept.format, kept.own) == ("own", own)
    other = choose_format(kept, "classic-90", 0)
    assert (other.format, other.own) == ("classic-90", own)
    assert choose_format(other, "own", 0) == kept


@pytest.mark.parametrize("leaving", [{"ann", "dan", "eve"}, {"ann", "gil"}])
def test_of_those_who_are_forgotten_nothing_stays(leaving: set[str]) -> None:
    """The links stay, unless somebody else has a facilitator forgotten."""
    changed = forgetting(CIRCLE, leaving)
    assert changed.roles.keys() == CIRCLE.roles.keys() - leaving
    assert changed.presented.keys() == CIRCLE.presented.keys() - leaving
    assert changed.absent.keys() == CIRCLE.absent.keys() - leaving
    assert changed.feeds.keys() == CIRCLE.feeds.keys() - leaving
    assert (changed.facilitator_links, changed.links) == (0, 0)
    assert forgetting(changed, leaving) == changed
    renewed = forgetting(CIRCLE, leaving, renews_link=True)
    assert renewed == replace(changed, facilitator_links=1)


@pytest.mark.parametrize(("role", "is_alone"), [("guest", True), ("member", False), ("x", False)])
def test_a_circle_lasts_with_somebody_else_in_it(role: str, is_alone: bool) -> None:
    """A process of an earlier release may have seated them without noting it."""
    circle = replace(FOUNDED, roles={**FOUNDED.roles, "ann": role})
    assert lasting(circle).founder_alone == is_alone
    assert lasting(FOUNDED) == FOUNDED


def test_a_feed_changes_for_a_person_with_a_seat_and_goes_with_it() -> None:
    """A page that was open when they were removed leaves nothing behind."""
    assert renew_feed(CIRCLE, "ann").feeds["ann"] == Feed(3, neutral=True)
    assert renew_feed(CIRCLE, "ann", "2").feeds["ann"] == Feed(3, neutral=True)
    for seen in ("1", "3", ""):
        assert renew_feed(CIRCLE, "ann", seen) == CIRCLE
    assert name_feed(CIRCLE, "gil", neutral=True).feeds["gil"] == Feed(neutral=True)
    removed = with_roles(CIRCLE, {"ann": ""})
    assert removed.feeds == {"fay": Feed(1)}
    assert renew_feed(removed, "ann") == removed
    assert name_feed(removed, "ann", neutral=True) == removed
