"""People in browsers: a circle of them, each with a context and a name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.support.client import Visit, open_door
from tests.support.controls import SEAT_OF, Field, control, form, submit

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

    def control(self, do: str, *, about: str = "", **fields: Field) -> Locator:
        """The visible control that does this: about this person, with these fields of its
        command."""
        seat = self.seat_of(about) if about else ""
        return self.page.locator(control(do, seat, **fields)).filter(visible=True)

    def press(self, do: str, *, about: str = "", **fields: Field) -> None:
        """Presses a control, once it is there."""
        self.control(do, about=about, **fields).click()

    def press_calmly(self, do: str, *, about: str = "", **fields: Field) -> None:
        """Presses a control that has just changed its meaning, later than a double press."""
        self.control(do, about=about, **fields).click(delay=450)

    def confirm(self, do: str, *, about: str = "") -> None:
        """Presses this control, and says yes to the question."""
        self.press_calmly(do, about=about)
        self.press("confirm")

    def submit(self, do: str, **fields: str | bool) -> None:
        """Fills in the form that does this, by the names of its fields, and sends it."""
        for name, value in fields.items():
            field = self.page.locator(f"{form(do)} [name={name}]")
            if isinstance(value, str):
                field.fill(value)
            else:
                field.set_checked(value)
        self.page.locator(submit(do)).click()

    def unfold(self, part: str) -> None:
        """Opens a folded part of the page, by its id."""
        self.page.locator(f"#{part} > summary").click()

    def seat_of(self, name: str) -> str:
        """The seat of this person, once they are in the circle or at its door."""
        found: str = self.page.wait_for_function(SEAT_OF, arg=name).json_value()
        return found

    @property
    def chairs(self) -> Locator:
        """All chairs of the circle."""
        return self.page.locator("#circle li")

    @property
    def hands(self) -> Locator:
        """All raised hands, in their order."""
        return self.page.locator("#hands li")

    def chair(self, name: str) -> Locator:
        exactly = re.compile(f"^{re.escape(name)}$")
        return self.chairs.filter(has=self.page.locator(".name", has_text=exactly))

    def shows(self, name: str, fact: str, value: str = "yes") -> None:
        """Waits until this person's chair has this data- attribute."""
        expect(self.chair(name)).to_have_attribute(f"data-{fact}", value)

    def sign(self, kind: str) -> Locator:
        """A sign in *My turn* or among the controls of facilitators."""
        return self.page.locator(f"[data-sign={kind}]")

    @property
    def notice(self) -> Locator:
        return self.page.locator("#notice")

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
        self._connection_is("open")

    def is_cut_off(self) -> None:
        """Waits until the page has noticed that its connection is lost."""
        self._connection_is("waiting")

    def is_disconnected_for_good(self) -> None:
        """Waits until the page does not reconnect any more."""
        self._connection_is("final")

    def is_out(self, why: str) -> None:
        """Waits until the page shows nothing but a last sentence, for this reason."""
        expect(self.page.locator(f'[role=alert][data-why="{why}"]')).to_be_visible()

    def _connection_is(self, kind: str) -> None:
        status = self.page.locator("#connection")
        expect(status).to_have_attribute("data-kind", kind, timeout=20_000)

    @property
    def clock(self) -> Locator:
        return self.page.locator("#clock")

    def left(self) -> int:
        """The clock on the page, in seconds."""
        minutes, seconds = self.clock.inner_text().split(":")
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
    def press(self, do: str, *, about: str = "", **fields: Field) -> None: ...
    def press_calmly(self, do: str, *, about: str = "", **fields: Field) -> None: ...
    def confirm(self, do: str, *, about: str = "") -> None: ...
    def submit(self, do: str, **fields: str | bool) -> None: ...
    def sees_phase(self, key: str) -> None: ...
    def is_connected(self) -> None: ...


def come_by(link: str, person: AtPage) -> None:
    """Joins by this link, and is in the room or at its door."""
    person.open(link)
    person.submit("join", your_name=person.name, agree=True)
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
        person = self.people[name] = Person(name, page)
        person.open(self._urls[0])
        person.submit("start_circle", circle_name=called, your_name=name)
        page.wait_for_url("**/room")
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
        facilitator.press("seat_presenter", about=name)
        self.people[name].press("present", yes=True)
        self.all_see(lambda person: person.shows(name, "presenter"))

    def move_to(self, key: str, facilitator: Person) -> None:
        """The facilitator presses *Next phase*, and everybody follows."""
        facilitator.press_calmly("advance")
        self.all_see(lambda person: person.sees_phase(key))

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)
