"""Voices follow the phase: measured at every receiver, by the frequency of each sender."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.freezable import freezable
from tests.browser.voices import (
    Tones,
    Voices,
    arrived,
    assert_heard,
    comes_to_hear,
    hears,
    is_connected_to_all,
)
from tests.support.client import ask
from tests.support.person import Person, come_by
from tests.support.processes import Server, StartServer, wait_until
from tests.support.translation import translate

NAMES = ("Fay", "Mei", "Ann", "Ben")


def everybody_hears(voices: Voices, heard: set[str]) -> None:
    """Each receiver plays exactly these people, except itself."""
    assert_heard({person: heard - {name} for name, person in voices.people.items()})


def is_muted(person: Person, by: str = "off") -> None:
    """Waits until this page shows its microphone as muted: `off`, or `hushed` by somebody else."""
    expect(person.control("unmute")).to_be_enabled()
    expect(person.page.locator("#state")).to_have_attribute("data-mic", by)


def is_unmuted(person: Person) -> None:
    """Waits until this page shows its microphone as on, with nothing wrong."""
    expect(person.control("mute")).to_be_enabled()
    expect(person.page.locator("#sound")).to_have_attribute("data-trouble", "")


def is_elsewhere(person: Person) -> None:
    """Waits until this page shows that another window has the sound."""
    expect(person.control("sound")).to_be_visible()
    expect(person.page.locator("#microphone")).to_be_hidden()


def test_who_is_heard_follows_the_phase(voices: Voices) -> None:
    """This holds in each phase of the classic format, at all four receivers."""
    voices.gather(*NAMES)
    fay, mei, ann = (voices.people[name] for name in ("Fay", "Mei", "Ann"))
    everybody_hears(voices, set(NAMES))
    voices.seat_presenter("Mei", fay)
    fay.press("start")
    voices.all_see(lambda person: person.sees_phase("arrival"))
    everybody_hears(voices, set(NAMES))
    voices.move_to("call", fay)
    everybody_hears(voices, set(NAMES))
    voices.move_to("presentation", fay)
    everybody_hears(voices, {"Fay", "Mei"})
    assert ann.state["heard"] == "no"
    voices.move_to("questions", fay)
    ann.press("raise_hand")
    expect(fay.hands).to_have_count(1)
    fay.press("give_floor", about="Ann")
    voices.all_see(lambda p: p.shows("Ann", "speaking"))
    everybody_hears(voices, {"Fay", "Mei", "Ann"})
    mei.press("more")
    trial = mei.page.locator("[data-try=camera]")
    trial.click()
    expect(trial).to_have_attribute("aria-pressed", "true")
    voices.move_to("reflection", fay)
    expect(trial).to_have_attribute("aria-pressed", "false")
    expect(trial).to_be_hidden()
    everybody_hears(voices, {"Fay", "Ann", "Ben"})
    expect(mei.page.locator("#sound .switches button").filter(visible=True)).to_have_count(0)
    fay.press("silence", seconds=300)
    everybody_hears(voices, {"Fay"})
    fay.press_calmly("silence", seconds=0)
    everybody_hears(voices, {"Fay", "Ann", "Ben"})
    voices.move_to("response", fay)
    everybody_hears(voices, {"Fay", "Mei"})
    mei.press_calmly("yield")
    everybody_hears(voices, set(NAMES))
    voices.move_to("closing", fay)
    everybody_hears(voices, set(NAMES))
    is_unmuted(ann)
    fay.confirm("end")
    voices.all_see(lambda person: person.sees_phase("ended"))
    everybody_hears(voices, set())


def test_open_talk_counts_in_who_has_spoken(voices: Voices) -> None:
    """Each page reports its own person; somebody who is muted has said nothing."""
    voices.gather("Fay", "Mei", "Ann")
    fay, ann = voices.people["Fay"], voices.people["Ann"]
    ann.press("mute")
    is_muted(ann)
    fay.press("start")
    voices.move_to("call", fay)
    assert fay.page.locator("#circle [data-holds]").count() == 0
    share = fay.page.locator(f"#dock .voices [data-person='{fay.seat_of('Mei')}'] meter")
    # A report in the arrival is followed by none for half a minute.
    expect(share).to_have_attribute("value", re.compile(r"^\d{4,5}$"), timeout=60_000)
    of_ann = fay.page.locator(f"#dock .voices [data-person='{fay.seat_of('Ann')}']")
    expect(of_ann).to_have_count(1)
    assert of_ann.locator("meter").count() == 0


def test_whoever_waits_tries_the_microphone_and_takes_it_along(voices: Voices) -> None:
    """The level moves at the door, where nobody hears it; let in, the same person is heard."""
    fay = voices.start("Fay", door="closed")
    mei = voices.join("Mei")
    mei.sees_phase("lobby")
    mei.press("more")
    trial, level = mei.page.locator("[data-try=microphone]"), mei.page.locator("#device-level")
    trial.click()
    expect(trial).to_have_attribute("aria-pressed", "true")
    mei.until("() => document.getElementById('device-level').value > 0.02")
    assert mei.page.locator("#voices audio").count() == 0
    fay.press("admit", about="Mei")
    mei.sees_phase("waiting")
    mei.press("close")
    expect(trial).to_have_attribute("aria-pressed", "false")
    expect(level).to_be_hidden()
    for person in (fay, mei):
        person.press("unmute")
    comes_to_hear(fay.page, {"Mei"})


@pytest.mark.parametrize("role", ["observer", "member"])
def test_whoever_is_let_in_by_the_door_has_a_voice(voices: Voices, role: str) -> None:
    """On the defaults, without a reload after *Admit*, the microphone is available."""
    fay = voices.start("Fay", door="closed")
    mei = voices.join("Mei")
    mei.sees_phase("lobby")
    expect(mei.control("unmute")).to_be_hidden()
    fay.press("admit", about="Mei")
    mei.sees_phase("waiting")
    if role == "observer":  # and back again, which is another way to a seat
        fay.press("make_observer", about="Mei")
        mei.shows("Mei", "role", "observer")
        fay.press("make_member", about="Mei")
    for person in (fay, mei):
        person.press("unmute")
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
        comes_to_hear(fay.page, set())
        mei.is_cut_off()
        way.thaw()
        mei.is_connected()
        comes_to_hear(fay.page, {"Mei"})
        is_unmuted(mei)
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
    fay.press("unmute")
    page = voices.open_page()
    page.add_init_script(MAY_NOT_PLAY)
    mei = voices.join("Mei", page=page)
    hint = page.locator("#touch")
    expect(hint).to_be_visible()
    page.evaluate("mayPlay = true")
    page.locator("#stage h1").click()
    expect(hint).to_be_hidden()
    comes_to_hear(mei.page, {"Fay"})
    page.evaluate("document.querySelector('#voices audio').pause()")
    comes_to_hear(mei.page, {"Fay"})
    page.evaluate("mayPlay = false; document.querySelector('#voices audio').pause()")
    expect(hint).to_be_visible()
    page.evaluate("mayPlay = true")
    expect(hint).to_be_hidden()
    comes_to_hear(mei.page, {"Fay"})


# As on a phone: a finger counts once it is lifted, and only for what its own event starts.
PLAYS_FOR_A_FINGER = """
  for (const event of ["pointerup", "touchend", "click"]) {
    addEventListener(event, () => {
      window.mayPlay = true;
      setTimeout(() => { window.mayPlay = false; });
    }, true);
  }
