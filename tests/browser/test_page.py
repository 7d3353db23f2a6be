"""The room's page, used by one or two people: keyboard, phone, reload, broken lines."""

from __future__ import annotations

import re

import pytest
import redis
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.client import join
from tests.support.controls import submit
from tests.support.people import Circle
from tests.support.person import SET_CLOCK, Person
from tests.support.processes import StartServer
from tests.support.translation import translate


def started(circle: Circle, *members: str, phone: bool = False) -> Person:
    """A facilitator whose session has begun, with these members in it."""
    facilitator = circle.start(phone=phone)
    for name in members:
        circle.join(name)
    facilitator.press("start")
    circle.all_see(lambda person: person.sees_phase("arrival"))
    return facilitator


def test_half_typed_words_survive_what_others_do(circle: Circle) -> None:
    """The facilitator is typing a prompt while somebody raises a hand."""
    fay = started(circle, "Ben")
    fay.unfold("dock-prompts")
    field = fay.page.locator("#prompt-text")
    field.press_sequentially("What if")
    circle.people["Ben"].press("raise_hand")
    expect(fay.hands).to_have_count(1)
    field.press_sequentially(" nothing helps?")
    expect(field).to_be_focused()
    field.press("Enter")
    prompt = circle.people["Ben"].page.locator("#stage .prompt")
    expect(prompt).to_contain_text("What if nothing helps?")


CALLS = re.compile("^● ")
LATER = re.compile("/(prompts|more|voice|bell|confirm)[^/]*[.]js")


def test_a_press_waits_for_what_it_needs(circle: Circle) -> None:
    """On a slow line the modules are still loading when their buttons are pressed."""
    fay = started(circle)
    page = fay.page
    held: list[Route] = []
    page.route(LATER, lambda route: held.append(route))
    page.reload()
    fay.is_connected()
    page.locator("#dock-prompts > summary").click()
    fay.control("edit_prompt").first.click()
    fay.press("end")
    fay.press("more")
    fay.press("voices_only")
    fay.press("phrases")
    page.locator("#bell").click()
    field = page.locator("#prompt-text")
    phrases = page.locator("#phrases > li")
    voices_only = page.locator("#voices-only")
    expect(field).to_have_value("")
    expect(phrases).to_have_count(0)
    expect(voices_only).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#confirm")).to_be_hidden()
    for module in held:
        module.continue_()
    expect(page.locator("#confirm")).to_have_attribute("data-asks", "end")
    expect(page.locator("#bell")).to_have_attribute("aria-pressed", "false")
    expect(field).not_to_have_value("")
    expect(phrases).to_have_count(1)
    expect(voices_only).to_have_attribute("aria-pressed", "true")


