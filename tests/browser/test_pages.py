"""The pages around the room: the first page, the way in, the door, and the last page of a chair."""

from __future__ import annotations

from playwright.sync_api import Page, Request, expect

from tests.browser.test_accessibility import faults
from tests.browser.test_page import WORDS
from tests.support.people import Circle
from tests.support.person import Person

OPENS = ("[data-invite]", "#token", "#link")
"""Fields with a link that opens the circle."""


def first_page(person: Person) -> str:
    """The address of the first page of this person's server."""
    return person.page.url.split("/circles")[0]


def test_the_first_page_leads_back_into_the_room(circle: Circle) -> None:
    """It knows the circles of this browser, also where the room was left long ago."""
    fay = circle.start()
    fay.open(first_page(fay))
    fay.press("enter_room")
    fay.is_connected()
    fay.sees_phase("waiting")


def test_a_pasted_link_leads_in(circle: Circle) -> None:
    """Its token stands in no address, in whatever text it is pasted; before the form is sent, only
    the question for the circle has it."""
    fay = circle.start(door="closed")
    page = circle.open_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.goto(first_page(fay))
    page.locator("#link").fill(f" <{circle.link.replace('#', '%23')}>. ")
    page.locator("[data-do=open_link]").click()
    page.wait_for_url("**/join*")
    assert page.url == circle.link
    expect(page.locator("#no-link")).to_be_hidden()
    token = circle.link.partition("#")[2]
    assert [request.url for request in asked if token in request.url.partition("#")[0]] == []
    with_token = [request.url for request in asked if token in (request.post_data or "")]
    assert {url.rpartition("/")[2] for url in with_token} <= {"invitation"}
    ben = Person("Ben", page)
    ben.submit("join", your_name="Ben", agree=True)
    ben.sees_phase("lobby")
    ben.is_connected()


def test_what_is_pasted_and_is_no_link_is_asked_for_again(circle: Circle) -> None:
    """The page says that a part is missing, and has the field for it."""
    fay = circle.start()
    page = circle.open_page()
    page.goto(first_page(fay))
    page.locator("#link").fill("see you on Tuesday")
    page.locator("[data-do=open_link]").click()
    expect(page.locator("#no-link .refusal")).to_be_visible()
    expect(page.locator("#token")).to_be_visible()


def test_no_link_is_printed(circle: Circle) -> None:
    """Neither the fields nor, on a page that is opened by a link with a token, the address."""
    fay = circle.start()
    room = fay.page.url
    page = circle.open_page()
    page.goto(circle.link)
    for address in (room, room.removesuffix("/room")):
        fay.open(address)
        shows_no_link(fay.page, 2)
    shows_no_link(page, 2)
    reminders = f"{first_page(fay)}/reminders#token"
    for link in (circle.link, reminders):
        page.goto(link)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert "#" not in page.url
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.url == link


def shows_no_link(page: Page, fields: int) -> None:
    """Asserts that so many fields have a link, and that paper shows none of them."""
    links = page.locator(", ".join(OPENS))
    expect(links).to_have_count(fields)
    page.emulate_media(media="print")
    for link in links.all():
        expect(link).to_be_hidden()
    page.emulate_media(media="screen")


def test_without_scripts_a_page_says_what_it_needs(circle: Circle) -> None:
    """The invitation and the room; help and privacy are read without."""
    fay = circle.start()
    page = circle.open_page(java_script_enabled=False)
    page.context.add_cookies(fay.page.context.cookies())  # type: ignore[arg-type]  # the same cookies, under another type
    for address in (circle.link, fay.page.url):
        page.goto(address)
        expect(page.locator("noscript p")).to_be_visible()
    for path in ("/help", "/privacy"):
        page.goto(first_page(fay) + path)
        expect(page.locator("h2").first).to_be_visible()


def test_whoever_waits_may_try_their_devices(circle: Circle) -> None:
    """One button opens the check; it has its place on a phone, and nothing of the room."""
    circle.start(door="closed")
    dan = circle.join("Dan", phone=True)
    dan.sees_phase("lobby")
    dan.press("more")
    more = dan.page.locator("#more")
    expect(more.locator("[data-try=microphone]")).to_be_visible()
    box = more.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    dan.press("close")
    expect(more).to_be_hidden()


def test_whoever_is_out_reads_what_to_do_next(circle: Circle) -> None:
    """Removed or declined: a whole page, with the way back and the way home, for everybody."""
    fay = circle.start(door="closed")
    dan, ben = circle.join("Dan"), circle.join("Ben")
    fay.press("admit", about="Ben")
    ben.sees_phase("waiting")
    fay.press("decline", about="Dan")
    fay.confirm("remove", about="Ben")
    for person, why in ((dan, "declined"), (ben, "4401")):
        person.is_out(why)
        expect(person.page.locator("h1")).not_to_be_empty()
        expect(person.control("have_link")).to_be_visible()
        expect(person.control("leave_page")).to_be_visible()
        assert faults(person.page) == []
    dan.press("leave_page")
    expect(dan.page.locator("[data-do=start_circle]")).to_be_visible()


def test_a_browser_that_has_lost_its_cookies_is_told_so(circle: Circle) -> None:
    """In the room, as on the pages: the reason is not that somebody removed them."""
    fay = circle.start()
    ben = circle.join("Ben")
    ben.page.evaluate("Object.defineProperty(navigator, 'cookieEnabled', {get: () => false})")
    removed = ben.page.evaluate(WORDS, "closed.4401.next")
    fay.confirm("remove", about="Ben")
    ben.is_out("4401")
    expect(ben.page.locator("[role=alert]")).not_to_have_text(removed)


def test_colours_of_the_person_s_own_hide_nothing(circle: Circle) -> None:
    """What only a colour says has a border as well; nothing moves where motion is reduced."""
    circle.start()
    page = circle.open_page()
    page.goto(circle.link)
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    button = page.locator("[data-try=speaker]")
    outline = "(element) => getComputedStyle(element).outlineStyle"
    assert button.evaluate(outline) == "none"
    button.evaluate("(element) => element.setAttribute('aria-pressed', 'true')")
    assert button.evaluate(outline) == "solid"
    moves = "(element) => getComputedStyle(element).transitionDuration"
    assert {float(s.strip(" s")) for s in button.evaluate(moves).split(",")} == {0.0}
