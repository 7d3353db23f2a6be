"""What a screen reader speaks in the room: little at load, what concerns me once, others seldom."""

from __future__ import annotations

import re
from itertools import pairwise

from playwright.sync_api import expect

from tests.support.announcements import Announced, announced, record
from tests.support.people import Circle
from tests.support.person import Person
from tests.support.translation import translate

AT_LOAD = 2
OTHERS_EVERY_MS = 15_000
OF_OTHERS = {
    "door",
    "hand",
    "would_present",
    "says_yes",
    "guidance",
    "phase",
    "waiting",
    "may_start",
}
"""What the stage tells of others, or of the phase."""
WORDS = "async key => (await import('/static/room/words.js')).words(key)"
COUNT_RINGS = """() => {
  window.rung = 0;
  document.addEventListener("circle:call", () => (window.rung += 1));
}"""
SPEAKS = "async () => { await import('/static/room/attention.js'); }"


def listener(circle: Circle, name: str, *, first: bool = False) -> Person:
    """Somebody whose page is recorded and speaks."""
    person = circle.start(name, door="closed") if first else circle.join(name)
    record(person.page)
    if not first:
        circle.people["Fay"].press("admit", about=name)
        person.sees_phase("waiting")
    person.reload()
    person.is_connected()
    person.run(SPEAKS)
    return person


def says(person: Person, kind: str) -> str:
    """What the stage tells this person, once it tells something of this kind."""
    return person.attention(kind).locator(".says").inner_text()


def is_of_others(one: Announced) -> bool:
    """Whether this is about others; knocks, the phase and a person's own notices are not."""
    is_voice = one.region == "announcement" and not one.of_phase
    return is_voice and one.kind in OF_OTHERS and not one.call


def times_spoken(person: Person, text: str) -> int:
    """How many announcements have this text in them."""
    return sum(text in one.text for one in announced(person))


def is_spoken_once(person: Person, text: str) -> None:
    """Waits until the page has announced this, and expects it once."""
    person.until("text => announced.some((one) => one.text.includes(text))", text)
    assert times_spoken(person, text) == 1


def test_a_page_that_loads_announces_nothing_but_its_connection(circle: Circle) -> None:
    """Two announcements at most, in the room and at its door, and none of something that is not."""
    fay = listener(circle, "Fay", first=True)
    ben = circle.join("Ben")
    record(ben.page)
    ben.reload()
    ben.is_connected()
    ben.run(SPEAKS)
    fay_s = [one for one in announced(fay) if one.call != "door"]  # the knock came later
    for found in (fay_s, announced(ben)):
        assert {one.region for one in found} == {"connection"}
        assert len(found) <= AT_LOAD
    fay.press("admit", about="Ben")
    ben.sees_phase("waiting")
    fay.press("start")
    ben.sees_phase("arrival")
    ben.reload()
    ben.is_connected()
    ben.run(SPEAKS)
    assert len(announced(ben)) <= AT_LOAD


def test_each_knock_is_spoken_and_rung_once(circle: Circle) -> None:
    """The dock shows who is at the door as well, and says nothing of its own; who is let in leaves
    fewer, and nobody has knocked."""
    fay = listener(circle, "Fay", first=True)
    fay.run(COUNT_RINGS)
    stage = fay.page.locator("#attention")
    for name, count in (("Dan", "1"), ("Eve", "2")):
        circle.join(name)
        expect(stage).to_have_attribute("data-count", count)
        is_spoken_once(fay, says(fay, "door"))
        fay.until("count => window.rung === count", int(count))
    expect(fay.page).to_have_title(re.compile(r"^2 "))
    fay.press("admit", about="Dan")
    expect(stage).to_have_attribute("data-count", "1")
    expect(fay.page).to_have_title(re.compile(r"^\(1\) .*Eve"))
    assert fay.run("() => window.rung") == 2
    circle.join("Cem")
    fay.until("() => window.rung === 3")


def test_a_return_to_the_door_is_no_second_knock(circle: Circle) -> None:
    """A place there is kept for a minute, and a phone may take that long over its first page."""
    fay = listener(circle, "Fay", first=True)
    fay.run(COUNT_RINGS)
    dan = circle.join("Dan")
    knock = says(fay, "door")
    is_spoken_once(fay, knock)
    room = dan.page.url
    dan.page.goto("about:blank")
    fay.page.locator("#at-the-door [data-away]").wait_for()
    dan.page.goto(room)
    fay.attention("door").wait_for()
    assert fay.run("() => window.rung") == 1
    circle.join("Eve")
    fay.until("() => window.rung === 2")
    assert times_spoken(fay, knock) == 1


