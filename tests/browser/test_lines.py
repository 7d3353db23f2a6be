"""Bad lines: what is reduced, in which order, and what people read."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.people import Circle

WELL = {"lost": 0, "roundTripS": 0.05}
STRAINED = {"lost": 0.05, "roundTripS": 0.1}
BAD = {"lost": 0.2, "roundTripS": 1.2}
JUDGED = """async (lines) => {
  const { judged } = await import("/static/voice/lines.js");
  const states = [{ step: 0, good: 0, badFor: 0, bad: false }];
  for (const line of lines) states.push(judged(states.at(-1), line));
  return states.slice(1);
}"""
MEASURED = """async ([reports, before]) => {
  const { lineOf } = await import("/static/voice/lines.js");
  const stats = reports.map(([seat, list]) => [seat, new Map(Object.entries(list))]);
  const { lost, roundTripS } = lineOf(stats, new Map(before));
  return { lost, roundTripS };
}"""


@pytest.fixture
def page(circle: Circle) -> Page:
    """A page of ours, for its modules."""
    return circle.start().page


def judged(page: Page, *lines: dict[str, float]) -> list[dict[str, Any]]:
    """The states after these measurements. Any: numbers and a boolean."""
    found: list[dict[str, Any]] = page.evaluate(JUDGED, list(lines))
    return found


def test_pictures_are_given_up_step_by_step_and_come_back_slowly(page: Page) -> None:
    """Frame rate, then size, then all of it; eight good measurements in a row undo one step."""
    steps = [state["step"] for state in judged(page, *[STRAINED] * 5, *[WELL] * 17)]
    assert steps == [1, 2, 3, 3, 3, *[3] * 7, *[2] * 8, 1, 1]


def test_one_bad_moment_is_no_bad_line(page: Page) -> None:
    """Two in a row make one, until it has been good for a while; a strained line is not bad."""
    states = judged(page, BAD, WELL, BAD, BAD, STRAINED, *[WELL] * 8)
    assert [state["bad"] for state in states] == [False] * 3 + [True] * 9 + [False]


def test_one_bad_partner_is_no_bad_line_of_mine(page: Page) -> None:
    """The median over all pairs counts."""
    trip = {"kind": "audio", "type": "remote-inbound-rtp", "roundTripTime": 0.1}
    reports = [
        [seat, {"a": {**trip, "fractionLost": lost}}]
        for seat, lost in (("ann", 0.0), ("ben", 0.5), ("cem", 0.01))
    ]
    assert page.evaluate(MEASURED, [reports, []]) == {"lost": 0.01, "roundTripS": 0.1}


def test_what_does_not_arrive_counts_too(page: Page) -> None:
    """The lost share of the packets since the last measurement."""
    inbound = {"kind": "audio", "type": "inbound-rtp", "packetsLost": 30, "packetsReceived": 170}
    before = [["ann", {"packetsLost": 10, "packetsReceived": 90}]]
    assert page.evaluate(MEASURED, [[["ann", {"a": inbound}]], before])["lost"] == 0.2


def test_bad_lines_are_shown_and_turns_are_offered(circle: Circle) -> None:
    """The person and facilitators see it; several bad lines offer one voice at a time."""
    fay = circle.start()
    ben, ida = circle.join("Ben"), circle.join("Ida")
    fay.press("start")
    circle.move_to("call", fay)
    turns = fay.sign("bad_lines").locator("[data-do=one_voice]")
    for person, offered in ((ben, 0), (ida, 1)):
        tell = (
            "async () => (await import('/static/room/connection.js'))"
            ".tell({ do: 'line', bad: true })"
        )
        assert person.page.evaluate(tell)
        expect(person.sign("bad_line")).to_be_visible()
        shown = fay.page.locator(f"#dock-people [data-person='{person.state['seat']}']")
        expect(shown).to_have_attribute("data-bad-line", "yes")
        expect(turns).to_have_count(offered)
    assert ida.page.locator("[data-bad-line]").count() == 0
    turns.click()
    expect(turns).to_have_count(0)
    expect(ben.chair("Ida")).to_have_attribute("data-heard", "no")
