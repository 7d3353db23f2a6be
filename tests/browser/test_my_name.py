"""Everybody can take another name in the room."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.people import Circle
from tests.support.person import Person


def rename(person: Person, name: str) -> None:
    """Types another name under *Sound*, and presses *Change*, once the page can answer."""
    person.run("async () => { await import('/static/room/name.js'); }")
    if not person.page.locator("#more").is_visible():
        person.press("more")
    person.submit("rename", name=name)


def test_a_person_takes_another_name_and_keeps_it_through_a_reload(circle: Circle) -> None:
    """All see it, and the field says what holds; a number tells people of one name apart."""
    fay = circle.start("Fay")
    mei = circle.join("Mei", phone=True)
    field, words = mei.page.locator("#my-name input"), mei.page.locator("#name-words")
    mei.press("more")
    expect(field).to_have_value("Mei")
    expect(words).to_contain_text("Mei")
    rename(mei, "Clara")
    expect(fay.chair("Clara")).to_have_count(1)
    expect(words).to_contain_text("Clara")
    mei.reload()
    mei.is_connected()
    expect(mei.chair("Clara")).to_have_count(1)
    mei.press("more")
    expect(field).to_have_value("Clara")
    expect(words).to_contain_text("Mei")  # the name of the next session
    rename(fay, "Clara")
    expect(mei.chair("Clara 2")).to_have_count(1)
    expect(fay.page.locator("#name-words")).to_contain_text("Clara 2")


def test_why_a_name_is_refused_stands_beside_it_and_what_was_typed_stays(circle: Circle) -> None:
    """Also when the room changes meanwhile, and after a refusal that was read before."""
    fay = circle.start("Fay")
    mei = circle.join("Mei")
    field, words = mei.page.locator("#my-name input"), mei.page.locator("#name-words")
    rename(mei, "Mei")
    expect(mei.notice).to_have_attribute("data-refused", "stale")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(words).to_have_text(mei.notice.inner_text())
    field.fill("   ")
    mei.control("rename").click(delay=450)
    expect(mei.notice).to_have_attribute("data-refused", "invalid")
    expect(words).to_have_text(mei.notice.inner_text())
    field.fill("Clar")
    fay.press("start")
    mei.sees_phase("arrival")
    expect(field).to_have_value("Clar")
    expect(field).to_be_focused()
    field.press("a")
    mei.control("rename").click(delay=450)  # no double press
    expect(fay.chair("Clara")).to_have_count(1)
    expect(field).to_have_attribute("aria-invalid", "false")


def test_nobody_at_the_door_is_offered_another_name(circle: Circle) -> None:
    """They give it with the form; the check of their devices is there."""
    circle.start("Fay", door="closed")
    dan = circle.join("Dan", phone=True)
    dan.press("more")
    expect(dan.page.locator("#devices")).to_be_visible()
    expect(dan.page.locator("#my-name")).to_be_hidden()


def test_a_name_can_be_typed_while_the_circle_talks_elsewhere(circle: Circle) -> None:
    """The sound's controls are put away once, and not with each change of the room."""
    fay = circle.start("Fay")
    mei = circle.join("Mei")
    mei.press("more")
    fay.submit("talk_elsewhere", url="https://call.example/circle")
    expect(mei.page.locator("#more")).to_be_hidden()
    mei.control("more").click()
    mei.page.locator("#my-name input").fill("Clara")
    fay.press("start")
    mei.sees_phase("arrival")
    mei.control("rename").click(delay=450)
    expect(fay.chair("Clara")).to_have_count(1)
