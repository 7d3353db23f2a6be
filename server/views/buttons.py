"""The buttons of the room, each of which sends one command.

Made here and not by a macro: a dock has fifty, and the macro took half of the time of drawing it.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup, escape

# Any: whatever a field of a command is.
Fields = Mapping[str, Any]

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

    `name`: what it is called where its label says too little. `confirm`: what is asked first
    (confirm.js sends its command then), and `also`: another way to do it that is offered then.
    `detail`: more for those who see it. `pressed`: of a switch, whether it is on. `attributes`:
    its id and class. It is found by `data-do` and `data-about` (a seat), whatever its words are.
    """
    given = [*attributes.items(), ("aria-label", name)]
    told = "".join([f' {key}="{escape(value)}"' for key, value in given if value])
    if pressed is not None:
        told += f' aria-pressed="{"true" if pressed else "false"}"'
    if repeats:
        told += " data-repeats"
    if confirm:
        told += f' data-confirm="{escape(confirm)}"{CONFIRMED}'
    words = escape(label) + (DETAIL.format(detail) if detail else "")
    html = _button(told, command, words)
    if also:
        other, instead = also
        html += _button(f" hidden data-also{CONFIRMED}", instead, escape(other))
    return Markup(html)  # noqa: S704 - all that was given has been escaped


def _button(attributes: str, command: Fields, label: Markup) -> str:
    sent = htmlsafe_json_dumps(command, dumps=_json)
    about = command.get("seat")
    held = f' data-do="{command["do"]}"' + (f' data-about="{escape(about)}"' if about else "")
    return f"<button type=\"button\"{attributes}{held} hx-ws:send hx-vals='{sent}'>{label}</button>"


def _json(command: Fields) -> str:
    return msgspec.json.encode(command).decode()