def test_a_phone_shows_its_sheet_folded_from_the_first_picture(circle: Circle) -> None:
    """The sheet is open in the markup, and the module that folds it is still loading."""
    fay = circle.start(phone=True)
    page = fay.page
    held: list[Route] = []
    page.route("**/room.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    lock = fay.control("lock", on=True)
    expect(fay.control("start")).to_be_visible()
    expect(page.locator("#dock-sheet[open]")).to_have_count(1)
    expect(lock).to_be_hidden()
    for module in held:
        module.continue_()
    fay.is_connected()
    expect(page.locator("#dock-sheet[open]")).to_have_count(0)
    page.locator("#dock-sheet > summary").click()
    expect(lock).to_be_visible()


def test_a_page_from_before_an_update_begins_anew(circle: Circle) -> None:
    """It imports a module from where it stood before; it reloads, and the room is as it was."""
    started(circle, "Ben")
    ben = circle.people["Ben"]
    ben.press("raise_hand")
    expect(ben.control("lower_hand")).to_be_visible()
    with ben.page.expect_event("load"):
        ben.run("() => { import('/static/check.js'); }")
    ben.is_connected()
    expect(ben.control("lower_hand")).to_be_visible()


def test_what_is_under_more_can_be_closed_on_a_phone(circle: Circle) -> None:
    """Its button, a tap beside it and Escape close it, although it covers its opener."""
    fay = circle.start(phone=True)
    page = fay.page
    more = page.locator("#more")
    fay.press("more")
    expect(more).to_be_visible()
    fay.press("close")
    expect(more).to_be_hidden()
    fay.press("more")
    expect(more).to_be_visible()
    page.mouse.click(180, 20)
    expect(more).to_be_hidden()
    fay.press("more")
    expect(more).to_be_visible()
    page.keyboard.press("Escape")
    expect(more).to_be_hidden()


# As soon as the button has its next meaning: earlier than the half second that a person needs.
WORDS = "async key => (await import('/static/room/words.js')).words(key)"
"""The sentence of this key, as the page's scripts write it."""

# Between the two the page's clock stands still, however slow the server is.
WILL_PRESS_AGAIN = """() => {
  const stop = () => {
    const at = performance.now();
    performance.now = () => at;
  };
  document.addEventListener("click", stop, { capture: true, once: true });
  document.addEventListener("htmx:ws:after:message:incoming", function again() {
    if (document.getElementById("state").dataset.phase !== "presentation") return;
    document.removeEventListener("htmx:ws:after:message:incoming", again);
    document.getElementById("do-next").click();
    delete performance.now;
  });
}"""


def test_a_double_press_moves_one_phase(circle: Circle) -> None:
    """The second half of a double click was not meant for the next phase."""
    fay = started(circle, "Ben")
    circle.move_to("call", fay)
    circle.seat_presenter("Ben", fay)
    fay.page.evaluate(WILL_PRESS_AGAIN)
    fay.page.locator("#do-next").click(delay=450)
    fay.sees_phase("presentation")
    # Another command, answered after both, shows that the second one changed nothing.
    fay.press("pause")
    expect(fay.control("resume")).to_be_visible()
    fay.sees_phase("presentation")


def test_only_a_question_about_an_end_has_the_colour_of_an_end(circle: Circle) -> None:
    """Going on without a presenter ends nothing."""
    fay = circle.start()
    fay.press("start")
    circle.move_to("call", fay)
    yes = fay.page.locator("#confirm [data-do=confirm]")
    fay.page.locator("#do-next").click()
    expect(yes).to_have_class("primary")
    label = fay.page.locator("#do-next").evaluate("(button) => button.firstChild.textContent")
    expect(yes).to_have_text(label)
    fay.press("cancel")
    fay.press("end")
    expect(yes).to_have_class("ending")


def test_a_session_is_led_by_keyboard(circle: Circle) -> None:
    """Tab and Enter reach all controls of a session, and Escape cancels a dialog."""
    fay = circle.start()
    fay.control("start").focus()
    fay.page.keyboard.press("Enter")
    fay.sees_phase("arrival")
    expect(fay.control("advance")).to_be_focused()
    fay.unfold("dock-more")
    end = fay.control("end")
    end.focus()
    fay.page.keyboard.press("Enter")
    expect(fay.page.locator("#confirm")).to_be_visible()
    fay.page.keyboard.press("Escape")
    expect(fay.page.locator("#confirm")).to_be_hidden()
    expect(end).to_be_focused()
    fay.sees_phase("arrival")


LEAVES_WINDOW = """() =>
  document.activeElement.dispatchEvent(new FocusEvent("focusout", { bubbles: true }))"""


@pytest.mark.parametrize("elsewhere", [True, False])
@pytest.mark.parametrize("control", ["raise_hand", "unmute"])
def test_the_focus_has_an_heir_when_a_control_goes_away(
    circle: Circle, control: str, *, elsewhere: bool
) -> None:
    """One is removed, the other hidden; perhaps while its person looks at another window."""
    fay = started(circle, "Ben")
    ben = circle.people["Ben"]
    ben.run("async () => { await import('/static/room/attention.js'); }")
    expect(ben.control(control)).to_be_enabled()
    ben.control(control).focus()
    if elsewhere:
        # Playwright's pages always have the focus; a browser fires this event in one that loses it.
        ben.page.evaluate(LEAVES_WINDOW)
    fay.press("make_observer", about="Ben")
    ben.shows("Ben", "role", "observer")
    expect(ben.page.locator("#stage h1")).to_be_focused()


def test_the_focus_has_an_heir_when_what_asked_a_question_is_gone(circle: Circle) -> None:
    """Somebody else took the lead from this person meanwhile."""
    fay = started(circle, "Gil")
    gil = circle.people["Gil"]
    fay.press("make_facilitator", about="Gil")
    gil.shows("Gil", "role", "facilitator")
    fay.unfold("dock-more")
    fay.press("end")
    gil.press("make_member", about="Fay")
    fay.shows("Fay", "role", "member")
    fay.page.keyboard.press("Escape")
    expect(fay.page.locator("#confirm")).to_be_hidden()
    expect(fay.page.locator("body")).not_to_be_focused()
    fay.until("() => document.activeElement.closest('#room') !== null")


def test_what_is_unfolded_stays_so(circle: Circle) -> None:
    """The next change does not fold what the facilitator has opened."""
    fay = started(circle, "Ben")
    more = fay.page.locator("#dock-more")
    fay.unfold("dock-more")
    circle.people["Ben"].press("raise_hand")
    expect(fay.hands).to_have_count(1)
    assert more.get_attribute("open") is not None


def test_roles_change_what_a_page_shows_at_once(circle: Circle) -> None:
    """A member made facilitator gets the controls; one made observer loses the hand."""
    fay = started(circle, "Ben", "Ida")
    ben, ida = circle.people["Ben"], circle.people["Ida"]
    expect(ben.page.locator("#dock")).to_be_hidden()
    fay.press("make_facilitator", about="Ben")
    expect(ben.control("advance")).to_be_visible()
    fay.press("make_observer", about="Ida")
    expect(ida.control("raise_hand")).to_have_count(0)
    expect(ida.page.locator("#state")).to_have_attribute("data-role", "observer")
    fay.shows("Ida", "role", "observer")
    fay.shows("Ida", "heard", "no")


def test_a_removed_person_is_out(circle: Circle) -> None:
    """Their page shows nothing of the room any more, and the cookie is invalid."""
    fay = started(circle, "Ben")
    ben = circle.people.pop("Ben")
    fay.confirm("remove", about="Ben")
    ben.is_out("4401")
    expect(ben.page.locator("h1")).to_be_focused()
    assert "Fay" not in ben.page.content()
    response = ben.page.goto(fay.page.url)
    assert response is not None
    assert response.status == 401
    circle.problems[:] = [text for text in circle.problems if "401" not in text]


def has_dot(person: Person, *, dot: bool) -> None:
    """Waits until the icon of this page has a dot, or none."""
    icon = "/static/icon-calls.svg" if dot else "/static/icon.svg"
    expect(person.page.locator("link[rel=icon]")).to_have_attribute("href", icon)


def test_somebody_who_is_removed_in_their_turn_is_called_no_more(circle: Circle) -> None:
    """Their tab is hidden, perhaps, and only its title is seen."""
    fay = started(circle, "Ben")
    ben = circle.people.pop("Ben")
    fay.press_calmly("yield")
    has_dot(ben, dot=True)
    expect(ben.page).to_have_title(CALLS)
    fay.confirm("remove", about="Ben")
    ben.is_out("4401")
    expect(ben.page).not_to_have_title(CALLS)
    has_dot(ben, dot=False)


def test_a_knock_is_seen_on_the_icon_of_a_hidden_tab(circle: Circle) -> None:
    """It has a dot until nobody is at the door any more."""
    fay = circle.start(door="closed")
    has_dot(fay, dot=False)
    circle.join("Dan")
    has_dot(fay, dot=True)
    assert fay.run("async () => (await fetch(document.querySelector('link[rel=icon]').href)).ok")
    fay.press("admit", about="Dan")
    has_dot(fay, dot=False)


def test_a_page_whose_room_has_gone_shows_none(circle: Circle, redis_url: str) -> None:
    """It has missed the end of the session, so it has no last page."""
    fay = started(circle)
    circle_id = circle.visit(fay).circle_id
    with redis.Redis.from_url(redis_url) as client:
        client.delete(f"circle:{{{circle_id}}}:room")
    fay.is_out("4410")


COUNTS_TONES = """
  window.rung = 0;
  const Tone = window.OscillatorNode;
  window.OscillatorNode = class extends Tone {
    constructor(...given) { super(...given); window.rung += 1; }
  };
"""


def test_the_last_minute_and_the_end_are_announced_and_rung(circle: Circle) -> None:
    """One minute and the end are announced and rung once; a bell that is off stays off."""
    fay = circle.start()
    page = fay.page
    page.add_init_script(COUNTS_TONES)
    page.add_init_script(HOLDS_SOUND)
    fay.press("start")
    fay.sees_phase("arrival")
    announcement = page.locator("#announcement")
    leave(page, 61_500)
    expect(announcement).not_to_be_empty()
    of_the_minute = announcement.inner_text()
    assert page.evaluate("rung") > 0
    fay.press("more")
    fay.press("bell")
    leave(page, 61_500)
    expect(announcement).to_have_text(of_the_minute)
    fay.press("more")
    expect(fay.control("bell")).to_have_attribute("aria-pressed", "false")
    leave(page, 1_500)
    expect(announcement).not_to_be_empty()
    expect(announcement).not_to_have_text(of_the_minute)
    assert page.evaluate("rung") == 0


# A browser, or its system, that suspends all sound while `held`.
HOLDS_SOUND = """
  window.held = false;
  window.contexts = [];
  const Context = window.AudioContext;
  window.AudioContext = class extends Context {
    constructor(...given) { super(...given); window.contexts.push(this); }
    resume() { return window.held ? Promise.resolve() : super.resume(); }
  };
"""
SOUNDS = "(state) => contexts.length > 0 && contexts.every((context) => context.state === state)"


def test_a_bell_that_is_held_back_does_not_ring_later(circle: Circle) -> None:
    """Otherwise all missed ones would ring at once; the next one rings in time."""
    fay = circle.start()
    page = fay.page
    page.add_init_script(COUNTS_TONES)
    page.add_init_script(HOLDS_SOUND)
    fay.press("start")
    fay.sees_phase("arrival")
    page.reload()
    page.locator("#connection[data-clock=measured]").wait_for()
    page.locator("#stage h1").click()
    fay.until(SOUNDS, "running")
    page.evaluate("() => { held = true; return contexts[0].suspend(); }")
    expect(page.locator("#bell")).to_have_text(fay.run(WORDS, "bell.held"))
    page.evaluate(SET_CLOCK, 61_500)
    announcement = page.locator("#announcement")
    expect(announcement).not_to_be_empty()
    of_the_minute = announcement.inner_text()
    assert page.evaluate("rung") == 0
    page.evaluate("held = false")
    page.locator("#stage h1").click()
    fay.until(SOUNDS, "running")
    page.evaluate(SET_CLOCK, 1_500)
    expect(announcement).not_to_have_text(of_the_minute)
    fay.until("() => rung > 0")
    expect(page.locator("#bell")).to_have_text(fay.run(WORDS, "bell.on"))


def test_a_bell_that_the_system_suspends_goes_on_by_itself(circle: Circle) -> None:
    """As during a call on a phone; a touch is needed only where the system demands one."""
    fay = circle.start()
    page = fay.page
    page.add_init_script(HOLDS_SOUND)
    page.reload()
    page.locator("#connection[data-clock=measured]").wait_for()
    page.locator("#stage h1").click()
    fay.until(SOUNDS, "running")
    page.evaluate("() => contexts[0].suspend()")
    fay.until(SOUNDS, "running")


def leave(page: Page, ms: int) -> None:
    """Reloads the page, with so much of the phase left on its clock."""
    page.reload()
    page.locator("#connection[data-clock=measured]").wait_for()
    # A bell sounds only on a page that somebody has touched.
    page.locator("#stage h1").click()
    page.wait_for_function(SOUNDS, arg="running")
    page.evaluate(SET_CLOCK, ms)


IS_TRANSLATED = re.compile("^«[^«»]+»$")


def test_a_page_that_a_browser_translates_goes_on(circle: Circle) -> None:
    """Changes show the current text once; names and the clock are not translated."""
    fay = started(circle, "Ben")
    ben = circle.people["Ben"]
    translate(ben.page)
    title = ben.page.get_by_role("heading", level=1)
    expect(title).to_have_text(IS_TRANSLATED)
    expect(ben.chairs.locator(".name")).to_have_text(["Fay", "Ben"])
    expect(ben.clock).to_have_text(re.compile(r"^\d:\d\d$"))
    fay.press_calmly("advance")
    ben.sees_phase("call")
    expect(title).not_to_have_text(re.compile("[«»]"))
    translate(ben.page)
    ben.page.locator("[data-do=offer_case]").click()
    expect(fay.page.locator("#dock [data-offers]")).to_be_visible()
    expect(ben.page.locator("[data-do=withdraw_case]")).to_be_visible()


def test_overtime_is_the_same_clock_counting_up(circle: Circle) -> None:
    """At the end of the time the clock goes on calmly, and a minute more starts from now."""
    fay = started(circle, "Ben")
    for _ in range(5):
        before = fay.state["endsAt"]
        fay.press("extend", seconds=-60)
        expect(fay.page.locator("#state")).not_to_have_attribute("data-ends-at", before)
    for person in circle.people.values():
        expect(person.page.locator("#state")).to_have_attribute("data-clock", "over")
        expect(person.clock).to_have_text(re.compile(r"^\+0:0[1-9]"))
    fay.press("extend", seconds=60)
    expect(fay.clock).to_have_text(re.compile(r"^(1:00|0:5\d)"))


def test_a_paused_clock_stands_still_for_everybody(circle: Circle) -> None:
    """Both pages show the same remaining time, and Resume goes on from there."""
    fay = started(circle, "Ben")
    ben = circle.people["Ben"]
    fay.press("pause")
    for person in (fay, ben):
        expect(person.page.locator("#state")).to_have_attribute("data-clock", "paused")
    assert fay.left() == ben.left()
    fay.press_calmly("resume")
    expect(ben.page.locator("#state")).to_have_attribute("data-clock", "running")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_too_wide_or_too_small_on_a_phone(circle: Circle, scheme: str) -> None:
    """At 360 px nothing scrolls sideways, and controls are 44 px high."""
    fay = started(circle, "Ben with a rather long name, of forty chars"[:40], phone=True)
    fay.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    fay.page.locator("#dock-sheet > summary").click()
    for page in (fay.page, _landing(circle, fay)):
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        small = page.evaluate(
            "[...document.querySelectorAll('button, summary, select')]"
            ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)"
            ".map(e => e.textContent)"
        )
        assert small == []


