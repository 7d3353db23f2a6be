"""What it takes to lead a session: taps on a phone, Tabs on a keyboard."""

from __future__ import annotations

from abc import ABC, abstractmethod

from playwright.sync_api import Locator, Page, expect

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

PASSES_FOCUS_ON = "import('/static/room/attention.js').then(() => null)"
"""Loads the module that does so, which otherwise comes a second after the page."""
FOCUSED = "(button) => button === document.activeElement"
NOWHERE = "() => document.activeElement === document.body"


class Leader(ABC):
    """Somebody who leads, and what it takes them."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page = person.page
        self.effort = 0

    @abstractmethod
    def presses(self, button: Locator) -> None:
        """Presses this button in their way."""

    def answers(self, kind: str, do: str = "") -> None:
        """Waits until the stage tells this, and presses its first button, or the one that does
        this."""
        its = self.person.attention(kind).locator(f"[data-do={do}]" if do else ".primary")
        its.wait_for()
        self.presses(its)

    def goes_on(self) -> None:
        """Presses *Next phase*; on a phone it is on the sheet's edge."""
        self.presses(self.page.locator("#do-next"))

    @abstractmethod
    def is_ready(self) -> None:
        """Expects that they can go on from where they are."""


class Thumb(Leader):
    """Taps of somebody who leads by a phone, each on a button that is in sight."""

    def presses(self, button: Locator) -> None:
        expect(button).to_be_enabled()
        assert button.evaluate(IN_SIGHT)
        button.click(delay=CALM_MS)
        self.effort += 1

    def is_ready(self) -> None:
        assert self.page.locator("#dock-sheet[open]").count() == 0


class Keys(Leader):
    """Tabs and Enters of somebody without a mouse, whose focus never falls to the page's body."""

    def __init__(self, person: Person) -> None:
        super().__init__(person)
        self.page.evaluate(PASSES_FOCUS_ON)

    def presses(self, button: Locator) -> None:
        expect(button).to_be_enabled()
        while not button.evaluate(FOCUSED):
            assert self.effort < MOST_TABS, f"no Tab leads to {button}"
            self.page.keyboard.press("Tab")
            self.effort += 1
        self.page.keyboard.press("Enter", delay=CALM_MS)

    def is_ready(self) -> None:
        assert not self.page.evaluate(NOWHERE)


def gather(circle: Circle, page: Page) -> Person:
    """Fay on this page, whom Gil has let in to lead with him, and four people at the door."""
    gil = circle.start("Gil", door="closed")
    fay = circle.join("Fay", page=page, leads=True)
    gil.press("admit", about="Fay")
    fay.sees_phase("waiting")
    for name in ("Ann", "Ben", "Cem", "Mei"):
        circle.join(name)
    return fay


def lead_a_session(circle: Circle, leader: Leader) -> None:
    """Fay leads from the door to the end, through everything that comes up in a group: a word and
    presses of Gil's, hands, a person who drops out, a late knock, a presenter who comes back."""
    people = circle.people
    gil, ann, mei = (people[name] for name in ("Gil", "Ann", "Mei"))

    def all_see(phase: str) -> None:
        circle.all_see(lambda person: person.sees_phase(phase))
        leader.is_ready()

    leader.answers("door")
    all_see("waiting")
    leader.answers("may_start")
    all_see("arrival")
    gil.submit("whisper", text="Shall we begin?")
    leader.presses(leader.page.locator("#word [data-do=put_away]"))
    gil.press_calmly("yield")
    leader.answers("your_turn")
    for name in ("Ann", "Ben", "Cem", "Mei"):
        people[name].attention("your_turn").wait_for()
        people[name].press("yield")
    leader.answers("round_over")
    all_see("call")
    mei.press("offer_case")
    leader.answers("would_present")
    mei.press("present", yes=True)
    leader.answers("says_yes")
    all_see("presentation")
    mei.press("yield")
    leader.answers("presenter_finished")
    all_see("questions")
    ann.press("raise_hand")
    leader.answers("hand")
    room = ann.page.url
    ann.attention("you_hold_floor").wait_for()
    ann.open("about:blank")
    leader.answers("dropped_out")
    ann.open(room)
    ann.attention("welcome_back").wait_for()
    circle.join("Olu")
    leader.answers("door")
    all_see("questions")
    leader.goes_on()
    all_see("reflection")
    leader.answers("guidance", "prompt")
    mei.press("ask_return")
    leader.answers("presenter_returns")
    gil.press("pause")
    leader.answers("paused")
    gil.press("silence", seconds=60)
    leader.answers("silence", "silence")
    leader.goes_on()
    all_see("response")
    mei.press("yield")
    leader.goes_on()
    all_see("closing")
    leader.presses(leader.page.locator("#do-end"))
    leader.presses(leader.page.locator("#confirm [data-do=confirm]"))
    all_see("ended")


def test_a_session_is_led_from_a_phone_by_few_taps(circle: Circle) -> None:
    """The sheet stays folded from the door to the end."""
    page = circle.open_page(phone=True, has_touch=True, is_mobile=True)
    thumb = Thumb(gather(circle, page))
    lead_a_session(circle, thumb)
    assert thumb.effort <= MOST_TAPS


def test_a_session_is_led_by_few_tabs(circle: Circle) -> None:
    """Six chairs, later seven, without a mouse."""
    keys = Keys(gather(circle, circle.open_page()))
    lead_a_session(circle, keys)
    assert keys.effort < MOST_TABS


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
    mei.attention("phase").wait_for()
    keys.is_ready()
    goes_on_to("call")
    fay.press("invite", about="Mei")
    keys.answers("invited")
    fay.press("give_floor", about="Mei")
    keys.answers("you_hold_floor")
    fay.press("pause")
    mei.attention("paused").wait_for()
    keys.is_ready()
    fay.press("resume")
    keys.presses(mei.control("offer_case"))
    fay.press("seat_presenter", about="Mei")
    keys.answers("will_you_present")
    mei.attention("phase").wait_for()
    keys.is_ready()
    goes_on_to("presentation")
    keys.answers("you_hold_floor")
    goes_on_to("questions")
    goes_on_to("reflection")
    keys.answers("you_sit_back")
    keys.answers("sign_given", "ask_return")
    mei.attention("you_sit_back").wait_for()
    keys.is_ready()
    assert keys.effort < MOST_TABS
