"""When a circle meets, set by keyboard; a member says that they cannot come."""

from __future__ import annotations

from datetime import date, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_accessibility import faults
from tests.support.people import Circle
from tests.support.person import Person

# As on a page by plain http.
MONDAY = """() => new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long" })
  .format(new Date(2027, 2, 1))"""
NO_CLIPBOARD = "Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined});"
SELECTED = "field => field.value.slice(field.selectionStart, field.selectionEnd)"


def opens_circle(person: Person) -> Page:
    """The circle's page of this person."""
    person.page.goto(person.page.url.removesuffix("/room"))
    return person.page


def tabs_to(page: Page, control: Locator) -> Locator:
    """Goes on by the Tab key until this control has the focus."""
    for _ in range(60):
        if control.evaluate("element => element === document.activeElement"):
            return control
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not lead to {control}")


def presses(page: Page, control: Locator) -> None:
    """Presses this control by keyboard alone."""
    tabs_to(page, control)
    page.keyboard.press("Enter")


def done(page: Page, what: str) -> None:
    """Waits until the page says that this was done, where the focus is."""
    expect(page.locator(f"[role=status][data-did={what}]")).to_be_focused()


def session(page: Page, number: int) -> Locator:
    """A coming session, by its place in the list."""
    return page.locator(".sessions > li").nth(number)


def changes(page: Page, number: int, do: str) -> None:
    """Unfolds a session if it is folded, and presses what changes it."""
    row = session(page, number)
    if row.locator("details[open]").count() == 0:
        presses(page, row.locator("summary"))
    presses(page, row.locator(f"[data-do={do}]"))
    done(page, do)


def test_a_year_is_set_and_changed_by_keyboard(circle: Circle) -> None:
    """First Tuesdays; one is moved, one cancelled, both put back. No state shuts anybody out."""
    fay = circle.start("Fay")
    ann = circle.join("Ann", phone=True)
    page = opens_circle(fay)
    found = {"no rhythm": faults(page)}
    tabs_to(page, page.locator("[name=rhythm]:checked"))
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    tabs_to(page, page.locator("[name=nth]")).select_option("1")
    tabs_to(page, page.locator("[name=weekday]")).select_option("tu")
    tabs_to(page, page.locator("[name=at]")).fill("19:00")
    tabs_to(page, page.locator("[name=time_zone]")).select_option("Europe/Berlin")
    presses(page, page.locator("[data-do=set_schedule]"))
    done(page, "set_schedule")
    found["set"] = faults(page)
    expect(page.locator("#next-session")).to_have_attribute(
        "data-date", session(page, 0).get_attribute("data-date") or ""
    )
    first, second = (
        date.fromisoformat(session(page, n).get_attribute("data-date") or "") for n in (1, 2)
    )
    presses(page, session(page, 1).locator("summary"))
    tabs_to(page, session(page, 1).locator("[name=to]")).fill(f"{second}T20:00")
    presses(page, session(page, 1).locator("[data-do=move]"))
    expect(session(page, 1).locator("[aria-invalid]")).to_be_focused()
    expect(session(page, 1).locator("[name=to]")).to_have_value(f"{second}T20:00")
    found["refused"] = faults(page)
    circle.problems.clear()  # of the refused form
    page.keyboard.press("Shift+Tab")
    tabs_to(page, session(page, 1).locator("[name=to]")).fill(f"{first + timedelta(days=7)}T20:00")
    changes(page, 1, "move")
    changes(page, 2, "cancel")
    found["changed"] = faults(page)
    states = [session(page, n).get_attribute("data-state") for n in range(4)]
    assert states == ["planned", "moved", "cancelled", "planned"]
    phone = opens_circle(ann)
    presses(phone, phone.locator("#next-session [data-do=cannot_come]"))
    done(phone, "cannot_come")
    found["a member who cannot come"] = faults(phone)
    page.reload()
    expect(session(page, 0).locator("[data-missing='1']")).to_be_visible()
    presses(phone, phone.locator("#next-session [data-do=can_come]"))
    done(phone, "can_come")
    changes(page, 1, "restore")
    changes(page, 2, "restore")
    states = [session(page, n).get_attribute("data-state") for n in range(4)]
    assert states == ["planned"] * 4
    assert {moment: wrong for moment, wrong in found.items() if wrong} == {}


def test_my_own_time_is_said_where_it_differs(circle: Circle) -> None:
    """With the weekday where that differs, too; and not to somebody whose time is the circle's."""
    fay = circle.start("Fay")
    page = opens_circle(fay)
    form = {"rhythm": "month", "nth": "1", "weekday": "tu", "at": "09:00"}
    address = f"{page.url}/schedule"
    zone = "Asia/Tokyo"
    origin = page.url.split("/circles")[0]
    answer = page.request.post(
        address, form={**form, "time_zone": zone}, headers={"Origin": origin}
    )
    assert answer.status == 200
    page.reload()
    moved = page.locator(".sessions > li").nth(1)
    to = (moved.get_attribute("data-date") or "") + "T21:00"
    seen = moved.locator("[name=seen]").input_value()
    answer = page.request.post(
        f"{page.url}/sessions/{moved.get_attribute('data-date')}",
        form={"do": "move", "to": to, "seen": seen},
        headers={"Origin": origin},
    )
    assert answer.status == 200
    for own, place in (("Asia/Tokyo", ""), ("America/New_York", "New York"), ("UTC", "")):
        context = circle.context(timezone_id=own, storage_state=page.context.storage_state())
        there = context.new_page()
        there.goto(page.url)
        mine, listed = there.locator("[data-mine]"), there.locator("[data-own-time]")
        expect(listed).to_have_count(1)
        for told in (mine, listed):
            expect(told).to_be_visible(visible=own != zone)
            expect(told).to_contain_text(place)
        if place:
            expect(mine).to_contain_text(there.evaluate(MONDAY))
        context.close()


def test_the_text_for_mail_is_copied_with_its_link(circle: Circle) -> None:
    """From the circle's page, where the link is shown as a QR code as well."""
    fay = circle.start("Fay")
    page = opens_circle(fay)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("[data-do=copy_mail]").click()
    expect(page.locator("[data-do=copy_mail]")).to_have_attribute("data-done", "yes")
    written = page.locator("[data-copied=mail]").input_value()
    assert "{link}" in written
    text = page.evaluate("navigator.clipboard.readText()")
    assert text == written.replace("{link}", circle.link)
    page.locator("[data-do=show_qr]").click()
    expect(page.locator("#qr svg")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#qr")).to_have_count(0)


def test_without_a_clipboard_the_text_is_shown_to_be_copied_by_hand(circle: Circle) -> None:
    """The text for mail on the circle's page, and the link whose field a phone folds away."""
    page = circle.open_page(phone=True)
    page.add_init_script(NO_CLIPBOARD)
    fay = circle.start("Fay", page=page)
    by_hand = page.locator("#by-hand textarea")
    fay.press("copy_link")
    expect(by_hand).to_be_focused()
    assert by_hand.evaluate(SELECTED) == circle.link
    page.keyboard.press("Escape")
    expect(by_hand).to_be_hidden()
    opens_circle(fay)
    page.locator("[data-do=copy_mail]").click()
    expect(by_hand).to_be_focused()
    written = by_hand.evaluate("(field) => field.defaultValue")
    assert "{link}" in written
    assert by_hand.evaluate(SELECTED) == written.replace("{link}", circle.link)
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("[data-do=copy_mail]")).to_be_focused()
    page.locator("[data-copy=member]").click()
    expect(page.locator("[data-invite=member]")).to_be_focused()
    expect(by_hand).to_be_hidden()
