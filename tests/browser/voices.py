"""People with voices: each in a Chromium of their own whose microphone sends a tone of their own.

Each receiver measures by frequency, in the sound that its page plays.
"""

from __future__ import annotations

import math
import os
import signal
import struct
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    StorageState,
    expect,
    sync_playwright,
)

from tests.support.chromium import MEDIA, PLAYS_UNASKED, chromium_path, whole_chromium
from tests.support.people import Circle
from tests.support.person import AtPage, Person

TONES = {"Fay": 400, "Mei": 700, "Ann": 1150, "Ben": 1900, "Lea": 3300, "Zoe": 2600}
RATE = 48_000
# Browsers suppress a steady tone as noise.
PLAIN_MICROPHONE = """
  const media = navigator.mediaDevices, open = media?.getUserMedia.bind(media);
  if (media) media.getUserMedia = (wanted) => open(wanted.audio ? {...wanted, audio: {
    ...wanted.audio, noiseSuppression: false, echoCancellation: false, autoGainControl: false,
  }} : wanted);
"""
# Every connection to another page, to count the packets on it.
KEEPS_PEERS = """
  const Peer = window.RTCPeerConnection;
  window.peers = [];
  window.RTCPeerConnection = class extends Peer {
    constructor(...given) { super(...given); window.peers.push(this); }
  };
"""
# Received audio packets of each connection, and the number of open connections.
ARRIVED = """
async () => {
  const standing = window.peers.filter((peer) => peer.connectionState === "connected");
  return Promise.all(standing.map(async (peer) => [...(await peer.getStats()).values()]
    .filter((s) => s.type === "inbound-rtp" && s.kind === "audio")
    .reduce((sum, s) => sum + s.packetsReceived, 0)));
}
"""
# Which of the tones are in the voices that this page plays now?
HEARS = """
async (tones) => {
  const played = [...document.querySelectorAll("#voices audio")].filter(
    (a) => a.srcObject && !a.muted && !a.paused && a.srcObject.getTracks()[0].enabled);
  const context = window.ear ??= new AudioContext({sampleRate: 48000});
  await context.resume();
  const found = new Set();
  const ears = played.map((audio) => {
    const source = context.createMediaStreamSource(audio.srcObject);
    const analyser = new AnalyserNode(context, {fftSize: 4096, smoothingTimeConstant: 0});
    source.connect(analyser);
    return {source, analyser, bins: new Float32Array(analyser.frequencyBinCount)};
  });
  for (let look = 0; look < 8; look++) {
    await new Promise((done) => setTimeout(done, 60));
    for (const {analyser, bins} of ears) {
      analyser.getFloatFrequencyData(bins);
      for (const [name, hertz] of Object.entries(tones)) {
        const bin = Math.round(hertz * analyser.fftSize / context.sampleRate);
        if (Math.max(...bins.slice(bin - 1, bin + 2)) > -50) found.add(name);
      }
    }
  }
  for (const {source} of ears) source.disconnect();
  await context.suspend();
  return [...found];
}
"""

# Firefox starts no AudioContext on a machine without a loudspeaker, so the sound is recorded.
RECORDS = """
async (tones) => {
  const played = [...document.querySelectorAll("#voices audio")].filter(
    (a) => a.srcObject && !a.muted && !a.paused && a.srcObject.getTracks()[0].enabled);
  const found = new Set();
  await Promise.all(played.map(async (audio) => {
    const recorder = new MediaRecorder(audio.srcObject), parts = [];
    recorder.ondataavailable = ({data}) => parts.push(data);
    const stopped = new Promise((done) => { recorder.onstop = done; });
    recorder.start();
    await new Promise((done) => setTimeout(done, 500));
    recorder.stop();
    await stopped;
    const file = await new Blob(parts).arrayBuffer();
    const context = new OfflineAudioContext(1, 48000, 48000);
    const sound = await context.decodeAudioData(file).catch(() => null);
    const samples = sound?.getChannelData(0) ?? [];
    for (const [name, hertz] of Object.entries(tones)) {
      // Goertzel's algorithm: the strength of one frequency.
      const turn = 2 * Math.cos(2 * Math.PI * hertz / 48000);
      let [last, before] = [0, 0];
      for (const sample of samples) [last, before] = [sample + turn * last - before, last];
      const power = last * last + before * before - turn * last * before;
      if (2 * Math.sqrt(power) / samples.length > 0.01) found.add(name);
    }
  }));
  return [...found];
}
"""


def a_tone(folder: Path, hertz: int) -> Path:
    """A file with one second of this tone."""
    path = folder / f"{hertz}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        samples = (round(9000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(RATE))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