SQUARE = """() => [...document.querySelectorAll("#room *")].filter((element) => {
  const { overflowY } = getComputedStyle(element);
  return overflowY !== "visible" && overflowY !== "hidden" && element.checkVisibility()
    && element.scrollHeight > element.clientHeight;
}).filter((element) => {
  const isSquare = (one) => parseFloat(getComputedStyle(one).borderRadius) === 0;
  let round = element;
  while (round && isSquare(round)) round = round.parentElement;
  return round === element || (round && getComputedStyle(round).overflowY === "visible");
}).map((element) => element.id || element.className)"""


def test_no_scrollbar_lies_over_rounded_corners(circle: Circle) -> None:
    """Firefox draws it square, so a round element clips, and an element inside it scrolls."""
    fay = circle.start()
    fay.page.set_viewport_size({"width": 1280, "height": 600})
    fay.press("more")
    fay.until("() => document.getElementById('more').matches(':popover-open')")
    assert fay.page.evaluate(SQUARE) == []


COVERED = """(scrolls) => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const chair = document.getElementById(`seat-${document.getElementById("state").dataset.seat}`);
  scrollTo(0, 0);
  if (scrolls) chair.scrollIntoView({ block: "center" });
  const mine = chair.getBoundingClientRect();
  const over = [".head", ".foot", "#dock", "#stage"].filter((selector) => {
    const other = box(selector);
    return mine.left < other.right && other.left < mine.right
      && mine.top < other.bottom && other.top < mine.bottom;
  });
  if (mine.bottom > innerHeight) over.push("the window's edge");
  if (document.documentElement.scrollWidth > innerWidth) over.push("scrolls sideways");
  return over;
}"""
UPRIGHT = [(320, 568), (360, 640), (360, 740), (360, 770), (360, 780), (390, 664), (390, 770)]
UPRIGHT += [(390, 800), (390, 844), (393, 765), (412, 780), (412, 800), (768, 1024)]
ON_ITS_SIDE = [(568, 320), (667, 375), (844, 390), (896, 414), (900, 500), (915, 412), (932, 430)]
WIDE = [(1024, 500), (1024, 768), (1280, 561), (1280, 600), (1280, 800), (1920, 1080)]


