"""Small things of the room: what a phase is for, the QR code, shortcuts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.voices import Voices
from tests.support.client import ask
from tests.support.person import Person

# The controls of the room that lie under the first steps.
HAS_PARTS = "import('/static/room/parts.js').then(({ parts }) => parts()).then(() => null)"
COVERED = """() => {
  const box = (element) => element.getBoundingClientRect();
  const { left, right, top, bottom } = box(document.getElementById("coach"));
  return [...document.querySelectorAll("#room :is(button, summary, input, a)")]
    .filter((control) => control.checkVisibility() && !control.closest("#coach, #dock"))
    .filter((control) => box(control).left < right && box(control).right > left)
    .filter((control) => box(control).top < bottom && box(control).bottom > top)
    .map((control) => control.dataset.do);
}"""

# Where the room's controls lie.
PLACES = """() => Object.fromEntries([...document.querySelectorAll("#room :is(button, summary)")]
  .filter((control) => control.checkVisibility() && !control.closest("#coach"))
  .map((control) => [control.id || control.dataset.do, control.getBoundingClientRect().top]))"""

# The browser gives no microphone the next time, or only once the page calls allow().
REFUSED_ONCE = """() => {
  const media = navigator.mediaDevices, open = media.getUserMedia;
  media.getUserMedia = () => {
    media.getUserMedia = open;
    return Promise.reject(new DOMException("", "NotAllowedError"));
  };
}"""
ALLOWED_LATER = """() => {
  const media = navigator.mediaDevices, open = media.getUserMedia;
  const allowed = new Promise((done) => { window.allow = done; });
  media.getUserMedia = (wanted) => allowed.then(() => open.call(media, wanted));
}"""


def stone(person: Person, key: str) -> None:
    """Presses a stone of the path."""
    person.page.locator(f"#phase-{key} button").click()


def about(key: str) -> str:
    """The selector of the text about a phase."""
    return f"#about-phase-{key}:popover-open"


def test_each_stone_tells_what_its_phase_is_for(voices: Voices) -> None:
    """By tap and by keyboard; it moves no phase, and goes on working when the phase has changed."""
    fay = voices.start()
    ann = voices.join("Ann", phone=True)
    for person in (fay, ann):
        stone(person, "reflection")
        told = person.page.locator(about("reflection"))
        expect(told).to_contain_text("25")  # minutes
        expect(told).to_be_focused()
        person.page.keyboard.press("Escape")
        expect(told).to_have_count(0)
        expect(person.page.locator("#phase-reflection button")).to_be_focused()
    fay.press("start")
    ann.sees_phase("arrival")
    current = ann.page.locator("#phase-arrival button")
    expect(ann.page.locator("#phases button:not([tabindex])")).to_have_count(1)
    current.focus()
    ann.page.keyboard.press("ArrowRight")
    ann.page.keyboard.press("Enter")
    expect(ann.page.locator(about("call"))).to_be_visible()
    fay.press_calmly("advance")
    ann.sees_phase("call")
    ann.page.keyboard.press("Escape")
    stone(ann, "call")
    expect(ann.page.locator(about("call"))).to_be_visible()
    stone(ann, "call")
    expect(ann.page.locator(about("call"))).to_have_count(0)


def test_the_link_is_shown_as_a_qr_code(voices: Voices) -> None:
    """It is that of the answer of the server, and leaves the page with its dialog."""
    fay = voices.start()
    visit = voices.visit(fay)
    fay.press("show_qr")
    dialog = fay.page.locator("#qr")
    expect(dialog).to_contain_text("First Tuesday circle")
    expect(dialog).to_contain_text(voices.link)
    path = "document.querySelector('#qr .qrline').getAttribute('d')"
    answer = ask(f"{visit.url}/circles/{visit.circle_id}/qr", cookie=visit.cookie)
    assert fay.page.evaluate(path) in answer.text
    fay.page.emulate_media(media="print")
    expect(dialog).to_be_hidden()
    fay.page.emulate_media(media="screen")
    fay.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(fay.page.locator("[data-do=show_qr]")).to_be_focused()


def microphone_is(page: Page, does: str) -> None:
    """Waits until a press of the microphone's button would do this."""
    expect(page.locator("#microphone")).to_have_attribute("data-do", does)


def takes_keys(page: Page) -> None:
    """Waits for the module of shortcuts, which loads late."""
    page.evaluate("import('/static/room/keys.js').then(() => null)")


