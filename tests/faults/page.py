"""A person's page, read from frames with minimal work."""

from __future__ import annotations

import re

from tests.faults.history import Value
from tests.support.client import PARTIAL

PROMPT = re.compile(r"prompt-[a-z0-9]+-\d+")
_STATE = re.compile(r'<div id="state"[^>]*>')
_DATA = re.compile(r'data-([a-z-]+)="([^"]*)"')
# A chair and its text; items of the list Hands have no data-heard.
_CHAIR = re.compile(r'<li [^>]*?data-seat="(\w+)" data-heard="\w+"([^>]*)>(.*?)</li>', re.DOTALL)
HOLDS_UNHEARD = "next to speak"
_REFUSED = re.compile(r'data-refused="(\w+)"[^>]*>(?:<span[^>]*>)?([^<]*)')


class Page:
    """The latest of each region. A new connection begins with a new page."""

    def __init__(self) -> None:
        self.version = -1
        self.seat = ""
        self.value = Value()
        self.refused = ""
        """The code in the region Notice."""
        self.sentence = ""

    def take(self, frame: str) -> bool:
        """Records the content of a frame; returns whether it had state of the room."""
        regions = dict(PARTIAL.findall(frame))
        if "notice" in regions:
            self._notice(regions["notice"])
        return self._show(regions)

    def load(self, html: str) -> None:
        """Records the content of a whole page."""
        self._show(dict.fromkeys(("state", "circle", "stage"), html))

    def _show(self, regions: dict[str, str]) -> bool:
        if "circle" in regions:
            # Not from the stage, which may mention a person who is waited for instead.
            silent = "<b>Silence</b>" in regions["circle"]
            self.value = _with_chairs(self.value, regions["circle"])._replace(silence=silent)
        if "stage" in regions:
            found = PROMPT.search(regions["stage"])
            self.value = self.value._replace(prompt=found[0] if found else "")
        state = _STATE.search(regions.get("state", ""))
        if state is None:
            return False
        data = dict(_DATA.findall(state[0]))
        self.version, self.seat = int(data["version"]), data["seat"]
        # `over` and `running` are the same clock at different times.
        paused = " paused" if data["clock"] == "paused" else ""
        clock = data.get("ends-at", "") + paused
        elsewhere = data["elsewhere"] == "yes"
        self.value = self.value._replace(phase=data["phase"], clock=clock, elsewhere=elsewhere)
        return True

    def _notice(self, html: str) -> None:
        found = _REFUSED.search(html)
        self.refused, self.sentence = (found[1], found[2]) if found else ("", "")


def _with_chairs(value: Value, html: str) -> Value:
    chairs = []
    for seat, rest, words in _CHAIR.findall(html):
        says = dict(_DATA.findall(rest))
        if HOLDS_UNHEARD in words:
            says["speaking"] = "not yet"
        chairs.append((seat, says))
    hands = sorted((int(says["hand"]), seat) for seat, says in chairs if "hand" in says)
    return value._replace(
        seats=tuple(seat for seat, _says in chairs),
        away=tuple(seat for seat, says in chairs if "away" in says),
        speaking=tuple(seat for seat, says in chairs if "speaking" in says),
        hands=tuple(seat for _place, seat in hands),
        presenter=next((seat for seat, says in chairs if "presenter" in says), ""),
    )
