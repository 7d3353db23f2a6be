"""Forgetting people on the circle's page, and leaving on a device: by keyboard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.people import Circle, Person
from tests.support.processes import Server

FORGET = "Forget all who are not here"
LEAVE = "Leave this circle on this device"


def asked(page: Page, name: str) -> None:
    """Presses this button by keyboard; in the dialog, *Not now* has the focus."""
    page.get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("button", name="Not now")).to_be_focused()


def circle_page(person: Person) -> str:
    """The address of the circle's page."""
    return person.page.url.removesuffix("/room")


def test_a_facilitator_has_the_circle_forget_who_is_not_here(circle: Circle) -> None:
    """The page asks first; Escape and *Not now* change nothing; people in the room stay known."""
    fay = circle.start()
    circle.join("Ann")
    ben = circle.join("Ben")
    page = fay.page.context.new_page()
    page.goto(circle_page(fay))
    expect(
        page.get_by_text("This circle knows 3 people: 1 facilitator and 2 members.")
    ).to_be_visible()
    circle.people["Ann"].page.context.close()
    expect(fay.chair("Ann")).to_have_attribute("data-away", "yes", timeout=20_000)
    asked(page, FORGET)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name=FORGET)).to_be_focused()
    asked(page, FORGET)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(fay.chair("Ann")).to_be_visible()
    asked(page, FORGET)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Done. 1 person is forgotten.")
    expect(
        page.get_by_text("This circle knows 2 people: 1 facilitator and 1 member.")
    ).to_be_visible()
    expect(fay.list("Circle").get_by_role("listitem")).to_have_count(2)
    ben.reload()
    ben.is_connected()


def test_a_person_leaves_on_their_device(circle: Circle) -> None:
    """The page says what happened and how to come back; the browser keeps no cookie."""
    fay = circle.start()
    ben = circle.join("Ben", phone=True)
    there = circle_page(ben)
    ben.open(there)
    expect(ben.button(FORGET)).to_have_count(0)
    expect(fay.chair("Ben")).to_have_attribute("data-away", "yes", timeout=20_000)
    asked(ben.page, LEAVE)
    page = ben.page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You have left this circle")).to_be_visible()
    expect(page.get_by_text("To come back, open the invitation link")).to_be_visible()
    assert page.context.cookies() == []
    assert page.request.get(there).status == 401
    expect(fay.list("Circle").get_by_role("listitem")).to_have_count(1)


def test_without_script_both_work(circle: Circle) -> None:
    """The server asks instead, on a page of its own; *Not now* leads back."""
    fay = circle.start()
    page = circle.open_page(java_script_enabled=False)
    page.context.add_cookies(fay.page.context.cookies())  # type: ignore[arg-type]  # what it gives it takes
    page.goto(circle_page(fay))
    page.get_by_role("button", name=FORGET).click()
    expect(page.get_by_role("form")).to_contain_text("Forget everybody who is not in the room now?")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Not now")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=FORGET).click()
    page.get_by_role("link", name="Not now").wait_for()
    page.get_by_role("button", name=FORGET).click()
    expect(page.get_by_role("status")).to_contain_text("There was nobody to forget")
    expect(page.get_by_text("before you leave, keep the facilitator link")).to_be_visible()
    page.get_by_role("button", name=LEAVE).click()
    page.get_by_role("link", name="Not now").wait_for()
    page.get_by_role("button", name=LEAVE).click()
    expect(page.get_by_text("Without that link nobody can.")).to_be_visible()


def test_behind_tls_a_browser_takes_the_cookie_and_lets_go_of_it(
    circle: Circle, two_servers: tuple[Server, Server]
) -> None:
    """Browsers are strict about the prefix of its name; the proxy reports TLS."""
    page = circle.open_page(extra_http_headers={"X-Forwarded-Proto": "https"})
    page.goto(two_servers[0].url)
    page.get_by_label("Name of the circle").fill("Tuesday")
    page.get_by_label("Your name").fill("Fay")
    page.get_by_role("button", name="Start a circle").click()
    page.wait_for_url("**/room")
    fay = Person("Fay", page)
    fay.is_connected()
    [cookie] = page.context.cookies()
    assert cookie["name"].startswith("__Host-circle_")
    assert cookie["secure"]
    fay.open(circle_page(fay))
    asked(page, LEAVE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You have left this circle")).to_be_visible()
    assert page.context.cookies() == []
