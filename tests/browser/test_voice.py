"""Voices follow the phase: measured at every receiver, by the frequency of each sender."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.freezable import freezable
from tests.browser.people import Person
from tests.browser.voices import (
    Tones,
    Voices,
    arrived,
    assert_heard,
    comes_to_hear,
    hears,
    is_connected_to_all,
)
from tests.support.processes import Server, StartServer

NAMES = ("Fay", "Mei", "Ann", "Ben")


def everybody_hears(voices: Voices, heard: set[str]) -> None:
    """Each receiver plays exactly these people, except itself."""
    assert_heard({person: heard - {name} for name, person in voices.people.items()})


def says(person: Person, words: str, within_ms: int = 5_000) -> None:
    """Waits for these words about my microphone."""
    status = person.page.get_by_role("status", name="My microphone")
    expect(status).to_have_text(words, timeout=within_ms)


@pytest.mark.timeout(240)
def test_who_is_heard_follows_the_phase(voices: Voices) -> None:
    """This holds in each phase of the classic format, at all four receivers."""
    voices.gather(*NAMES)
    fay, mei, ann = (voices.people[name] for name in ("Fay", "Mei", "Ann"))
    everybody_hears(voices, set(NAMES))
    voices.seat_presenter("Mei", fay)
    fay.press("Start session")
    voices.all_see(lambda person: person.sees_phase("arrival"))
    everybody_hears(voices, set(NAMES))
    voices.move_to("call", fay)
    everybody_hears(voices, set(NAMES))
    voices.move_to("presentation", fay)
    everybody_hears(voices, {"Fay", "Mei"})
    says(ann, "listening: your microphone is held in this phase")
    voices.move_to("questions", fay)
    ann.press("Raise hand")
    expect(fay.list("Hands").get_by_role("listitem")).to_have_count(1)
    fay.press("Give the floor to Ann")
    voices.all_see(lambda p: expect(p.chair("Ann")).to_contain_text("speaking"))
    everybody_hears(voices, {"Fay", "Mei", "Ann"})
    mei.press("More")
    mei.press("Try the camera")
    trial = mei.page.locator("[data-try=camera]")
    expect(trial).to_have_attribute("aria-pressed", "true")
    voices.move_to("reflection", fay)
    expect(trial).to_have_attribute("aria-pressed", "false")
    expect(trial).to_be_hidden()
    everybody_hears(voices, {"Fay", "Ann", "Ben"})
    says(mei, "listening: your microphone is held in this phase")
    sound = mei.page.get_by_role("group", name="Sound and picture")
    expect(sound.get_by_role("button")).to_have_count(0)
    fay.press("Hold a silence")
    everybody_hears(voices, {"Fay"})
    fay.press_calmly("End the silence")
    everybody_hears(voices, {"Fay", "Ann", "Ben"})
    voices.move_to("response", fay)
    everybody_hears(voices, {"Fay", "Mei"})
    mei.press("Yield")
    everybody_hears(voices, set(NAMES))
    voices.move_to("closing", fay)
    everybody_hears(voices, set(NAMES))
    says(ann, "heard")
    fay.press_calmly("End session")
    fay.page.get_by_role("dialog").get_by_role("button", name="End session").click()
    voices.all_see(lambda person: person.sees_phase("ended"))
    everybody_hears(voices, set())


@pytest.mark.parametrize("role", ["observer", "member"])
def test_whoever_is_let_in_by_the_door_has_a_voice(voices: Voices, role: str) -> None:
    """On the defaults, without a reload after *Admit*, the microphone is available."""
    fay = voices.start("Fay", door="closed")
    mei = voices.join("Mei")
    mei.sees_phase("lobby")
    expect(mei.button("Unmute")).to_be_hidden()
    fay.press("Admit Mei")
    mei.sees_phase("waiting")
    if role == "observer":  # and back again, which is another way to a seat
        fay.press("Make Mei an observer")
        says(mei, "listening")
        fay.press("Make Mei a member")
    for person in (fay, mei):
        person.press("Unmute")
    comes_to_hear(fay.page, {"Mei"})
    comes_to_hear(mei.page, {"Fay"})


def test_a_page_that_hears_nothing_of_the_room_sends_no_voice(
    two_servers: tuple[Server, Server], tones: Tones
) -> None:
    """A person who was removed meanwhile would hear it; with the room the voice comes back."""
    with freezable(two_servers[1].url) as way:
        voices = Voices(tones, [two_servers[0].url, way.url])
        voices.gather("Fay", "Mei")
        fay, mei = voices.people["Fay"], voices.people["Mei"]
        comes_to_hear(fay.page, {"Mei"})
        way.freeze(new=True)
        comes_to_hear(fay.page, set(), tries=60)
        expect(mei.page.get_by_role("status", name="Connection")).to_contain_text("coming back")
        says(mei, "not heard: the line is down")
        way.thaw()
        mei.is_connected()
        comes_to_hear(fay.page, {"Mei"})
        says(mei, "heard")
        voices.close()


MAY_NOT_PLAY = """
  const play = HTMLMediaElement.prototype.play;
  window.mayPlay = false;
  HTMLMediaElement.prototype.play = function () {
    const refusal = new DOMException("", "NotAllowedError");
    return window.mayPlay ? play.call(this) : Promise.reject(refusal);
  };
