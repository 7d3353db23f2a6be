"""The invitation in a browser: links as they arrive, cookies, in-app browsers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.people import Circle
from tests.support.person import Person
from tests.support.processes import Server

LINK_FIELD = "#token"
MISSING = "#no-link .refusal"
NO_MICROPHONE = "Object.defineProperty(MediaDevices.prototype, 'getUserMedia', {value: undefined})"
IN_APP = "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile"
NO_COOKIES = "Object.defineProperty(Navigator.prototype, 'cookieEnabled', {get: () => false})"


def member_link(circle: Circle) -> str:
    """The link on the facilitator's page."""
    return circle.start(door="closed").page.locator("[data-invite=member]").input_value()


def forgets_cookies(route: Route) -> None:
    """Simulates a browser without cookies."""
    if route.request.method == "GET":
        route.continue_()
        return
    answer = route.fetch(max_redirects=0)
    route.request.frame.page.context.clear_cookies()
    route.fulfill(status=answer.status, headers={"Location": answer.headers["location"]})


def joins(page: Page) -> None:
    """Fills in the form and waits in the lobby."""
    ben = Person("Ben", page)
    ben.submit("join", your_name="Ben", agree=True)
    ben.is_connected()
    ben.sees_phase("lobby")


@pytest.mark.parametrize("sign", ["#", "%23", "%2523"])
@pytest.mark.parametrize("end", ["", ".", "%E2%80%8B", "%3E%2C"])
def test_a_link_leads_in_as_it_arrives(circle: Circle, sign: str, end: str) -> None:
    """The address is corrected; nobody has to enter the link again."""
    link = member_link(circle)
    page = circle.open_page()
    page.goto(link.replace("#", sign) + end)
    expect(page.locator(LINK_FIELD)).to_be_hidden()
    expect(page.locator(MISSING)).to_be_hidden()
    if sign != "#":
        assert page.url == link
    joins(page)


def test_text_that_sticks_to_a_link_is_no_part_of_it(circle: Circle) -> None:
    """As in a message whose line breaks got lost."""
    link = member_link(circle)
    page = circle.open_page()
    page.goto(f"{link}See you")
    expect(page.locator("#link")).to_have_value(link)
    joins(page)


@pytest.mark.parametrize("pasted", ["{}", " <{}>. ", "{}".replace("#", "%23")])
def test_a_link_that_was_cut_can_be_pasted_whole(circle: Circle, pasted: str) -> None:
    """It is pasted here, or into the address, which does not load the page again."""
    link = member_link(circle)
    page = circle.open_page()
    for cut in (link.partition("#")[0], link[:-25], link[:-1]):
        page.goto(cut)
        expect(page.locator(MISSING)).to_be_visible()
        expect(page.locator(LINK_FIELD)).to_be_visible()
    page.evaluate("link => location.assign(link)", link)
    expect(page.locator(LINK_FIELD)).to_be_hidden()
    page.evaluate("link => location.assign(link)", link[:-25])
    page.locator(LINK_FIELD).fill(pasted.format(link))
    joins(page)


@pytest.mark.parametrize("pasted", ["{} (room #4)", "{}See you", "Circle #3: {}#"])
def test_a_link_is_found_in_a_text_that_is_pasted(circle: Circle, pasted: str) -> None:
    """A whole message may be copied; nobody asks the facilitator for a new link."""
    link = member_link(circle)
    page = circle.open_page()
    page.goto(link.partition("#")[0])
    page.locator(LINK_FIELD).fill(pasted.format(link))
    joins(page)


def test_a_link_that_was_cut_is_not_called_renewed_for_what_sticks_to_it(circle: Circle) -> None:
    """The page asks for the rest of it."""
    link = member_link(circle)
    page = circle.open_page()
    page.goto(f"{link[:-3]}See you")
    expect(page.locator(MISSING)).to_be_visible()
    expect(page.locator(LINK_FIELD)).to_be_visible()


def test_a_link_that_lost_its_last_letter_is_asked_for_again(circle: Circle) -> None:
    """The server notices it, and the input stays."""
    link = member_link(circle)
    page = circle.open_page()
    page.goto(link[:-1])
    with page.expect_response("**/join") as answer:
        Person("Ben", page).submit("join", your_name="Ben", agree=True)
    assert answer.value.status == 403
    expect(page.locator("form .refusal[role=alert]").first).to_be_visible()
    page.locator(LINK_FIELD).fill(link)
    circle.problems.clear()  # The browser logs the status of the answer.
    joins(page)


def test_a_browser_without_a_microphone_is_told_of_others(circle: Circle) -> None:
    """In-app browsers have none; people may come in and listen all the same."""
    link = member_link(circle)
    usual = circle.open_page()
    usual.goto(link)
    expect(usual.locator("#no-microphone")).to_be_hidden()
    page = circle.open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script(NO_MICROPHONE)
    page.goto(f"{link}.")
    expect(page.locator("#no-microphone")).to_be_visible()
    expect(page.locator("#link")).to_have_value(link)
    page.locator("[data-do=copy]").click()
    expect(page.locator("button[data-done]")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link
    joins(page)


def test_a_browser_within_an_app_is_told_of_others(circle: Circle) -> None:
    """It may have a microphone, which only a press can tell."""
    link = member_link(circle)
    page = circle.open_page(user_agent=IN_APP)
    page.goto(link)
    expect(page.locator("#no-microphone")).to_be_visible()
    expect(page.locator("#link")).to_have_value(link)
    joins(page)


def test_a_browser_without_cookies_is_told_so_before_and_after(circle: Circle) -> None:
    """The form says so before it is sent, or else the page that follows."""
    link = member_link(circle)
    page = circle.open_page()
    page.goto(link)
    expect(page.locator("#no-cookies")).to_be_hidden()
    page = circle.open_page()
    page.add_init_script(NO_COOKIES)
    page.route("**/join", forgets_cookies)
    page.goto(link)
    expect(page.locator("#no-cookies")).to_be_visible()
    with page.expect_response("**/room") as answer:
        Person("Ben", page).submit("join", your_name="Ben", agree=True)
    assert answer.value.status == 401
    expect(page.locator("[data-message=no_cookie]")).to_be_visible()
    circle.problems.clear()  # The browser logs the status of the answer.


def test_who_comes_back_to_the_first_page_starts_another_circle(
    chromium: Browser, two_servers: tuple[Server, Server]
) -> None:
    """This also holds when the browser has kept the old page with the id of its form."""
    page = chromium.new_page()
    page.goto(two_servers[0].url)
    attempt = page.locator("form[action='/circles'] [name=attempt]")
    before = attempt.input_value()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(attempt).not_to_have_value(before)
    page.close()
