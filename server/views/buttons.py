"""The buttons of the room, each of which sends one command.

Not a Jinja macro: a dock has fifty buttons, and a macro took half of its rendering time.
"""

from collections.abc import Hashable, Mapping
from typing import Any

from markupsafe import Markup, escape

from server.views.language import json_for_html

# Any: whatever a field of a command is.
Fields = Mapping[str, Any]

MOST_BUTTONS = 1000
"""Twice as many as a full room of thirty-two has."""
CONFIRMED = ' hx-trigger="confirmed"'
DETAIL = Markup('<span aria-hidden="true">{}</span>')


def press(
    label: str,
    command: Fields,
    *,
    name: str = "",
    confirm: str = "",
    pressed: bool | None = None,
    detail: str = "",
    repeats: bool = False,
    also: tuple[str, Fields] | None = None,
    **attributes: str,
) -> Markup:
    """A button that sends a command of these fields (docs/protocol.md).

    `name`: its accessible name, if the label is too short. `confirm`: the question that confirm.js
    asks before it sends the command, and `also`: an alternative that it offers then. `detail`:
    additional visible text. `pressed`: the state of a switch. `attributes`: its id and class.
    Programs find it by `data-do` and `data-about` (a seat), whatever its words are.
    """
    given = [*attributes.items(), ("aria-label", name)]
    html_attributes = "".join([f' {key}="{escape(value)}"' for key, value in given if value])
    if pressed is not None:
        html_attributes += f' aria-pressed="{"true" if pressed else "false"}"'
    if repeats:
        html_attributes += " data-repeats"
    if confirm:
        html_attributes += f' data-confirm="{escape(confirm)}"{CONFIRMED}'
    words = escape(label) + (DETAIL.format(detail) if detail else "")
    html = _button(html_attributes, command, words)
    if also:
        other, instead = also
        html += _button(f" hidden data-also{CONFIRMED}", instead, escape(other))
    return Markup(html)  # noqa: S704 - all arguments are escaped


class Buttons:
    """The buttons of one room, each made once: a change leaves nearly all fifty of a dock as they
    were. They contain names, so they are kept no longer than the room is served."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Markup] = {}

    def press(
        self, label: str, command: Fields, *, also: tuple[str, Fields] | None = None, **more: Any
    ) -> Markup:
        """The same as `press`. Any: its other arguments."""
        # The types, because a Markup equals the text that would be escaped.
        texts = (label, type(label), *more.values(), *map(type, more.values()))
        alternative = (also[0], type(also[0]), *also[1].items()) if also else ()
        key = (*texts, *more, *command.items(), *alternative)
        try:
            made = self._made.get(key)
        except TypeError:  # A list of seats.
            return press(label, command, also=also, **more)
        if made is None:
            if len(self._made) >= MOST_BUTTONS:
                self._made.clear()
            made = self._made[key] = press(label, command, also=also, **more)
        return made


def _button(attributes: str, command: Fields, label: Markup) -> str:
    vals = json_for_html(command)
    about = command.get("seat")
    data = f' data-do="{command["do"]}"' + (f' data-about="{escape(about)}"' if about else "")
    return f"<button type=\"button\"{attributes}{data} hx-ws:send hx-vals='{vals}'>{label}</button>"