"""


def test_voices_that_a_browser_holds_back_are_told_and_started(voices: Voices) -> None:
    """A touch starts them at first, and after a pause by a system they restart by themselves."""
    fay = voices.start("Fay")
    fay.press("Unmute")
    page = voices.open_page()
    page.add_init_script(MAY_NOT_PLAY)
    mei = voices.join("Mei", page=page)
    hint = page.get_by_text("Press anywhere to hear the others.")
    expect(hint).to_be_visible()
    page.evaluate("mayPlay = true")
    page.get_by_role("heading", name="Welcome").click()
    expect(hint).to_be_hidden()
    comes_to_hear(mei.page, {"Fay"})
    page.evaluate("document.querySelector('#voices audio').pause()")
    comes_to_hear(mei.page, {"Fay"})
    page.evaluate("mayPlay = false; document.querySelector('#voices audio').pause()")
    expect(hint).to_be_visible()


def test_a_tampered_sender_is_not_heard(voices: Voices) -> None:
    """A browser that goes on sending in a phase that mutes its microphone is not played."""
    voices.gather("Fay", "Mei", "Ann")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    mei.page.evaluate(
        "() => { const put = RTCRtpSender.prototype.replaceTrack;"
        "RTCRtpSender.prototype.replaceTrack = function (track) {"
        " return track ? put.call(this, track) : Promise.resolve(); };"
        "const always = {set() {}, get: () => true};"
        "Object.defineProperty(MediaStreamTrack.prototype, 'enabled', always); }"
    )
    voices.seat_presenter("Mei", fay)
    fay.press("Start session")
    voices.all_see(lambda person: person.sees_phase("arrival"))
    fay.page.get_by_text("Other phases").click()
    fay.press("Go to Group reflection")
    voices.all_see(lambda person: person.sees_phase("reflection"))
    for name in ("Fay", "Ann"):
        page = voices.people[name].page
        comes_to_hear(page, {"Fay", "Ann"} - {name})
        before = min(arrived(page))
        while min(arrived(page)) < before + 40:
            assert hears(page) == {"Fay", "Ann"} - {name}
    comes_to_hear(mei.page, {"Fay", "Ann"})


def test_a_held_microphone_sends_nothing(voices: Voices) -> None:
    """No packet leaves while the phase mutes it, or while one is muted: not even silence."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(fay.page, {"Mei"})
    mei.press("Mute")
    says(mei, "muted by you")
    comes_to_hear(fay.page, set())
    # Earlier packets have arrived; from here on the other's second of sound adds none.
    before = arrived(fay.page)
    heard = arrived(mei.page)[0]
    while arrived(mei.page)[0] < heard + 50:
        assert arrived(fay.page)[0] - before[0] <= 2
    mei.press("Unmute")
    comes_to_hear(fay.page, {"Mei"})


def test_a_microphone_comes_back_as_it_was_left(voices: Voices) -> None:
    """It is on or off as before, and off after a facilitator muted it."""
    voices.gather("Fay", "Mei", "Ann")
    fay, mei, ann = (voices.people[name] for name in ("Fay", "Mei", "Ann"))
    ann.press("Mute")
    fay.press("Start session")
    for key in ("arrival", "call", "presentation"):
        if key != "arrival":
            voices.move_to(key, fay)
        voices.all_see(lambda person, key=key: person.sees_phase(key))  # type: ignore[misc]  # mypy cannot infer a lambda's default
    comes_to_hear(ann.page, {"Fay"})
    fay.page.get_by_text("Other phases").click()
    fay.press("Go to Closing")
    comes_to_hear(ann.page, {"Fay", "Mei"})
    comes_to_hear(fay.page, {"Mei"})
    says(ann, "muted by you")
    fay.press("Mute Mei")
    comes_to_hear(ann.page, {"Fay"})
    says(mei, "muted by a facilitator")
    expect(fay.button("Unmute Mei")).to_have_count(0)


