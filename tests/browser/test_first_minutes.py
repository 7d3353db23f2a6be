"""The first minutes of a circle: it is started with a rhythm, and the invitation tells of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from server.circle.rhythm import WEEKDAYS
from tests.browser.test_accessibility import faults
from tests.support.people import Circle
from tests.support.person import Person

BERLIN, LONDON = re.compile(r"\b19:00\b.*Berlin"), re.compile(r"\b18:00\b")
"""The time of the circle, with its place, and that of a guest elsewhere."""
FITS = "() => document.documentElement.scrollWidth <= innerWidth"


def test_a_circle_starts_with_a_rhythm_and_its_invitation_says_when_it_meets(
    circle: Circle,
) -> None:
    """By keyboard; and no step of it shuts anybody out."""
    found: dict[str, list[str]] = {}
    page = circle.open_page(timezone_id="Europe/Berlin", locale="en-US")
    fay = circle.people["Fay"] = Person("Fay", page)
    fay.open(circle.first_page)
    expect(page.locator("[name=nth]")).to_be_hidden()
    expect(page.locator("[name=time_zone]")).to_have_value("Europe/Berlin")
    page.locator("[name=circle_name]").focus()
    page.keyboard.type("First Tuesday circle")
    page.keyboard.press("Tab")
    page.keyboard.type("Fay")
    page.keyboard.press("Tab")
    page.keyboard.type("Onc")
    expect(page.locator("[name=rhythm]")).to_have_value("month")
    expect(page.locator("[name=first_on]")).to_be_hidden()
    found["the form"] = faults(page)
    # In a few days at the earliest.
    in_three_days = WEEKDAYS[(datetime.now(UTC) + timedelta(days=3)).weekday()]
    page.locator("[name=weekday]").select_option(in_three_days)
    page.locator("[name=at]").focus()
    page.keyboard.press("Enter")
    page.locator("#wrong-at").wait_for()
    expect(page.locator("[name=weekday]")).to_have_value(in_three_days)
    found["the form, refused"] = faults(page)
    page.locator("[name=at]").focus()
    page.keyboard.type("0700PM")
    page.keyboard.press("Enter")
    page.wait_for_url("**/room")
    fay.is_connected()
    told = fay.attention("invite_group")
    expect(told.locator("#next-session")).to_have_text(BERLIN)
    found["the room"] = faults(page)

    link = page.locator("[data-invite=member]").input_value()
    guest = circle.open_page(timezone_id="Europe/London")
    guest.goto(link)
    invited = guest.locator("#invited")
    expect(invited.locator(".name")).to_have_text("First Tuesday circle")
    expect(invited.locator("[data-date]")).to_have_text(BERLIN)
    expect(invited.locator("[data-own-time]")).to_have_text(LONDON)
    assert guest.locator("[name=your_name]").input_value() == ""
    found["the invitation"] = faults(guest)
    dan = circle.people["Dan"] = Person("Dan", guest)
    dan.submit("join", your_name="Dan", agree=True)
    dan.sees_phase("lobby")
    session = guest.locator("#stage #next-session")
    expect(session).to_have_text(BERLIN)
    expect(session.locator("#own-time")).to_have_text(LONDON)
    found["the door"] = faults(guest)
    fay.press("admit", about="Dan")
    expect(dan.attention("waiting").locator("#own-time")).to_have_text(LONDON)
    found["a member who is early"] = faults(guest)
    circle.problems.clear()  # of the refused form
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_the_form_fits_a_narrow_phone(circle: Circle) -> None:
    """With the fields of each rhythm."""
    page = circle.open_page()
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(circle.first_page)
    for rhythm in ("none", "month", "weeks", "dates"):
        page.locator("[name=rhythm]").select_option(rhythm)
        assert page.evaluate(FITS), rhythm


def test_an_invitation_that_is_not_valid_says_so_before_a_name_is_typed(circle: Circle) -> None:
    """A cut one is asked for again, as before, and nothing is looked up."""
    circle.start("Fay", door="closed")
    page = circle.open_page()
    page.goto(circle.link[:-3] + "abc")
    expect(page.locator("#invited .refusal")).to_be_visible()
    page.goto("about:blank")
    page.goto(circle.link[:-25])
    expect(page.locator("#no-link .refusal")).to_be_visible()
    expect(page.locator("#invited")).to_be_hidden()
    # Another link in the address of this page.
    page.evaluate("link => location.assign(link)", circle.link)
    expect(page.locator("#invited .name")).to_have_text("First Tuesday circle")
    circle.problems.clear()  # of the invalid link
