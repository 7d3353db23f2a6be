"""How fast one connection may ask."""

from __future__ import annotations

from server.budget import Budget


def test_who_is_within_the_budget_does_not_wait() -> None:
    """So many at once, then as many as the pace gives back."""
    commands = Budget(at_once=3, a_second=2)
    assert [commands.wait_s(100.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert [commands.wait_s(101.5) for _ in range(3)] == [0, 0, 0.5]
    assert [commands.wait_s(201.5) for _ in range(4)] == [0, 0, 0, 0.5]
