"""A practice room: somebody tries it alone on a phone, from the first page to the end."""

from __future__ import annotations

from playwright.sync_api import expect

from server.practice.people import CAST
from tests.browser.people import Circle, Person
from tests.support.processes import Server

SLOWLY_MS = 30_000
"""Simulated members take their time, as people do."""


def moves_on(leader: Person, key: str) -> None:
    """Starts the next phase."""
    leader.press_calmly("Next phase")
    leader.sees_phase(key)


def test_somebody_rehearses_a_whole_session_alone(
    circle: Circle, two_servers: tuple[Server, Server]
) -> None:
    """Eight come, and each phase has something to lead."""
    page = circle.open_page(phone=True)
    page.goto(two_servers[0].url)
    page.get_by_role("button", name="Try it alone").click()
    page.wait_for_url("**/room")
    leader = Person("Leader", page)
    leader.is_connected()
    expect(page.get_by_text("Simulated circle")).to_be_visible()
    for manner in CAST:
        expect(leader.chair(manner.name)).to_be_visible()

    leader.press("Start session")
    leader.sees_phase("arrival")
    assert leader.left() <= 30
    leader.press("Yield")
    speaking = leader.list("Circle").locator("li[data-speaking=yes] .name")
    expect(speaking).not_to_have_text("Leader")

    moves_on(leader, "call")
    page.locator("#dock-sheet > summary").click()
    expect(page.get_by_text("may have a case").first).to_be_visible(timeout=SLOWLY_MS)
    # Members who offer a case come first.
    button = page.locator("#dock [id^=present-]").first.get_attribute("id") or ""
    name = page.locator(f"#seat-{button.removeprefix('present-')} .name").inner_text()
    page.locator(f"#{button}").click()
    expect(leader.chair(name)).to_contain_text("presenter")

    moves_on(leader, "presentation")
    expect(speaking).to_have_text(name)

    moves_on(leader, "questions")
    hand = leader.list("Hands").get_by_role("listitem").first
    expect(hand).to_be_visible(timeout=SLOWLY_MS)
    asking = hand.inner_text().split()[-1]
    page.get_by_role("button", name=f"Give the floor to {asking}", exact=True).first.click()
    expect(speaking).to_have_text(asking)

    moves_on(leader, "reflection")
    expect(leader.chair(name)).to_contain_text("sitting back")

    moves_on(leader, "response")
    expect(speaking).to_have_text(name)
    moves_on(leader, "closing")

    leader.press_calmly("End session")
    page.get_by_role("dialog").get_by_role("button", name="End session").click()
    leader.sees_phase("ended")
    page.get_by_role("link", name="To the circle’s page").click()
    expect(page.get_by_text("gone within a day")).to_be_visible()
