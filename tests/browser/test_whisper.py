"""A word between facilitators is shown in the place of attention."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.support.people import Circle
from tests.support.person import Person

TEXT = "Shall <b>Mei</b> begin? " + "x" * 200
# All sentences that the page announces from now on.
RECORD = """() => {
  const spoken = document.getElementById("announcement");
  window.announced = [];
  new MutationObserver((records) => window.announced.push(
    ...records.flatMap(({ addedNodes }) => [...addedNodes].map((node) => node.textContent)),
  )).observe(spoken, { childList: true });
  document.addEventListener("circle:call", () => (window.rung = (window.rung ?? 0) + 1));
}"""

LOADED = """() => performance.getEntriesByType("resource").some(({ name, responseEnd }) =>
  name.endsWith("whisper.js") && responseEnd > 0)"""


def a_word(person: Person) -> Locator:
    """The word that the stage tells this person."""
    return person.page.locator("#attention #word")


@pytest.fixture
def pair(circle: Circle) -> tuple[Person, Person]:
    """Fay and Gil lead, and have a session that has begun; Ann and Mei are there."""
    fay = circle.start("Fay")
    gil = circle.join("Gil", leads=True)
    circle.join("Mei")
    circle.join("Ann")
    fay.press("start")
    circle.all_see(lambda person: person.sees_phase("arrival"))
    gil.until(LOADED)
    gil.run(RECORD)
    fay.unfold("dock-more")
    return fay, gil


def test_a_word_is_told_once_and_stays_until_it_is_put_away(
    circle: Circle, pair: tuple[Person, Person]
) -> None:
    """As it was typed, with a sound and in the title; the next one comes after it."""
    fay, gil = pair
    other = Person("Fay", fay.page.context.new_page())
    other.open(fay.page.url)
    other.is_connected()
    other.until(LOADED)
    other.unfold("dock-more")
    other.page.locator("#whisper-text").fill("Half a w")
    fay.submit("whisper", text=TEXT)
    expect(a_word(gil).locator(".text")).to_have_text(TEXT)
    expect(a_word(gil).locator(".from")).to_contain_text("Fay")
    expect(gil.page).to_have_title(re.compile("^● .*Fay"))
    fay.page.locator("#whisper-text").fill("And then?")
    fay.page.locator("button[data-do=whisper]").click(delay=450)  # no double press
    expect(fay.page.locator("#whisper-text")).to_have_value("")
    expect(other.page.locator("#whisper-text")).to_have_value("Half a w")
    circle.move_to("call", fay)
    expect(a_word(gil).locator(".text")).to_have_text(TEXT)
    told = [text for text in gil.run("() => window.announced") if TEXT in text]
    assert len(told) == 1
    assert gil.run("() => window.rung") >= 2
    gil.press("put_away")
    expect(a_word(gil).locator(".text")).to_have_text("And then?")
    gil.press_calmly("put_away")
    expect(a_word(gil)).to_be_empty()
    expect(gil.page).not_to_have_title(re.compile("Fay"))
    assert gil.run("() => document.activeElement !== document.body")
    assert a_word(fay).inner_text() == ""
    assert all(a_word(circle.people[name]).inner_text() == "" for name in ("Mei", "Ann"))
    stored = gil.run("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "begin?" not in stored


def test_a_word_that_comes_while_the_page_is_loading_is_told(
    pair: tuple[Person, Person],
) -> None:
    """The module that shows it loads last."""
    fay, gil = pair
    held: list[Route] = []
    gil.page.route(re.compile("/whisper[^/]*[.]js"), lambda route: held.append(route))
    gil.reload()
    gil.is_connected()
    fay.submit("whisper", text="Shall we begin?")
    gil.until("async () => (await import('/static/room/connection.js')).early.length === 1")
    gil.page.unroute_all()
    for module in held:
        module.continue_()
    expect(a_word(gil).locator(".text")).to_have_text("Shall we begin?")


def test_a_word_stands_below_what_is_urgent_and_in_the_place_of_guidance(
    circle: Circle, pair: tuple[Person, Person]
) -> None:
    """A person who does not lead any more has none."""
    fay, gil = pair
    circle.seat_presenter("Mei", fay)
    for phase in ("call", "presentation", "questions", "reflection"):
        circle.move_to(phase, fay)
    fay.submit("whisper", text="Clara has waited")
    expect(a_word(gil)).to_be_visible()
    expect(gil.page.locator("#attention .says")).to_be_hidden()
    gil.page.set_viewport_size({"width": 1024, "height": 600})
    expect(a_word(gil).locator(".text")).to_have_css("clip-path", "none")  # as other lines there
    gil.page.set_viewport_size({"width": 1280, "height": 800})
    circle.people["Mei"].press("ask_return")
    urgent = gil.attention("presenter_returns").locator(".says")
    expect(urgent).to_be_visible()
    expect(a_word(gil)).to_be_visible()
    above, below = urgent.bounding_box(), a_word(gil).bounding_box()
    assert above
    assert below
    assert above["y"] + above["height"] <= below["y"]
    fay.press("make_member", about="Gil")
    gil.shows("Gil", "role", "member")
    expect(a_word(gil)).to_be_empty()
