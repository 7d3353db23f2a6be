"""The delay until a phase affects microphones and loudspeakers, in real browsers."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, sync_playwright

from tests.support.chromium import MEDIA, whole_chromium
from tests.support.people import Circle

PEOPLE = ("Mei", "Ann", "Ben")
# Times of a frame, and of the last removal of a track from a sender, or muting of a voice.
WATCHES = """
  window.came = 0; window.done = 0;
  const came = () => { window.came = performance.now(); };
  document.addEventListener("htmx:ws:before:message:incoming", came);
  const put = RTCRtpSender.prototype.replaceTrack;
  RTCRtpSender.prototype.replaceTrack = async function (track) {
    await put.call(this, track);
    window.done = performance.now();
  };
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "muted");
  Object.defineProperty(HTMLMediaElement.prototype, "muted", { get, set(value) {
    if (value !== get.call(this)) window.done = performance.now();
    set.call(this, value);
  }});
"""
TOOK = "() => window.done > window.came ? window.done - window.came : null"
HELD = "(n) => [...document.querySelectorAll('#voices audio')].filter(a => !a.muted).length === n"


class Watched(Circle):
    """People whose pages record the effects of a phase."""

    def context(self, **options: Any) -> BrowserContext:
        """With devices allowed and recorded. Any: Playwright's options."""
        context = super().context(permissions=["microphone", "camera"], **options)
        context.add_init_script(WATCHES)
        return context


def phase_takes_hold_ms(url: str, rounds: int = 10) -> float:
    """The longest delay from a frame until its last effect, over all changes at four pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=whole_chromium(), args=MEDIA)
        circle = Watched(browser, [url, url])
        fay = circle.start("Fay")
        for name in PEOPLE:
            circle.join(name)
        for person in circle.people.values():
            person.press("unmute")
        circle.seat_presenter("Mei", fay)
        fay.press("start")
        took: list[float] = []
        for _ in range(rounds):
            for key in ("presentation", "closing"):
                fay.press("go", to=key)
                for person in circle.people.values():
                    person.sees_phase(key)
                    is_presenting = key == "presentation"
                    heard = 3 if not is_presenting else 1 if person.name in ("Fay", "Mei") else 2
                    person.page.wait_for_function(HELD, arg=heard)
                    found = person.page.evaluate(TOOK)
                    if found is not None:
                        took.append(found)
        circle.close()
        browser.close()
    return max(took)
