"""The facilitator's craft: three facilitators and their members, from the lobby to the debrief."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.browser.people import Circle

AWAY_MS = 20_000
"""The time limit for noticing a machine that disappears."""


def test_from_the_lobby_to_the_debrief(circle: Circle) -> None:
    """They are on two processes; one facilitator's machine disappears in the presentation."""
    fay = circle.start("Fay", door="closed")
    gil = circle.join("Gil", leads=True)
    hua = circle.join("Hua", leads=True, phone=True)
    # The facilitators admit further facilitators by name.
    for facilitator in (gil, hua):
        facilitator.sees_phase("lobby")
        about = fay.page.locator("#at-the-door li").filter(has_text=facilitator.name)
        expect(about).to_contain_text("comes by the facilitator link")
        fay.press(f"Admit {facilitator.name}")
        facilitator.sees_phase("waiting")
    members = [circle.join(name, phone=name == "Ben") for name in ("Mei", "Ann", "Ben")]
    mei, _ann, ben = members

    # the door
    for member in members:
        member.sees_phase("lobby")
        expect(member.page.get_by_role("heading", name="Good to have you here")).to_be_visible()
        expect(member.page.get_by_text("No advice, no solutions")).to_be_visible()
        expect(member.list("Circle")).to_have_count(0)
    expect(hua.page.get_by_text("Facilitator · 3 at the door")).to_be_visible()
    fay.press("Admit Mei")
    mei.sees_phase("waiting")
    gil.press("Admit all")
    circle.all_see(lambda p: expect(p.list("Circle").locator(".name")).to_have_count(6))

    # a word between facilitators
    gil.page.get_by_text("Between facilitators").click()
    gil.page.get_by_label("A word between us").fill("Shall Mei begin?")
    gil.press("Say it")
    for facilitator in (fay, hua, gil):
        words = facilitator.page.locator("#whispers")
        expect(words.locator("bdi")).to_have_text("Shall Mei begin?")
    expect(gil.page.get_by_label("A word between us")).to_have_value("")
    assert all("Shall Mei begin?" not in member.page.content() for member in members)
    fay.press("Gil keeps the time")
    circle.all_see(lambda p: expect(p.chair("Gil")).to_contain_text("keeps the time"))

    # the call for a case: she is asked, and may decline
    fay.press("Start session")
    circle.all_see(lambda p: p.sees_phase("arrival"))
    circle.move_to("call", fay)
    fay.press("Mei presents")
    expect(mei.page.get_by_text("no names, no places")).to_be_visible()
    mei.press("Not today")
    expect(fay.page.get_by_text("not today")).to_be_visible()
    circle.seat_presenter("Ann", fay)

    # the room locks itself; a machine disappears, and the others go on
    circle.move_to("presentation", fay)
    expect(gil.button("Unlock the room")).to_have_count(1)
    fay.page.context.close()
    del circle.people["Fay"]
    expect(gil.chair("Fay")).to_contain_text("away", timeout=AWAY_MS)
    assert gil.state["clock"] == "running"
    circle.move_to("questions", gil)

    # one person is invited, quietly
    circle.move_to("reflection", gil)
    gil.press("Invite Mei to speak")
    expect(mei.page.get_by_text("Would you like to say something?")).to_be_visible()
    assert "Would you like" not in ben.page.content()
    mei.press("Not now")
    expect(gil.button("Invite Mei to speak")).to_be_visible()

    # the soft ending
    circle.move_to("response", gil)
    circle.move_to("closing", gil)
    circle.all_see(lambda p: expect(p.page.get_by_text("Thank you, Ann")).to_be_visible())
    gil.press("Stay for a debrief")
    gil.page.get_by_role("dialog").get_by_role("button", name="Stay for a debrief").click()
    for member in members:
        member.sees_phase("ended")
        status = member.page.get_by_role("status", name="Connection")
        expect(status).to_have_text("This session is over.")
        assert not re.search("Fay|Gil|Hua|Mei|Ann|Ben", member.page.locator("#room").inner_text())
    for facilitator in (gil, hua):
        facilitator.sees_phase("debrief")
    before = int(gil.state["endsAt"])
    gil.press("Add 5 minutes")
    expect(hua.page.locator("#state")).to_have_attribute("data-ends-at", str(before + 300_000))
    gil.press("End session")
    gil.page.get_by_role("dialog").get_by_role("button", name="End session").click()
    for facilitator in (gil, hua):
        facilitator.sees_phase("ended")
        facilitator.says("Connection", "This session is over.")


def test_who_is_not_let_in_is_told_so_kindly(circle: Circle) -> None:
    """The page shows nothing of the room any more."""
    fay = circle.start("Fay", door="closed")
    dan = circle.join("Dan", phone=True)
    fay.press("Decline Dan")
    expect(dan.page.get_by_role("alert")).to_contain_text("You were not let in this time.")


def test_what_comes_after_one_was_not_let_in_finds_no_page_and_complains_of_nothing(
    circle: Circle,
) -> None:
    """On a slow line the voices' module is still loading then."""
    held: list[Route] = []
    fay = circle.start("Fay", door="closed")
    dan = circle.join("Dan", phone=True)
    dan.page.route("**/voice*.js", lambda route: held.append(route))
    dan.page.reload()
    dan.is_connected()
    fay.press("Decline Dan")
    expect(dan.page.get_by_role("alert")).to_contain_text("You were not let in this time.")
    [voices] = held
    voices.continue_()
    loaded = "url => import(url).then(() => 'whole', error => error.name)"
    assert dan.page.evaluate(loaded, voices.request.url) == "TypeError"
