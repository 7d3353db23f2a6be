"""The people of an evening and their steps, one function for each; the test is the story."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.voices import Voices, assert_heard
from tests.browser.without_page import WithoutPage
from tests.support.client import Visit, join
from tests.support.person import AtPage, Person, come_by

WITHOUT_PAGE = ("Ida", "Jon", "Kim", "Leo", "Nils")
PROMPT = "What does the waiting room smell of?"
ALL = {"Fay", "Mei", "Ann", "Ben", "Zoe"}
"""Those with a voice who are there from the beginning."""
SPEAKS = """
  (name) => document.querySelector("#circle li[data-speaking] .name")?.textContent === name
"""
PRESENTS = """
  (name) => document.querySelector("#circle li[data-presenter] .name")?.textContent === name
"""
WAITS = "() => document.getElementById('state').dataset.wait !== undefined"
IS_INVITED = "() => document.getElementById('attention').dataset.kind === 'invited'"
CLOCK = "(clock) => document.getElementById('state').dataset.clock === clock"


class Evening:
    """A circle that Fay has started, and everybody who comes to it."""

    def __init__(self, voices: Voices, zoe: AtPage, urls: list[str]) -> None:
        self.voices = voices
        self.others = WithoutPage()
        self._urls = urls
        self._zoe = zoe
        self._room = voices.start("Fay", door="closed").page.url

    @property
    def fay(self) -> Person:
        """The facilitator; in another browser after the first one was killed."""
        return self.voices.people["Fay"]

    @property
    def host(self) -> Visit:
        """Fay's cookie, and its server."""
        return self.voices.visit(self.fay)

    @property
    def pages(self) -> dict[str, AtPage]:
        """Everybody at a page, by name."""
        return {**self.voices.people, "Zoe": self._zoe}

    def everybody_comes_to_the_door(self) -> None:
        """They come by the members' link, on both servers; nobody is in, and Fay sees who waits."""
        for name in ("Mei", "Ann", "Ben"):
            self.voices.join(name)
        come_by(self.voices.link.replace(self._urls[0], self._urls[1]), self._zoe)
        for place, name in enumerate(WITHOUT_PAGE):
            self.others.come(join(self.host, name).at(self._urls[place % 2]))
        for name in ALL - {"Fay"}:
            self.pages[name].sees_phase("lobby")
        self.others.all_see_phase("lobby")
        at_door = self.fay.page.locator("#at-the-door")
        expect(at_door.locator("li")).to_have_count(len(ALL) - 1 + len(WITHOUT_PAGE))

    def everybody_is_let_in(self) -> None:
        """Fay admits one person alone, then all the others; nobody changes the page."""
        self.fay.press("admit", about="Mei")
        self.pages["Mei"].sees_phase("waiting")
        self.pages["Zoe"].sees_phase("lobby")
        self.fay.press("admit")
        self.all_see_phase("waiting")
        self.all_count_chairs(len(ALL) + len(WITHOUT_PAGE))

    def everybody_unmutes(self) -> None:
        """They do so at the same time, without a reload."""
        for person in self.pages.values():
            person.press("unmute")
        self.hear_each_other(ALL)

    def move_to(self, key: str) -> None:
        """Fay presses *Next phase*, and everybody follows."""
        self.fay.press_calmly("advance")
        self.all_see_phase(key)

    def all_see_phase(self, key: str) -> None:
        """Waits until everybody is in this phase."""
        for person in self.pages.values():
            person.sees_phase(key)
        self.others.all_see_phase(key)

    def all_until(self, script: str, arg: str | int | None = None) -> None:
        """Waits until this function returns true at every page."""
        for person in self.pages.values():
            person.until(script, arg)

    def all_count_chairs(self, count: int) -> None:
        """Waits until every page has so many chairs."""
        self.all_until("(n) => document.querySelectorAll('#circle li').length === n", count)

    def hear_each_other(self, heard: set[str]) -> None:
        """Each browser plays exactly these people, except its own."""
        assert_heard({person: heard - {name} for name, person in self.pages.items()})

    def round_of_arrival(self) -> None:
        """Fay has her turn, Mei passes, and the next person has theirs."""
        self.fay.press_calmly("yield")
        self.pages["Mei"].press_calmly("pass")
        self.all_until(SPEAKS, "Ann")

    def mei_offers_a_case_and_presents(self) -> None:
        """She offers, is asked, and accepts."""
        self.pages["Mei"].press("offer_case")
        self.fay.press("seat_presenter", about="Mei")
        self.pages["Mei"].press("present", yes=True)
        self.all_until(PRESENTS, "Mei")

    def lea_comes_late(self) -> None:
        """During the case she comes by the link and waits, and Fay sees and admits her."""
        lea = self.voices.join("Lea")
        lea.sees_phase("lobby")
        self.fay.press("admit", about="Lea")
        lea.sees_phase("presentation")
        lea.press("unmute")
        self.all_count_chairs(len(ALL) + len(WITHOUT_PAGE) + 1)

    def ann_asks_a_question(self) -> None:
        """She raises her hand, is given the floor, and yields it."""
        self.pages["Ann"].press("raise_hand")
        self.all_until("() => document.querySelectorAll('#hands li').length === 1")
        self.fay.press("give_floor", about="Ann")
        self.all_until(SPEAKS, "Ann")
        self.hear_each_other({"Fay", "Mei", "Ann"})
        self.pages["Ann"].press_calmly("yield")
        self.hear_each_other({"Fay", "Mei"})

    def fay_holds_a_silence(self, before: set[str]) -> None:
        """Nobody else is heard meanwhile."""
        self.fay.press("silence", seconds=300)
        self.hear_each_other({"Fay"})
        self.fay.press_calmly("silence", seconds=0)
        self.hear_each_other(before)

    def fay_shows_a_prompt(self) -> None:
        """Everybody's stage shows it."""
        self.fay.submit("prompt", text=PROMPT)
        self.all_until("(w) => document.getElementById('stage').textContent.includes(w)", PROMPT)

    def fay_invites_ben(self) -> None:
        """He has spoken before, as everybody has; only he is asked, and answers, unless his voice
        has done so."""
        self.fay.press("invite", about="Ben")
        ben = self.pages["Ben"]
        ben.until(IS_INVITED)
        assert not any(p.run(IS_INVITED) for p in self.pages.values() if p is not ben)
        ben.run("() => document.querySelector('#attention [data-do=not_now]')?.click()")
        ben.until(f"() => !({IS_INVITED})()")

    def fay_pauses_the_clock(self) -> None:
        """It stops for everybody, and goes on."""
        self.fay.press("pause")
        self.all_until(CLOCK, "paused")
        self.fay.press_calmly("resume")
        self.all_until(CLOCK, "running")

    def mei_reloads(self, heard: set[str]) -> None:
        """She sits back: she hears everybody again, and nobody hears her."""
        self.pages["Mei"].reload()
        self.pages["Mei"].is_connected()
        self.hear_each_other(heard)

    def fay_is_thrown_out_and_comes_back(self, heard: set[str]) -> None:
        """Her browser is killed; the room waits for her, and hears her again when she is back."""
        gone, cookies = self.fay, self.voices.kill(self.fay)
        del self.voices.people["Fay"]
        self.all_until(WAITS)
        self.hear_each_other(heard - {"Fay"})
        self.voices.come_back(gone, cookies)
        self.all_until(f"(w) => !({WAITS})(w)")
        self.hear_each_other(heard)

    def end(self) -> None:
        """Fay ends it for everybody: all see the last page, and nobody hears anybody."""
        self.fay.confirm("end")
        self.all_see_phase("ended")
        self.all_until("() => document.querySelectorAll('#circle li').length === 0")
        self.hear_each_other(set())

    def most_leave(self) -> None:
        """They close the last page after seeing it; Ann's stays open for the evening."""
        for name, person in self.pages.items():
            if name != "Ann":
                person.open("about:blank")
        self.others.leave()

    def ann_leaves(self) -> None:
        """She closes her last page long after the room was deleted."""
        self.pages["Ann"].open("about:blank")

    def they_meet_again(self) -> None:
        """They come by the room's address: the circle knows them and admits them, muted."""
        for person in (self.fay, self.pages["Mei"], self._zoe):
            person.open(self._room)
            person.sees_phase("waiting")
            assert person.state["mic"] == "off"
