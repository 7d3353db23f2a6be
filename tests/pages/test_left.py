"""The page after leaving: somebody with a chair keeps it, and a guest no longer waits."""

from __future__ import annotations

from tests.support.client import ask, join, start_circle


def test_a_chair_stays_and_one_link_leads_back(url: str) -> None:
    """It says what the others see."""
    fay = start_circle(url)
    page = ask(fay.room.removesuffix("room") + "left", cookie=fay.cookie)
    assert (page.status, page.message) == (200, "left_room")
    assert f'href="/circles/{fay.circle_id}/room" data-do="come_back"' in page.text


def test_a_guest_had_no_chair_to_keep(url: str) -> None:
    """They have left the door, and may go back to it."""
    fay = start_circle(url, door="closed")
    dan = join(fay, "Dan")
    page = ask(dan.room.removesuffix("room") + "left", cookie=dan.cookie)
    assert (page.status, page.message) == (200, "left_door")
    assert f'href="/circles/{fay.circle_id}/room" data-do="come_back"' in page.text
