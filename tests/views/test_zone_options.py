"""The time zones to choose from."""

from __future__ import annotations

import re

from server.circle.circle import TIME_ZONES
from server.views.zone_options import zone_options


def test_every_zone_can_be_chosen_once() -> None:
    """A browser finds it by the letters of its place."""
    html = zone_options("America/New_York")
    assert sorted(re.findall(r'value="([^"]+)"', html)) == sorted(TIME_ZONES)
    assert re.findall(r'value="([^"]+)" selected', html) == ["America/New_York"]
    assert '<option value="America/New_York" selected>New York</option>' in html


def test_an_unknown_zone_selects_none() -> None:
    """The browser then shows the first one, UTC, as which it counts."""
    html = zone_options("Mars/Olympus <b>")
    assert "selected" not in html
    assert html.startswith('<option value="UTC">UTC</option>')