"""


def test_a_finger_starts_voices_that_a_browser_holds_back(voices: Voices) -> None:
    """It goes down before the browser allows any sound."""
    fay = voices.start("Fay")
    fay.press("unmute")
    page = voices.open_page(phone=True, has_touch=True)
    page.add_init_script(MAY_NOT_PLAY)
    page.add_init_script(PLAYS_FOR_A_FINGER)
    mei = voices.join("Mei", page=page)
    hint = page.locator("#touch")
    expect(hint).to_be_visible()
    page.locator("#stage h1").tap()
    expect(hint).to_be_hidden()
    comes_to_hear(mei.page, {"Fay"})


def test_a_tampered_sender_is_not_heard(voices: Voices) -> None:
    """A browser that goes on sending in a phase that mutes its microphone is not played."""
    voices.gather("Fay", "Mei", "Ann")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(mei.page, {"Fay", "Ann"})  # What is disabled by then stays so.
    mei.page.evaluate(
        "() => { const put = RTCRtpSender.prototype.replaceTrack;"
        "RTCRtpSender.prototype.replaceTrack = function (track) {"
        " return track ? put.call(this, track) : Promise.resolve(); };"
        "const always = {set() {}, get: () => true};"
        "Object.defineProperty(MediaStreamTrack.prototype, 'enabled', always); }"
    )
    voices.seat_presenter("Mei", fay)
    fay.press("start")
    voices.all_see(lambda person: person.sees_phase("arrival"))
    fay.press("go", to="reflection")
    voices.all_see(lambda person: person.sees_phase("reflection"))
    for name in ("Fay", "Ann"):
        page = voices.people[name].page
        comes_to_hear(page, {"Fay", "Ann"} - {name})
        before = min(arrived(page))
        while min(arrived(page)) < before + 40:
            assert hears(page) <= {"Fay", "Ann"} - {name}
    comes_to_hear(mei.page, {"Fay", "Ann"})


def test_a_held_microphone_sends_nothing(voices: Voices) -> None:
    """No packet leaves while the phase mutes it, or while one is muted: not even silence."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(fay.page, {"Mei"})
    mei.press("mute")
    is_muted(mei)
    comes_to_hear(fay.page, set())
    # Earlier packets have arrived; from here on the other's second of sound adds none.
    before = arrived(fay.page)
    heard = arrived(mei.page)[0]
    while arrived(mei.page)[0] < heard + 50:
        assert arrived(fay.page)[0] - before[0] <= 2
    mei.press("unmute")
    comes_to_hear(fay.page, {"Mei"})


