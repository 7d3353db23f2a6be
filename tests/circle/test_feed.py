"""Each person's own feed of a circle's calendar."""

from __future__ import annotations

import msgspec

from server.circle.feed import Feed, feed_of, named, renewed, serials, without
from server.room.state import Role

ROLES = {"fay": Role.FACILITATOR, "ann": Role.MEMBER, "olu": Role.OBSERVER, "dan": Role.GUEST}


def test_nothing_is_kept_of_a_feed_that_nobody_has_changed() -> None:
    """Also of one that has been changed back."""
    assert feed_of({}, "ann") == Feed()
    neutral = named({}, "ann", neutral=True)
    assert neutral == {"ann": Feed(neutral=True)}
    assert named(neutral, "ann", neutral=False) == {}
    assert msgspec.json.encode(Feed()) == b"{}"


def test_a_new_secret_leaves_the_name_and_the_others_as_they_are() -> None:
    """A serial number is never used again."""
    feeds = renewed(named(renewed({"fay": Feed(1)}, "ann"), "ann", neutral=True), "ann")
    assert feeds == {"fay": Feed(1), "ann": Feed(2, neutral=True)}
    assert named(feeds, "ann", neutral=False) == {"fay": Feed(1), "ann": Feed(2)}


def test_a_person_without_a_seat_has_no_feed() -> None:
    """The feed goes with the seat; a guest at the door has none."""
    feeds = {"ann": Feed(2), "dan": Feed(1), "eve": Feed(3)}
    assert serials(ROLES, feeds) == {"fay": 0, "ann": 2, "olu": 0}
    assert without(feeds, ["ann", "eve", "nobody"]) == {"dan": Feed(1)}


def test_a_role_of_a_later_release_has_a_feed() -> None:
    """It opens nothing but dates."""
    assert serials({"eve": "conductor"}, {}) == {"eve": 0}
