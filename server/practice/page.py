"""What a simulated member sees: the newest of their page, read from frames as a person reads it.

Knows the page and nothing of the room behind it, so a simulated member knows what anybody would.
"""

import json
import re
from typing import Any, NamedTuple

REGION = re.compile(
    r'<hx-partial hx-target="#(state|turn|circle)" hx-swap="outerMorph">(.*?)</hx-partial>',
    re.DOTALL,
)
DATA = re.compile(r'data-([a-z]+)="([^"]*)"')
CHAIR = re.compile(r'<li id="seat-\w+"([^>]*)>(.*?)</li>', re.DOTALL)
LEADS = '<span class="words">facilitator'
OFFER = re.compile(r"<button[^>]* hx-vals='([^']*)'")


class Sees(NamedTuple):
    """What somebody sees at a moment."""

    phase: str
    """`waiting`, the key of a phase, or `ended`."""
    heard: bool
    """Whether I may be heard now."""
    sits: bool
    """Whether I sit back."""
    led: bool
    """Whether a facilitator is here."""
    offers: tuple[dict[str, Any], ...]
    """The commands that the buttons of *My turn* would send. Any: what JSON can say."""

    def offered(self, do: str) -> dict[str, Any] | None:
        """The command of this name, if a button offers it; of yes and no, the yes."""
        for offer in self.offers:
            if offer.get("do") == do and offer.get("yes", True):
                return offer
        return None


class Page:
    """The page of one simulated member."""

    def __init__(self) -> None:
        self._state = {"phase": ""}
        self._led = True
        self._offers: tuple[dict[str, Any], ...] = ()

    def take(self, frame: str) -> None:
        """Notes what a frame shows; frames without a region are none of ours."""
        for name, html in REGION.findall(frame):
            match name:
                case "state":
                    self._state = dict(DATA.findall(html))
                case "turn":
                    self._offers = tuple(json.loads(vals) for vals in OFFER.findall(html))
                case "circle":
                    self._led = any(
                        LEADS in says and "data-away" not in data
                        for data, says in CHAIR.findall(html)
                    )

    @property
    def sees(self) -> Sees:
        """What is to be seen now; no phase before anything was shown."""
        heard, sits = (self._state.get(name) == "yes" for name in ("heard", "sits"))
        return Sees(self._state["phase"], heard, sits, self._led, self._offers)