def test_a_microphone_comes_back_as_it_was_left(voices: Voices) -> None:
    """It is on or off as before, and off after a facilitator muted it."""
    voices.gather("Fay", "Mei", "Ann")
    fay, mei, ann = (voices.people[name] for name in ("Fay", "Mei", "Ann"))
    ann.press("mute")
    fay.press("start")
    for key in ("arrival", "call", "presentation"):
        if key != "arrival":
            voices.move_to(key, fay)
        voices.all_see(lambda person, key=key: person.sees_phase(key))  # type: ignore[misc]  # mypy cannot infer a lambda's default
    comes_to_hear(ann.page, {"Fay"})
    fay.press("go", to="closing")
    comes_to_hear(ann.page, {"Fay", "Mei"})
    comes_to_hear(fay.page, {"Mei"})
    is_muted(ann)
    fay.press("mute", about="Mei")
    comes_to_hear(ann.page, {"Fay"})
    is_muted(mei, "hushed")
    expect(fay.control("unmute", about="Mei")).to_have_count(0)


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
    is_unmuted(mei)
    # The connection to Ann was not rebuilt.
    assert len(fay.page.evaluate("window.peers")) == connections + 1


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
    comes_to_hear(fay.page, {"Mei"})
    built = [len(person.page.evaluate("window.peers")) for person in (fay, mei)]
    server.kill()
    for person, other in ((fay, "Mei"), (mei, "Fay")):
        person.is_cut_off()
        comes_to_hear(person.page, {other})
    mei.press("mute")
    comes_to_hear(fay.page, set())
    expect(mei.control("unmute")).to_be_visible()
    start_server(redis_url, PORT=port)
    for person in (fay, mei):
        person.is_connected()
    expect(fay.chair("Mei")).to_have_attribute("data-muted", "yes")
    comes_to_hear(mei.page, {"Fay"})
    mei.press("unmute")
    comes_to_hear(fay.page, {"Mei"})
    assert [len(person.page.evaluate("window.peers")) for person in (fay, mei)] == built
    # Browser and htmx log the cut line, and modules come late, as they should.
    lost = "WebSocket|htmx:ws:error|ERR_CONNECTION_(REFUSED|RESET)|dynamically imported module"
    problems = [text for text in voices.problems if not re.search(lost, text)]
    voices.close()
    assert problems == []


