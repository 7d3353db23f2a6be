"""What is kept, and the end of a circle: by keyboard, and for everybody who can see or hear it."""

from __future__ import annotations

import redis
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import faults
from tests.support.people import Circle
from tests.support.processes import wait_until

ERASED = "[data-erase-at]"


def typed(page: Page, name: str) -> None:
    """Opens the end of the circle's page by keyboard if need be, and sends this name."""
    summary = page.locator("#erasure summary")
    field = page.locator("[name=circle_name]")
    if not field.is_visible():
        summary.focus()
        page.keyboard.press("Enter")
    field.fill(name)
    page.keyboard.press("Tab")
    expect(page.locator("[data-do=erase_circle]")).to_be_focused()
    page.keyboard.press("Enter")


def test_a_member_erases_themself_and_a_facilitator_the_circle(
    circle: Circle, redis_url: str
) -> None:
    """It is taken back once, and then everything goes; each page is without faults."""
    fay, ben = circle.start(called="Tuesday"), circle.join("Ben", phone=True)
    there = fay.page.url.removesuffix("/room")
    found = {}
    ben.open(f"{there}/kept")
    expect(ben.page.locator("[data-kept=seat]")).to_have_attribute("data-count", "2")
    found["kept"] = faults(ben.page)
    ben.page.set_viewport_size({"width": 360, "height": 740})
    ben.page.locator("[data-do=circle_page]").click()
    expect(fay.chair("Ben")).to_have_attribute("data-away", "yes", timeout=20_000)
    ben.page.locator("[data-do=erase][value=me]").focus()
    ben.page.keyboard.press("Enter")
    ben.page.locator("#confirm [data-do=confirm]").click()
    expect(ben.page.locator("[data-do=leave_page]")).to_be_visible()
    assert ben.page.context.cookies() == []
    page = fay.page
    page.goto(f"{there}/kept")
    expect(page.locator("[data-kept=seat]")).to_have_attribute("data-count", "1")
    page.goto(there)
    typed(page, "Wednesday")
    field = page.locator("[name=circle_name]")
    expect(field).to_have_value("Wednesday")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-describedby", "erase-refusal")
    expect(page.locator("#erase-refusal[data-fault=circle_name]")).to_be_visible()
    found["another name"] = faults(page)
    assert [text for text in circle.problems if "400" not in text] == []
    circle.problems.clear()
    page.set_viewport_size({"width": 1280, "height": 800})
    typed(page, "Tuesday")
    expect(page.get_by_role("status").and_(page.locator("[data-did=erase_circle]"))).to_be_focused()
    found["to be erased"] = faults(page)
    page.goto(f"{there}/room")
    expect(page.locator(f".head {ERASED}")).to_be_visible()
    found["a room to be erased"] = faults(page)
    page.goto(there)
    page.locator("[data-do=keep_circle]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-did=keep_circle]")).to_be_focused()
    expect(page.locator(ERASED)).to_have_count(0)
    typed(page, "tuesday")
    expect(page.locator(ERASED).first).to_be_visible()
    page.goto(f"{there}/room")
    fay.is_connected()
    circle_id = there.rpartition("/")[2]
    with redis.Redis.from_url(redis_url) as client:
        client.hset(f"circle:{{{circle_id}}}", "erase_at", 1)
        client.zadd("due", {f"erase:{circle_id}": 1})
        wait_until(lambda: list(client.scan_iter(f"*{circle_id}*")) == [])
    fay.is_out("4413")
    page.goto(there)
    expect(page.locator("[data-do=see_kept]")).to_be_visible()
    found["erased"] = faults(page)
    circle.problems.clear()  # of the page that is not found
    assert {what: wrong for what, wrong in found.items() if wrong} == {}
