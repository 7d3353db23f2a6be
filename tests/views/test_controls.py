"""Every control says what it does, and about whom."""

from __future__ import annotations

import re

from server.room.state import WAITING
from server.views.rendering import Rendering
from server.views.templates import WEB
from tests.support.factories import NOW, PHASES, a_room
from tests.support.rendered import FULL, invite, regions_of, viewers

CONTROL = re.compile(
    r"""<(?:a|button|input|select|summary|textarea)\b(?:"[^"]*"|\{\{.*?\}\}|\{%.*?%\}|[^>])*>"""
)
SENT_WITH_A_FORM = re.compile(r'<(?:input|select|textarea)\b(?=.* name=")(?!.* type="file")')
"""A button with the form's action sends its value."""
LINK_TO_COPY = re.compile(r' (?:readonly|type="hidden") data-(?:invite|copied)="| id="link"')


def test_every_control_of_every_page_says_what_it_does() -> None:
    """Programs and translations find controls by data-do; `press` sets it on command buttons."""
    controls = [
        (path.name, control)
        for path in (WEB / "templates").rglob("*.html")
        for control in CONTROL.findall(path.read_text())
        if not (SENT_WITH_A_FORM.match(control) or LINK_TO_COPY.search(control))
    ]
    assert len(controls) > 40
    assert [c for c in controls if not re.search(r' data-do="[^"]+"', c[1])] == []


def test_scripts_make_no_controls() -> None:
    """All controls are in the templates, so the test of the templates finds them all."""
    made = re.compile(r"""createElement\(["'](?:a|button|input|select|summary|textarea)["']""")
    scripts = [path for path in (WEB / "static").rglob("*.js") if path.parent.name != "vendor"]
    assert len(scripts) > 10
    assert [path.name for path in scripts if made.search(path.read_text())] == []


def test_each_control_about_a_person_names_their_seat() -> None:
    """Every command with a seat that is sent by a button is about that seat."""
    for phase in (WAITING, *PHASES):
        for room in (a_room(phase), a_room(phase, **FULL)):
            for viewer in viewers(room):
                html = b"".join(regions_of(Rendering(room, NOW, invite), viewer).values()).decode()
                for tag in re.findall(r"<button[^>]*>", html):
                    seat = re.search(r'"seat":"(\w+)"', tag)
                    about = re.search(r' data-about="(\w+)"', tag)
                    assert (about and about[1]) == (seat and seat[1]), tag
