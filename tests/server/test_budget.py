"""How fast one connection may ask."""

from __future__ import annotations

from server.budget import Budget


def test_who_is_within_the_budget_does_not_wait() -> None:
    """So many at once, then as many as the pace gives back."""
    commands = Budget(at_once=3, a_second=2)
    assert [commands.wait_s(100.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert [commands.wait_s(101.5) for _ in range(3)] == [0, 0, 0.5]
    assert [commands.wait_s(201.5) for _ in range(4)] == [0, 0, 0, 0.5]


def test_what_is_over_the_budget_takes_nothing_of_it() -> None:
    """Bytes are taken whole or not at all; what is dropped costs nobody a later one."""
    signals = Budget(at_once=100, a_second=10)
    assert [signals.take(100.0, size) for size in (60, 60, 40, 1)] == [True, False, True, False]
    assert [signals.take(101.0, size) for size in (11, 10, 1)] == [False, True, False]
    assert signals.take(1000.0, 100)
