"""A page of the room, read from its HTML: the whole page, or the frames of its socket.

Owns what programs read of it. Regular expressions suffice, since the renderer's output is uniform,
and a soak reads hundreds of thousands of frames.
"""

from __future__ import annotations

import re

_PARTIAL = re.compile(
    r'<hx-partial hx-target="#(\w+)" hx-swap="outerMorph">(.*?)</hx-partial>', re.DOTALL
)
_STATE = re.compile(r'<div id="state"[^>]*>')
_CHAIR = re.compile(r'<li id="seat-(\w+)"[^>]*>.*?</li>', re.DOTALL)
_REFUSED = re.compile(r'<p id="notice"[^>]* data-refused="(\w+)"[^>]*>(?:<span[^>]*>)?([^<]*)')
_DATA = re.compile(r'data-([a-z-]+)="([^"]*)"')


def data_of(tag: str) -> dict[str, str]:
    """The data attributes of this tag."""
    return dict(_DATA.findall(tag.partition(">")[0]))


class Page:
    """The latest of each region. A new connection begins with a new page."""

    def __init__(self, html: str = "") -> None:
        self.regions: dict[str, str] = {}
        """Those that came in frames."""
        self._whole = html

    def take(self, frame: str) -> dict[str, str]:
        """Records the content of a frame, and returns its regions."""
        fresh = dict(_PARTIAL.findall(frame))
        self.regions.update(fresh)
        return fresh

    def region(self, name: str) -> str:
        """The HTML of a region; of a whole page, all of it."""
        return self.regions.get(name, self._whole)

    @property
    def state(self) -> dict[str, str]:
        """The data attributes of #state."""
        found = _STATE.search(self.region("state"))
        return data_of(found[0]) if found else {}

    @property
    def code(self) -> str:
        """The code of the last refusal, or ''."""
        return self._refusal()[0]

    @property
    def sentence(self) -> str:
        """The sentence of the last refusal, or ''."""
        return self._refusal()[1]

    @property
    def chairs(self) -> dict[str, str]:
        """The HTML of each seat, in the order of the circle."""
        return {found[1]: found[0] for found in _CHAIR.finditer(self.region("circle"))}

    def chair(self, seat: str) -> str:
        """The HTML of a seat, or ''."""
        return self.chairs.get(seat, "")

    def token(self, role: str) -> str:
        """The token of the invitation for this role, or ''."""
        found = re.search(rf'data-invite="{role}" value="[^"]+#([^"]+)"', self.region("dock"))
        return found[1] if found else ""

    def _refusal(self) -> tuple[str, str]:
        found = _REFUSED.search(self.region("notice"))
        return (found[1], found[2]) if found else ("", "")
