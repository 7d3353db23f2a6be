"""The questions on the last page: answered by mouse and by keyboard, and seen by all alike."""

from __future__ import annotations

import redis
from msgspec.structs import replace
from playwright.sync_api import expect

from server.room.due import KEPT_AFTER_END_MS
from server.room.state import decode, encode
from tests.browser.test_accessibility import faults
from tests.support.people import Circle
from tests.support.person import Person
from tests.support.processes import wait_until

NAMES = ("Ann", "Ben", "Cem", "Dan", "Eve")
QUESTIONS = ("heard", "safe", "seen")
FITS = "() => document.documentElement.scrollWidth <= innerWidth"


def answers(person: Person) -> None:
    """By mouse: a step for each question, and *Send*."""
    for question in QUESTIONS:
        person.page.locator(f"[name={question}][value='4']").check()
    person.page.locator("[data-do=pulse]").click()


def answers_by_keyboard(person: Person) -> None:
    """From the heading on: Tab to each question, arrows to a step, Tab to *Send*, Enter."""
    press = person.page.keyboard.press
    person.page.locator("#stage h1").focus()
    for question in QUESTIONS:
        press("Tab")
        expect(person.page.locator(f"[name={question}][value='1']")).to_be_focused()
        for _ in range(3):
            press("ArrowRight")
        expect(person.page.locator(f"[name={question}][value='4']")).to_be_checked()
    press("Tab")
    expect(person.page.locator("[data-do=pulse]")).to_be_focused()
    press("Enter")


def shows_figures(person: Person, address: str) -> bool:
    """Whether the circle's page has figures. The deadline closes them a moment after the start."""
    person.open(address)
    return person.page.locator("[data-question]").count() > 0


def deletes_room(redis_url: str, circle_id: str) -> None:
    """Half a minute passes for the room that has ended, and the servers delete it."""
    key = f"circle:{{{circle_id}}}:room"
    with redis.Redis.from_url(redis_url) as client:

        def earlier(pipe: redis.client.Pipeline) -> None:
            value = pipe.hget(key, "value")
            if not isinstance(value, bytes):
                return  # On a slow machine the half minute has passed.
            room = decode(value)
            assert room.ended_at is not None
            ended_at = room.ended_at - KEPT_AFTER_END_MS
            pipe.multi()
            pipe.hset(key, "value", encode(replace(room, ended_at=ended_at)))
            pipe.zadd("due", {circle_id: ended_at})

        client.transaction(earlier, key)
        wait_until(lambda: not client.exists(key))


def test_five_members_answer_and_all_see_the_same_after_the_next_start(
    circle: Circle, redis_url: str
) -> None:
    """Two of them by keyboard; the form fits a phone, and nothing on it shuts anybody out."""
    fay = circle.start("Fay")
    members = [circle.join(name, phone=name == "Ben") for name in NAMES]
    address = fay.page.url.removesuffix("/room")
    fay.press("start")
    circle.all_see(lambda person: person.sees_phase("arrival"))
    fay.confirm("end")
    circle.all_see(lambda person: person.sees_phase("ended"))
    expect(fay.page.locator(".pulse")).to_have_count(0)
    ann = members[0].page
    expect(ann.locator(".pulse")).to_be_visible()
    found = {"the last page": faults(ann)}
    eve = members[-1].page
    eve.goto(f"{address}/pulse")  # She has closed the last page, and answers from the circle's.
    found["the questions alone"] = faults(eve)
    for width in (390, 320):
        ann.set_viewport_size({"width": width, "height": 740})
        assert ann.evaluate(FITS), width
    for number, member in enumerate(members):
        (answers_by_keyboard if number < 2 else answers)(member)
        expect(member.page.locator("[data-did=pulse]")).to_be_visible()
    found["thanks"] = faults(ann)
    ann.goto(address)
    expect(ann.locator("[data-question]")).to_have_count(0)

    deletes_room(redis_url, address.rpartition("/")[2])
    fay.page.goto(f"{address}/room")
    fay.is_connected()
    fay.press("start")
    fay.sees_phase("arrival")
    seen = []
    for person in circle.people.values():
        rows = person.page.locator("[data-question]")
        wait_until(lambda person=person: shows_figures(person, address))  # type: ignore[misc]  # mypy cannot infer it
        seen.append(rows.all_inner_texts())
    assert [len(rows) for rows in seen] == [3] * 6
    assert all(rows == seen[0] for rows in seen)
    assert all("mostly yes · clear" in row for row in seen[0])
    found["the circle's page"] = faults(ann)
    ann.set_viewport_size({"width": 320, "height": 740})
    assert ann.evaluate(FITS)
    assert {what: wrong for what, wrong in found.items() if wrong} == {}
    assert circle.problems == []
