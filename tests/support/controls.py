"""Controls of a page by what they do and whom they are about, in any engine.

Nothing here knows a word of the page: words may change and be translated (docs/protocol.md).
"""

from __future__ import annotations

import json

Field = str | int | bool
"""The value of a field of a command."""

# The seat of the person with this name, in the circle or at its door; null while there is none.
SEAT_OF = """(name) => {
  const people = [...document.querySelectorAll("#circle li, #at-the-door li")];
  const found = people.find((one) => one.querySelector(".name, bdi").textContent === name);
  return found?.dataset.seat ?? found?.dataset.person ?? null;
}"""

CALM_MS = 450
"""Longer than a double press, of which the page takes only the first."""

IS_ON_STAGE = "(button) => button.closest('#attention') !== null"

# Opens what is folded around the controls of this selector, unless one of them is in sight.
UNFOLD = """(selector) => {
  const found = [...document.querySelectorAll(selector)];
  if (found.some((one) => one.checkVisibility())) return;
  for (const one of found) {
    for (let at = one; (at = at.closest("details")); at = at.parentElement) at.open = true;
    one.closest("[popover]:not(:popover-open)")?.showPopover();
  }
}"""


def control(do: str, seat: str = "", **fields: Field) -> str:
    """The CSS selector of a control: its action, the seat it is about, fields of its command.

    Without a seat it is about nobody, except for answers in a dialog. The alternatives that only a
    dialog offers are left out.
    """
    about = f'[data-about="{seat}"]' if seat else ":is(:not([data-about]), dialog *)"
    sends = "".join(f"[hx-vals*='{_as_sent(name, value)}']" for name, value in fields.items())
    return f'[data-do="{do}"]{about}{sends}:not([data-also])'


def form(do: str) -> str:
    """The CSS selector of the form that does this."""
    return f'form:has(button[data-do="{do}"]:not([type="button"]))'


def submit(do: str) -> str:
    """The CSS selector of the button that sends this form."""
    return f'{form(do)} button[data-do="{do}"]:not([type="button"])'


def _as_sent(name: str, value: Field) -> str:
    """A field as it is within the JSON of a command."""
    return json.dumps({name: value}, separators=(",", ":"))[1:-1]
