"""The servers' clock in a browser: measured, and measured again."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.people import Circle
from tests.support.person import SET_CLOCK

NOTE_TEXTS = """() => {
  window.texts = [];
  for (const id of ["clock", "announcement"]) {
    const element = document.getElementById(id);
    const note = () => texts.push(element.textContent);
    new MutationObserver(note).observe(element, { childList: true });
  }
}"""


def test_a_clock_that_goes_back_a_little_shows_no_second_twice(circle: Circle) -> None:
    """A new measurement may add some ms to the remaining time: no mark is announced again."""
    fay = circle.start()
    page, clock = fay.page, fay.clock
    page.locator("#connection[data-clock=measured]").wait_for()
    fay.press("start")
    fay.sees_phase("arrival")
    page.evaluate(SET_CLOCK, 60_900)
    page.evaluate(NOTE_TEXTS)
    expect(clock).to_have_text("1:00")
    page.evaluate(SET_CLOCK, 60_300)
    expect(clock).to_have_text("0:58")
    first, announced, *others = page.evaluate("texts")
    assert (first, others) == ("1:00", ["0:59", "0:58"])
    assert announced
