"""What supervisors and Prometheus read."""

from __future__ import annotations

from server import VERSION
from tests.support.client import ask, start_circle
from tests.support.processes import wait_until


def test_the_process_counts_without_names(url: str) -> None:
    """Prometheus reads numbers of commands and connections, and no names."""
    start_circle(url, "Counted-Fay")
    told = ask(f"{url}/metrics").text
    for name in ("connections", "rooms", "redis_seconds_count", "resubscriptions_total"):
        assert f"balint_{name}" in told
    assert "Counted-Fay" not in told


def test_a_process_says_whether_it_lives_and_can_serve(url: str) -> None:
    """This is for supervisors and proxies."""
    assert ask(f"{url}/healthz").text.splitlines() == ["ok", VERSION]
    wait_until(lambda: ask(f"{url}/readyz").text == "ok")