def test_keys_do_what_buttons_do(voices: Voices) -> None:
    """Microphone, camera, hand, talking while a key is held; none while somebody types."""
    fay = voices.start()
    ann = voices.join("Ann")
    page, keys = ann.page, ann.page.keyboard
    expect(page.locator("#microphone")).to_be_enabled()
    takes_keys(page)
    keys.press("?")
    expect(page.locator("#keys")).to_be_visible()
    keys.press("m")
    keys.press("Escape")
    microphone_is(page, "unmute")
    keys.press("m")
    microphone_is(page, "mute")
    keys.press("m")
    microphone_is(page, "unmute")
    keys.press("v")
    expect(page.locator("#state")).to_have_attribute("data-camera", "on")
    keys.down("Space")
    microphone_is(page, "mute")
    keys.up("Space")
    microphone_is(page, "unmute")

    fay.press("start")
    for key in ("call", "presentation", "questions"):
        voices.move_to(key, fay)
    keys.press("h")
    expect(fay.hands).to_have_count(1)
    keys.press("Control+h")
    keys.press("Shift", delay=450)  # later than a double press
    keys.press("h")
    expect(fay.hands).to_have_count(0)

    fay.page.locator("#prompt-text").evaluate("field => field.closest('details').open = true")
    fay.page.locator("#prompt-text").press_sequentially("mv?")
    expect(fay.page.locator("#prompt-text")).to_have_value("mv?")
    microphone_is(fay.page, "unmute")


def test_holding_the_space_bar_works_after_a_microphone_that_did_not_open(voices: Voices) -> None:
    """And a letter counts as a press of the button: what it switches on stays on."""
    voices.start()
    ann = voices.join("Ann")
    page, keys = ann.page, ann.page.keyboard
    expect(page.locator("#microphone")).to_be_enabled()
    takes_keys(page)
    page.evaluate(REFUSED_ONCE)
    keys.down("Space")
    expect(ann.notice).to_have_attribute("data-said", "device.microphone.refused")
    keys.up("Space")
    keys.down("Space")
    microphone_is(page, "mute")
    keys.up("Space")
    microphone_is(page, "unmute")

    page.reload()
    expect(page.locator("#microphone")).to_be_enabled()
    takes_keys(page)
    page.evaluate(ALLOWED_LATER)
    keys.press("Space")
    keys.press("m")
    page.evaluate("allow()")
    microphone_is(page, "mute")
    keys.press("v")
    expect(page.locator("#state")).to_have_attribute("data-camera", "on")
    microphone_is(page, "mute")


