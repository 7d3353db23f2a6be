"""A practice room: somebody tries it alone on a phone, from the first page to the end."""

from __future__ import annotations

from playwright.sync_api import expect

from server.pages.start import LEADER_NAME
from server.practice.people import CAST
from tests.support.people import Circle
from tests.support.person import Person
from tests.support.processes import Server

SLOWLY_MS = 30_000
"""Simulated members take their time, as people do."""


NOTES_WHO_SPEAKS = """() => {
  window.spoke = new Set();
  new MutationObserver(() => {
    const speaking = document.querySelector("#circle li[data-speaking=yes] .name");
    if (speaking) spoke.add(speaking.textContent);
  }).observe(document.getElementById("room"), { subtree: true, childList: true, attributes: true });
}"""
HAS_SPOKEN = "(name) => spoke.has(name)"
"""Since then. A simulated member may be done after two seconds."""


def moves_on(leader: Person, key: str) -> None:
    """Starts the next phase."""
    leader.press_calmly("advance")
    leader.sees_phase(key)


def test_somebody_rehearses_a_whole_session_alone(
    circle: Circle, two_servers: tuple[Server, Server]
) -> None:
    """Eight come, and each phase has something to lead."""
    page = circle.open_page(phone=True)
    page.goto(two_servers[0].url)
    page.locator("[data-do=practice]").click()
    page.wait_for_url("**/room")
    leader = Person("Leader", page)
    leader.is_connected()
    for manner in CAST:
        expect(leader.chair(manner.name)).to_be_visible()

    leader.press("start")
    leader.sees_phase("arrival")
    assert leader.left() <= 30
    leader.press_calmly("yield")
    speaking = page.locator("#circle li[data-speaking=yes] .name")
    expect(speaking).not_to_have_text(LEADER_NAME)

    moves_on(leader, "call")
    page.locator("#dock-sheet > summary").click()
    expect(page.locator("#dock [data-offers]").first).to_be_visible(timeout=SLOWLY_MS)
    # Members who offer a case come first.
    offers = page.locator("#dock [data-offers]").first
    seat = offers.get_attribute("data-person")
    name = page.locator(f"#seat-{seat} .name").inner_text()
    page.locator(f"#present-{seat}").click()
    leader.shows(name, "presenter")

    moves_on(leader, "presentation")
    expect(speaking).to_have_text(name)

    moves_on(leader, "questions")
    hand = leader.hands.first
    expect(hand).to_be_attached(timeout=SLOWLY_MS)
    asking = hand.locator("bdi").inner_text()
    page.evaluate(NOTES_WHO_SPEAKS)
    leader.press("give_floor", about=asking)
    leader.until(HAS_SPOKEN, asking)

    moves_on(leader, "reflection")
    leader.shows(name, "sits")

    page.evaluate(NOTES_WHO_SPEAKS)
    moves_on(leader, "response")
    leader.until(HAS_SPOKEN, name)
    moves_on(leader, "closing")

    leader.confirm("end")
    leader.sees_phase("ended")
    leader.press("circle_page")
    expect(page.locator("[data-do=first_page]")).to_be_visible()
