"""Bad lines: what people read. What is reduced, and when, is in tests/web/lines.test.mjs."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.people import Circle


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
    # Their own page knows that it is good, and tells that with the next seat.
    fay.press("make_facilitator", about="Ben")
    expect(ben.sign("bad_line")).to_have_count(0)
    expect(ben.notice).to_be_empty()
