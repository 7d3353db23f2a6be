"""Unavailable microphones and cameras: each has a sentence, and the room works on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.chromium import CHROMIUM_FLAGS, MEDIA, whole_chromium
from tests.support.people import Circle
from tests.support.person import Person
from tests.support.processes import Server

REFUSED = """
  if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia =
    () => Promise.reject(new DOMException("", "NotAllowedError"));
"""
TAKEN = """
  if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia =
    () => Promise.reject(new DOMException("", "NotReadableError"));
"""
KEEPS_TRACKS = """
  const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (open) navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    window.lastTrack = stream.getTracks()[0];
    return stream;
  };
"""
# Every track that was opened, and for each question of the browser the function that says yes.
ASKS = """
  const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  window.tracks = [];
  window.asked = [];
  if (open) navigator.mediaDevices.getUserMedia = async (wanted) => {
    await new Promise((allow) => window.asked.push(allow));
    const stream = await open(wanted);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
"""
IN_APP = "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile"
FAKE = "--use-fake-device-for-media-stream"


@pytest.fixture(scope="module")
def browsers() -> Iterator[dict[str, Browser]]:
    """A browser without any device, one that denies its devices, and one that allows them."""
    with sync_playwright() as playwright:  # the headless shell denies in another way
        kinds = {"none": CHROMIUM_FLAGS, "denied": [*CHROMIUM_FLAGS, FAKE], "all": MEDIA}
        opened = {
            name: playwright.chromium.launch(executable_path=whole_chromium(), args=flags)
            for name, flags in kinds.items()
        }
        yield opened
        for browser in opened.values():
            browser.close()


class Devices(Circle):
    """People whose browser has, or lacks, devices."""

    def __init__(self, browser: Browser, url: str, *scripts: str, allowed: bool) -> None:
        super().__init__(browser, [url, url])
        self._allowed = ["microphone", "camera"] if allowed else []
        self._scripts = scripts

    def open_page(self, *, phone: bool = False, **options: Any) -> Page:
        """A page with this circle's scripts in it. Any: Playwright's options."""
        page = super().open_page(phone=phone, **options)
        page.context.grant_permissions(self._allowed)
        for script in self._scripts:
            page.add_init_script(script)
        return page


def works_on(fay: Person) -> None:
    """Asserts that the session can be led as usual."""
    expect(fay.page.locator("#state")).to_have_attribute("data-mic", "off")
    expect(fay.control("unmute")).to_be_visible()
    fay.press("start")
    fay.sees_phase("arrival")


@pytest.mark.parametrize(
    ("kind", "scripts", "fault"),
    [
        ("denied", (), "refused"),
        ("none", (), "missing"),
        ("all", (TAKEN,), "busy"),
    ],
)
def test_what_is_not_to_be_had_is_told(
    browsers: dict[str, Browser],
    two_servers: tuple[Server, Server],
    kind: str,
    scripts: tuple[str, ...],
    fault: str,
) -> None:
    """A sentence says what to do, nobody is shown as unmuted, and the room works on."""
    circle = Devices(browsers[kind], two_servers[0].url, *scripts, allowed=kind != "denied")
    fay = circle.start()
    for do, device in (("unmute", "microphone"), ("camera", "camera")):
        fay.press(do)
        expect(fay.notice).to_have_attribute("data-said", f"device.{device}.{fault}")
        expect(fay.notice).not_to_be_empty()
    works_on(fay)
    circle.close()
    assert circle.problems == []


def test_a_browser_within_an_app_is_told_to_open_another(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> None:
    """It refuses without asking, and has no icon by which that could be changed."""
    circle = Devices(browsers["all"], two_servers[0].url, REFUSED, allowed=True)
    fay = circle.start(page=circle.open_page(user_agent=IN_APP))
    for do, device in (("unmute", "microphone"), ("camera", "camera")):
        fay.press(do)
        expect(fay.notice).to_have_attribute("data-said", f"device.{device}.in-app")
    works_on(fay)
    circle.close()
    assert circle.problems == []


def test_everything_can_be_tried_before_entering(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> None:
    """Level and picture appear only on request, each in its place; in the room both are off."""
    circle = Devices(browsers["all"], two_servers[0].url, KEEPS_TRACKS, allowed=True)
    fay = circle.start()
    link = fay.page.locator("[data-invite=member]").input_value()
    page = circle.open_page(phone=True)
    page.goto(link)
    assert page.evaluate("window.lastTrack") is None
    ben = Person("Ben", page)
    name = page.locator("[name=your_name]")
    top = "(element) => element.getBoundingClientRect().top + scrollY"
    place = name.evaluate(top)
    page.locator("[data-try=microphone]").click()
    page.wait_for_function("() => document.getElementById('device-level').value > 0.05")
    page.locator("[data-try=camera]").click()
    picture = page.locator("#device-picture")
    page.wait_for_function("() => document.getElementById('device-picture').videoWidth > 0")
    assert name.evaluate(top) == place
    expect(page.locator("select[name=microphone]")).to_contain_text("Fake")
    page.locator("[data-try=camera]").click()
    expect(picture).to_be_hidden()
    assert page.evaluate("lastTrack.readyState") == "ended"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    ben.submit("join", your_name="Ben", agree=True)
    page.wait_for_url("**/room")
    expect(ben.control("unmute")).to_be_enabled()
    assert (ben.state["mic"], ben.state["camera"]) == ("off", "off")
    circle.close()
    assert circle.problems == []


def test_a_device_that_is_tried_is_closed_with_its_popover(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> None:
    """Even while the browser still asks; two presses open a device once."""
    circle = Devices(browsers["all"], two_servers[0].url, ASKS, allowed=True)
    fay = circle.start()
    fay.press("more")
    once = fay.page.locator("[data-try=microphone]")
    once.click()
    once.click()
    fay.until("() => asked.length > 0")
    fay.page.evaluate("asked.map((allow) => allow())")
    expect(once).to_have_attribute("aria-pressed", "true")
    fay.page.locator("[data-try=camera]").click()
    fay.until("() => asked.length > 1")
    fay.press("close")
    fay.until("() => !document.querySelector('#more').matches(':popover-open')")
    fay.page.evaluate("asked.map((allow) => allow())")
    fay.until("() => tracks.length > 1 && tracks.every((track) => track.readyState === 'ended')")
    assert fay.page.evaluate("tracks.map((track) => track.kind)") == ["audio", "video"]
    expect(fay.page.locator("#device-picture")).to_be_hidden()
    circle.close()
    assert circle.problems == []


# A click of 20 ms every 300 ms, and the meter's values from the first click on.
CLICKS = """async () => {
  const { meter } = await import("/static/voice/meter.js");
  const context = new AudioContext();
  const beat = new AudioBuffer({length: context.sampleRate * 0.3, sampleRate: context.sampleRate});
  beat.getChannelData(0).fill(0.5, 0, context.sampleRate * 0.02);
  const clicks = new AudioBufferSourceNode(context, {buffer: beat, loop: true});
  const sink = context.createMediaStreamDestination();
  clicks.connect(sink);
  clicks.start();
  const levels = [];
  await new Promise((done) => {
    const end = meter(sink.stream.getTracks()[0], (level) => {
      if (level > 0.05 || levels.length) levels.push(level);
      if (levels.length < 20) return;
      end();
      done();
    });
  });
  return levels;
}"""


def test_the_meter_misses_no_sound(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> None:
    """Even the shortest sound moves the bar: the sampling windows overlap."""
    page = browsers["all"].new_page()
    page.goto(two_servers[0].url)
    page.mouse.click(5, 5)
    assert min(page.evaluate(CLICKS)) > 0.05
    page.close()


# A microphone whose sound, and whose muting by the system, the test controls.
GIVEN_MICROPHONE = """
  window.opened = [];
  const give = (on) => {
    const context = new AudioContext();
    const level = new GainNode(context, {gain: on ? 0.3 : 0});
    const sink = context.createMediaStreamDestination();
    level.connect(sink);
    const [track] = sink.stream.getTracks();
    let muted = Boolean(next.muted);
    let looks = 0;
    Object.defineProperty(track, "muted", {get: () => { looks += 1; return muted; }});
    const tone = new OscillatorNode(context, {frequency: 500});
    tone.connect(level);
    tone.start();
    opened.push({
      track,
      looks: () => looks,
      sounds: (on) => level.gain.value = on ? 0.3 : 0,
      mute: (on) => { muted = on; track.dispatchEvent(new Event(on ? "mute" : "unmute")); },
      unplug: () => { track.stop(); track.dispatchEvent(new Event("ended")); },
    });
    return sink.stream;
  };
  window.next = {fault: "", sounds: true};
  if (navigator.mediaDevices) {
    navigator.mediaDevices.getUserMedia = async () => {
      await next.waits;
      if (next.fault) throw new DOMException("", next.fault);
      return give(next.sounds);
    };
    let number = 0;
    navigator.mediaDevices.enumerateDevices = async () =>
      [{kind: "audioinput", deviceId: `m${number}`, label: ""},
       ...(next.speakers ?? []).map((one) => (
         {kind: "audiooutput", label: "", ...(one.deviceId ? one : {deviceId: one})}))];
    const permission = new EventTarget();
    navigator.permissions.query = async () => permission;
    window.allowed = () => permission.dispatchEvent(new Event("change"));
    window.plug = () => {
      number += 1;
      navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    };
  }
"""


@pytest.fixture
def microphones(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> Iterator[Person]:
    """Somebody who is heard, by a microphone that the test can break."""
    circle = Devices(browsers["all"], two_servers[0].url, GIVEN_MICROPHONE, allowed=True)
    fay = circle.start()
    fay.press("unmute")
    is_heard(fay)
    yield fay
    circle.close()
    assert circle.problems == []


def is_heard(person: Person) -> None:
    """Waits until this page shows its microphone as on, with nothing wrong."""
    expect(person.control("mute")).to_be_enabled()
    has_trouble(person, "")
    is_shown_muted(person, muted=False)


def has_trouble(person: Person, trouble: str) -> None:
    """Waits until this page shows this trouble of a microphone that is wanted."""
    expect(person.page.locator("#sound")).to_have_attribute("data-trouble", trouble)


def is_shown_muted(person: Person, *, muted: bool) -> None:
    """Waits until the chair shows whether the microphone is on."""
    shown = person.chair(person.name).and_(person.page.locator("[data-muted]"))
    expect(shown).to_have_count(1 if muted else 0)


def test_a_microphone_that_the_system_mutes_is_not_called_heard(microphones: Person) -> None:
    """A phone call, or a switch on the headset: the page says so until the system releases it."""
    microphones.page.evaluate("opened[0].mute(true)")
    has_trouble(microphones, "interrupted")
    is_shown_muted(microphones, muted=True)
    microphones.page.evaluate("opened[0].mute(false)")
    is_heard(microphones)


def test_a_microphone_that_gives_nothing_is_told_and_opened_anew(microphones: Person) -> None:
    """After ten seconds of zeros it is reopened; it is back with the first sound."""
    page = microphones.page
    page.evaluate("next.sounds = false; opened[0].sounds(false)")
    has_trouble(microphones, "silent")
    is_shown_muted(microphones, muted=True)
    page.wait_for_function("() => opened.length === 2 && opened[0].track.readyState === 'ended'")
    page.evaluate("opened[1].sounds(true)")
    is_heard(microphones)


def test_a_microphone_that_is_still_muted_when_it_is_opened_anew_is_not_unmuted(
    microphones: Person,
) -> None:
    """Something else was plugged in during a phone call. The page says nothing of a voice."""
    page = microphones.page
    page.evaluate("opened[0].mute(true)")
    has_trouble(microphones, "interrupted")
    page.evaluate(
        "() => {"
        "  const sound = document.getElementById('sound');"
        "  window.troubles = [];"
        "  new MutationObserver(() => troubles.push(sound.dataset.trouble))"
        "    .observe(sound, {attributeFilter: ['data-trouble']});"
        "  next.muted = true;"
        "  plug();"
        "}"
    )
    page.wait_for_function("() => opened[1]?.looks() > 10")
    assert set(page.evaluate("troubles")) <= {"interrupted"}
    page.evaluate("opened[1].mute(false)")
    is_heard(microphones)


def test_nobody_is_called_heard_while_the_browser_asks_for_another_microphone(
    microphones: Person,
) -> None:
    """The first one was unplugged, and the browser waits for an answer; so it does anew after a
    reload."""
    page = microphones.page
    page.add_init_script("next.waits = new Promise((go) => window.go = go)")
    page.evaluate("next.waits = new Promise((go) => window.go = go); opened[0].unplug()")
    has_no_microphone_yet(microphones)
    expect(microphones.notice).to_have_attribute("data-said", "microphone.works")
    page.reload()
    has_no_microphone_yet(microphones)


def has_no_microphone_yet(person: Person) -> None:
    """Waits until the chair no longer shows this person as heard; then answers the browser."""
    has_trouble(person, "opening")
    is_shown_muted(person, muted=True)
    person.run("() => go()")
    is_heard(person)


def test_whoever_mutes_themself_while_another_microphone_opens_stays_muted(
    microphones: Person,
) -> None:
    """It is closed as soon as it opens, and nobody reads of being heard."""
    page = microphones.page
    page.evaluate("next.waits = new Promise((go) => window.go = go); opened[0].unplug()")
    microphones.press("mute")
    expect(microphones.control("unmute")).to_be_visible()
    page.evaluate("go()")
    page.wait_for_function("() => opened[1]?.track.readyState === 'ended'")
    expect(microphones.notice).to_be_empty()


def test_whoever_mutes_themself_is_not_brought_back(microphones: Person) -> None:
    """The microphone came back; the person's own choice in the meantime counts."""
    page = microphones.page
    page.evaluate("opened[0].mute(true)")
    has_trouble(microphones, "interrupted")
    microphones.press("mute")
    expect(microphones.control("unmute")).to_be_visible()
    page.evaluate("opened[0].mute(false)")
    microphones.press_calmly("unmute")
    is_heard(microphones)
    assert page.evaluate("opened.length") == 2


def test_a_microphone_that_comes_back_does_not_undo_what_a_facilitator_did(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> None:
    """All were muted during a phone call; only the person can unmute themself."""
    circle = Devices(browsers["all"], two_servers[0].url, GIVEN_MICROPHONE, allowed=True)
    fay = circle.start()
    ben, ida = circle.join("Ben"), circle.join("Ida")
    for person in (ben, ida):
        person.press("unmute")
        is_heard(person)
    ben.page.evaluate("opened[0].mute(true)")
    is_shown_muted(ben, muted=True)
    fay.press("mute_all")
    expect(ben.page.locator("#state")).to_have_attribute("data-mic", "hushed")
    ben.page.evaluate("opened[0].mute(false)")
    ida.press("unmute")
    is_heard(ida)
    is_shown_muted(ben, muted=True)
    circle.close()
    assert circle.problems == []


def test_of_two_microphones_that_are_chosen_at_once_the_later_is_open(microphones: Person) -> None:
    """The other one is closed, though it opens later."""
    page = microphones.page
    page.evaluate(
        "() => { for (let n = 0; n < 3; n++) document.dispatchEvent("
        "new CustomEvent('circle:device', {detail: 'microphone'})); }"
    )
    page.wait_for_function(
        "() => opened.length === 4"
        " && opened.filter(({track}) => track.readyState === 'live').length === 1"
    )
    is_heard(microphones)


def test_another_microphone_takes_over_for_one_that_is_unplugged(microphones: Person) -> None:
    """Nobody has to press anything; the page says that it is another one."""
    microphones.page.evaluate("opened[0].unplug()")
    expect(microphones.notice).to_have_attribute("data-said", re.compile("microphone.other"))
    is_heard(microphones)


# The first one listed is the system's default.
NAMED_MICROPHONES = """
  next.microphones = ["Headset", "Laptop"];
  window.states = new Set();
  window.asked = [];
  document.addEventListener("htmx:ws:after:message:incoming", () =>
    states.add(document.getElementById("state").dataset.mic));
  const give = navigator.mediaDevices?.getUserMedia;
  if (give) {
    navigator.mediaDevices.enumerateDevices = async () =>
      next.microphones.map((label) => ({kind: "audioinput", deviceId: label, label}));
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const {exact, ideal} = wanted.audio.deviceId ?? {};
      const id = exact ?? next.prefers ?? ideal;
      asked.push(id);
      const stream = await give({audio: true});
      const [track] = stream.getTracks();
      const label = next.microphones.includes(id) ? id : next.microphones[0];
      Object.defineProperty(track, "label", {value: label});
      track.getSettings = () => ({deviceId: label});
      return stream;
    };
  }
"""
LIST = "(names) => { next.microphones = names; plug(); }"
OPEN = "opened.filter(({track}) => track.readyState === 'live').map(({track}) => track.label)"


@pytest.fixture
def headset(browsers: dict[str, Browser], two_servers: tuple[Server, Server]) -> Iterator[Person]:
    """Somebody whose headset is gone, and who is heard by the laptop. The room sees none of it."""
    scripts = (GIVEN_MICROPHONE, NAMED_MICROPHONES)
    circle = Devices(browsers["all"], two_servers[0].url, *scripts, allowed=True)
    fay = circle.start()
    fay.press("unmute")
    is_heard(fay)
    page = fay.page
    page.wait_for_function("() => opened[0].looks() > 1")  # what notices the loss has loaded
    page.evaluate("states.clear()")
    page.evaluate(LIST, ["Laptop", "Desk"])
    page.evaluate("opened[0].unplug()")
    expect(fay.notice).to_have_attribute("data-said", "microphone.other-named")
    page.wait_for_function("() => opened[1].looks() > 1")
    yield fay
    is_heard(fay)
    circle.join("Ben")  # after whose arrival the page has the room's latest state
    expect(fay.chair("Ben")).to_be_visible()
    assert page.evaluate("[...states]") == ["on"]
    circle.close()
    assert circle.problems == []


def is_back(person: Person) -> None:
    """Waits until the headset is open, the page says so, and every other microphone is closed."""
    expect(person.notice).to_have_attribute("data-said", "microphone.back")
    expect(person.notice).to_contain_text("Headset")
    assert person.page.evaluate(OPEN) == ["Headset"]


@pytest.mark.parametrize("prefers", [None, "Desk"])
def test_a_headset_that_is_back_is_used_again(headset: Person, prefers: str | None) -> None:
    """The system's default stays the laptop; and Firefox may offer another one than a page would
    like best."""
    assert headset.page.evaluate(OPEN) == ["Laptop"]
    headset.page.evaluate("(name) => (next.prefers = name)", prefers)
    headset.page.evaluate(LIST, ["Laptop", "Desk", "Headset"])
    is_back(headset)


def test_a_headset_that_is_back_and_not_ready_yet_is_tried_again(headset: Person) -> None:
    """Meanwhile the laptop's microphone goes on."""
    page = headset.page
    page.evaluate("next.fault = 'NotReadableError'; asked.length = 0")
    page.evaluate(LIST, ["Laptop", "Desk", "Headset"])
    page.wait_for_function("() => asked.length === 1")
    is_heard(headset)
    assert page.evaluate(OPEN) == ["Laptop"]
    page.evaluate("next.fault = ''")
    is_back(headset)
    first, second, *others = page.evaluate("asked")  # others, if it was refused for over 5 s
    assert {first, second, *others} == {"Headset"}


def test_a_headset_that_is_back_changes_nothing_for_whoever_has_chosen_another(
    headset: Person,
) -> None:
    """What was chosen by hand stays open."""
    page = headset.page
    headset.press("more")
    page.locator("select[name=microphone]").select_option("Desk")
    page.wait_for_function("() => opened[2]?.looks() > 1")
    expect(headset.notice).to_be_empty()
    page.evaluate(LIST, ["Laptop", "Desk", "Headset"])
    looks = page.evaluate("opened[2].looks()")
    page.wait_for_function("(looks) => opened[2].looks() > looks + 5", arg=looks)
    assert page.evaluate(OPEN) == ["Desk"]


def test_a_microphone_that_is_plugged_in_again_is_used(microphones: Person) -> None:
    """Without any, the chair says muted; plugging one in brings the voice back."""
    page = microphones.page
    page.evaluate("next.fault = 'NotFoundError'; opened[0].unplug()")
    expect(microphones.notice).to_have_attribute("data-said", "microphone.missing")
    has_trouble(microphones, "missing")
    is_shown_muted(microphones, muted=True)
    page.evaluate("next.fault = ''; plug()")
    is_heard(microphones)


IS_SHOWN = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.mark.parametrize(
    ("fault", "trouble", "mends"),
    [
        ("NotFoundError", "missing", IS_SHOWN),
        ("NotAllowedError", "refused", IS_SHOWN),
        ("NotAllowedError", "refused", "allowed()"),
        ("NotReadableError", "busy", IS_SHOWN),
        ("AbortError", "busy", ""),
    ],
)
def test_why_a_microphone_does_not_open_again_is_told(
    microphones: Person, fault: str, trouble: str, mends: str
) -> None:
    """It is tried again when the page is shown, when it is allowed, and by and by while busy."""
    page = microphones.page
    page.evaluate("(fault) => { next.fault = fault; opened[0].unplug(); }", fault)
    expect(microphones.notice).to_have_attribute("data-said", f"microphone.{trouble}")
    has_trouble(microphones, trouble)
    is_shown_muted(microphones, muted=True)
    page.evaluate(f"next.fault = ''; {mends}")
    is_heard(microphones)


@pytest.mark.parametrize("by", ["themself", "a facilitator"])
def test_who_is_muted_reads_nothing_of_being_heard(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server], by: str
) -> None:
    """The sentence about the microphone goes with the press that makes it untrue."""
    circle = Devices(browsers["all"], two_servers[0].url, GIVEN_MICROPHONE, allowed=True)
    fay = circle.start()
    ben = circle.join("Ben")
    ben.press("unmute")
    is_heard(ben)
    ben.page.evaluate("opened[0].unplug()")
    expect(ben.notice).to_have_attribute("data-said", re.compile("microphone.other"))
    is_heard(ben)
    if by == "themself":
        ben.press("mute")
    else:
        fay.press("mute_all")
    expect(ben.control("unmute")).to_be_visible()
    expect(ben.notice).to_be_empty()
    circle.close()
    assert circle.problems == []


def test_a_camera_that_is_on_again_is_not_called_stopped(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> None:
    """The sentence goes when the camera is turned on again."""
    circle = Devices(browsers["all"], two_servers[0].url, KEEPS_TRACKS, allowed=True)
    fay = circle.start()
    fay.press("camera")
    fay.until("() => document.querySelector('#state').dataset.camera === 'on'")
    fay.page.evaluate("lastTrack.stop(); lastTrack.dispatchEvent(new Event('ended'))")
    expect(fay.notice).to_have_attribute("data-said", "camera.missing")
    fay.press_calmly("camera")
    fay.until("() => document.querySelector('#state').dataset.camera === 'on'")
    expect(fay.notice).to_be_empty()
    circle.close()
    assert circle.problems == []


def test_a_microphone_that_is_refused_on_a_frozen_connection_can_be_tried_again(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> None:
    """What tells the browsers of apps apart never loads, and is not waited for."""
    circle = Devices(browsers["all"], two_servers[0].url, GIVEN_MICROPHONE, allowed=True)
    fay = circle.start()
    fay.page.route("**/in_app.js", lambda _: None)
    fay.page.evaluate("next.fault = 'NotAllowedError'")
    fay.press("unmute")
    expect(fay.notice).to_have_attribute("data-said", "device.microphone.refused")
    fay.page.evaluate("next.fault = ''")
    fay.press_calmly("unmute")
    is_heard(fay)
    circle.close()
    assert circle.problems == []


CANNOT_LISTEN = """
  AudioContext.prototype.createMediaStreamSource = () => {
    throw new DOMException("", "NotSupportedError");
  };
"""


def test_a_browser_that_cannot_listen_to_a_microphone_still_tells_what_mutes_it(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> None:
    """As where the sample rates differ. The device check promises no level."""
    scripts = (GIVEN_MICROPHONE, CANNOT_LISTEN)
    circle = Devices(browsers["all"], two_servers[0].url, *scripts, allowed=True)
    fay = circle.start()
    fay.press("unmute")
    is_heard(fay)
    fay.page.evaluate("opened[0].mute(true)")
    has_trouble(fay, "interrupted")
    fay.page.evaluate("opened[0].mute(false)")
    is_heard(fay)
    fay.press("more")
    trial = fay.page.locator("[data-try=microphone]")
    trial.click()
    expect(trial).to_have_attribute("aria-pressed", "true")
    expect(fay.page.locator("#device-words")).not_to_be_empty()
    expect(fay.page.locator("#device-level")).to_be_hidden()
    trial.click()
    circle.close()
    assert circle.problems == []


GIVEN_SPEAKERS = """
  next.speakers = ["s1", "s2"];
  window.sinks = [];
  HTMLMediaElement.prototype.setSinkId = async function (id) {
    if (!next.speakers) throw new DOMException("", "NotFoundError");
    this.by = id;
    sinks.push(id);
  };
"""
LISTED_WITH_A_MICROPHONE = """
  next.speakers = null;
  const give = navigator.mediaDevices?.getUserMedia;
  if (give) navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await give(wanted);
    next.speakers = ["s1", "s2"];
    return stream;
  };
"""


@pytest.fixture
def listening(browsers: dict[str, Browser], two_servers: tuple[Server, Server]) -> Iterator[Person]:
    """Somebody who hears Ben, by loudspeakers that the test can unplug."""
    scripts = (GIVEN_MICROPHONE, GIVEN_SPEAKERS)
    circle = Devices(browsers["all"], two_servers[0].url, *scripts, allowed=True)
    fay = circle.start()
    circle.join("Ben")
    yield fay
    circle.close()
    assert circle.problems == []


def test_a_loudspeaker_that_is_unplugged_is_told(listening: Person) -> None:
    """The default one replaces it; the chosen one is used from the start, and when it is back."""
    fay, page = listening, listening.page
    page.evaluate("localStorage.setItem('devices', JSON.stringify({speaker: 's1'}))")
    page.reload()
    fay.is_connected()
    fay.until("() => sinks.length > 1 && sinks.at(-1) === 's1'")  # and the browser has listed it
    page.evaluate("next.speakers = ['s2']; plug()")
    fay.until("() => sinks.at(-1) === ''")
    expect(fay.notice).to_have_attribute("data-said", "speaker.missing")
    page.evaluate("next.speakers = ['s1', 's2']; plug()")
    fay.until("() => sinks.at(-1) === 's1'")
    expect(fay.notice).to_be_empty()


def test_a_default_loudspeaker_that_is_unplugged_is_told(listening: Person) -> None:
    """Nobody chose one, and the system takes another. Its own choice between two is no loss."""
    fay = listening

    def lists(default: str, *groups: str) -> None:
        """The browser lists these, the default one twice, and the page has looked at them."""
        given = {"deviceId": "default", "groupId": default}
        speakers = [given, *({"deviceId": group, "groupId": group} for group in groups)]
        fay.run(f"() => {{ next.speakers = {json.dumps(speakers)}; sinks.length = 0; plug(); }}")
        fay.until("() => sinks.length > 0")

    fay.until("() => { plug(); return sinks.length > 0; }")  # The module that looks is there.
    lists("monitor", "monitor", "headset")
    lists("headset", "monitor", "headset")
    lists("headset", "headset")
    expect(fay.notice).to_be_empty()
    lists("monitor", "monitor")
    expect(fay.notice).to_have_attribute("data-said", "speaker.missing")
    lists("headset", "monitor", "headset")
    expect(fay.notice).to_be_empty()


def test_a_loudspeaker_that_needs_a_microphone_first_is_used_from_then_on(
    browsers: dict[str, Browser], two_servers: tuple[Server, Server]
) -> None:
    """Until then such a browser lists none and takes none, as after a reload; nobody is misled."""
    scripts = (GIVEN_MICROPHONE, GIVEN_SPEAKERS, LISTED_WITH_A_MICROPHONE)
    circle = Devices(browsers["all"], two_servers[0].url, *scripts, allowed=True)
    fay = circle.start()
    circle.join("Ben")  # whose voice is to be played
    page = fay.page
    page.evaluate("localStorage.setItem('devices', JSON.stringify({speaker: 's1'}))")
    page.reload()
    fay.is_connected()
    fay.until("() => document.querySelectorAll('#voices audio').length === 1")
    circle.join("Ida")
    fay.until("() => document.querySelectorAll('#voices audio').length === 2")
    assert page.evaluate("sinks") == []
    expect(fay.notice).to_be_empty()
    fay.press("unmute")
    fay.until("() => [...document.querySelectorAll('#voices audio')].every(({by}) => by === 's1')")
    expect(fay.notice).to_be_empty()
    circle.close()
    assert circle.problems == []
