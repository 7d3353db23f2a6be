"""Voices that a real browser holds back until somebody touches the page.

Its browsers are those that people have, so it has a module of its own.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.voices import Voices, comes_to_hear, tones_in
from tests.support.processes import Server, wait_until


def test_whoever_reloads_hears_the_others_with_the_first_press(
    two_servers: tuple[Server, Server], short_dir: Path
) -> None:
    """Chromium itself holds them back, and the page says so. To Playwright a look is a touch, so
    until the press the page is opened and looked at by DevTools alone."""
    with ExitStack() as stack:
        tones = stack.enter_context(tones_in(short_dir, whole=True))
        voices = Voices(tones, [server.url for server in two_servers])
        stack.callback(voices.close)
        voices.start("Fay").press("unmute")
        mei = voices.join("Mei")
        comes_to_hear(mei.page, {"Fay"})
        room = mei.page.url
        again = voices.at_page("Mei", mei.page.context.storage_state())
        mei.open("about:blank")
        devtools = again.page.context.new_cdp_session(again.page)
        devtools.send("Page.navigate", {"url": room})

        def says_that_it_waits() -> bool:
            look = {"expression": "document.getElementById('touch')?.hidden", "userGesture": False}
            found = devtools.send("Runtime.evaluate", look)["result"]
            return "value" in found and not found["value"]

        wait_until(says_that_it_waits)
        again.page.mouse.click(5, 5)
        comes_to_hear(again.page, {"Fay"})
        expect(again.page.locator("#touch")).to_be_hidden()
        assert voices.problems == []