def covered(person: Person, *, scrolls: bool) -> list[tuple[int, int, str]]:
    """The windows in which something covers this person's own chair, and what it is, with or
    without scrolling to the chair."""
    found = []
    for width, height in UPRIGHT + ON_ITS_SIDE + WIDE:
        person.page.set_viewport_size({"width": width, "height": height})
        found += [(width, height, what) for what in person.page.evaluate(COVERED, scrolls)]
    person.page.set_viewport_size({"width": 360, "height": 740})
    return found


@pytest.mark.parametrize("others", [0, 6])
def test_nothing_covers_ones_own_chair(circle: Circle, others: int) -> None:
    """Controls, folded sheet and stage do not, in any window. With two chairs one's own is visible
    at once; with more, the page may have to scroll."""
    fay = circle.start(phone=True)
    for number in range(others):
        join(circle.visit(fay), f"Ann {number}")
    mei = circle.join("Mei", phone=True)
    fay.press("start")
    circle.all_see(lambda person: person.sees_phase("arrival"))
    for key in (
        "arrival",
        "call",
        "presentation",
        "questions",
        "reflection",
        "response",
        "closing",
    ):
        if key != "arrival":
            circle.move_to(key, fay)
        found = {person.name: covered(person, scrolls=others > 0) for person in (fay, mei)}
        assert found == {"Fay": [], "Mei": []}
        if key == "call":
            fay.page.locator("#dock-sheet > summary").click()
            circle.seat_presenter("Mei", fay)
            fay.page.locator("#dock-sheet > summary").click()


