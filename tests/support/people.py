"""A circle of people in browsers, each with a context of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.support.client import Visit, open_door
from tests.support.person import Person, come_by


class Circle:
    """A facilitator who has started a circle, and everybody who joins by the link."""

    def __init__(self, browser: Browser, urls: list[str]) -> None:
        self._browser = browser
        self._urls = urls
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []
        self.people: dict[str, Person] = {}
        self.first_page = urls[0]
        self.link = self._facilitator_link = ""

    def start(
        self,
        name: str = "Fay",
        *,
        phone: bool = False,
        page: Page | None = None,
        called: str = "First Tuesday circle",
        door: str = "open",
        in_format: str = "",
    ) -> Person:
        """The facilitator starts a circle on the landing page; see `open_door` for its door."""
        page = page or self.open_page(phone=phone)
        person = self.people[name] = Person(name, page)
        person.open(self._urls[0])
        if in_format:
            page.locator("[name=format]").select_option(in_format)
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
        context.set_default_timeout(60_000)  # several browsers share two cores
        self._contexts.append(context)
        context.on("page", self.listen)
        return context.new_page()

    def context(self, **options: Any) -> BrowserContext:
        """A new context of a person's own, without motion. Any: Playwright's options.

        Drawing motion without a graphics card takes a quarter of the CPU of such a test (22 of 79 s
        in `test_effort`). The evening has it, as people have.
        """
        return self._browser.new_context(**{"reduced_motion": "reduce", **options})

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
