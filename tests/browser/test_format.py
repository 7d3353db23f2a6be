"""The editor of a format, used by a facilitator, and a session with the result."""

from __future__ import annotations

import pytest
import redis
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.people import Circle, Person


def editor(circle: Circle, *, phone: bool = True) -> tuple[Person, Page]:
    """A facilitator's page of the room, and the editor beside it in the same browser."""
    fay = circle.start(phone=phone)
    page = fay.page.context.new_page()
    page.goto(fay.page.url.removesuffix("/room"))
    link = page.get_by_role("link", name="Change its phases, its minutes and its words")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/format")
    return fay, page


def phase(page: Page, number: int) -> Locator:
    """The fold of a phase."""
    return page.locator(f"#phase-{number - 1}")


def tab_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until it has the focus, as somebody without a mouse does."""
    for _ in range(80):
        if wanted.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def retype(page: Page, field: Locator, text: str) -> None:
    """Goes to a field by keyboard and replaces its text."""
    tab_to(page, field)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def circle_id(page: Page) -> str:
    """The circle of a page."""
    return page.url.split("/circles/")[1].split("/")[0]


def end_session(redis_url: str, circle: str) -> None:
    """Deletes the room, as after twelve hours; the next person opens a new one."""
    with redis.Redis.from_url(redis_url) as client:
        client.delete(f"circle:{{{circle}}}:room")


def test_a_format_is_edited_by_keyboard_on_a_phone_and_a_session_follows_it(
    circle: Circle, redis_url: str
) -> None:
    """Title, minutes, prompts and the place of a phase change, and the room shows them."""
    fay, page = editor(circle)
    call = phase(page, 2)
    tab_to(page, call.locator("summary"))
    page.keyboard.press("Enter")
    retype(page, call.get_by_label("Title", exact=True), "Whose case")
    retype(page, call.get_by_label("Short title, on the path"), "Whose")
    retype(page, call.get_by_label("Minutes"), "4.5")
    expect(page.locator("#total")).to_have_text("61.5")
    retype(page, call.get_by_label("Prompts, one a line"), "Who came along today?")
    typed = page.locator("#length").inner_text()
    tab_to(page, call.get_by_role("button", name="Move up"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Changed. It is not saved yet.")
    expect(page.locator("#length")).to_have_text(typed)  # The server counts as the page does.
    first = phase(page, 1)
    expect(first.locator("summary")).to_contain_text("1. Whose case")
    expect(first.locator("summary")).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Save").last)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Saved. It holds from the next session on.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    fay.page.close()
    end_session(redis_url, circle_id(page))
    page.goto(page.url.replace("/format", "/room"))
    led = Person("Fay", page)
    led.is_connected()
    led.press("Start session")
    led.sees_phase("call")
    expect(page.get_by_role("heading", name="Whose case")).to_be_visible()
    assert 4 * 60 < led.left() <= 4.5 * 60
    page.locator("#dock-sheet > summary").click()
    page.locator("#dock-prompts > summary").click()
    led.press("Edit first: prompt 1")
    field = page.get_by_label("A sentence for the stage")
    expect(field).to_have_value("Who came along today?")
    expect(field).to_be_focused()
    led.press("Show prompt 1")
    stage = page.get_by_role("region", name="Where we are")
    expect(stage).to_contain_text("“Who came along today?”")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_editor_is_neither_too_wide_nor_too_small_on_a_phone(
    circle: Circle, scheme: str
) -> None:
    """At 360 px, with every phase unfolded."""
    _, page = editor(circle)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        "[...document.querySelectorAll('button, summary, select, textarea, input:not([type=hidden])"
        ":not([type=checkbox]), label.check')]"
        ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)"
        ".map(e => e.textContent)"
    )
    assert small == []


def test_a_file_is_read_into_the_form(circle: Circle) -> None:
    """A file is chosen, read and checked; an invalid one gets a sentence and stays in its field."""
    _, page = editor(circle, phone=False)
    page.get_by_text("Begin again, or from a file").click()
    text = 'title = "From a file"\n[[phases]]\ntitle = "Talk"\nminutes = 9\nheard = "everybody"\n'
    wrong = text.replace("9", '"nine"')
    chosen = page.get_by_label("A file that you have")
    for content in (wrong, text):
        chosen.set_input_files(
            FilePayload(name="a.toml", mimeType="text/plain", buffer=content.encode())
        )
        field = page.get_by_label("A format, as it stands in its file")
        expect(field).to_have_value(content)
        page.get_by_role("button", name="Read it").click()
        if content is wrong:
            alert = page.get_by_role("alert")
            expect(alert).to_contain_text("Phase 1 (“Talk”): minutes must be a number.")
            expect(field).to_have_value(wrong)
            circle.problems[:] = [said for said in circle.problems if "400" not in said]
    expect(page.get_by_role("status")).to_have_text("Read. It is not saved yet.")
    expect(page.get_by_label("Title of the format")).to_have_value("From a file")
    expect(page.locator("#total")).to_have_text("9")


def test_a_question_is_redirected_with_one_tap(circle: Circle) -> None:
    """The sentence is on everybody's stage."""
    fay = circle.start()
    ben = circle.join("Ben")
    fay.press("Start session")
    fay.sees_phase("arrival")
    expect(fay.button("Redirect")).to_have_count(0)
    for key in ("call", "presentation", "questions"):
        circle.move_to(key, fay)
    fay.press("Redirect")
    stage = ben.page.get_by_role("region", name="Where we are")
    expect(stage).to_contain_text("“Let us keep that for the reflection.”")
    expect(ben.button("Redirect")).to_have_count(0)