OVERLAPS = """() => {
  const box = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const words = range.getBoundingClientRect(), own = element.getBoundingClientRect();
    const [left, right] = [Math.max(words.left, own.left), Math.min(words.right, own.right)];
    return [left, right, words.top, words.bottom];
  };
  const chairs = [...document.querySelectorAll("#circle li:not(.observer)")];
  const names = chairs.map((chair) => chair.querySelector(".name"));
  const others = [...chairs.map((chair) => chair.querySelector(".initial")), ...names];
  const middle = document.querySelector("#circle .middle");
  if (middle?.checkVisibility()) others.push(middle);
  const isOver = (one, other) => {
    const [a, b] = [box(one), box(other)];
    return Math.min(a[1], b[1]) - Math.max(a[0], b[0]) > 1
      && Math.min(a[3], b[3]) - Math.max(a[2], b[2]) > 1;
  };
  return names.flatMap((name) => others.filter((other) => other !== name && isOver(name, other))
    .map((other) => `${name.textContent.trim()} / ${other.textContent.trim()}`));
}"""
LONG_NAMES = ["Ann-Sophie Marquardt", "Tomás", "Ida", "Jon", "Kimberley Okonkwo", "Leo", "Nils"]
LONG_NAMES += ["Dr. Oluwaseun Adeyemi", "Bo", "Cy"]