@pytest.mark.timeout(240)
def test_voices_outlive_a_reload(voices: Voices) -> None:
    """People who stay hear each other throughout; a reloaded page is back within seconds."""
    voices.gather("Fay", "Mei", "Ann")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    everybody_hears(voices, {"Fay", "Mei", "Ann"})
    connections = len(fay.page.evaluate("window.peers"))
    mei.page.reload()
    mei.is_connected()
    comes_to_hear(fay.page, {"Mei", "Ann"})
    comes_to_hear(mei.page, {"Fay", "Ann"})
    says(mei, "heard")
    # The connection to Ann was not rebuilt.
    assert len(fay.page.evaluate("window.peers")) == connections + 1


@pytest.mark.timeout(240)
def test_voices_outlive_a_killed_server(
    redis_url: str, start_server: StartServer, tones: Tones
) -> None:
    """They hear each other; muting works at once, and the room learns it later."""
    server = start_server(redis_url)
    port = server.url.rpartition(":")[2]
    voices = Voices(tones, [server.url, server.url])
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(mei.page, {"Fay"})
    built = [len(person.page.evaluate("window.peers")) for person in (fay, mei)]
    server.kill()
    for person, other in ((fay, "Mei"), (mei, "Fay")):
        status = person.page.get_by_role("status", name="Connection")
        expect(status).to_contain_text("coming back")
        assert hears(person.page) == {other}
    mei.press("Mute")
    comes_to_hear(fay.page, set())
    says(mei, "muted by you")
    start_server(redis_url, PORT=port)
    for person in (fay, mei):
        person.is_connected()
    expect(fay.chair("Mei")).to_have_attribute("data-muted", "yes")
    comes_to_hear(mei.page, {"Fay"})
    mei.press("Unmute")
    comes_to_hear(fay.page, {"Mei"})
    assert [len(person.page.evaluate("window.peers")) for person in (fay, mei)] == built
    # Browser and htmx log the cut line, as they should.
    problems = [text for text in voices.problems if not re.search("WebSocket|htmx:ws:error", text)]
    voices.close()
    assert problems == []


def test_a_pair_that_does_not_come_about_is_built_anew(voices: Voices) -> None:
    """The answer to the first offer is lost: after ten seconds there is another one."""
    fay = voices.start("Fay")
    fay.press("Unmute")
    mei_page = voices.open_page()
    mei_page.add_init_script(
        "const send = WebSocket.prototype.send; window.lost = 0;"
        "WebSocket.prototype.send = function (text) {"
        " if (!window.lost && text.includes('answer')) { window.lost += 1; return; }"
        " return send.call(this, text); };"
    )
    mei = voices.join("Mei", page=mei_page)
    comes_to_hear(mei.page, {"Fay"}, tries=60)
    assert mei.page.evaluate("window.lost") == 1


FLOOD = """async (to) => {
  const { tell } = await import("/static/room/connection.js");
  const { me, people } = await import("/static/room/state.js");
  const theirs = people().find((person) => person.seat === to).sound;
  const sdp = "v=0\\r\\no=- 1 2 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\n";
  const data = {to: theirs, page: me().sound, description: {type: "offer", sdp}};
  for (let number = 0; number < 200; number++) {
    tell({do: "signal", to, data: {...data, link: Date.now() * 2 + number}});
  }
}"""


