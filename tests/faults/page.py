"""A person's page of the room as the value that the history compares."""

from __future__ import annotations

import re
from collections.abc import Collection

from tests.faults.history import Value
from tests.support import page
from tests.support.page import data_of

PROMPT = re.compile(r"prompt-[a-z0-9]+-\d+")
HOLDS = {"holds", "speaking"}
"""On the chair of who holds the floor. A page of 0.1 knows `speaking` alone."""
SILENCE_IN_WORDS = "<b>Silence</b>"
"""In the circle of a page of 0.1, whose state does not have it."""


class Page(page.Page):
    """The latest of each region, and the room's value in them."""

    def __init__(self, html: str = "") -> None:
        super().__init__(html)
        self.version = -1
        self.seat = ""
        self.value = Value()
        if html:
            self._show(("state", "circle", "stage"))

    def take(self, frame: str) -> dict[str, str]:
        """Records the content of a frame, and returns its regions."""
        fresh = super().take(frame)
        self._show(fresh)
        return fresh

    def _show(self, fresh: Collection[str]) -> None:
        if "circle" in fresh:
            self._show_circle()
        if "stage" in fresh:
            found = PROMPT.search(self.region("stage"))
            self.value = self.value._replace(prompt=found[0] if found else "")
        if "state" in fresh and (data := self.state):
            self.version, self.seat = int(data["version"]), data["seat"]
            # `over` and `running` are the same clock at different times.
            paused = " paused" if data["clock"] == "paused" else ""
            clock = data.get("ends-at", "") + paused
            silence = "silence" in data or SILENCE_IN_WORDS in self.region("circle")
            self.value = self.value._replace(
                phase=data["phase"],
                clock=clock,
                elsewhere=data["elsewhere"] == "yes",
                silence=silence,
            )

    def _show_circle(self) -> None:
        chairs = [(seat, data_of(chair)) for seat, chair in self.chairs.items()]
        hands = sorted((int(says["hand"]), seat) for seat, says in chairs if "hand" in says)
        self.value = self.value._replace(
            seats=tuple(seat for seat, _says in chairs),
            away=tuple(seat for seat, says in chairs if "away" in says),
            windows=tuple(seat for seat, says in chairs if "windows" in says),
            speaking=tuple(seat for seat, says in chairs if HOLDS & says.keys()),
            hands=tuple(seat for _place, seat in hands),
            presenter=next((seat for seat, says in chairs if "presenter" in says), ""),
        )