class Tones:
    """A browser for each tone, whose microphone sends it; started once, when it is first needed."""

    def __init__(self, playwright: Playwright, folder: Path, *, whole: bool) -> None:
        self._playwright = playwright
        self._chromium = whole_chromium() if whole else chromium_path()
        self.motion: Literal["reduce", "no-preference"] = "no-preference" if whole else "reduce"
        self._flags = [flag for flag in MEDIA if not (whole and flag == PLAYS_UNASKED)]
        self._folder = folder
        self._browsers: dict[int, Browser] = {}

    def browser(self, hertz: int) -> Browser:
        """The browser with this tone; a new one if the first was killed."""
        found = self._browsers.get(hertz)
        if found is None or not found.is_connected():
            file = a_tone(self._folder, hertz)
            found = self._browsers[hertz] = self._playwright.chromium.launch(
                executable_path=self._chromium,
                args=[*self._flags, f"--use-file-for-fake-audio-capture={file}"],
            )
        return found

    def close(self) -> None:
        for browser in self._browsers.values():
            browser.close()


@contextmanager
def tones_in(folder: Path, *, whole: bool = False) -> Iterator[Tones]:
    """Browsers with tones, whose files are in that folder; perhaps the one that people have."""
    with sync_playwright() as playwright:
        tones = Tones(playwright, folder, whole=whole)
        yield tones
        tones.close()


class Voices(Circle):
    """A circle in which each person has a voice, and a profile in the browser that sends it."""

    def __init__(self, tones: Tones, urls: list[str], *scripts: str) -> None:
        self._tones = tones
        self._scripts = (PLAIN_MICROPHONE, KEEPS_PEERS, *scripts)
        self._next: Iterator[int] = iter(TONES.values())
        super().__init__(None, urls)  # type: ignore[arg-type]  # each page has a browser of its own

    def context(self, **options: Any) -> BrowserContext:
        """A context in the browser with the next tone. Any: Playwright's options."""
        browser = self._tones.browser(next(self._next))
        context = browser.new_context(
            permissions=["microphone", "camera"], reduced_motion=self._tones.motion, **options
        )
        for script in self._scripts:
            context.add_init_script(script)
        return context

    def kill(self, person: Person) -> StorageState:
        """Kills the process of this person's browser; returns its cookie."""
        context = person.page.context
        cookies, browser = context.storage_state(), context.browser
        assert browser
        info = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
        [pid] = [process["id"] for process in info["processInfo"] if process["type"] == "browser"]
        with context.expect_event("close"):
            os.kill(pid, signal.SIGKILL)
        self._contexts.remove(context)
        return cookies

    def at_page(self, name: str, cookies: StorageState | None = None) -> Person:
        """Somebody at an empty page of a browser with the tone of that name."""
        self._next = chain((TONES[name],), self._next)
        return Person(name, self.open_page(storage_state=cookies))

    def come_back(self, person: Person, cookies: StorageState) -> Person:
        """The same person, with the same tone and cookie, in another browser."""
        again = self.at_page(person.name, cookies)
        self.people[person.name] = again
        again.open(person.page.url)
        again.is_connected()
        return again

    def gather(self, *names: str, in_format: str = "") -> None:
        """The first starts the circle, the others join; then all press *Unmute*."""
        self.start(names[0], in_format=in_format)
        for name in names[1:]:
            self.join(name)
        for name in names:
            self.people[name].press("unmute")
        self.all_see(is_connected_to_all(len(names) - 1))
        # Buttons about somebody whose microphone is on are elsewhere.
        self.all_see(
            lambda person: expect(person.page.locator("#circle [data-muted]")).to_have_count(0)
        )


def is_connected_to_all(others: int) -> Callable[[Person], None]:
    """Waits until a page plays so many voices."""

    def look(person: Person) -> None:
        person.page.wait_for_function(
            "(n) => document.querySelectorAll('#voices audio').length === n && "
            "[...document.querySelectorAll('#voices audio')].every(a => a.srcObject)",
            arg=others,
            timeout=20_000,
        )

    return look


LOOKS = 60
"""Of half a second at least; a pair that does not come about is built anew after ten seconds."""


def arrived(page: Page) -> list[int]:
    """The number of received audio packets of each open connection."""
    found: list[int] = page.evaluate(ARRIVED)
    return found


def hears(page: Page) -> set[str]:
    """The people whose tones this page plays, measured for half a second."""
    return set(page.evaluate(HEARS, TONES))


def assert_heard(heard: Mapping[AtPage, set[str]]) -> None:
    """Measures all of them at once until each hears exactly these; fails with the actual voices."""
    found: dict[str, set[str]] = {}
    wanted = {person.name: names for person, names in heard.items()}
    for _ in range(LOOKS):
        late = [person for person in heard if found.get(person.name) != wanted[person.name]]
        if not late:
            return
        for person in late:
            listens = HEARS if isinstance(person, Person) else RECORDS
            person.run(f"(tones) => {{ window.hearing = ({listens})(tones); }}", TONES)
        for person in late:
            found[person.name] = set(person.run("() => window.hearing"))
    assert found == wanted


def comes_to_hear(page: Page, names: set[str]) -> None:
    """Measures until exactly these are heard; fails with the actual voices."""
    found: set[str] = set()
    for _ in range(LOOKS):
        found = hears(page)
        if found == names:
            return
    raise AssertionError(f"heard are {sorted(found)}, and not {sorted(names)}")
