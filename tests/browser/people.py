"""People in browsers: a circle of them, each with a context and a name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.support.client import Visit, open_door

# Sets the remaining time of the phase to so many ms, and updates the page's clock.
SET_CLOCK = """async leftMs => {
  const { setClock } = await import("/static/room/servertime.js");
  const { endsAt } = document.getElementById("state").dataset;
  setClock(Number(endsAt) - leftMs - performance.now());
  document.dispatchEvent(new Event("circle:clock"));
}"""


class Person:
    """Somebody at a page of the room."""

    def __init__(self, name: str, page: Page) -> None:
        self.name = name
        self.page = page

    def button(self, name: str) -> Locator:
        """The button with exactly this accessible name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        """Presses a button, once it is there."""
        self.button(name).click()

    def press_calmly(self, name: str) -> None:
        """Presses a button that has just changed its meaning, later than a double press."""
        self.button(name).click(delay=450)

    def confirm(self, name: str) -> None:
        """Presses this button, and the button of the same name in the dialog."""
        self.press_calmly(name)
        self.page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()

    def list(self, name: str) -> Locator:
        return self.page.get_by_role("list", name=name, exact=True)

    def chair(self, name: str) -> Locator:
        return self.list("Circle").get_by_role("listitem").filter(has_text=name)

    def open(self, url: str) -> None:
        self.page.goto(url)

    def reload(self) -> None:
        self.page.reload()

    def run(self, script: str, arg: Any = None) -> Any:
        """The result of this function in the page. Any: a JSON value."""
        return self.page.evaluate(script, arg)

    def until(self, script: str, arg: Any = None) -> None:
        """Waits until this function returns true in the page. Any: a JSON value."""
        self.page.wait_for_function(script, arg=arg, timeout=20_000)

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label).fill(text)

    def check(self, label: str) -> None:
        self.page.get_by_label(label).check()

    def says(self, status: str, words: str) -> None:
        """Waits until the status with this accessible name has these words."""
        found = self.page.get_by_role("status", name=status, exact=True)
        expect(found).to_contain_text(words, timeout=20_000)

    @property
    def state(self) -> dict[str, str]:
        """The data attributes of #state."""
        read = "() => ({...document.getElementById('state').dataset})"
        found: dict[str, str] = self.page.evaluate(read)
        return found

    def sees_phase(self, key: str) -> None:
        """Waits until this page is in that phase."""
        expect(self.page.locator("#state")).to_have_attribute("data-phase", key)

    def is_connected(self) -> None:
        """Waits until the page is connected."""
        status = self.page.get_by_role("status", name="Connection")
        expect(status).to_have_text("connected", timeout=15_000)

    def left(self) -> int:
        """The clock on the page, in seconds."""
        minutes, seconds = self.page.get_by_role("timer").inner_text().split(":")
        return int(minutes) * 60 + int(seconds)


class AtPage(Protocol):
    """Somebody at a page in any engine: the verbs of tests that run a session in several."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> dict[str, str]: ...
    def open(self, url: str) -> None: ...
    def reload(self) -> None: ...
    def run(self, script: str, arg: Any = None) -> Any: ...
    def until(self, script: str, arg: Any = None) -> None: ...
    def press(self, name: str) -> None: ...
    def press_calmly(self, name: str) -> None: ...
    def confirm(self, name: str) -> None: ...
    def fill(self, label: str, text: str) -> None: ...
    def check(self, label: str) -> None: ...
    def says(self, status: str, words: str) -> None: ...
    def sees_phase(self, key: str) -> None: ...
    def is_connected(self) -> None: ...


def come_by(link: str, person: AtPage) -> None:
    """Joins by this link, and is in the room or at its door."""
    person.open(link)
    person.fill("Your name", person.name)
    person.check("I keep to these ground rules")
    person.press("Join the circle")
    person.is_connected()


class Circle:
    """A facilitator who has started a circle, and everybody who joins by the link."""

    def __init__(self, browser: Browser, urls: list[str]) -> None:
        self._browser = browser
        self._urls = urls
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []
        self.people: dict[str, Person] = {}
        self.link = self._facilitator_link = ""

    def start(
        self,
        name: str = "Fay",
        *,
        phone: bool = False,
        called: str = "First Tuesday circle",
        door: str = "open",
    ) -> Person:
        """The facilitator starts a circle on the landing page; see `open_door` for its door."""
        page = self.open_page(phone=phone)
        page.goto(self._urls[0])
        page.get_by_label("Name of the circle").fill(called)
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Start a circle").click()
        page.wait_for_url("**/room")
        person = self.people[name] = Person(name, page)
        person.is_connected()
        self.link = page.locator("[data-invite=member]").input_value()
        self._facilitator_link = page.locator("[data-invite=facilitator]").input_value()
        if door == "open":
            open_door(self.visit(person))
        return person

    def visit(self, person: Person) -> Visit:
        """This person's cookie, and its server."""
        base, circle_id = re.match(r"(.+)/circles/(\w+)/", person.page.url).groups()  # type: ignore[union-attr]  # every room has this address
        cookies = person.page.context.cookies(base)
        return Visit(base, circle_id, "; ".join(f"{c['name']}={c['value']}" for c in cookies))

    def join(
        self, name: str, *, phone: bool = False, page: Page | None = None, leads: bool = False
    ) -> Person:
        """Somebody joins by the members' link, or the facilitators', on each server in turn."""
        link = self._facilitator_link if leads else self.link
        person = Person(name, page or self.open_page(phone=phone))
        come_by(link.replace(self._urls[0], self._urls[len(self.people) % 2]), person)
        self.people[name] = person
        return person

    def open_page(self, *, phone: bool = False, **options: Any) -> Page:
        """A page in a new context of a person's own. Any: Playwright's options."""
        context = self.context(
            viewport={"width": 360, "height": 740} if phone else {"width": 1280, "height": 800},
            **options,
        )
        context.set_default_timeout(30_000)  # several browsers share two cores
        self._contexts.append(context)
        context.on("page", self.listen)
        return context.new_page()

    def context(self, **options: Any) -> BrowserContext:
        """A new context of a person's own. Any: Playwright's options."""
        return self._browser.new_context(**options)

    def listen(self, page: Page) -> None:
        """Collects the errors of this page from now on."""
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def all_see(self, look: Callable[[Person], None]) -> None:
        """Checks everybody's page."""
        for person in self.people.values():
            look(person)

    def seat_presenter(self, name: str, facilitator: Person) -> None:
        """The facilitator asks this person, who accepts."""
        facilitator.press(f"{name} presents")
        self.people[name].press("Yes, I present")
        self.all_see(lambda person: expect(person.chair(name)).to_contain_text("presenter"))

    def move_to(self, key: str, facilitator: Person) -> None:
        """The facilitator presses *Next phase*, and everybody follows."""
        facilitator.press_calmly("Next phase")
        self.all_see(lambda person: person.sees_phase(key))

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)
