"""The people of a year and what they do; the test is the story."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from tests.support.moved_clock import MovedRedis
from tests.support.people import Circle
from tests.support.person import Person, come_by
from tests.support.processes import Server, wait_until

ZONE = "Europe/Berlin"
HOUR = timedelta(hours=1)
MEMBERS = ("Ann", "Ben", "Cem", "Dan", "Eve")
WAITS = 'data-phase="waiting"'
NAME = "First Tuesday circle"


def at(moment: str) -> datetime:
    """A time on the circle's clock, such as 2027-01-05T19:00."""
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(ZONE))


class Year:
    """A circle of Fay and five members, on servers whose clock is moved."""

    def __init__(self, circle: Circle, redis: MovedRedis, servers: tuple[Server, Server]) -> None:
        self.circle = circle
        self._redis = redis
        self._servers = servers
        self.address = ""
        """Of the circle's page."""

    @property
    def fay(self) -> Person:
        """The facilitator."""
        return self.circle.people["Fay"]

    @property
    def members(self) -> list[Person]:
        """Everybody else, as long as they are in the circle."""
        return [person for name, person in self.circle.people.items() if name != "Fay"]

    def go_to(self, moment: datetime) -> None:
        """Sets the servers' clock, and waits until each server has the new time."""
        self._redis.go_to(moment)
        wait_until(lambda: all(self._is_after(moment, server) for server in self._servers))

    def starts(self) -> None:
        """Fay starts the circle from the first page, and says when it meets."""
        page = self.circle.open_page(timezone_id=ZONE, locale="en-GB")
        fay = self.circle.people["Fay"] = Person("Fay", page)
        fay.open(self.circle.first_page)
        page.locator("[name=rhythm]").select_option("month")
        page.locator("[name=weekday]").select_option("tu")
        fay.submit("start_circle", circle_name=NAME, your_name="Fay", at="19:00")
        page.wait_for_url("**/room")
        fay.is_connected()
        self.circle.link = page.locator("[data-invite=member]").input_value()
        self.address = page.url.removesuffix("/room")

    def keeps_register(self) -> None:
        """Fay switches it on, on the circle's page."""
        page = self.opens_circle(self.fay)
        page.locator("[data-do=register]").click()
        expect(page.locator("[data-did=register]")).to_be_visible()

    def members_join(self) -> None:
        """By the link, while Fay is in the room and lets them in."""
        self.fay.open(f"{self.address}/room")
        for name in MEMBERS:
            person = Person(name, self.circle.open_page(phone=name == "Ann"))
            come_by(self.circle.link, person)
            self.circle.people[name] = person
            person.sees_phase("lobby")
            self.fay.press("admit", about=name)
            person.sees_phase("waiting")

    def meets(self, moment: datetime) -> None:
        """A session of an hour, and five answers after it."""
        self.go_to(moment - timedelta(hours=2))  # Where a page was left open, its room is over.
        self.go_to(moment - timedelta(minutes=5))
        wait_until(lambda: all(WAITS in self._room(server) for server in self._servers))
        for person in self.circle.people.values():
            person.open(f"{self.address}/room")
            person.sees_phase("waiting")
        self.go_to(moment)
        self.fay.press("start")
        self.circle.all_see(lambda person: person.sees_phase("arrival"))
        self.go_to(moment + HOUR)
        self.circle.all_see(Person.is_connected)
        self.fay.confirm("end")
        self.circle.all_see(lambda person: person.sees_phase("ended"))
        for person in self.members:
            for question in person.page.locator(".pulse fieldset").all():
                question.locator("[value='4']").check()
            person.page.locator("[data-do=pulse]").click()
            expect(person.page.locator("[data-did=pulse]")).to_be_visible()

    def opens_circle(self, person: Person) -> Page:
        """The circle's page of this person."""
        person.open(self.address)
        return person.page

    def session(self, date: str) -> Locator:
        """A coming session on Fay's page of the circle, unfolded."""
        session = self.opens_circle(self.fay).locator(f"#session-{date}")
        session.locator("summary").click()
        return session

    def changes(self, date: str, do: str, to: str = "") -> None:
        """Fay moves a session, or cancels it."""
        session = self.session(date)
        if to:
            session.locator("[name=to]").fill(to)
        session.locator(f"[data-do={do}]").click()
        expect(self.fay.page.locator(f"[data-did={do}]")).to_be_visible()

    def takes_chair_to_phone(self, name: str) -> None:
        """This person opens their chair's code on a new phone, and lives on there."""
        old = self.opens_circle(self.circle.people[name])
        old.locator("[data-do=show_code]").click()
        phone = self.circle.open_page(phone=True)
        phone.goto(old.locator("[data-copied=device]").input_value())
        phone.locator("[data-do=open_code]").click()
        digits = phone.locator("[data-digits]").get_attribute("data-digits")
        old.locator(f"[data-do=choose_digits][value='{digits}']").click()
        expect(old.locator("[data-did=choose_digits]")).to_be_visible()
        phone.locator("[data-do=take_chair]").click()
        phone.wait_for_url(self.address)
        old.close()
        self.circle.people[name] = Person(name, phone)

    def prints_certificate(self, person: Person, path: Path) -> int:
        """The certificate of all their hours as a PDF of A4; returns the minutes on it."""
        page = self.opens_circle(person)
        page.locator("[data-do=see_register]").click()
        page.locator("[data-do=certificate]").click()
        minutes = page.locator("[data-minutes]").get_attribute("data-minutes")
        page.pdf(path=path, format="A4")
        return int(minutes or 0)

    def register_as_csv(self) -> str:
        """The file that Fay saves."""
        page = self.opens_circle(self.fay)
        page.locator("[data-do=see_register]").click()
        with page.expect_download() as download:
            page.locator("[data-do=save_register]").click()
        return download.value.path().read_text(encoding="utf-8-sig")

    def leaves_for_good(self, name: str) -> None:
        """This person has themself erased."""
        page = self.opens_circle(self.circle.people.pop(name))
        page.locator("[data-do=erase][value=me]").click()
        page.locator("#confirm [data-do=confirm]").click()
        expect(page.locator("[data-do=leave_page]")).to_be_visible()
        page.close()

    def erases_circle(self) -> None:
        """Fay types its name; a week later it goes."""
        page = self.opens_circle(self.fay)
        page.locator("#erasure summary").click()
        page.locator("[name=circle_name]").fill(NAME)
        page.locator("[data-do=erase_circle]").click()
        expect(page.locator("[data-did=erase_circle]")).to_be_visible()

    def _room(self, server: Server) -> str:
        """The page of the room from this server, for Fay."""
        path = self.address.partition("/circles")[2]
        return self.fay.page.request.get(f"{server.url}/circles{path}/room").text()

    def _is_after(self, moment: datetime, server: Server) -> bool:
        """Whether this server's clock shows at least this time."""
        shown = re.search(r'data-now="(\d+)"', self._room(server))
        return shown is not None and int(shown[1]) >= moment.timestamp() * 1000 - 2000