def test_a_call_that_a_browser_translates_is_no_second_call(circle: Circle) -> None:
    """Its sentence stays translated until the stage says something else."""
    fay, ben = listener(circle, "Fay", first=True), listener(circle, "Ben")
    fay.press_calmly("start")
    ben.sees_phase("arrival")
    ben.run(COUNT_RINGS)
    fay.press_calmly("yield")
    call = says(ben, "your_turn")
    is_spoken_once(ben, call)
    translate(ben.page)
    expect(ben.attention("your_turn").locator(".says")).to_have_text(f"«{call}»")
    before = times_spoken(ben, call)
    ends_at = ben.state["endsAt"]
    fay.press("extend", seconds=60)
    expect(ben.page.locator("#state")).not_to_have_attribute("data-ends-at", ends_at)
    ben.press_calmly("yield")
    fay.press("pause")
    is_spoken_once(ben, says(ben, "paused"))
    assert times_spoken(ben, call) == before
    assert ben.run("() => window.rung") == 1


def test_who_comes_in_with_the_next_phase_is_spoken_once(circle: Circle) -> None:
    """Nobody has to do anything, and no other voice tells it."""
    fay, mei = listener(circle, "Fay", first=True), listener(circle, "Mei")
    fay.press("lobby")
    fay.press("start")
    circle.move_to("call", fay)
    circle.seat_presenter("Mei", fay)
    circle.move_to("presentation", fay)
    circle.join("Dan")
    told = fay.sign("comes_later")
    told.wait_for()
    words = told.inner_text()
    is_spoken_once(fay, words)
    guidance = says(fay, "guidance")
    before = times_spoken(fay, guidance)
    mei.press("yield")
    fay.attention("presenter_finished").wait_for()
    fay.press("give_floor", about="Mei")
    told.wait_for()
    # What is unspoken is spoken together, after the pause between two such announcements.
    spoken = "([text, n]) => announced.filter((one) => one.text.includes(text)).length > n"
    fay.until(spoken, [guidance, before])
    assert times_spoken(fay, words) == 1


def test_what_concerns_me_is_spoken_once_and_others_seldom(circle: Circle) -> None:
    """A session of two members: turns, a case, the way back; and hands and turns of others."""
    fay = listener(circle, "Fay", first=True)
    mei, ben = listener(circle, "Mei"), listener(circle, "Ben")
    circle.join("Dan")
    is_spoken_once(fay, says(fay, "door"))
    fay.press("decline", about="Dan")
    fay.press("start")
    circle.people.pop("Dan")
    circle.all_see(lambda person: person.sees_phase("arrival"))
    is_spoken_once(fay, says(fay, "your_turn"))
    fay.press_calmly("yield")
    is_spoken_once(mei, says(mei, "your_turn"))
    mei.press_calmly("yield")
    is_spoken_once(ben, says(ben, "your_turn"))
    circle.move_to("call", fay)
    fay.press("seat_presenter", about="Mei")
    is_spoken_once(mei, says(mei, "will_you_present"))
    mei.press("present", yes=True)
    mei.shows("Mei", "presenter")
    circle.move_to("presentation", fay)
    circle.move_to("questions", fay)
    for _ in range(2):
        ben.press_calmly("raise_hand")
        ben.press_calmly("lower_hand")
        expect(ben.control("raise_hand")).to_be_visible()
    circle.move_to("reflection", fay)
    mei.press("ask_return")
    is_spoken_once(fay, says(fay, "presenter_returns"))
    fay.press_calmly("recall")
    mei.shows("Mei", "heard")
    fay.press("silence", seconds=60)
    is_spoken_once(ben, says(ben, "silence"))
    fay.press_calmly("silence", seconds=0)
    over = ben.run(WORDS, "silence.over")
    expect(ben.notice).to_have_text(over)
    assert times_spoken(ben, over) == 1
    for person in (fay, mei, ben):
        of_others = [one for one in announced(person) if is_of_others(one)]
        close = [two for two in pairwise(of_others) if two[1].at - two[0].at < OTHERS_EVERY_MS]
        assert close == []
