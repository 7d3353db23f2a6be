"""The room's layout: nothing jumps, and in the lowest window everything is within reach."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace
from playwright.sync_api import ViewportSize, expect

from server.room import commands as c
from server.room.phases import MAX_PROMPT
from server.room.state import WAITING, Room
from tests.browser.test_faces import a_circle_of, sits
from tests.support.factories import PHASES, decided
from tests.support.people import Circle
from tests.support.person import Person
from tests.support.processes import Server

LANDMARKS = """() => Object.fromEntries(
  ["#clock", "#circle", "#circle li", "#microphone", "#camera", "#leave", "#do-next"]
  .flatMap((its) => {
    const box = document.querySelector(its)?.getBoundingClientRect();
    const [x, y] = [box?.left + scrollX, box?.top + scrollY];
    return box?.width ? [[its, [Math.round(x), Math.round(y)]]] : [];
  }))"""
WIDE: ViewportSize = {"width": 1280, "height": 800}
LOW: ViewportSize = {"width": 1024, "height": 600}
PHONE: ViewportSize = {"width": 390, "height": 844}


class Still:
    """Somebody on whose page nothing may move within a phase."""

    def __init__(self, person: Person, size: ViewportSize) -> None:
        self.person = person
        person.page.set_viewport_size(size)
        self.before: dict[str, list[int]] = {}
        self.moved: list[tuple[str, str]] = []

    def begin(self) -> None:
        """From here on everything keeps its place."""
        self.before = self.person.run(LANDMARKS)

    def look(self, moment: str) -> None:
        """Notes what has moved by now."""
        now = self.person.run(LANDMARKS)
        for its in self.before.keys() & now.keys():
            if self.before[its] != now[its]:
                self.moved.append((f"{moment}: {self.before[its]} {now[its]}", its))
        self.before = now


def test_nothing_moves_but_with_a_phase(circle: Circle) -> None:
    """Cards, hands, notices, pauses, silences come and go: in wide and low windows, on a phone."""
    fay = circle.start("Fay")
    mei, ben, ann = (circle.join(name) for name in ("Mei", "Ben", "Ann"))
    circle.join("Clara")
    led = circle.join("Gil", leads=True)
    fay.press("admit", about="Gil") if led.state["phase"] == "lobby" else None
    stills = [Still(fay, WIDE), Still(mei, WIDE), Still(led, LOW), Still(ann, LOW)]
    stills.append(Still(ben, PHONE))

    def look(moment: str) -> None:
        for still in stills:
            still.look(moment)

    def begin() -> None:
        for still in stills:
            still.begin()

    def kind(person: Person, its: str) -> None:
        expect(person.page.locator("#attention")).to_have_attribute("data-kind", its)

    fay.press("start")
    circle.all_see(lambda person: person.sees_phase("arrival"))
    begin()
    fay.press_calmly("yield")
    kind(mei, "your_turn")
    look("Mei's turn")
    mei.press_calmly("yield")
    kind(ben, "your_turn")
    look("Ben's turn")
    circle.move_to("call", fay)
    begin()
    mei.press("offer_case")
    kind(fay, "would_present")
    look("an offer")
    fay.press("seat_presenter", about="Mei")
    kind(mei, "will_you_present")
    look("a question")
    mei.press("present", yes=True)
    circle.all_see(lambda person: person.shows("Mei", "presenter"))
    look("an answer")
    circle.move_to("presentation", fay)
    circle.move_to("questions", fay)
    begin()
    ben.press_calmly("raise_hand")
    kind(fay, "hand")
    look("a hand")
    ben.press_calmly("lower_hand")
    expect(ben.control("raise_hand")).to_be_visible()
    look("a hand lowered")
    ben.press_calmly("raise_hand")
    kind(fay, "hand")
    fay.press_calmly("give_floor", about="Ben")
    kind(ben, "you_hold_floor")
    look("the floor")
    circle.move_to("reflection", fay)
    begin()
    mei.press("ask_return")
    kind(fay, "presenter_returns")
    look("the way back")
    fay.press_calmly("seen")
    kind(mei, "sign_seen")
    look("a sign seen")
    fay.press_calmly("pause")
    kind(ben, "paused")
    look("a pause")
    fay.press_calmly("resume")
    kind(ben, "phase")
    look("the end of a pause")
    fay.press_calmly("silence", seconds=60)
    kind(ben, "silence")
    look("a silence")
    fay.press_calmly("silence", seconds=0)
    kind(ben, "phase")
    look("the end of a silence")
    for person in (fay, ben):
        person.run("async () => (await import('/static/room/notice.js')).say('press.lost')")
    look("a notice")
    fay.submit("prompt", text="What might the patient feel?")
    expect(mei.page.locator("#stage .prompt")).to_be_visible()
    for still in stills:
        # On a phone it lies between clock and circle, and a card in a low window makes way for it.
        if still.person not in (ben, led):
            still.look("a prompt")
    assert [(still.person.name, still.moved) for still in stills if still.moved] == [], "\n".join(
        str(one) for still in stills for one in [still.person.name, *still.moved]
    )


REACHES = """(selectors) => selectors.filter((its) => {
  const element = document.querySelector(its);
  if (!element?.checkVisibility()) return true;
  element.scrollIntoView({ block: "center" });
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const sheet = document.querySelector("#dock:not([hidden]) .card")?.getBoundingClientRect();
  const edge = sheet && sheet.left < right && sheet.right > left ? sheet.top : innerHeight;
  return !element.contains(at) || left < 0 || right > innerWidth || top < 0 || bottom > edge + 1;
})"""
"""Which of these cannot be brought into the window, whole and uncovered."""
STICKS = """() => [...document.querySelectorAll("#room *")].filter((element) => {
  const { position } = getComputedStyle(element);
  return ["sticky", "fixed"].includes(position) && element.checkVisibility()
    && element.getBoundingClientRect().width > 1;
}).map((element) => [element.id || element.className, element.getBoundingClientRect().height])"""


def of_phase(phase: str, chairs: int = 7) -> Room:
    """A room in this phase, with a hand where hands are raised, and a sign of the presenter."""
    room = replace(a_circle_of(chairs), lobby=())
    now = int(time.time() * 1000)
    room = decided(room, c.Start(from_phase=WAITING), "fay", now)
    for _ in PHASES[1 : PHASES.index(phase) + 1]:
        room = decided(room, c.Advance(from_phase=room.phase), "fay", now)
    room = decided(room, c.RaiseHand(), "ann", now)
    return decided(room, c.AskReturn(), "mei", now)


@pytest.mark.parametrize("name", ["fay", "ann", "mei"])
def test_at_400_percent_everything_is_within_reach(
    circle: Circle, redis_url: str, keyed_servers: tuple[Server, Server], name: str
) -> None:
    """At 320×256 clock, voice and its action can be brought into sight, and one line sticks."""
    found = {}
    for phase in PHASES:
        room = of_phase(phase)
        person = sits(circle, redis_url, keyed_servers[0], room, name, size=(320, 256))
        person.sees_phase(phase)
        expect(person.clock).not_to_be_empty()
        buttons = person.page.locator("#attention button").count()
        action = ["#attention button"] if buttons else []
        found[phase] = person.run(REACHES, ["#clock", "#attention .says", *action, "#leave"])
        sticking = person.run(STICKS)
        assert all(its in {"dock", "dock-sheet"} for its, _ in sticking), sticking
        assert sum(height for its, height in sticking if its == "dock") <= 64
        person.page.context.close()
    assert found == {phase: [] for phase in PHASES}


ON_THE_EDGE = """() => {
  const button = document.querySelector("#attention.asks .primary").getBoundingClientRect();
  const sheet = document.querySelector("#dock .card").getBoundingClientRect();
  const clock = document.getElementById("clock").getBoundingClientRect();
  const isBeside = button.right <= sheet.left || button.left >= sheet.right;
  const shows = button.top >= 0 && (isBeside || button.bottom <= sheet.top + 1);
  return { shows, clock: clock.bottom > 0 };
}"""


@pytest.mark.parametrize("size", [(390, 844), (360, 640), (844, 390), (667, 375)])
def test_on_a_phone_the_action_lies_on_the_edge_of_the_sheet(
    circle: Circle, redis_url: str, keyed_servers: tuple[Server, Server], size: tuple[int, int]
) -> None:
    """A facilitator sees it without scrolling, with the sheet folded and, upright, unfolded."""
    fay = sits(circle, redis_url, keyed_servers[1], of_phase("reflection", 10), "fay", size)
    expect(fay.attention("presenter_returns")).to_be_visible()
    assert fay.run(ON_THE_EDGE) == {"shows": True, "clock": True}
    if size[1] > size[0]:
        fay.unfold("dock-sheet")
        assert fay.run(ON_THE_EDGE) == {"shows": True, "clock": True}


LONG = "What might it be like to be the one who is not here, " * 6
COVERED = """() => {
  const prompt = document.querySelector("#stage .prompt").getBoundingClientRect();
  return [...document.querySelectorAll("#circle :is(.chair .wash, .name)")].filter((part) => {
    const { left, right, top, bottom, width } = part.getBoundingClientRect();
    return width && left < prompt.right && right > prompt.left && top < prompt.bottom
      && bottom > prompt.top;
  }).map((part) => part.closest("li").id);
}"""


@pytest.mark.parametrize("name", ["fay", "ann"])
def test_the_longest_prompt_covers_no_chair(
    circle: Circle, redis_url: str, keyed_servers: tuple[Server, Server], name: str
) -> None:
    """Ten people, for somebody who leads and for a member."""
    room = replace(of_phase("reflection", 10), prompt=LONG[:MAX_PROMPT])
    person = sits(circle, redis_url, keyed_servers[0], room, name)
    expect(person.page.locator("#stage .prompt")).to_be_visible()
    covered = {}
    for width, height in ((1280, 800), (1024, 600), (390, 844), (844, 390), (320, 640)):
        person.page.set_viewport_size({"width": width, "height": height})
        covered[width, height] = person.run(COVERED)
    assert not any(covered.values()), covered


def test_the_dock_is_one_screen(
    circle: Circle, redis_url: str, keyed_servers: tuple[Server, Server]
) -> None:
    """At 1280×800, with what is under *More* folded, in the phases that have most in it."""
    for phase in ("call", "questions", "reflection"):
        fay = sits(circle, redis_url, keyed_servers[0], of_phase(phase), "fay")
        fay.page.set_viewport_size(WIDE)
        fay.sees_phase(phase)
        height = fay.run("() => document.querySelector('#dock .card').scrollHeight")
        assert 0 < height <= WIDE["height"], phase
        fay.page.context.close()
