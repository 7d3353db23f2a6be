"""The rate of one connection's commands."""

from __future__ import annotations

import pytest

from server.live.token_bucket import (
    TokenBucket,
    for_commands,
    for_signalling,
    for_signals_of_a_pair,
    for_signals_of_a_seat,
)

NOW = 100.0


def test_who_is_within_the_budget_does_not_wait() -> None:
    """The burst is free, and then tokens return at the rate of the bucket."""
    commands = TokenBucket(at_once=3, a_second=2)
    assert [commands.wait_s(100.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert [commands.wait_s(101.5) for _ in range(3)] == [0, 0, 0.5]
    assert [commands.wait_s(201.5) for _ in range(4)] == [0, 0, 0, 0.5]


def test_what_is_over_the_budget_takes_nothing_of_it() -> None:
    """A request takes all of its tokens or none; a dropped one does not delay later ones."""
    signals = TokenBucket(at_once=100, a_second=10)
    assert [signals.take(100.0, size) for size in (60, 60, 40, 1)] == [True, False, True, False]
    assert [signals.take(101.0, size) for size in (11, 10, 1)] == [False, True, False]
    assert signals.take(1000.0, 100)


@pytest.mark.parametrize(
    ("budget", "at_once", "a_second"), [(for_commands(), 40, 10), (for_signalling(), 240, 60)]
)
def test_what_a_connection_may_ask(budget: TokenBucket, at_once: int, a_second: int) -> None:
    """A burst of commands, and the delay until the next one."""
    waits = [budget.wait_s(NOW) for _ in range(at_once + 1)]
    assert waits == [0] * at_once + [pytest.approx(1 / a_second)]


@pytest.mark.parametrize(
    ("budget", "at_once", "a_second"),
    [
        (for_signals_of_a_seat(), 1024 * 1024, 64 * 1024),
        (for_signals_of_a_pair(), 128 * 1024, 8 * 1024),
    ],
)
def test_what_a_seat_may_signal(budget: TokenBucket, at_once: int, a_second: int) -> None:
    """A burst of bytes, and the refill per second."""
    assert [budget.take(NOW, size) for size in (at_once, 1)] == [True, False]
    assert [budget.take(NOW + 1, size) for size in (a_second, 1)] == [True, False]
