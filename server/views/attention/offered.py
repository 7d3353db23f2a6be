"""Buttons that the stage offers are not offered a second time in the dock."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from server.room.attention.table import Attention
from server.views.attention.labels import Press

Pressed = tuple[str, object, object, object, object, object]
"""What tells a button from others: its command, the seat, whether or how long, as what, and which
chair."""

OFTEN_TWICE = {"advance", "end", "prompt", "start"}
"""The dock keeps its first button and its list of prompts, whatever the stage offers."""


def offered_on_stage(attention: Attention) -> frozenset[Pressed]:
    """The buttons of this attention that the dock leaves out."""
    return frozenset(
        _pressed(action.frame)
        for action in attention.actions
        if action.frame and action.do not in OFTEN_TWICE
    )


def unless_offered(press: Press, offered: frozenset[Pressed]) -> Press:
    """Makes the same buttons as `press`, and nothing for those that are offered already.

    Any: whatever a field of a command and an argument of `press` is.
    """

    def press_once(label: str, command: Mapping[str, Any], **more: Any) -> Markup:
        return Markup() if _pressed(command) in offered else press(label, command, **more)

    return press_once if offered else press


def _pressed(fields: Mapping[str, Any]) -> Pressed:
    seat, on = fields.get("seat", ""), fields.get("on", True)
    return fields["do"], seat, fields.get("seconds"), on, fields.get("as"), fields.get("chair")
