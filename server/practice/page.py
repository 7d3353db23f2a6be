"""What a simulated member sees: the regions of their page, parsed from frames.

Knows only the page and nothing of the room, so a simulated member knows no more than a person.
It reads the data- attributes of docs/protocol.md and no words, which may change and be translated.
"""

import json
import re
from typing import Any, NamedTuple

from server.room.state import Role

REGION = re.compile(
    r'<hx-partial hx-target="#(state|attention|turn|circle)" hx-swap="outerMorph">(.*?)'
    r"</hx-partial>",
    re.DOTALL,
)
DATA = re.compile(r'data-([a-z-]+)="([^"]*)"')
CHAIR = re.compile(r'<li id="seat-\w+"([^>]*)>')
OFFER = re.compile(r"<button[^>]* hx-vals='([^']*)'")


class Sees(NamedTuple):
    """What a member sees at a moment."""

    phase: str
    """`waiting`, the key of a phase, or `ended`."""
    heard: bool
    """Whether they may be heard now."""
    sits: bool
    """Whether they sit back."""
    led: bool
    """Whether a facilitator is here."""
    offers: tuple[dict[str, Any], ...]
    """The commands of the buttons on the stage and in *My turn*. Any: JSON values."""

    def offered(self, do: str) -> dict[str, Any] | None:
        """The command with this name, if a button offers it; of a yes and a no, the yes."""
        for offer in self.offers:
            if offer.get("do") == do and offer.get("yes", True):
                return offer
        return None


class Page:
    def __init__(self) -> None:
        self._state = {"phase": ""}
        self._led = True
        self._offers: dict[str, tuple[dict[str, Any], ...]] = {"attention": (), "turn": ()}

    def take(self, frame: str) -> None:
        """Parses a frame; frames without these regions are ignored."""
        for name, html in REGION.findall(frame):
            match name:
                case "state":
                    self._state = dict(DATA.findall(html))
                case "attention" | "turn":
                    self._offers[name] = tuple(json.loads(vals) for vals in OFFER.findall(html))
                case "circle":
                    chairs = [dict(DATA.findall(chair)) for chair in CHAIR.findall(html)]
                    self._led = any(
                        chair["role"] == Role.FACILITATOR and "away" not in chair
                        for chair in chairs
                    )

    @property
    def sees(self) -> Sees:
        """What they see now; an empty phase before the first frame."""
        heard, sits = (self._state.get(name) == "yes" for name in ("heard", "sits"))
        offers = (*self._offers["attention"], *self._offers["turn"])
        return Sees(self._state["phase"], heard, sits, self._led, offers)
