"""How fast one connection may ask."""

from __future__ import annotations

import pytest

from server import budget
from server.budget import Budget


def test_who_is_within_the_budget_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many at once, then as many as the pace gives back."""
    clock = [100.0]
    monkeypatch.setattr(budget, "monotonic", lambda: clock[0])
    commands = Budget(at_once=3, a_second=2)
    assert [commands.wait_s() for _ in range(4)] == [0, 0, 0, 0.5]
    clock[0] += 1.5
    assert [commands.wait_s() for _ in range(3)] == [0, 0, 0.5]
    clock[0] += 100
    assert [commands.wait_s() for _ in range(4)] == [0, 0, 0, 0.5]
