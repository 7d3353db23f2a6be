"""Refused: the error of a command that is not allowed now."""

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
"""docs/protocol.md explains each code."""


class Refused(Exception):
    """A command is not allowed now. Its sender may read the sentence."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(sentence)
        self.code: Code = code
        self.sentence = sentence
