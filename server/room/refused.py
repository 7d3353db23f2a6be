"""Refused: what a person is told when something may not be done now."""

from typing import Literal

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
"""docs/protocol.md says when a command is refused with each of them."""


class Refused(Exception):
    """A command that may not be done now. The sentence may be shown to the person who asked."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(sentence)
        self.code: Code = code
        self.sentence = sentence
