"""Microphones and cameras that are not to be had: a sentence for each, and the room works on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.people import Circle, Person
from tests.browser.voices import MEDIA
from tests.processes import Server, chromium_path

TAKEN = """
  if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia =
    () => Promise.reject(new DOMException("", "NotReadableError"));
"""
KEEPS_TRACKS = """
  const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (open) navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    window.lastTrack = stream.getTracks()[0];
    return stream;
  };
"""
FAKE = "--use-fake-device-for-media-stream"


@pytest.fixture(scope="module")
def browsers() -> Iterator[dict[str, Browser]]:
    """A browser without any device, one whose devices nobody may use, and one that has it all."""
    with sync_playwright() as playwright:
        kinds = {"none": FLAGS, "denied": [*FLAGS, FAKE], "all": MEDIA}
        opened = {
            name: playwright.chromium.launch(executable_path=chromium_path(), args=flags)
            for name, flags in kinds.items()
        }
        yield opened
        for browser in opened.values():
            browser.close()


class Devices(Circle):
    """People whose browser has, or lacks, devices."""

    def __init__(self, browser: Browser, url: str, *scripts: str, allowed: bool) -> None:
        super().__init__(browser, [url, url])
        self._allowed = ["microphone", "camera"] if allowed else []
        self._scripts = scripts

    def open_page(self, *, phone: bool = False) -> Page:
        """A page with this circle's scripts in it."""
        page = super().open_page(phone=phone)
        page.context.grant_permissions(self._allowed)
        for script in self._scripts:
            page.add_init_script(script)
        return page


def works_on(fay: Person) -> None:
    """The session can be led as if nothing were the matter."""
    expect(fay.page.get_by_role("status", name="My microphone")).to_have_text("muted by you")
    expect(fay.button("Unmute")).to_be_visible()
    fay.press("Start session")
    fay.sees_phase("arrival")


@pytest.mark.parametrize(
    ("kind", "scripts", "microphone", "camera"),
    [
        ("denied", (), "does not let the page use your microphone", "use your camera"),
        ("none", (), "No microphone was found", "No camera was found"),
        ("all", (TAKEN,), "microphone is in use by another program", "camera is in use by another"),
    ],
    ids=["refused", "none", "taken"],
)
def test_what_is_not_to_be_had_is_told(
    browsers: dict[str, Browser],
    two_servers: tuple[Server, Server],
    kind: str,
    scripts: tuple[str, ...],
    microphone: str,
    camera: str,
) -> None:
    """A sentence says what to do, nobody is shown as unmuted, and the room works on."""
    circle = Devices(browsers[kind], two_servers[0].url, *scripts, allowed=kind != "denied")
    fay = circle.start()
    notice = fay.page.get_by_role("status", name="Notice")
    fay.press("Unmute")
    expect(notice).to_contain_text(microphone)
    fay.press("Turn camera on")
    expect(notice).to_contain_text(camera)
    works_on(fay)
    circle.close()
    assert circle.problems == []


def test_a_microphone_that_is_unplugged_is_told(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> None:
    """The others see the person muted, and they themself read why."""
    circle = Devices(browsers["all"], two_servers[0].url, KEEPS_TRACKS, allowed=True)
    fay = circle.start()
    fay.press("Unmute")
    says = fay.page.get_by_role("status", name="My microphone")
    expect(says).to_have_text("heard")
    # What a browser does when the plug is pulled; no flag of Chromium pulls one.
    fay.page.evaluate("() => { lastTrack.stop(); lastTrack.dispatchEvent(new Event('ended')); }")
    expect(fay.page.get_by_role("status", name="Notice")).to_contain_text("was unplugged")
    expect(fay.chair("Fay")).to_have_attribute("data-muted", "yes")
    works_on(fay)
    circle.close()
    assert circle.problems == []


def test_everything_can_be_tried_before_entering(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> None:
    """Level and picture on request alone; then the room is entered with both off."""
    circle = Devices(browsers["all"], two_servers[0].url, KEEPS_TRACKS, allowed=True)
    fay = circle.start()
    link = fay.page.locator("[data-invite=member]").input_value()
    page = circle.open_page(phone=True)
    page.goto(link)
    assert page.evaluate("window.lastTrack") is None
    page.get_by_text("Check sound and picture").click()
    page.get_by_role("button", name="Try the microphone").click()
    page.wait_for_function("() => document.getElementById('device-level').value > 0.05")
    page.get_by_role("button", name="Try the camera").click()
    picture = page.get_by_label("Your own picture")
    page.wait_for_function("() => document.getElementById('device-picture').videoWidth > 0")
    expect(page.get_by_label("Microphone")).to_contain_text("Fake")
    page.get_by_role("button", name="Try the camera").click()
    expect(picture).to_be_hidden()
    assert page.evaluate("lastTrack.readyState") == "ended"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("Your name").fill("Ben")
    page.get_by_label("I keep to these ground rules").check()
    page.get_by_role("button", name="Join the circle").click()
    page.wait_for_url("**/room")
    expect(page.get_by_role("status", name="My microphone")).to_have_text("muted by you")
    expect(page.get_by_role("button", name="Turn camera on")).to_be_visible()
    circle.close()
    assert circle.problems == []
