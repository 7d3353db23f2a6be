"""Refused: the error of a command that is not allowed now. It carries facts, no words.

views/refusals.py composes the sentences.
"""

from typing import Literal, NamedTuple

Code = Literal[
    "not_allowed",
    "stale",
    "not_now",
    "invalid",
    "unknown_seat",
    "too_long",
    "full",
    "too_fast",
    "unavailable",
]
"""docs/protocol.md explains each code."""

Fact = str | int | float
"""A name or another text, a role, a number."""


class Reason(NamedTuple):
    """Why something is refused: the id of a sentence, and the facts in it."""

    id: str
    facts: dict[str, Fact]


class Refused(Exception):
    """A command is not allowed now. Its sender may learn the reason."""

    def __init__(self, code: Code, id: str, **facts: Fact) -> None:
        super().__init__(code, id)
        self.code: Code = code
        self.reason = Reason(id, facts)


def reason(id: str, **facts: Fact) -> Reason:
    return Reason(id, facts)
