"""The editor of a format, used by a facilitator, and a session with the result."""

from __future__ import annotations

import pytest
import redis
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.support.people import Circle
from tests.support.person import Person
from tests.support.translation import translate

REDIRECT = "#do-redirect"


def editor(circle: Circle, *, phone: bool = True) -> tuple[Person, Page]:
    """A facilitator's page of the room, and the editor beside it in the same browser."""
    fay = circle.start(phone=phone)
    page = fay.page.context.new_page()
    page.goto(fay.page.url.removesuffix("/room"))
    link = page.locator("[data-do=edit_format]")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/format")
    return fay, page


def phase(page: Page, number: int) -> Locator:
    """The fold of a phase."""
    return page.locator(f"#phase-{number - 1}")


def field_of(phase: Locator, name: str) -> Locator:
    """The field of a phase by the end of its name."""
    return phase.locator(f'[name$=".{name}"]')


def has_done(page: Page, do: str) -> None:
    """Waits until the page says that this was done."""
    expect(page.get_by_role("status")).to_have_attribute("data-did", do)


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
    retype(page, field_of(call, "title"), "Whose case")
    retype(page, field_of(call, "short"), "Whose")
    retype(page, field_of(call, "minutes"), "4.5")
    expect(page.locator("#total")).to_have_text("61.5")
    retype(page, field_of(call, "prompts"), "Who came along today?")
    typed = page.locator("#length").inner_text()
    tab_to(page, call.locator("[data-do=up]"))
    page.keyboard.press("Enter")
    has_done(page, "up")
    expect(page.locator("#length")).to_have_text(typed)  # The server counts as the page does.
    first = phase(page, 1)
    expect(first.locator("summary")).to_contain_text("1. Whose case")
    expect(first.locator("summary")).to_be_focused()
    tab_to(page, page.locator("[data-do=save]").last)
    page.keyboard.press("Enter")
    has_done(page, "save")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    fay.page.close()
    end_session(redis_url, circle_id(page))
    page.goto(page.url.replace("/format", "/room"))
    led = Person("Fay", page)
    led.is_connected()
    led.press("start")
    led.sees_phase("call")
    expect(page.locator("#stage h1", has_text="Whose case")).to_be_visible()
    assert 4 * 60 < led.left() <= 4.5 * 60
    page.locator("#dock-sheet > summary").click()
    page.locator("#dock-prompts > summary").click()
    translate(page)
    led.press("edit_prompt")
    field = page.locator("#prompt-text")
    expect(field).to_have_value("Who came along today?")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#stage .prompt")).to_contain_text("Who came along today?")


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
    page.locator("#from-file > summary").click()
    text = 'title = "From a file"\n[[phases]]\ntitle = "Talk"\nminutes = 9\nheard = "everybody"\n'
    wrong = text.replace("9", '"nine"')
    chosen = page.locator("[data-do=choose_file]")
    for content in (wrong, text):
        chosen.set_input_files(
            FilePayload(name="a.toml", mimeType="text/plain", buffer=content.encode())
        )
        field = page.locator("#file")
        expect(field).to_have_value(content)
        page.locator("[data-do=read]").click()
        if content is wrong:
            expect(page.get_by_role("alert").locator("li")).to_have_count(1)
            expect(page.locator("#wrong-None-file")).to_be_visible()
            expect(field).to_have_value(wrong)
            circle.problems[:] = [said for said in circle.problems if "400" not in said]
    has_done(page, "read")
    expect(page.locator("[name=title]")).to_have_value("From a file")
    expect(page.locator("#total")).to_have_text("9")


def test_a_question_is_redirected_with_one_tap(circle: Circle) -> None:
    """The sentence is on everybody's stage."""
    fay = circle.start()
    ben = circle.join("Ben")
    fay.press("start")
    fay.sees_phase("arrival")
    expect(fay.page.locator(REDIRECT)).to_have_count(0)
    for key in ("call", "presentation", "questions"):
        circle.move_to(key, fay)
    fay.page.locator(REDIRECT).click()
    expect(ben.page.locator("#stage .prompt")).to_be_visible()
    expect(ben.page.locator(REDIRECT)).to_have_count(0)
