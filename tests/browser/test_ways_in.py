"""A changed seat is one more way in: the page asks anew for what it needs, and voices pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.voices import Tones, Voices, comes_to_hear
from tests.support.person import Person
from tests.support.processes import Server

COUNTS_ICE = """
  window.asked = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    window.asked += JSON.parse(text).do === "ice";
    return send.call(this, text);
  };
"""
COMES_BACK = """() => {
  for (const event of ["pagehide", "pageshow"]) {
    dispatchEvent(new PageTransitionEvent(event, { persisted: true }));
  }
}"""


@pytest.fixture
def pair(two_servers: tuple[Server, Server], tones: Tones) -> Iterator[Voices]:
    """Fay, who leads, and Mei talk in two circles; no page may have logged an error."""
    voices = Voices(tones, [server.url for server in two_servers], COUNTS_ICE)
    voices.gather("Fay", "Mei", in_format="two-circles-90")
    voices.people["Fay"].press("start")
    voices.all_see(lambda person: person.sees_phase("arrival"))
    yield voices
    problems = voices.problems
    voices.close()
    assert problems == []


def has_asked(person: Person, times: int) -> None:
    """Waits until this page has sent so many `ice` since it was loaded."""
    person.until("(times) => window.asked === times", times)


def test_whatever_changes_a_seat_the_page_asks_anew_and_voices_pass(pair: Voices) -> None:
    """The outer circle and back, another role, the back/forward cache, and the debrief."""
    fay, mei = pair.people["Fay"], pair.people["Mei"]

    def hear_each_other() -> None:
        comes_to_hear(mei.page, {"Fay"})
        comes_to_hear(fay.page, {"Mei"})

    for person in (fay, mei):
        has_asked(person, 1)
    hear_each_other()
    fay.press("outer_circle", about="Mei", on=True)
    has_asked(mei, 2)
    comes_to_hear(fay.page, set())
    comes_to_hear(mei.page, {"Fay"})
    fay.press_calmly("outer_circle", about="Mei", on=False)
    has_asked(mei, 3)
    hear_each_other()
    fay.press("make_facilitator", about="Mei")
    has_asked(mei, 4)
    hear_each_other()
    mei.run(COMES_BACK)
    has_asked(mei, 5)
    hear_each_other()
    has_asked(fay, 1)  # None of this was about Fay's own seat.
    fay.confirm("debrief")
    has_asked(fay, 2)
    has_asked(mei, 6)
    hear_each_other()
