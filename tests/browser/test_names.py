"""Words that people, tests and screen readers hold on to: the accessible names of the contract.

All other tests find controls by what they do, and read the data- attributes (docs/protocol.md).
"""

from __future__ import annotations

from typing import Literal

from playwright.sync_api import Page, expect

from tests.browser.voices import Voices
from tests.support.person import Person

Role = Literal["button", "checkbox", "group", "list", "status", "textbox", "timer"]


def has(page: Page, role: Role, *names: str) -> None:
    """Waits until the page has exactly one visible element of this role with each of the names."""
    for name in names:
        expect(page.get_by_role(role, name=name, exact=True)).to_have_count(1)


def test_the_ways_in_have_their_names(voices: Voices) -> None:
    """The first page, and the invitation."""
    page = voices.open_page()
    page.goto(voices.start().page.url.partition("/circles")[0])
    has(page, "textbox", "Name of the circle", "Your name, as the circle knows you")
    has(page, "button", "Start a circle", "Try it alone")
    page.goto(voices.link)
    has(page, "textbox", "Your name")
    has(page, "checkbox", "I will keep to these ground rules")
    has(page, "button", "Join the circle")


def test_regions_and_buttons_of_the_room_have_their_names(voices: Voices) -> None:
    """From the door to the end, each name is looked for where its control is."""
    fay = voices.start("Fay", door="closed")
    mei, ann = voices.join("Mei"), voices.join("Ann")
    has(fay.page, "status", "Connection", "Notice")
    has(fay.page, "list", "Phases", "Circle")
    has(fay.page, "group", "Facilitator controls", "My turn", "Sound and picture")
    has(fay.page, "textbox", "Invite link", "Facilitator link")
    has(fay.page, "button", "Start session", "Unmute", "Turn camera on")
    has(fay.page, "button", "Admit Mei", "Decline Mei", "Admit Mei as an observer")
    fay.unfold("dock-more")
    has(fay.page, "button", "End session")
    fay.press("admit")
    has(fay.page, "button", "Remove Mei", "Make Mei a facilitator")
    fay.press("unmute")
    fay.press("camera")
    has(fay.page, "button", "Mute", "Turn camera off")
    fay.press("start")
    has(fay.page, "timer", "Time left in this phase")
    has(fay.page, "button", "Next phase", "Pause", "Add 1 minute", "Take 1 minute off")
    has(fay.page, "button", "Hold a silence", "I’m done", "Pass")
    fay.press("pause")
    has(fay.page, "button", "Resume")
    voices.move_to("call", fay)
    has(fay.page, "button", "Previous phase", "Mei presents")
    has(mei.page, "button", "I may have a case")
    voices.seat_presenter("Mei", fay)
    voices.move_to("presentation", fay)
    voices.move_to("questions", fay)
    has(ann.page, "button", "Raise hand")
    ann.press("raise_hand")
    has(ann.page, "button", "Lower hand")
    has(fay.page, "list", "Hands")
    has(fay.page, "button", "Give the floor to Ann")
    voices.move_to("reflection", fay)
    has(mei.page, "button", "I need to come back")
    has(fay.page, "button", "Bring the presenter back")


def test_words_say_what_the_attributes_say(voices: Voices) -> None:
    """What a program reads from a chair is also there for people, in words."""
    fay = voices.start()
    mei, ann = voices.join("Mei"), voices.join("Ann")
    fay.press("start")
    fay.shows("Fay", "speaking")
    reads(mei, "Fay", "facilitator, speaking")
    voices.move_to("call", fay)
    voices.seat_presenter("Mei", fay)
    reads(ann, "Mei", "presenter")
    for key in ("presentation", "questions", "reflection"):
        voices.move_to(key, fay)
    ann.press("raise_hand")
    reads(mei, "Ann", "hand raised (1st)")
    reads(ann, "Mei", "sitting back")


def reads(person: Person, name: str, words: str) -> None:
    """Waits until this page has these words on somebody's chair."""
    expect(person.chair(name)).to_contain_text(words)
