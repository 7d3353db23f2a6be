"""Voices of many people, across networks and across engines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, expect, sync_playwright

from tests.browser.engines import firefox
from tests.browser.voices import KEEPS_PEERS, Voices, assert_heard, comes_to_hear, tones_in
from tests.support.chromium import MEDIA, chromium_path
from tests.support.coturn import coturn
from tests.support.people import Circle
from tests.support.person import come_by
from tests.support.processes import Server, StartServer

# Records every signal that a page sends, to inspect its candidates.
KEEPS_SIGNALS = """
  const send = WebSocket.prototype.send;
  window.signals = [];
  WebSocket.prototype.send = function (text) {
    if (text.includes('"signal"')) window.signals.push(text);
    return send.call(this, text);
  };
"""
# Holds back the timer of 55 minutes: no clock is put forward, since a page that slept asks anyway.
KEEPS_RENEWAL = """
  const start = window.setTimeout;
  window.setTimeout = (run, ms, ...given) => {
    if (ms !== 3_300_000) return start(run, ms, ...given);
    window.renew = run;
    return 0;
  };
"""
STAND = "(n) => window.peers.filter((p) => p.connectionState === 'connected').length === n"


def test_twelve_seats_are_all_connected(two_servers: tuple[Server, Server]) -> None:
    """Each is connected to each other, before anybody has spoken."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=MEDIA)
        circle = Twelve(browser, [server.url for server in two_servers])
        circle.start("Fay")
        for number in range(11):
            circle.join(f"Person {number}")
        for person in circle.people.values():
            person.page.wait_for_function(STAND, arg=11, timeout=60_000)
        problems = circle.problems
        circle.close()
        browser.close()
    assert problems == []


def test_credentials_are_renewed_while_one_is_in_the_room(
    two_servers: tuple[Server, Server],
) -> None:
    """Before their hour is over, each time anew; without any server the page says who may not
    connect."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=MEDIA)
        circle = Circle(browser, [server.url for server in two_servers])
        fay = circle.start("Fay")
        page = fay.page
        fay.press("more")
        expect(page.locator("#no-servers")).to_be_visible()
        page.add_init_script(KEEPS_SIGNALS.replace('"signal"', '"ice"'))
        page.add_init_script(KEEPS_RENEWAL)
        page.reload()
        for asked in (1, 2, 3):
            page.wait_for_function("() => window.renew")
            assert page.evaluate("window.signals.length") == asked
            page.evaluate("() => { const renew = window.renew; window.renew = null; renew(); }")
        circle.close()
        browser.close()


class Twelve(Circle):
    """People whose pages report their connections."""

    def context(self, **options: Any) -> BrowserContext:
        """With devices allowed: otherwise no page reveals its own address. Any: Playwright's."""
        context = super().context(permissions=["microphone", "camera"], **options)
        context.add_init_script(KEEPS_PEERS)
        return context


def test_by_a_relay_nobody_tells_their_address(
    redis_url: str, start_server: StartServer, short_dir: Path
) -> None:
    """Four people hear each other by a real coturn, and all candidates are relayed ones."""
    with coturn(short_dir) as env, tones_in(short_dir) as tones:
        urls = [start_server(redis_url, **env).url for _ in range(2)]
        voices = Voices(tones, urls, KEEPS_SIGNALS)
        voices.gather("Fay", "Mei", "Ann", "Ben")
        for name, person in voices.people.items():
            comes_to_hear(person.page, {"Fay", "Mei", "Ann", "Ben"} - {name})
            said = [json.loads(text)["data"] for text in person.page.evaluate("window.signals")]
            lines = [c["candidate"] for data in said for c in data.get("candidates", [])]
            lines += [
                line
                for data in said
                for line in data.get("description", {}).get("sdp", "").splitlines()
                if line.startswith("a=candidate:")
            ]
            assert lines
            assert {line.split()[7] for line in lines} == {"relay"}
        problems = voices.problems
        voices.close()
    assert problems == []


PLAYS = """
  (name) => {
    const chairs = [...document.querySelectorAll("#circle li")];
    const chair = chairs.find((li) => li.querySelector(".name").textContent === name);
    const picture = chair.querySelector("video");
    return picture !== null && picture.videoWidth > 0 && picture.currentTime > 0;
  }
"""


def test_firefox_and_chromium_hear_and_see_each_other(
    two_servers: tuple[Server, Server], short_dir: Path
) -> None:
    """Each measures the other's tone, as soon as both have been let in and unmute; a picture moves
    in the chair of whoever has turned the camera on."""
    with tones_in(short_dir) as tones, firefox("Zoe", short_dir) as zoe:
        voices = Voices(tones, [server.url for server in two_servers])
        fay = voices.start(door="closed")
        come_by(voices.link, zoe)
        fay.press("admit", about="Zoe")
        for person in (fay, zoe):
            person.press("unmute")
        assert_heard({fay: {"Zoe"}, zoe: {"Fay"}})
        zoe.press("mute")
        assert_heard({fay: set(), zoe: {"Fay"}})
        for person in (fay, zoe):
            person.press("camera")
        fay.until(PLAYS, "Zoe")
        zoe.until(PLAYS, "Fay")
        zoe.press_calmly("camera")
        fay.until(f"(name) => !({PLAYS})(name)", "Zoe")
        problems = voices.problems + zoe.problems
        voices.close()
    assert problems == []