def test_a_pair_that_does_not_come_about_is_built_anew(voices: Voices) -> None:
    """The answer to the first offer is lost: after ten seconds there is another one."""
    fay = voices.start("Fay")
    fay.press("unmute")
    mei_page = voices.open_page()
    mei_page.add_init_script(
        "const send = WebSocket.prototype.send; window.lost = 0;"
        "WebSocket.prototype.send = function (text) {"
        " if (!window.lost && text.includes('answer')) { window.lost += 1; return; }"
        " return send.call(this, text); };"
    )
    mei = voices.join("Mei", page=mei_page)
    comes_to_hear(mei.page, {"Fay"})
    assert mei.page.evaluate("window.lost") == 1


# As behind a firewall that blocks UDP: this page has no address at which others could reach it.
BLOCKS_UDP = """
  const Open = window.RTCPeerConnection;
  window.isBlocked = true;
  window.RTCPeerConnection = class extends Open {
    constructor(ice) { super(window.isBlocked ? {...ice, iceTransportPolicy: "relay"} : ice); }
  };
"""


def test_both_ends_read_that_no_voice_passes_between_them(voices: Voices) -> None:
    """It is said by name while others are connected, and goes when the pair is."""
    fay = voices.start("Fay")
    mei_page = voices.open_page()
    mei_page.add_init_script(BLOCKS_UDP)
    mei = voices.join("Mei", page=mei_page)
    ann = voices.join("Ann")
    for person in (fay, ann):
        person.press("unmute")
    for person in (fay, ann):
        reads_of_voices(
            person, "No voice passes between you and \u2068Mei\u2069 for now. We keep trying."
        )
    # Also while her own microphone is off.
    reads_of_voices(mei, "No voice passes between you and the others for now. We keep trying.")
    mei.press("unmute")
    is_unmuted(mei)
    reads_of_voices(mei, "No voice passes between you and the others for now. We keep trying.")
    mei.page.evaluate("window.isBlocked = false")
    for person in (fay, ann, mei):
        reads_of_voices(person, "You are heard.")
    comes_to_hear(mei.page, {"Fay", "Ann"})
    fay.shows("Mei", "sounding", "")


def reads_of_voices(person: Person, sentence: str) -> None:
    """Waits until this page says this of its voice."""
    expect(person.page.locator("#voice-words")).to_have_text(sentence)


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


STANDS_STILL = """() => {
  const now = performance.now();
  performance.now = () => now;
}"""