def test_shortcuts_are_switched_off_in_this_browser(voices: Voices) -> None:
    """Then the list is still in reach, to switch them on again."""
    page = voices.start().page
    expect(page.locator("#microphone")).to_be_enabled()
    page.locator(".beside [data-do=more]").click()
    page.locator("[data-do=shortcuts]").click()
    page.locator("[data-do=use_shortcuts]").click()
    page.reload()
    expect(page.locator("#microphone")).to_be_enabled()
    page.locator(".beside [data-do=more]").click()
    page.locator("[data-do=shortcuts]").click()  # its module is there now
    expect(page.locator("[data-do=use_shortcuts]")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    microphone_is(page, "unmute")


def test_the_first_steps_are_shown_once(voices: Voices) -> None:
    """By keyboard; they cover no control, and members have none."""
    fay = voices.start()
    page = fay.page
    coach = page.locator("#coach")
    for size in ((1280, 800), (1000, 700), (390, 844), (844, 390)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        expect(coach).to_be_visible()
        assert page.evaluate(COVERED) == []
    coach.locator("[data-do=coach_next]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(coach.locator("[data-do=coach_done]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(coach).to_have_count(0)
    expect(page.locator("#attention [data-do=copy_link]")).to_be_focused()
    page.reload()
    fay.is_connected()
    ann = voices.join("Ann")
    for person in (fay, ann):
        person.page.evaluate("import('/static/room/coach.js').then(() => null)")
        person.page.evaluate(HAS_PARTS)
        assert not person.page.locator("#coach").is_visible()


@pytest.mark.parametrize("size", [(1280, 800), (1000, 700), (390, 844), (844, 390)])
def test_the_first_steps_move_nothing(voices: Voices, size: tuple[int, int]) -> None:
    """They come later than the page, perhaps while somebody presses a button."""
    page = voices.open_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    held: list[Route] = []
    page.route("**/parts", lambda route: held.append(route))
    with page.expect_request("**/parts"):
        voices.start(page=page)
    before = page.evaluate(PLACES)
    held[0].continue_()
    expect(page.locator("#coach")).to_be_visible()
    assert page.evaluate(PLACES) == before


def test_the_first_steps_go_when_the_session_starts(voices: Voices) -> None:
    """They do not come back with the next session."""
    fay = voices.start()
    expect(fay.page.locator("#coach")).to_be_visible()
    fay.press("start")
    expect(fay.page.locator("#coach")).to_have_count(0)
    assert fay.page.evaluate("localStorage.getItem('coached')") == "yes"


def test_the_clock_stands_in_a_small_window(voices: Voices) -> None:
    """It goes on counting, says who speaks, and closes with the session."""
    fay = voices.start()
    page = fay.page
    fay.press("start")
    fay.sees_phase("arrival")
    page.locator(".beside [data-do=more]").click()
    with page.context.expect_page() as opened:
        fay.press("small_clock")
    small = opened.value
    expect(small.locator(".title")).to_have_text(page.locator("#stage h1").inner_text())
    expect(small.locator(".who")).to_have_text("Fay")
    at_first = small.locator(".clock").inner_text()
    assert at_first
    expect(small.locator(".clock")).not_to_have_text(at_first)
    assert small.evaluate("getComputedStyle(document.querySelector('.clock')).fontSize") != "16px"
    with small.expect_event("close"):
        fay.confirm("end")


def test_without_such_windows_there_is_no_control(voices: Voices) -> None:
    """Firefox and Safari have none."""
    page = voices.start().page
    page.add_init_script("delete window.documentPictureInPicture")
    page.reload()
    page.locator(".beside [data-do=more]").click()
    page.evaluate("import('/static/room/small_clock.js').then(() => null)")
    page.evaluate(HAS_PARTS)
    expect(page.locator("#small-clock")).to_be_hidden()


BACKGROUNDS = """(shape) => [...document.querySelectorAll("#phases li")].slice(0, 3)
  .map((stone) => getComputedStyle(stone, shape).backgroundColor)"""


def test_the_path_is_seen_in_colours_of_ones_own(voices: Voices) -> None:
    """What is behind us, where we are, and what comes differ; nothing is faint."""
    fay = voices.start()
    page = fay.page
    fay.press("start")
    voices.move_to("call", fay)
    fay.press_calmly("pause")
    expect(fay.attention("paused")).to_be_visible()
    page.emulate_media(forced_colors="active")
    for width, shape in ((1280, "::before"), (390, None)):  # stones, and bars
        page.set_viewport_size({"width": width, "height": 800})
        assert len(set(page.evaluate(BACKGROUNDS, shape))) == 3
        assert fay.clock.evaluate("clock => getComputedStyle(clock).opacity") == "1"


def test_nothing_moves_for_those_who_want_no_motion(voices: Voices) -> None:
    """Neither in a silence nor when chairs move."""
    fay = voices.start()
    fay.press("start")
    fay.sees_phase("arrival")
    fay.press("silence", seconds=60)
    expect(fay.attention("silence")).to_be_visible()
    moving = "document.getAnimations().length"
    fay.page.emulate_media(reduced_motion="no-preference")
    assert fay.page.evaluate(moving) > 0
    fay.page.emulate_media(reduced_motion="reduce")
    assert fay.page.evaluate(moving) == 0
    voices.join("Ann")
    expect(fay.chairs).to_have_count(2)
    assert fay.page.evaluate(moving) == 0


def test_a_control_says_more_to_a_mouse_and_to_the_keyboard(voices: Voices) -> None:
    """Escape and a press put it away; keys are named only while they work."""
    page = voices.start().page
    page.evaluate("import('/static/room/hints.js').then(() => null)")
    control, hint = page.locator("#do-lock"), page.locator("#hint-lock")
    control.hover()
    expect(hint).to_be_visible()
    page.mouse.move(5, 5)
    expect(hint).to_be_hidden()
    page.locator("#do-renew").focus()
    page.keyboard.press("Tab")
    expect(control).to_be_focused()
    expect(hint).to_be_visible()
    expect(control).to_have_attribute("aria-describedby", "hint-lock")
    page.keyboard.press("Escape")
    expect(hint).to_be_hidden()
    expect(page.locator("#microphone")).to_be_enabled()
    page.locator("#microphone").hover()
    expect(page.locator("#hint-unmute")).to_be_visible()
    page.locator("#camera").hover()
    expect(page.locator("#hint-camera")).to_be_visible()
    page.evaluate("localStorage.setItem('shortcuts', 'off')")
    page.locator("#microphone").hover()
    expect(page.locator("#hint-camera")).to_be_hidden()
    control.hover()
    expect(hint).to_be_visible()
    assert not page.locator("#hint-unmute").is_visible()
