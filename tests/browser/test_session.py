"""A whole session: ten people in ten browsers on two server processes, from the link to the end."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.people import Circle
from tests.support.person import Person

MEMBERS = ["Clara", "Tomas", "Ingrid", "Samir", "Lea", "Amina", "Jonas", "Mei", "Ravi"]
PATH = ["arrival", "call", "presentation", "questions", "reflection", "response", "closing"]


# All storage of a site, except cookies.
KEPT = """async () => ({
  local: Object.fromEntries(Object.entries(localStorage)),
  session: Object.keys(sessionStorage),
  caches: await caches.keys(),
  databases: (await indexedDB.databases()).map(({ name }) => name),
})"""


def nothing_said_is_kept(circle: Circle) -> None:
    """No browser stores more than the switches that its person has pressed."""
    assert circle.people["Clara"].run(KEPT)["local"] == {"hide myself": "true"}
    for person in circle.people.values():
        kept = person.run(KEPT)
        switches = {"bell", "voices only", "hide myself", "coached"}
        assert kept["local"].keys() <= switches
        assert set(kept["local"].values()) <= {"on", "off", "true", "false", "yes"}
        assert (kept["session"], kept["caches"], kept["databases"]) == ([], [], [])


def everybody_shows_hands(circle: Circle, *names: str) -> None:
    """Waits until all pages show these hands in this order."""

    def look(person: Person) -> None:
        items = person.hands
        expect(items).to_have_text([f"{place} {name}" for place, name in enumerate(names, 1)])

    circle.all_see(look)


def everybody_shows_heard(circle: Circle, names: set[str]) -> None:
    """Waits until all pages show exactly these people as heard."""

    order = [name for name in circle.people if name in names]

    def look(person: Person) -> None:
        chairs = person.page.locator("#circle li[data-heard=yes] .name")
        expect(chairs).to_have_text(order)

    circle.all_see(look)


def test_ten_people_hold_a_whole_session(circle: Circle) -> None:
    """From the landing page to the farewell, every phase follows the practice for everybody."""
    fay = circle.start("Fay")
    for place, name in enumerate(MEMBERS):
        circle.join(name, phone=place % 3 == 0)
    everyone = {"Fay", *MEMBERS}
    people = circle.people
    order = ["Fay", *MEMBERS]
    circle.all_see(lambda p: expect(p.chairs.locator(".name")).to_have_text(order))

    people["Clara"].press("more")
    people["Clara"].press("self_view")
    people["Clara"].press("close")
    fay.press("start")
    circle.all_see(lambda p: p.sees_phase("arrival"))
    expect(people["Clara"].control("pass")).to_have_count(0)
    fay.press_calmly("yield")
    people["Clara"].press_calmly("yield")
    people["Tomas"].press_calmly("pass")
    circle.all_see(lambda p: p.shows("Ingrid", "speaking"))

    circle.move_to("call", fay)
    mei = people["Mei"]
    mei.press("offer_case")
    expect(fay.page.locator("#dock [data-offers]")).to_be_visible()
    for name in MEMBERS:
        assert people[name].page.locator("[data-offers]").count() == 0
    circle.seat_presenter("Mei", fay)

    circle.move_to("presentation", fay)
    everybody_shows_heard(circle, {"Fay", "Mei"})
    expect(people["Lea"].control("raise_hand")).to_be_disabled()

    circle.move_to("questions", fay)
    for name in ("Ravi", "Clara", "Jonas"):
        people[name].press("raise_hand")
        expect(people[name].control("lower_hand")).to_be_visible()
    everybody_shows_hands(circle, "Ravi", "Clara", "Jonas")
    fay.press("give_floor", about="Ravi")
    everybody_shows_heard(circle, {"Fay", "Mei", "Ravi"})
    people["Ravi"].press_calmly("yield")
    everybody_shows_heard(circle, {"Fay", "Mei", "Clara"})
    everybody_shows_hands(circle, "Jonas")

    circle.move_to("reflection", fay)
    everybody_shows_heard(circle, everyone - {"Mei"})
    circle.all_see(lambda p: p.shows("Mei", "sits"))
    mine = mei.page.locator("#attention button")
    expect(mine).to_have_count(1)
    expect(mine).to_have_attribute("data-do", "ask_return")
    mine.click()
    expect(fay.attention("presenter_returns")).to_have_attribute("data-person", mei.state["seat"])
    assert people["Lea"].attention("presenter_returns").count() == 0
    fay.press("recall")
    everybody_shows_heard(circle, everyone)
    fay.press_calmly("recall", on=False)
    everybody_shows_heard(circle, everyone - {"Mei"})

    reload_and_second_tab(circle)
    clocks_agree(circle)

    circle.move_to("response", fay)
    everybody_shows_heard(circle, {"Fay", "Mei"})
    mei.press_calmly("yield")
    everybody_shows_heard(circle, everyone)
    circle.move_to("closing", fay)

    fay.confirm("end")
    circle.all_see(lambda p: p.sees_phase("ended"))
    nothing_said_is_kept(circle)
    circle.all_see(lambda p: expect(p.chairs).to_have_count(0))


def reload_and_second_tab(circle: Circle) -> None:
    """A hand outlasts a reload, and lowering one in a second tab lowers it in both."""
    lea, ingrid = circle.people["Lea"], circle.people["Ingrid"]
    lea.press("raise_hand")
    ingrid.press("raise_hand")
    everybody_shows_hands(circle, "Lea", "Ingrid")
    lea.page.reload()
    lea.is_connected()
    second = ingrid.page.context.new_page()
    second.goto(ingrid.page.url)
    other = Person("Ingrid", second)
    other.is_connected()
    other.sees_phase("reflection")
    assert other.state["seat"] == ingrid.state["seat"]
    other.press("lower_hand")
    everybody_shows_hands(circle, "Lea")
    second.close()
    ingrid.press_calmly("raise_hand")
    everybody_shows_hands(circle, "Lea", "Ingrid")


def clocks_agree(circle: Circle) -> None:
    """By the clocks of all pages the phase ends at the same time, to the second."""
    ends = [person.ends() for person in circle.people.values()]
    assert max(ends) - min(ends) < 2, ends