def test_offers_that_come_in_masses_build_no_masses_of_connections(voices: Voices) -> None:
    """Each has a greater number than the one before."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(mei.page, {"Fay"})
    mei.page.evaluate(STANDS_STILL)  # At most one connection is built in a second.
    fay.page.evaluate(FLOOD, mei.state["seat"])
    fay.press("mute")  # arrives after them
    expect(mei.chair("Fay")).to_have_attribute("data-muted", "yes")
    assert len(mei.page.evaluate("window.peers")) <= 3
    change = "(number) => ({do: 'sound', page: String(number).padStart(16, '0')})"
    fay.page.evaluate(
        "async () => { const { tell } = await import('/static/room/connection.js');"
        f" for (let number = 0; number < 30; number++) tell(({change})(number)); }}"
    )
    sound = mei.chair("Fay").and_(mei.page.locator("[data-sound$='29']"))
    expect(sound).to_have_count(1)
    assert len(mei.page.evaluate("window.peers")) <= 3


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
    fay.press("make_observer", about="Mei")
    comes_to_hear(fay.page, set())
    comes_to_hear(mei.page, {"Fay"})
    mei.shows("Mei", "role", "observer")
    expect(mei.control("unmute")).to_be_hidden()


def test_whoever_is_removed_neither_hears_nor_is_heard(voices: Voices) -> None:
    """Their media end with their seat: microphone, voices, connections."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(fay.page, {"Mei"})
    fay.confirm("remove", about="Mei")
    mei.is_out("4401")
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
    is_elsewhere(second)
    assert hears(second.page) == set()
    second.press("sound")
    comes_to_hear(second.page, {"Fay"})
    comes_to_hear(fay.page, {"Mei"})
    is_elsewhere(mei)
    assert hears(mei.page) == set()
    second.page.close()
    mei.press("sound")
    comes_to_hear(mei.page, {"Fay"})
    comes_to_hear(fay.page, {"Mei"})


def test_another_window_takes_the_sound_of_one_that_is_killed(voices: Voices) -> None:
    """Exactly one of the others does, with the microphone off; the rest stay silent."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    others = [another_window(mei), another_window(mei)]
    for person in others:
        is_elsewhere(person)
    kill(mei.page)
    heir, silent = heir_of(others)
    comes_to_hear(heir.page, {"Fay"})
    comes_to_hear(fay.page, set())
    heir.press("unmute")
    comes_to_hear(fay.page, {"Mei"})
    is_unmuted(heir)
    is_elsewhere(silent)
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
    is_elsewhere(mei)
    third.page.close()
    heir, silent = heir_of([mei, second])
    comes_to_hear(heir.page, {"Fay"})
    is_elsewhere(silent)
    assert hears(silent.page) == set()


def test_a_last_page_that_stays_open_keeps_no_sound_from_the_next_session(voices: Voices) -> None:
    """The same person comes in another tab, has the sound there without a press, and is heard."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(mei.page, {"Fay"})
    fay.confirm("end")
    mei.sees_phase("ended")
    back = voices.visit(mei)
    wait_until(lambda: 'data-phase="waiting"' in ask(back.room, cookie=back.cookie).text, 60)
    fay.reload()
    again = another_window(mei)
    for person in (fay, again):
        person.press("unmute")
    comes_to_hear(fay.page, {"Mei"})
    comes_to_hear(again.page, {"Fay"})