def test_offers_that_come_in_masses_build_no_masses_of_connections(voices: Voices) -> None:
    """Each has a greater number than the one before; a voice works again afterwards."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(mei.page, {"Fay"})
    fay.page.evaluate(FLOOD, mei.state["seat"])
    fay.press("Mute")  # arrives after them
    expect(mei.chair("Fay")).to_have_attribute("data-muted", "yes")
    assert len(mei.page.evaluate("window.peers")) <= 3
    change = "(number) => ({do: 'sound', page: String(number).padStart(16, '0')})"
    fay.page.evaluate(
        "async () => { const { tell } = await import('/static/room/connection.js');"
        f" for (let number = 0; number < 30; number++) tell(({change})(number)); }}"
    )
    sound = mei.chair("Fay").and_(mei.page.locator("[data-sound$='29']"))
    expect(sound).to_have_count(1)
    assert len(mei.page.evaluate("window.peers")) <= 8


def test_both_may_change_their_network_at_once(voices: Voices) -> None:
    """Both renegotiate at the same moment, and they hear each other all the same."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(mei.page, {"Fay"})
    first = [person.page.evaluate(UFRAG) for person in (fay, mei)]
    for _ in range(3):
        for person in (fay, mei):
            person.page.evaluate("() => { dispatchEvent(new Event('online')); }")
    for person, ufrag in zip((fay, mei), first, strict=True):
        person.page.wait_for_function(f"(first) => ({UFRAG})() !== first", arg=ufrag)
    comes_to_hear(mei.page, {"Fay"})
    comes_to_hear(fay.page, {"Mei"})
    assert [len(person.page.evaluate("window.peers")) for person in (fay, mei)] == [1, 1]


UFRAG = "() => window.peers.at(-1).localDescription.sdp.match(/ice-ufrag:(\\S+)/)[1]"
"""Differs after each ICE restart."""


def test_an_observer_hears_and_is_not_heard(voices: Voices) -> None:
    """They have no button for it."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(fay.page, {"Mei"})
    fay.press("Make Mei an observer")
    comes_to_hear(fay.page, set())
    comes_to_hear(mei.page, {"Fay"})
    says(mei, "listening")
    expect(mei.button("Unmute")).to_be_hidden()


def test_whoever_is_removed_neither_hears_nor_is_heard(voices: Voices) -> None:
    """Their media end with their seat: microphone, voices, connections."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(fay.page, {"Mei"})
    fay.press("Remove Mei")
    fay.page.get_by_role("dialog").get_by_role("button", name="Remove Mei").click()
    expect(mei.page.get_by_role("alert")).to_contain_text("no seat in this circle any more")
    mei.page.wait_for_function("() => window.peers.every(p => p.connectionState === 'closed')")
    comes_to_hear(fay.page, set())


def test_the_sound_is_in_one_window_and_can_be_moved(voices: Voices) -> None:
    """A second tab is silent until it takes the sound; then the first one is."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(mei.page, {"Fay"})
    second = Person("Mei", mei.page.context.new_page())
    second.page.goto(mei.page.url)
    second.is_connected()
    says(second, "sound is in another window of yours")
    expect(second.button("Mute")).to_be_hidden()
    assert hears(second.page) == set()
    second.press("Bring the sound here")
    comes_to_hear(second.page, {"Fay"})
    comes_to_hear(fay.page, {"Mei"})
    says(mei, "sound is in another window of yours")
    assert hears(mei.page) == set()
    second.page.close()
    mei.press("Bring the sound here")
    comes_to_hear(mei.page, {"Fay"})
    comes_to_hear(fay.page, {"Mei"})


def test_another_window_takes_the_sound_of_one_that_is_killed(voices: Voices) -> None:
    """Exactly one of the others does, with the microphone off; the rest stay silent."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    others = [another_window(mei), another_window(mei)]
    for person in others:
        says(person, "sound is in another window of yours")
    kill(mei.page)
    heir, silent = heir_of(others)
    comes_to_hear(heir.page, {"Fay"})
    comes_to_hear(fay.page, set())
    heir.press("Unmute")
    comes_to_hear(fay.page, {"Mei"})
    says(heir, "heard")
    says(silent, "sound is in another window of yours")
    assert hears(silent.page) == set()
    is_connected_to_all(1)(fay)


def test_another_window_takes_the_sound_of_one_that_is_closed_in_another_browser(
    voices: Voices, two_servers: tuple[Server, Server]
) -> None:
    """A page of another server simulates another browser: they do not share locks."""
    voices.gather("Fay", "Mei")
    mei = voices.people["Mei"]
    there = {two_servers[1].url: two_servers[0].url}
    second = another_window(mei)
    third = another_window(mei, there)
    comes_to_hear(third.page, {"Fay"})  # the later browser has it
    says(mei, "sound is in another window of yours")
    third.page.close()
    heir, silent = heir_of([mei, second])
    comes_to_hear(heir.page, {"Fay"})
    says(silent, "sound is in another window of yours")
    assert hears(silent.page) == set()