@pytest.mark.parametrize("chairs", [2, 4, 10, 12])
def test_no_name_lies_over_a_chair_or_the_words_in_the_middle(circle: Circle, chairs: int) -> None:
    """This holds in the smallest window."""
    fay = circle.start(phone=True)
    mei = circle.join("Mei", phone=True)
    for name in LONG_NAMES[: chairs - 2]:
        join(circle.visit(fay), name)
    fay.press("start")
    mei.sees_phase("arrival")
    expect(mei.chairs).to_have_count(chairs)
    found = {}
    for width, height in ((320, 568), (390, 844), (844, 390), (1280, 800)):
        mei.page.set_viewport_size({"width": width, "height": height})
        found[width, height] = mei.page.evaluate(OVERLAPS)
    assert found == {size: [] for size in found}


def _landing(circle: Circle, person: Person) -> Page:
    page = circle.open_page(phone=True)
    page.goto(person.page.url.partition("/circles")[0])
    return page


NOTE_INSERTED = """() => {
  window.spoken = [];
  for (const id of ["notice", "announcement"]) {
    new MutationObserver((records) => {
      for (const { addedNodes } of records)
        for (const { textContent } of addedNodes) if (textContent) spoken.push(textContent);
    }).observe(document.getElementById(id), { childList: true });
  }
}"""
"""What a screen reader speaks of these two: the inserted texts."""
SAY_TWICE = """async () => {
  const { say, announce } = await import("/static/room/notice.js");
  for (const key of Array(2).fill("press.lost")) say(key);
  await Promise.resolve(); // The observer of the notice is called before that of the announcement.
  for (const sentence of Array(2).fill("One minute is left.")) announce(sentence);
}"""


