"""Forgetting people on the circle's page, and leaving on a device: by keyboard."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.support.people import Circle
from tests.support.person import Person
from tests.support.processes import Server

FORGET = "absent"
LEAVE = "me"
QUESTION = "#confirm"
NOT_NOW = "a[data-do=cancel]"
FIRST_PAGE = "[data-do=leave_page]"
"""All that is left to do on the page that says goodbye."""


def erases(page: Page, what: str) -> Locator:
    """The button that erases this."""
    return page.locator(f"[data-do=erase][value={what}]")


def asked(page: Page, what: str) -> None:
    """Presses this button by keyboard; in the dialog, *Not now* has the focus."""
    erases(page, what).focus()
    page.keyboard.press("Enter")
    expect(page.locator(QUESTION)).to_be_visible()
    expect(page.locator(QUESTION).locator("[data-do=cancel]")).to_be_focused()


def knows(page: Page, people: int) -> None:
    """Waits until the page says that the circle knows so many people."""
    expect(page.locator("[data-known]")).to_have_attribute("data-known", str(people))


def has_forgotten(page: Page, people: int) -> None:
    """Waits until the page says so, where the focus is."""
    done = page.get_by_role("status").and_(page.locator("[data-did=erase]"))
    expect(done).to_have_attribute("data-count", str(people))
    expect(done).to_be_focused()


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
    knows(page, 3)
    circle.people["Ann"].page.context.close()
    expect(fay.chair("Ann")).to_have_attribute("data-away", "yes", timeout=20_000)
    asked(page, FORGET)
    page.keyboard.press("Escape")
    expect(page.locator(QUESTION)).to_be_hidden()
    expect(erases(page, FORGET)).to_be_focused()
    asked(page, FORGET)
    page.keyboard.press("Enter")
    expect(page.locator(QUESTION)).to_be_hidden()
    expect(fay.chair("Ann")).to_be_visible()
    asked(page, FORGET)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    has_forgotten(page, 1)
    knows(page, 2)
    expect(fay.chairs).to_have_count(2)
    ben.reload()
    ben.is_connected()


def test_a_question_right_after_another_one_gets_its_answer(circle: Circle) -> None:
    """A dialog reports its end a moment after it has closed, when the next question may be open."""
    fay = circle.start()
    circle.join("Ben").page.context.close()
    expect(fay.chair("Ben")).to_have_attribute("data-away", "yes", timeout=20_000)
    page = fay.page.context.new_page()
    page.goto(circle_page(fay))
    page.evaluate(
        """([ask, question]) => {
          for (const pressed of [ask, `${question} [data-do=cancel]`, ask]) {
            document.querySelector(pressed).click();
          }
          return new Promise((done) =>
            document.querySelector(question).addEventListener("close", done, { once: true })
          );
        }""",
        [f"[data-do=erase][value={FORGET}]", QUESTION],
    )
    page.locator(QUESTION).locator("[data-do=confirm]").click()
    has_forgotten(page, 1)


def test_a_person_leaves_on_their_device(circle: Circle) -> None:
    """The page says what happened and how to come back; the browser keeps no cookie."""
    fay = circle.start()
    ben = circle.join("Ben", phone=True)
    there = circle_page(ben)
    ben.open(there)
    expect(erases(ben.page, FORGET)).to_have_count(0)
    expect(fay.chair("Ben")).to_have_attribute("data-away", "yes", timeout=20_000)
    asked(ben.page, LEAVE)
    page = ben.page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(FIRST_PAGE)).to_be_visible()
    assert page.context.cookies() == []
    assert page.request.get(there).status == 401
    expect(fay.chairs).to_have_count(1)


def test_without_script_both_work(circle: Circle) -> None:
    """The server asks instead, on a page of its own; *Not now* leads back."""
    fay = circle.start()
    page = circle.open_page(java_script_enabled=False)
    page.context.add_cookies(fay.page.context.cookies())  # type: ignore[arg-type]  # what it gives it takes
    page.goto(circle_page(fay))
    erases(page, FORGET).click()
    expect(page.locator(NOT_NOW)).to_be_focused()
    page.keyboard.press("Enter")
    erases(page, FORGET).click()
    page.locator(NOT_NOW).wait_for()
    erases(page, FORGET).click()
    has_forgotten(page, 0)
    erases(page, LEAVE).click()
    page.locator(NOT_NOW).wait_for()
    erases(page, LEAVE).click()
    expect(page.locator(FIRST_PAGE)).to_be_visible()


def test_behind_tls_a_browser_takes_the_cookie_and_lets_go_of_it(
    circle: Circle, two_servers: tuple[Server, Server]
) -> None:
    """Browsers are strict about the prefix of its name; the proxy reports TLS."""
    page = circle.open_page(extra_http_headers={"X-Forwarded-Proto": "https"})
    page.goto(two_servers[0].url)
    fay = Person("Fay", page)
    fay.submit("start_circle", circle_name="Tuesday", your_name="Fay")
    page.wait_for_url("**/room")
    fay.is_connected()
    [cookie] = page.context.cookies()
    assert cookie["name"].startswith("__Host-circle_")
    assert cookie["secure"]
    fay.open(circle_page(fay))
    asked(page, LEAVE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(FIRST_PAGE)).to_be_visible()
    assert page.context.cookies() == []
