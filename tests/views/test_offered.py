"""What the page offers, the room accepts: in any sequence of commands."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant

from server.room import commands as c
from server.room.refused import Refused
from server.room.rules import decide
from server.views.language import ENGLISH
from server.views.rendering import Rendering, Viewer
from tests.room.test_sequences import Session
from tests.support.rendered import invite, regions_of

COMMAND = re.compile(r"<button[^>]* hx-vals='([^']*)'")


KNOWN = {"no_time_left", "chairs_taken"}
"""Time passes without a change of the room; and who gives a chair reads that none is free."""


class Offered(Session):
    """The sessions of test_sequences.py, in which everybody who is here presses each button."""

    @invariant()
    def every_button_is_accepted(self) -> None:
        """But those of forms, which need what is typed."""
        drawn = Rendering(self.room, self.now, invite)
        for seat in self.room.seats:
            if seat.away_since is not None:
                continue
            regions = regions_of(drawn, Viewer(seat.id, "http://one", ENGLISH))
            offered = {
                sent for region in regions.values() for sent in COMMAND.findall(region.decode())
            }
            refused = {sent: self.refusal(html.unescape(sent), seat.id) for sent in offered}
            found = {sent: why for sent, why in refused.items() if why and why not in KNOWN}
            assert found == {}, (self.room.phase, seat.id)

    def refusal(self, frame: str, seat_id: str) -> str:
        """The reason for which this command is refused; empty if it is not, or is so already, as
        what others can do before the page hears of it."""
        command = c.parse(frame)
        assert isinstance(command, c.Command)
        try:
            decide(self.room, command, seat_id, self.now)
        except Refused as refused:
            return refused.reason.id if refused.code != "stale" else ""
        return ""


TestOffered = pytest.mark.unmeasured(Offered.TestCase)
TestOffered.settings = settings(max_examples=30, stateful_step_count=40, print_blob=True)
