"""Every page, and every state of the room, checked by axe-core: both schemes, wide and narrow."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.test_my_name import rename
from tests.support.people import Circle

RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""What passes is not described, which takes longer than to judge it. The size of targets (WCAG 2.2,
24 px or as much room) is not checked otherwise."""
RULES_OF_COLOUR = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
"""The dark scheme differs from the light one in nothing else."""
PALE = (
    "() => { document.querySelector('h1').style.color = 'color-mix(in srgb, gray, var(--paper))'; }"
)
TO_THE_TOP = "() => document.querySelectorAll('*').forEach((element) => { element.scrollTop = 0; })"
"""What is scrolled half out of sight is no small target."""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES: tuple[ViewportSize, ...] = (
    {"width": 1280, "height": 800},
    {"width": 360, "height": 740},
    {"width": 320, "height": 256},
)


LANDSCAPE: ViewportSize = {"width": 844, "height": 390}
"""The room alone has a layout for it, which is checked in one scheme."""


def faults(page: Page, *, of_room: bool = False) -> list[str]:
    """The faults that axe-core finds in this page now, in each scheme and at each size."""
    found = []
    if page.evaluate("() => !window.axe"):
        page.evaluate(AXE_SCRIPT)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        is_first = scheme == SCHEMES[0]
        rules = RULES if is_first else RULES_OF_COLOUR
        for size in (*SIZES, LANDSCAPE) if of_room and is_first else SIZES:
            page.set_viewport_size(size)
            page.evaluate(TO_THE_TOP)
            for violation in page.evaluate("(rules) => axe.run(rules)", rules)["violations"]:
                where = ", ".join(node["html"][:200] for node in violation["nodes"])
                found.append(f"{scheme} {size['width']} {violation['id']}: {where}")
    return found


def test_a_picture_without_words_and_pale_words_are_faults(circle: Circle) -> None:
    """The check finds faults at all: those of colour in each scheme."""
    page = circle.open_page()
    page.goto(circle.first_page)
    page.evaluate("document.querySelector('main').append(new Image())")
    assert len(faults(page)) == len(SIZES)
    page.evaluate(PALE)
    assert len(faults(page)) == len(SIZES) + len(SCHEMES) * len(SIZES)


def test_no_page_shuts_anybody_out(circle: Circle) -> None:
    """The first page, the way in, the circle's pages, and the pages of errors have no faults."""
    fay = circle.start("Fay")
    room, base = fay.page.url, fay.page.url.removesuffix("/room")
    page = circle.open_page()
    found = {}
    first = base.split("/circles")[0]
    mails = (f"{first}/reminders", f"{first}/reminders/stop/x")
    for address in (first, f"{first}/help", f"{first}/privacy", *mails, circle.link):
        page.goto(address)
        found[address.split("#")[0]] = faults(page)
    for address in (
        first,
        base,
        f"{base}/format",
        f"{base}/register",
        f"{base}/left",
        f"{base}/nothing",
        room,
    ):
        fay.page.goto(address)
        found[address] = faults(fay.page)
    fay.page.goto(base)
    fay.page.locator("[data-do=erase][value=me]").click()
    found["the question before leaving"] = faults(fay.page)
    page.goto(room)
    found["a room that one does not know"] = faults(page)
    circle.problems.clear()  # of the two pages that are not found
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_no_state_of_the_room_shuts_anybody_out(circle: Circle) -> None:
    """Facilitator, member and lobby are checked, from the first minute to the last."""
    fay = circle.start("Fay", door="closed")
    found = {}

    def look(moment: str, *names: str) -> None:
        for name in names or ("Fay", "Ann"):
            found[f"{moment}, {name}"] = faults(circle.people[name].page, of_room=True)

    ann = circle.join("Ann")
    circle.join("Ben")
    gil = circle.join("Gil", leads=True)
    look("at the door", "Fay", "Ben")
    for person in (ann, gil):
        fay.press("admit", about=person.name)
        person.sees_phase("waiting")
    look("before the start")
    rename(ann, "Ann")
    expect(ann.page.locator("#my-name input")).to_have_attribute("aria-invalid", "true")
    look("another name", "Ann")
    ann.press("close")
    gil.submit("whisper", text="Shall we begin?")
    expect(fay.page.locator("#word")).not_to_be_empty()
    look("a word", "Fay")
    fay.press("start")
    circle.people["Ann"].sees_phase("arrival")
    look("arrival")
    fay.press_calmly("advance")
    ann.sees_phase("call")
    ann.press("offer_case")
    fay.press("seat_presenter", about="Ann")
    look("asked to present")
    ann.press("present", yes=True)
    for phase in ("presentation", "questions", "reflection", "response", "closing"):
        fay.press_calmly("advance")
        ann.sees_phase(phase)
        look(phase)
        if phase == "reflection":
            fay.press("silence", seconds=60)
            expect(ann.page.locator("#state")).to_have_attribute("data-silence", "yes")
            look("a silence")
            fay.press_calmly("silence", seconds=0)
            fay.press("pause")
            expect(ann.page.locator("#state")).to_have_attribute("data-clock", "paused")
            look("a pause")
            fay.press_calmly("resume")
    fay.confirm("debrief")
    fay.sees_phase("debrief")
    look("debrief")
    fay.confirm("end")
    fay.sees_phase("ended")
    look("ended")
    assert {moment: wrong for moment, wrong in found.items() if wrong} == {}


def test_what_loads_late_shuts_nobody_out(circle: Circle) -> None:
    """First steps, what a phase is for, the QR code, shortcuts."""
    fay = circle.start("Fay")
    page = fay.page
    found = {}
    expect(page.locator("#coach")).to_be_visible()
    found["first steps"] = faults(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator("#coach [data-do=coach_done]").click()
    page.locator("#phase-closing button").click()
    expect(page.locator("#about-phase-closing:popover-open")).to_be_visible()
    found["a phase"] = faults(page)
    page.keyboard.press("Escape")
    for press, dialog in (("show_qr", "#qr"), ("shortcuts", "#keys")):
        page.set_viewport_size({"width": 1280, "height": 800})
        fay.press(press)
        expect(page.locator(dialog)).to_be_visible()
        found[press] = faults(page)
        page.keyboard.press("Escape")
    assert {what: wrong for what, wrong in found.items() if wrong} == {}
