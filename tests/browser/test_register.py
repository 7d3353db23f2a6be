"""The register and the certificate of hours, from the switch to the printed page, by keyboard."""

from __future__ import annotations

import re

import redis
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import faults
from tests.support.people import Circle
from tests.support.person import Person
from tests.support.planted import begun_earlier

HOUR_MS = 3_600_000
PRINTED = "p.code"
"""The last part of a certificate."""


def press(page: Page, do: str) -> None:
    """Presses this control by keyboard, and waits for the page to which it leads."""
    control = page.locator(f"[data-do={do}]").first
    control.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def a_session(circle: Circle, fay: Person, redis_url: str) -> None:
    """An hour in the room, which is then as gone as half a minute later."""
    circle_id = fay.page.url.split("/")[-2]
    for person in circle.people.values():
        person.reload()
        person.is_connected()
    fay.press("start")
    fay.sees_phase("arrival")
    begun_earlier(redis_url, circle_id, HOUR_MS)
    fay.confirm("end")
    circle.all_see(lambda person: person.sees_phase("ended"))
    key = f"circle:{{{circle_id}}}"
    with redis.Redis.from_url(redis_url) as client:
        client.delete(f"{key}:room", f"{key}:here")


def test_hours_are_registered_proved_and_checked(circle: Circle, redis_url: str) -> None:
    """Two sessions are a certificate that a stranger checks; changed by a letter, it is none."""
    fay = circle.start()
    ann = circle.join("Ann", phone=True)
    base = fay.page.url.removesuffix("/room")
    leads = fay.page.context.new_page()
    leads.goto(base)
    press(leads, "register")
    expect(leads.get_by_role("status")).to_have_attribute("data-did", "register")
    with redis.Redis.from_url(redis_url) as client:  # The open room was opened before.
        client.delete(f"circle:{{{base.rpartition('/')[2]}}}:room")
    door = circle.open_page()
    door.goto(circle.link)
    expect(door.locator(".rules [data-registers]")).to_contain_text("24")
    a_session(circle, fay, redis_url)
    a_session(circle, fay, redis_url)
    leads.reload()
    expect(leads.locator("#sessions ~ .pairs > li")).to_have_count(2)
    assert faults(leads) == []

    ann.open(ann.page.url.removesuffix("/room"))
    assert faults(ann.page) == []
    press(ann.page, "certificate")
    expect(ann.page.locator(".certificate [data-date]")).to_have_count(2)
    expect(ann.page.locator("[data-minutes]")).to_have_attribute("data-minutes", "120")
    assert faults(ann.page) == []
    ann.page.emulate_media(media="print")
    expect(ann.page.locator(PRINTED)).to_be_visible()
    for hidden in ("form", "[data-do=print]", "footer.imprint", "header.masthead"):
        expect(ann.page.locator(hidden)).to_be_hidden()
    assert len(re.findall(rb"/Type /Page\b", ann.page.pdf(format="A4"))) == 1
    code = ann.page.locator("[data-code]").get_attribute("data-code") or ""

    stranger = circle.open_page()
    stranger.goto(f"{base.partition('/circles')[0]}/verify#{code}")
    genuine = stranger.locator("[data-did=verify]")
    expect(genuine).to_have_attribute("data-genuine", "yes")
    expect(stranger.locator("[data-minutes]")).to_have_attribute("data-minutes", "120")
    assert faults(stranger) == []
    stranger.locator("#code").fill(f"{code[:30]}{'A' if code[30] == 'B' else 'B'}{code[31:]}")
    press(stranger, "verify")
    expect(genuine).to_have_attribute("data-genuine", "no")
    expect(stranger.locator(".certificate")).to_have_count(0)
    assert faults(stranger) == []
    circle.problems.clear()  # of the code that was refused, and of rooms that were deleted
