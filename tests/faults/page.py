"""A person's page of the room as the value that the history compares."""

from __future__ import annotations

import re
from collections.abc import Collection

from tests.faults.history import Value
from tests.support import page
from tests.support.page import data_of

PROMPT = re.compile(r"prompt-[a-z0-9]+-\d+")
HOLDS_UNHEARD = "next to speak"


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
            elsewhere = data["elsewhere"] == "yes"
            self.value = self.value._replace(phase=data["phase"], clock=clock, elsewhere=elsewhere)

    def _show_circle(self) -> None:
        chairs = []
        for seat, chair in self.chairs.items():
            says = data_of(chair)
            if HOLDS_UNHEARD in chair:
                says["speaking"] = "not yet"
            chairs.append((seat, says))
        hands = sorted((int(says["hand"]), seat) for seat, says in chairs if "hand" in says)
        self.value = self.value._replace(
            seats=tuple(seat for seat, _says in chairs),
            away=tuple(seat for seat, says in chairs if "away" in says),
            speaking=tuple(seat for seat, says in chairs if "speaking" in says),
            hands=tuple(seat for _place, seat in hands),
            presenter=next((seat for seat, says in chairs if "presenter" in says), ""),
            # Not from the stage, which may mention a person who is waited for instead.
            silence="<b>Silence</b>" in self.region("circle"),
        )