def another_window(person: Person, moved: Mapping[str, str] | None = None) -> Person:
    """The same person in one more window, of the same server or of the substitute in `moved`."""
    url = person.page.url
    for here, there in (moved or {}).items():
        url = url.replace(here, there)
    window = Person(person.name, person.page.context.new_page())
    window.open(url)
    window.is_connected()
    return window


INHERITED = "sound has come to this window: your microphone is off"


def heir_of(windows: list[Person]) -> tuple[Person, Person]:
    """The one of two windows that takes the sound, and the other one."""
    for _ in range(100):
        for heir, silent in (windows, windows[::-1]):
            sound = heir.page.get_by_role("status", name="My microphone")
            with suppress(AssertionError):
                expect(sound).to_have_text(INHERITED, timeout=250)
                return heir, silent
    raise AssertionError("no window has taken the sound")


def kill(page: Page) -> None:
    """Kills the process that renders this page, without any notification."""
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")


def test_pictures_sit_in_the_chairs(voices: Voices) -> None:
    """They are shown where allowed, and off for a presenter sitting back or for all on request."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    mei.press("Turn camera on")
    picture = fay.chair("Mei").locator("video")
    fay.page.wait_for_function(
        "() => document.querySelector('#circle li video')?.videoWidth > 0", timeout=20_000
    )
    size = fay.page.evaluate(
        "() => { const v = document.querySelector('#circle li video');"
        " return [v.videoWidth, v.videoHeight]; }"
    )
    assert size[0] <= 320
    assert size[1] <= 180
    fay.press("Start session")
    expect(picture).to_be_visible()
    fay.page.get_by_text("Sound and picture for all").click()
    fay.press("Pictures off for all")
    expect(picture).to_have_count(0)
    expect(mei.chair("Mei").locator("video")).to_have_count(0)
    fay.press_calmly("Allow pictures")
    expect(picture).to_be_visible()
    voices.seat_presenter("Mei", fay)
    fay.page.get_by_text("Other phases").click()
    fay.press("Go to Group reflection")
    expect(picture).to_have_count(0)
    fay.press("Bring the presenter back")
    says(mei, "heard")
    expect(mei.button("Turn camera on")).to_be_visible()
    expect(picture).to_have_count(0)


def test_two_people_read_the_same_safety_phrase(voices: Voices) -> None:
    """Each pair has four words, the same at both ends."""
    voices.gather("Fay", "Mei")
    read = []
    for person, other in (("Fay", "Mei"), ("Mei", "Fay")):
        page = voices.people[person].page
        comes_to_hear(page, {other})
        page.get_by_role("button", name="More", exact=True).click()
        page.get_by_role("button", name="Show the safety phrases").click()
        phrase = page.get_by_role("list", name="Safety phrases").locator("b")
        expect(phrase).to_have_count(1, timeout=20_000)
        read.append(phrase.inner_text())
    assert read[0] == read[1]
    assert len(read[0].split()) == 4


def test_a_circle_that_talks_elsewhere_is_silent_here(voices: Voices) -> None:
    """People in the room see the link to the other call, and this room carries no voice."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(mei.page, {"Fay"})
    fay.page.get_by_text("Sound and picture for all").click()
    fay.page.get_by_label("We talk elsewhere").fill("https://calls.example.org/tuesday")
    fay.press("Talk elsewhere")
    link = mei.page.get_by_role("link", name="Open our call")
    expect(link).to_have_attribute("href", "https://calls.example.org/tuesday")
    expect(mei.button("Mute")).to_have_count(0)
    assert hears(mei.page) == set()
    is_connected_to_all(0)(mei)
    fay.press("Talk here again")
    comes_to_hear(mei.page, {"Fay"})


def test_whoever_is_removed_has_no_voice_left(voices: Voices) -> None:
    """Every connection of theirs is closed, at their own page and at the others'."""
    voices.gather("Fay", "Mei", "Ann")
    fay, mei, ann = (voices.people[name] for name in ("Fay", "Mei", "Ann"))
    fay.press("Remove Ann")
    fay.press("Remove, and renew the links")
    expect(ann.page.get_by_role("alert")).to_contain_text("You have no seat in this circle")
    for person in (fay, mei):
        is_connected_to_all(1)(person)
    ann.page.wait_for_function("() => window.peers.every((p) => p.connectionState === 'closed')")
    del voices.people["Ann"]
    everybody_hears(voices, {"Fay", "Mei"})