def test_the_same_sentence_twice_is_spoken_twice(circle: Circle) -> None:
    """This holds for refusals of the server, and for sentences of the page."""
    fay = started(circle)
    fay.run(NOTE_INSERTED)
    fay.unfold("dock-prompts")
    show = fay.page.locator(submit("prompt"))
    for times in (1, 2):
        show.click(delay=450)  # without a word in the field, which is refused
        fay.until("times => spoken.length === times", times)
    fay.run(SAY_TWICE)
    first, second, *others = fay.run("() => spoken")
    assert first == second != ""
    lost = fay.run(WORDS, "press.lost")
    assert others == [lost] * 2 + ["One minute is left."] * 2


def test_a_press_while_the_server_is_down_is_not_sent_later(
    chromium: Browser, redis_url: str, start_server: StartServer
) -> None:
    """Between two sockets it is refused, and the page says so."""
    server = start_server(redis_url)
    port = server.url.rpartition(":")[2]
    circle = Circle(chromium, [server.url, server.url])
    fay = started(circle)
    server.stop()
    fay.is_cut_off()
    fay.press_calmly("advance")
    expect(fay.notice).not_to_be_empty()
    start_server(redis_url, PORT=port)
    fay.is_connected()
    expect(fay.notice).to_have_attribute("data-said", "press.lost")
    fay.sees_phase("arrival")
    circle.close()


@pytest.mark.parametrize("part", ["qr", "parts.css*"])
def test_a_press_for_which_something_hangs_is_answered(circle: Circle, part: str) -> None:
    """The line froze while a part of the page was loading; the next press loads it again."""
    fay = circle.start()
    # The first steps load parts as well.
    fay.page.evaluate("localStorage.setItem('coached', 'yes')")
    fay.reload()
    fay.is_connected()
    fay.page.evaluate(
        "window.time = new AbortController(); AbortSignal.timeout = () => window.time.signal"
    )
    fay.page.route(f"**/{part}", lambda _: None, times=1)
    with fay.page.expect_request("**/qr"), fay.page.expect_request("**/parts.css*"):
        fay.press("show_qr")
    fay.page.evaluate("window.time.abort(); window.time = new AbortController()")
    expect(fay.notice).to_have_attribute("data-said", "press.lost")
    fay.press("show_qr")
    expect(fay.page.locator("dialog#qr")).to_be_visible()
    expect(fay.notice).to_be_empty()


def test_a_line_that_comes_back_finds_the_room_as_it_is(
    chromium: Browser, redis_url: str, start_server: StartServer
) -> None:
    """People of a killed process come back to the phase that the others are in."""
    one, other = start_server(redis_url), start_server(redis_url)
    circle = Circle(chromium, [one.url, other.url])
    fay = started(circle, "Ben")
    ben = circle.people["Ben"]
    other.kill()
    ben.is_cut_off()
    fay.press_calmly("advance")
    fay.sees_phase("call")
    start_server(redis_url, PORT=other.url.rpartition(":")[2])
    ben.is_connected()
    ben.sees_phase("call")
    circle.close()
