"""What it takes to lead a session: taps on a phone, Tabs on a keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.support.controls import CALM_MS
from tests.support.people import Circle
from tests.support.person import Person

MOST_TAPS = 20
MOST_TABS = 150

IN_SIGHT = """(button) => {
  const { left, right, top, bottom } = button.getBoundingClientRect();
  const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return there?.closest("button") === button;
}"""
"""Whether nothing lies over this button, without any scrolling or unfolding."""

FOCUSED = "(button) => button === document.activeElement"
NOWHERE = "() => document.activeElement === document.body"


class Thumb:
    """Taps of somebody who leads by a phone, each on a button that is in sight."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.taps = 0

    def taps_on(self, button: Locator) -> None:
        """Taps on this button, which must be in sight."""
        expect(button).to_be_enabled()
        assert button.evaluate(IN_SIGHT)
        button.click(delay=CALM_MS)
        self.taps += 1

    def answers(self, kind: str, do: str = "") -> None:
        """Waits until the stage tells this, and taps on its first button, or the one that does
        this."""
        its = self._person.told(kind).locator(f"[data-do={do}]" if do else ".primary")
        its.wait_for()
        self.taps_on(its)

    def goes_on(self) -> None:
        """Taps on *Next phase*, on the sheet's edge."""
        self.taps_on(self._person.page.locator("#do-next"))


@pytest.fixture
def group(circle: Circle) -> Circle:
    """A circle that somebody leads by a phone, with its door closed and three people at it."""
    page = circle.open_page(phone=True, has_touch=True, is_mobile=True)
    fay = circle.start(page=page, door="closed")
    for name in ("Ann", "Ben", "Mei"):
        circle.join(name)
    assert fay.page.locator("#dock-sheet[open]").count() == 0
    return circle


def test_a_session_is_led_from_a_phone_by_few_taps(group: Circle) -> None:
    """The sheet stays folded from the door to the end."""
    people = group.people
    fay, thumb = people["Fay"], Thumb(people["Fay"])
    thumb.answers("door")
    group.all_see(lambda person: person.sees_phase("waiting"))
    thumb.answers("may_start")
    group.all_see(lambda person: person.sees_phase("arrival"))
    thumb.answers("your_turn")
    for name in ("Ann", "Ben", "Mei"):
        people[name].told("your_turn").wait_for()
        people[name].press("yield")
    thumb.answers("round_over")
    people["Mei"].press("offer_case")
    thumb.answers("would_present")
    people["Mei"].press("present", yes=True)
    thumb.answers("says_yes")
    people["Mei"].sees_phase("presentation")
    people["Mei"].press("yield")
    thumb.answers("presenter_finished")
    people["Ann"].sees_phase("questions")
    people["Ann"].press("raise_hand")
    thumb.answers("hand")
    people["Ann"].press("yield")
    thumb.goes_on()
    people["Mei"].sees_phase("reflection")
    thumb.answers("guidance", "prompt")
    people["Mei"].press("ask_return")
    thumb.answers("presenter_returns")
    thumb.goes_on()
    people["Mei"].sees_phase("response")
    people["Mei"].press("yield")
    thumb.goes_on()
    people["Mei"].sees_phase("closing")
    thumb.taps_on(fay.page.locator("#do-end"))
    thumb.taps_on(fay.page.locator("#confirm [data-do=confirm]"))
    group.all_see(lambda person: person.sees_phase("ended"))
    assert fay.page.locator("#dock-sheet[open]").count() == 0
    assert thumb.taps <= MOST_TAPS


class Keys:
    """Tabs and Enters of somebody without a mouse, whose focus never falls to the page's body."""

    def __init__(self, person: Person) -> None:
        self._page = person.page
        self._person = person
        self.tabs = 0

    def presses(self, button: Locator) -> None:
        """Goes to this button by Tab, and presses it."""
        expect(button).to_be_enabled()
        while not button.evaluate(FOCUSED):
            assert self.tabs < MOST_TABS, f"no Tab leads to {button}"
            self._page.keyboard.press("Tab")
            self.tabs += 1
        self._page.keyboard.press("Enter", delay=CALM_MS)

    def answers(self, kind: str, do: str = "") -> None:
        """Waits until the stage tells this, and presses its button, from wherever the focus is."""
        its = self._person.told(kind).locator(f"[data-do={do}]" if do else ".primary")
        its.wait_for()
        self.presses(its)

    def has_a_focus(self) -> None:
        """Expects that the focus has an heir."""
        assert not self._page.evaluate(NOWHERE)


def test_a_session_is_led_by_few_tabs(circle: Circle) -> None:
    """Six chairs, without a mouse."""
    fay = circle.start(door="closed")
    for name in ("Ann", "Ben", "Cem", "Eva", "Mei"):
        circle.join(name)
    people, keys = circle.people, Keys(fay)

    def all_in(phase: str) -> None:
        circle.all_see(lambda person: person.sees_phase(phase))
        keys.has_a_focus()

    keys.answers("door")
    all_in("waiting")
    keys.answers("may_start")
    all_in("arrival")
    keys.answers("your_turn")
    for name in ("Ann", "Ben", "Cem", "Eva", "Mei"):
        people[name].told("your_turn").wait_for()
        people[name].press("yield")
    keys.answers("round_over")
    all_in("call")
    people["Mei"].press("offer_case")
    keys.answers("would_present")
    people["Mei"].press("present", yes=True)
    keys.answers("says_yes")
    all_in("presentation")
    people["Mei"].press("yield")
    keys.answers("presenter_finished")
    all_in("questions")
    people["Ann"].press("raise_hand")
    keys.answers("hand")
    people["Ann"].press("yield")
    keys.presses(fay.page.locator("#do-next"))
    all_in("reflection")
    keys.answers("guidance", "prompt")
    keys.presses(fay.page.locator("#do-next"))
    all_in("response")
    people["Mei"].press("yield")
    keys.presses(fay.page.locator("#do-next"))
    all_in("closing")
    keys.presses(fay.page.locator("#do-end"))
    keys.presses(fay.page.locator("#confirm [data-do=confirm]"))
    all_in("ended")


def test_a_member_takes_part_by_keyboard(circle: Circle) -> None:
    """They present, sit back, give their sign and take it back; the focus is never lost."""
    fay = circle.start()
    mei = circle.join("Mei")
    keys = Keys(mei)

    def goes_on_to(phase: str) -> None:
        fay.press_calmly("advance")
        mei.sees_phase(phase)

    fay.press("start")
    mei.sees_phase("arrival")
    fay.press("yield")
    keys.answers("your_turn")
    mei.told("phase").wait_for()
    keys.has_a_focus()
    goes_on_to("call")
    keys.presses(mei.control("offer_case"))
    fay.press("seat_presenter", about="Mei")
    keys.answers("will_you_present")
    mei.told("phase").wait_for()
    keys.has_a_focus()
    goes_on_to("presentation")
    keys.answers("you_hold_floor")
    goes_on_to("questions")
    goes_on_to("reflection")
    keys.answers("you_sit_back")
    keys.answers("sign_given", "ask_return")
    mei.told("you_sit_back").wait_for()
    keys.has_a_focus()
    assert keys.tabs < MOST_TABS
