"""Forms, as a program sends them."""

from __future__ import annotations

import re

from server.pages.format_form import Typed
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


def sent(form: Typed) -> dict[str, str]:
    """The fields that a browser sends for this form."""
    phases = enumerate(form.phases)
    of_phases = {f"{n}.{field}": value for n, phase in phases for field, value in phase.items()}
    return {**form.fields, **of_phases}
