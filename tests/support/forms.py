"""Forms, as a program sends them."""

from __future__ import annotations

import re

from tests.support.client import ask

ATTEMPT = re.compile(r'name="attempt" value="(\w+)"')


def attempt_of(page: str) -> str:
    """The id that tells this served form from all others."""
    found = ATTEMPT.search(page)
    assert found
    return found[1]


def flood(url: str, address: str, path: str, form: dict[str, str], times: int) -> list[int]:
    """The statuses of so many forms from this address."""
    return [ask(url + path, form, forwarded_for=address).status for _ in range(times)]
