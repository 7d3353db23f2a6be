"""My chair on my other device, and my calendar, by keyboard; both pages for everybody."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import faults
from tests.support.people import Circle

SHOW_CODE, CHOOSE, NONE = "show_code", "choose_digits", "choose_none"
OPEN_CODE, TAKE_CHAIR = "open_code", "take_chair"


def press(page: Page, do: str, value: str | None = None) -> None:
    """Presses this button by keyboard, once nothing that loads moves the focus any more."""
    page.wait_for_load_state()
    button = page.locator(f"[data-do={do}]" + (f'[value="{value}"]' if value else ""))
    button.focus()
    page.keyboard.press("Enter")


def shown_link(page: Page) -> str:
    """The link on the device that has the chair."""
    expect(page.locator("svg")).to_be_visible()
    return page.locator("[data-copied=device]").input_value()


def digits_on(page: Page) -> str:
    """The digits on the other device."""
    expect(page.locator("[data-digits]")).to_be_visible()
    return page.locator("[data-digits]").get_attribute("data-digits") or ""


def test_a_chair_comes_to_another_device(circle: Circle) -> None:
    """The code is in no address any more, both devices are one person, and axe finds nothing."""
    circle.start()
    ann = circle.join("Ann")
    room = ann.page.url
    laptop = ann.page.context.new_page()
    laptop.goto(room.removesuffix("/room"))
    press(laptop, SHOW_CODE)
    link = shown_link(laptop)
    found = {"a code": faults(laptop)}
    phone = circle.open_page()
    phone.goto(link)
    assert link.partition("#")[2] not in phone.evaluate("location.href")
    expect(phone.locator("#code")).to_be_hidden()
    found["an opened link"] = faults(phone)
    press(phone, OPEN_CODE)
    expect(phone.locator("h1 bdi")).to_have_text("Ann")
    found["two digits"] = faults(phone)
    press(phone, TAKE_CHAIR)
    expect(phone.get_by_role("alert").first).to_be_visible()
    press(laptop, CHOOSE, digits_on(phone))
    expect(laptop.locator("[data-did=choose_digits]")).to_be_visible()
    found["the right choice"] = faults(laptop)
    press(phone, TAKE_CHAIR)
    phone.wait_for_url(room.removesuffix("/room"))
    phone.goto(room)
    seat = ann.seat_of("Ann")
    expect(phone.locator("#state")).to_have_attribute("data-seat", seat)
    expect(ann.page.locator("#state")).to_have_attribute("data-seat", seat)
    assert ann.chairs.count() == 2
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    circle.problems.clear()  # the answer to the early press is no success


def test_a_wrong_choice_ends_the_code_and_a_new_one_works(circle: Circle) -> None:
    """Without scripts, too: the link is then pasted."""
    fay = circle.start()
    laptop = fay.page.context.new_page()
    laptop.goto(fay.page.url.removesuffix("/room"))
    press(laptop, SHOW_CODE)
    phone = circle.open_page()
    phone.goto(shown_link(laptop))
    press(phone, OPEN_CODE)
    digits = digits_on(phone)
    pairs = laptop.locator(f"[data-do={CHOOSE}]")
    wrong = next(pair for pair in pairs.all_inner_texts() if pair != digits)
    press(laptop, CHOOSE, wrong)
    expect(laptop.get_by_role("alert")).to_be_visible()
    expect(pairs).to_have_count(0)
    press(phone, TAKE_CHAIR)
    expect(phone.locator("form [role=alert]").first).to_be_visible()
    press(laptop, SHOW_CODE)
    link = shown_link(laptop)
    page = circle.open_page(java_script_enabled=False)
    page.goto(link)
    page.locator("#code").fill(link)
    press(page, OPEN_CODE)
    press(laptop, CHOOSE, digits_on(page))
    expect(laptop.locator("[data-did=choose_digits]")).to_be_visible()
    press(page, TAKE_CHAIR)
    expect(page.locator("[data-do=show_code]")).to_be_visible()
    circle.problems.clear()  # the refusals


def test_the_subscription_is_unfolded_by_keyboard(circle: Circle) -> None:
    """Its address is copied, has another name, and is renewed."""
    fay = circle.start()
    page = fay.page.context.new_page()
    page.goto(fay.page.url.removesuffix("/room"))
    page.locator("#subscribe summary").focus()
    page.keyboard.press("Enter")
    address = page.locator("[data-feed]")
    expect(address).to_be_visible()
    first = address.input_value()
    assert page.request.get(first).status == 200
    assert faults(page) == []
    page.locator("#subscribe select").select_option("neutral")
    press(page, "name_feed")
    expect(page.locator("[data-did=name_feed]")).to_be_focused()
    press(page, "renew_feed")
    expect(page.locator("[data-did=renew_feed]")).to_be_focused()
    assert address.input_value() != first
    assert page.request.get(first).status == 404
    page.locator("[data-do=copy]").first.click()
