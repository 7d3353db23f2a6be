"""The metrics of a server."""

from __future__ import annotations

from tests.support.client import ask
from tests.support.processes import Server


def numbers(server: Server) -> dict[str, float]:
    """All metrics: names with labels, and values."""
    lines = ask(f"{server.url}/metrics").text.splitlines()
    said = (line.rpartition(" ") for line in lines if line.startswith("balint_"))
    return {name: float(number) for name, _, number in said}
