"""How often feeds are read."""

from __future__ import annotations

import pytest

from server.identity import Identity, new_circle_id
from server.pages.feed_limit import (
    ALL_A_SECOND,
    ALL_AT_ONCE,
    AT_ONCE,
    EVERY_S,
    MOST_SECRETS,
    FeedLimit,
    is_well_formed,
)

NOW = 1000.0
SECRET = Identity("key").feed_secret("abcdefghijklmnop", "ann", 0)


def test_a_flood_of_one_secret_is_cut_off_and_harms_no_other() -> None:
    """10,000 times a minute: two a minute get through after the burst."""
    limit = FeedLimit()
    flood = [limit.allows(SECRET, NOW + 60 * index / 10_000) for index in range(10_000)]
    assert flood[:AT_ONCE] == [True] * AT_ONCE
    assert sum(flood) <= AT_ONCE + 60 / EVERY_S
    assert limit.allows("another", NOW + 60)


def test_all_readers_together_are_bounded() -> None:
    """Invented secrets, each of which is new, cost a look into Redis."""
    limit = FeedLimit()
    allowed = sum(limit.allows(f"invented {index}", NOW) for index in range(2 * ALL_AT_ONCE))
    assert allowed == ALL_AT_ONCE
    assert sum(limit.allows(f"later {index}", NOW + 1) for index in range(100)) == ALL_A_SECOND


def test_only_so_many_secrets_are_remembered() -> None:
    """The one that was used longest ago is forgotten."""
    limit = FeedLimit()
    for _ in range(AT_ONCE):
        assert limit.allows("old", NOW)
    assert not limit.allows("old", NOW)
    for index in range(MOST_SECRETS):
        limit.allows(f"new {index}", NOW + 10)
    assert limit.allows("old", NOW + 20)


@pytest.mark.parametrize(
    "secret",
    ["", "x", SECRET[:-1], SECRET + "a", SECRET.upper(), SECRET.replace(".", "a"), f"{SECRET}\n"],
)
def test_what_cannot_be_a_secret_is_recognised(secret: str) -> None:
    """Redis is not asked about it."""
    assert not is_well_formed(secret)


def test_a_secret_is_well_formed() -> None:
    """Of any circle."""
    assert is_well_formed(SECRET)
    assert is_well_formed(Identity("key").feed_secret(new_circle_id(), "ann", 3))
