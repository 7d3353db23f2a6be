"""The facilitator's craft: three facilitators and their members, from the lobby to the debrief."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.support.people import Circle

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
        row = fay.page.locator(f"#waits-{fay.seat_of(facilitator.name)}")
        expect(row).to_have_attribute("data-asks-to-lead", "yes")
        fay.press("admit", about=facilitator.name)
        facilitator.sees_phase("waiting")
    members = [circle.join(name, phone=name == "Ben") for name in ("Mei", "Ann", "Ben")]
    mei, _ann, ben = members

    # the door
    for member in members:
        member.sees_phase("lobby")
        expect(member.page.locator("#stage .rules")).to_be_visible()
        expect(member.chairs).to_have_count(0)
    expect(hua.page.locator("#at-the-door li")).to_have_count(3)
    fay.press("admit", about="Mei")
    mei.sees_phase("waiting")
    gil.press("admit")
    circle.all_see(lambda p: expect(p.chairs.locator(".name")).to_have_count(6))

    # a word between facilitators
    gil.unfold("dock-more")
    gil.submit("whisper", text="Shall Mei begin?")
    for facilitator in (fay, hua):
        word = facilitator.page.locator("#attention #word")
        expect(word.locator(".text")).to_have_text("Shall Mei begin?")
        facilitator.press("put_away")
        expect(word).to_be_empty()
    expect(gil.page.locator("#whisper-text")).to_have_value("")
    assert all("Shall Mei begin?" not in member.page.content() for member in members)
    fay.press("keep_time", about="Gil")
    circle.all_see(lambda p: p.shows("Gil", "timekeeper"))

    # the call for a case: she is asked, and may decline
    fay.press("start")
    circle.all_see(lambda p: p.sees_phase("arrival"))
    circle.move_to("call", fay)
    fay.press("seat_presenter", about="Mei")
    expect(mei.attention("will_you_present")).to_be_visible()
    mei.press("present", yes=False)
    expect(fay.page.locator("#dock [data-not-today]")).to_be_visible()
    circle.seat_presenter("Ann", fay)

    # the room locks itself; a machine disappears, and the others go on
    circle.move_to("presentation", fay)
    expect(gil.control("lock", on=False)).to_have_count(1)
    fay.page.context.close()
    del circle.people["Fay"]
    expect(gil.chair("Fay")).to_have_attribute("data-away", "yes", timeout=AWAY_MS)
    assert gil.state["clock"] == "running"
    circle.move_to("questions", gil)

    # one person is invited, quietly
    circle.move_to("reflection", gil)
    gil.press("invite", about="Mei")
    expect(mei.attention("invited")).to_be_visible()
    assert ben.attention("invited").count() == 0
    mei.press("not_now")
    expect(gil.control("invite", about="Mei")).to_be_visible()

    # the soft ending
    circle.move_to("response", gil)
    circle.move_to("closing", gil)
    gil.confirm("debrief")
    for member in members:
        member.sees_phase("ended")
        member.is_disconnected_for_good()
        assert not re.search("Fay|Gil|Hua|Mei|Ann|Ben", member.page.locator("#room").inner_text())
    for facilitator in (gil, hua):
        facilitator.sees_phase("debrief")
    before = int(gil.state["endsAt"])
    gil.press("extend", seconds=300)
    expect(hua.page.locator("#state")).to_have_attribute("data-ends-at", str(before + 300_000))
    gil.confirm("end")
    for facilitator in (gil, hua):
        facilitator.sees_phase("ended")
        facilitator.is_disconnected_for_good()


def test_who_is_not_let_in_is_told_so(circle: Circle) -> None:
    """The page shows nothing of the room any more."""
    fay = circle.start("Fay", door="closed")
    dan = circle.join("Dan", phone=True)
    fay.press("decline", about="Dan")
    dan.is_out("declined")


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
    fay.press("decline", about="Dan")
    dan.is_out("declined")
    [voices] = held
    voices.continue_()
    loaded = "url => import(url).then(() => 'whole', error => error.name)"
    assert dan.page.evaluate(loaded, voices.request.url) == "TypeError"
