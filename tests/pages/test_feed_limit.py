"""How often feeds are read."""

from __future__ import annotations

import pytest

from server.identity import Identity, new_circle_id
from server.pages.feed_limit import (
    ADDRESS_AT_ONCE,
    ALL_A_SECOND,
    ALL_AT_ONCE,
    AT_ONCE,
    EVERY_S,
    MOST_KEPT,
    FeedLimit,
    is_well_formed,
)

NOW = 1000.0
SECRET = Identity("key").feed_secret("abcdefghijklmnop", "ann", 0)


def test_a_flood_of_one_secret_is_cut_off_and_harms_no_other() -> None:
    """10,000 times a minute: two a minute get through after the burst."""
    limit = FeedLimit()
    for secret in (SECRET, "another"):
        assert limit.allows(secret, "", NOW)
        limit.opened(secret, NOW)
    flood = [limit.allows(SECRET, "", NOW + 60 * index / 10_000) for index in range(10_000)]
    assert flood[: AT_ONCE - 1] == [True] * (AT_ONCE - 1)
    assert sum(flood) <= AT_ONCE + 60 / EVERY_S
    assert limit.allows("another", "", NOW + 60)


@pytest.mark.parametrize("address", ["one", ""])
def test_invented_secrets_shut_out_no_calendar(address: str) -> None:
    """They cost a look into Redis, so they are bounded together; known ones are beside that."""
    limit = FeedLimit()
    limit.opened(SECRET, NOW)
    flood = [limit.allows(f"invented {index}", address, NOW) for index in range(2 * ALL_AT_ONCE)]
    assert sum(flood) == (ADDRESS_AT_ONCE if address else ALL_AT_ONCE)
    assert limit.allows(SECRET, "", NOW)
    # A calendar that is read for the first time, from elsewhere.
    assert limit.allows("new", "other", NOW) == bool(address)
    later = [limit.allows(f"later {index}", "", NOW + 100) for index in range(2 * ALL_AT_ONCE)]
    assert sum(later) == ALL_AT_ONCE
    assert sum(limit.allows(f"last {index}", "", NOW + 101) for index in range(99)) == ALL_A_SECOND


def test_all_known_secrets_together_are_bounded() -> None:
    """Each costs the writing of a year."""
    limit = FeedLimit()
    for index in range(2 * ALL_AT_ONCE):
        limit.opened(f"known {index}", NOW)
    allowed = sum(limit.allows(f"known {index}", "", NOW) for index in range(2 * ALL_AT_ONCE))
    assert allowed == ALL_AT_ONCE


def test_a_secret_that_opens_nothing_any_more_counts_as_invented() -> None:
    """As after a new address."""
    limit = FeedLimit()
    limit.opened(SECRET, NOW)
    limit.failed(SECRET)
    limit.failed(SECRET)
    for index in range(ALL_AT_ONCE):
        assert limit.allows(f"invented {index}", "", NOW)
    assert not limit.allows(SECRET, "", NOW)


def test_only_so_many_secrets_and_addresses_are_remembered() -> None:
    """The one that was used longest ago is forgotten."""
    limit = FeedLimit()
    limit.opened("old", NOW)
    while limit.allows("old", "", NOW):
        pass
    while limit.allows("x", "old", NOW):
        pass
    for index in range(MOST_KEPT):
        limit.opened(f"new {index}", NOW)
        limit.allows("x", f"new {index}", NOW)
    assert limit.allows("old", "old", NOW + 10)


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
