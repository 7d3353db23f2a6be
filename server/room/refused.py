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

PRESENTER, STAND_IN = "presenter", "stand_in"
"""Senders of a command who are named by these words in place of their roles."""


class Reason(NamedTuple):
    """Why something is refused: the id of a sentence, and the facts in it."""

    id: str
    facts: dict[str, Fact]


class Sent(NamedTuple):
    """The command that was refused: its `do`, who sent it, and when."""

    do: str
    by: str = ""
    """A role, PRESENTER or STAND_IN; empty for somebody without a place in the room."""
    moment: str = ""
    """`waiting`, the key of a phase, `debrief` or `ended`; empty for people in the lobby."""
    phase: str = ""
    """The title of the phase, if there is one."""


class Refused(Exception):
    """A command is not allowed now. Its sender may learn the reason."""

    def __init__(self, code: Code, id: str, **facts: Fact) -> None:
        super().__init__(code, id)
        self.code: Code = code
        self.reason = Reason(id, facts)
        self.sent: Sent | None = None
        """None if no command was sent: at the door, in a form, or by the server itself."""


def reason(id: str, **facts: Fact) -> Reason:
    return Reason(id, facts)
