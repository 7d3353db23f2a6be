"""The servers' clock in a browser: measured, and measured again."""

from __future__ import annotations

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
    page = fay.page
    page.locator("#connection[data-clock=measured]").wait_for()
    fay.press("start")
    fay.sees_phase("arrival")
    page.evaluate(NOTE_TEXTS)
    page.evaluate(SET_CLOCK, 60_900)
    fay.until("() => texts.includes('1:00')")
    page.evaluate(SET_CLOCK, 60_300)
    fay.until("() => texts.includes('0:58')")
    texts = page.evaluate("texts")
    first, announced, *others = texts[texts.index("1:00") : texts.index("0:58") + 1]
    assert (first, others) == ("1:00", ["0:59", "0:58"])
    assert announced
