"""The door in the dock: several people at once, the keyboard, and people who come back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.without_page import WithoutPage
from tests.support.client import Visit, join
from tests.support.people import Circle
from tests.support.person import Person

SEND = "async command => (await import('/static/room/connection.js')).command(command)"


@pytest.fixture
def others() -> Iterator[WithoutPage]:
    """People without a page, who have left at the end."""
    others = WithoutPage()
    yield others
    others.close()


@pytest.fixture
def fay(circle: Circle) -> Person:
    """Fay leads; the door has its defaults."""
    return circle.start("Fay", door="closed")


@pytest.fixture
def host(circle: Circle, fay: Person) -> Visit:
    """Fay without her page."""
    return circle.visit(fay)


def at_door(person: Person) -> Locator:
    """The waiting people on this page."""
    return person.page.locator("#at-the-door li")


def press_by_key(button: Locator) -> None:
    """Presses a button by keyboard."""
    button.focus()
    button.press("Enter")


def test_a_window_too_many_says_so_and_comes_in_once_another_is_closed(
    circle: Circle, fay: Person
) -> None:
    """A person at the door may have two; nothing is wrong with the line of the third."""
    ben = circle.join("Ben")
    ben.sees_phase("lobby")
    second, third = (ben.page.context.new_page() for _ in range(2))
    for page in (second, third):
        page.goto(ben.page.url)
        kind = "open" if page is second else "windows"
        # A connection that died counts for some seconds.
        line = page.locator("#connection")
        expect(line).to_have_attribute("data-kind", kind, timeout=20_000)
    second.close()
    expect(third.locator("#connection")).to_have_attribute("data-kind", "open")
    expect(at_door(fay)).to_have_count(1)


def test_all_who_were_seen_are_admitted_by_keyboard(
    fay: Person, host: Visit, others: WithoutPage
) -> None:
    """Each of them comes in."""
    for name in ("Ann", "Ben", "Cem"):
        others.come(join(host, name))
    expect(at_door(fay)).to_have_count(3)
    press_by_key(fay.control("admit"))
    others.all_see_phase("waiting")
    expect(fay.page.locator("#at-the-door")).to_have_count(0)


def test_all_who_were_seen_are_declined_after_a_question_and_nobody_else(
    circle: Circle, fay: Person, host: Visit, others: WithoutPage
) -> None:
    """By keyboard; a person who comes during the dialog was not seen and still waits."""
    dan = circle.join("Dan", phone=True)
    others.come(join(host, "Ann"))
    expect(at_door(fay)).to_have_count(2)
    press_by_key(fay.control("decline"))
    question = fay.page.locator("#confirm")
    expect(question).to_have_attribute("data-asks", "decline")
    press_by_key(fay.control("cancel"))
    expect(question).to_be_hidden()
    expect(at_door(fay)).to_have_count(2)
    press_by_key(fay.control("decline"))
    others.come(join(host, "Eve"))
    expect(at_door(fay)).to_have_count(3)
    press_by_key(fay.control("confirm"))
    expect(at_door(fay)).to_have_count(1)
    expect(at_door(fay).locator("bdi")).to_have_text("Eve")
    dan.is_out("declined")


def test_a_question_does_what_it_asked_though_its_button_is_gone(
    fay: Person, host: Visit, others: WithoutPage
) -> None:
    """*Decline all* needs two people; one of them leaves during the dialog."""
    ann = others.come(join(host, "Ann"))
    others.come(join(host, "Ben"))
    expect(at_door(fay)).to_have_count(2)
    press_by_key(fay.control("decline"))
    fay.run(SEND, {"do": "decline", "seat": ann.state["seat"]})
    expect(fay.page.locator("#do-decline-all")).to_have_count(0)
    press_by_key(fay.control("confirm"))
    expect(fay.page.locator("#at-the-door")).to_have_count(0)


@pytest.mark.parametrize("answer", ["confirm", "confirm_also"])
def test_a_question_that_is_out_of_date_is_refused_in_words(
    answer: str, fay: Person, host: Visit, others: WithoutPage
) -> None:
    """Somebody else has removed Ben meanwhile, and both buttons with him."""
    ben = others.come(join(host, "Ben"))
    fay.press("admit", about="Ben")
    fay.unfold("dock-more")
    press_by_key(fay.control("remove", about="Ben"))
    fay.run(SEND, {"do": "remove", "seat": ben.state["seat"]})
    expect(fay.chair("Ben")).to_have_count(0)
    press_by_key(fay.control(answer))
    expect(fay.notice).to_have_attribute("data-refused", "unknown_seat")


def test_who_was_declined_and_knocks_again_is_marked(
    circle: Circle, fay: Person, host: Visit, others: WithoutPage
) -> None:
    """Their row at the door says so; and *Admit all* skips them."""
    dan = circle.join("Dan")
    fay.press("decline", about="Dan")
    dan.is_out("declined")
    circle.join("Daniel", page=dan.page)
    others.come(join(host, "Ann"))
    expect(at_door(fay)).to_have_count(2)
    marked = fay.page.locator("#at-the-door li[data-put-out=declined] bdi")
    expect(marked).to_have_text(["Daniel"])
    fay.press("admit")
    others.all_see_phase("waiting")
    expect(at_door(fay)).to_have_count(1)
    fay.press("admit", about="Daniel")
    dan.sees_phase("waiting")


def test_a_person_is_let_in_as_an_observer(circle: Circle, fay: Person) -> None:
    """By one small press; nobody hears them."""
    olu = circle.join("Olu")
    fay.press("admit", about="Olu", **{"as": "observer"})
    olu.sees_phase("waiting")
    fay.shows("Olu", "role", "observer")
    assert (olu.state["role"], olu.state["heard"]) == ("observer", "no")


def test_a_button_at_the_door_stays_with_its_person(
    fay: Person, host: Visit, others: WithoutPage
) -> None:
    """When the person above leaves, the focus does not move to somebody else's button."""
    ann = others.come(join(host, "Ann"))
    for name in ("Ben", "Cem"):
        others.come(join(host, name))
    expect(at_door(fay)).to_have_count(3)
    fay.control("decline", about="Ben").focus()
    fay.run(SEND, {"do": "decline", "seat": ann.state["seat"]})
    expect(at_door(fay)).to_have_count(2)
    expect(fay.control("decline", about="Ben")).to_be_focused()


def test_guests_are_told_when_their_link_was_renewed(circle: Circle, fay: Person) -> None:
    """Their page ends with the reason."""
    dan = circle.join("Dan", phone=True)
    expect(at_door(fay)).to_have_count(1)
    fay.confirm("renew_links")
    dan.is_out("declined")
    expect(fay.page.locator("#at-the-door")).to_have_count(0)