def test_whoever_was_removed_comes_back_in_another_tab_with_the_sound(voices: Voices) -> None:
    """Also while the page from which they were removed stays open."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(fay.page, {"Mei"})
    fay.confirm("remove", about="Mei")
    mei.is_out("4401")
    again = Person("Mei", mei.page.context.new_page())
    come_by(voices.link.replace(voices.first_page, voices.visit(mei).url), again)
    fay.press("admit", about="Mei")
    again.press("unmute")
    comes_to_hear(fay.page, {"Mei"})
    comes_to_hear(again.page, {"Fay"})


def another_window(person: Person, moved: Mapping[str, str] | None = None) -> Person:
    """The same person in one more window, of the same server or of the substitute in `moved`."""
    url = person.page.url
    for here, there in (moved or {}).items():
        url = url.replace(here, there)
    window = Person(person.name, person.page.context.new_page())
    window.open(url)
    window.is_connected()
    return window


def heir_of(windows: list[Person]) -> tuple[Person, Person]:
    """The one of two windows that takes the sound, and the other one."""
    for _ in range(100):
        for heir, silent in (windows, windows[::-1]):
            inherited = heir.page.locator("#sound[data-inherited]")
            with suppress(AssertionError):
                expect(inherited).to_have_count(1, timeout=250)
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
    mei.press("camera")
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
    fay.press("start")
    expect(picture).to_be_visible()
    fay.press("pictures", on=False)
    expect(picture).to_have_count(0)
    expect(mei.chair("Mei").locator("video")).to_have_count(0)
    fay.press_calmly("pictures", on=True)
    expect(picture).to_be_visible()
    voices.seat_presenter("Mei", fay)
    fay.press("go", to="reflection")
    expect(picture).to_have_count(0)
    fay.press("recall")
    fay.shows("Mei", "heard")
    expect(mei.control("camera")).to_be_visible()
    expect(mei.page.locator("#state")).to_have_attribute("data-camera", "off")
    expect(picture).to_have_count(0)


def test_two_people_read_the_same_safety_phrase(voices: Voices) -> None:
    """Each pair has four words, the same at both ends."""
    voices.gather("Fay", "Mei")
    read = []
    for person, other in (("Fay", "Mei"), ("Mei", "Fay")):
        page = voices.people[person].page
        comes_to_hear(page, {other})
        voices.people[person].press("more")
        voices.people[person].press("phrases")
        phrase = page.locator("#phrases b")
        expect(phrase).to_have_count(1, timeout=20_000)
        read.append(phrase.inner_text())
        translate(page)
        assert phrase.inner_text() == read[-1]
    assert read[0] == read[1]
    assert len(read[0].split()) == 4

    # A reload rebuilds the pair, with another certificate.
    fay, mei = voices.people["Fay"].page, voices.people["Mei"]
    mei.reload()
    mei.is_connected()
    expect(fay.locator("#phrases b")).not_to_have_text(read[0])
    comes_to_hear(mei.page, {"Fay"})
    mei.press("more")
    mei.press("phrases")
    phrase = mei.page.locator("#phrases b")
    expect(phrase).to_have_count(1)
    expect(fay.locator("#phrases b")).to_have_text(phrase.inner_text())


def test_safety_phrases_that_could_not_be_made_are_asked_for_again(voices: Voices) -> None:
    """The page says so, and the button stays of use."""
    voices.gather("Fay", "Mei")
    fay = voices.people["Fay"]
    comes_to_hear(fay.page, {"Mei"})
    fay.page.route("**/bip39-english.json", lambda route: route.fulfill(body=""))
    fay.press("more")
    fay.press("phrases")
    failed = fay.page.locator("#phrases [data-said]")
    expect(failed).to_have_attribute("data-said", "phrases.failed")
    fay.page.unroute("**/bip39-english.json")
    fay.press("phrases")
    expect(fay.page.locator("#phrases b")).to_have_count(1)


def test_a_circle_that_talks_elsewhere_is_silent_here(voices: Voices) -> None:
    """People in the room see the link to the other call, and this room carries no voice."""
    voices.gather("Fay", "Mei")
    fay, mei = voices.people["Fay"], voices.people["Mei"]
    comes_to_hear(mei.page, {"Fay"})
    fay.submit("talk_elsewhere", url="https://calls.example.org/tuesday")
    link = mei.control("open_call")
    expect(link).to_have_attribute("href", "https://calls.example.org/tuesday")
    expect(mei.control("mute")).to_have_count(0)
    assert hears(mei.page) == set()
    is_connected_to_all(0)(mei)
    fay.press("talk_elsewhere", url="")
    comes_to_hear(mei.page, {"Fay"})


def test_whoever_is_removed_has_no_voice_left(voices: Voices) -> None:
    """Every connection of theirs is closed, at their own page and at the others'."""
    voices.gather("Fay", "Mei", "Ann")
    fay, mei, ann = (voices.people[name] for name in ("Fay", "Mei", "Ann"))
    ann.page.mouse.move(0, 0)  # otherwise the hint of *Unmute* may be asked for as she is removed
    fay.press("remove", about="Ann")
    fay.press("confirm_also")
    ann.is_out("4401")
    for person in (fay, mei):
        is_connected_to_all(1)(person)
    ann.page.wait_for_function("() => window.peers.every((p) => p.connectionState === 'closed')")
    del voices.people["Ann"]
    everybody_hears(voices, {"Fay", "Mei"})
