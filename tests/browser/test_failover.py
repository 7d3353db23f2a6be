"""A real page behind Sentinel: the master dies in mid-session, and the room goes on."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

from tests.support.people import Circle
from tests.support.person import Person
from tests.support.processes import StartServer
from tests.support.sentinel import monitors, sentinel


def test_a_page_goes_on_when_the_master_dies(
    chromium: Browser, short_dir: Path, start_server: StartServer
) -> None:
    """Its connection stays; presses are refused with a sentence, and later work again."""
    with sentinel(short_dir, replicas=2, watching=with_patience) as watched:
        servers = [start_server(watched.url) for _ in range(2)]
        circle = Circle(chromium, [server.url for server in servers])
        fay, ben = circle.start(), circle.join("Ben")
        fay.press("start")
        circle.all_see(lambda person: person.sees_phase("arrival"))
        circle.all_see(count_losses)
        # The press follows the kill at once: soon there is another master.
        fay.page.wait_for_function(
            "start => performance.now() - start > 450", arg=fay.run("() => performance.now()")
        )
        fay.control("advance").hover()
        fay.page.mouse.down()
        watched.master.process.kill()
        fay.page.mouse.up()
        expect(fay.notice).to_have_attribute("data-refused", "unavailable")
        press_until_taken(fay, "prompt", fay.page.locator("#stage .prompt"))
        expect(ben.page.locator("#stage .prompt")).to_be_attached()
        press_until_taken(fay, "advance", fay.page.locator("#state[data-phase=call]"))
        ben.sees_phase("call")
        press_until_taken(ben, "offer_case", ben.page.locator("[data-do=withdraw_case]"))
        expect(fay.page.locator("#dock [data-offers]")).to_be_visible()
        for person in (fay, ben):
            person.is_connected()
            assert person.page.evaluate("losses") == 0
            expect(person.page.locator("[data-away]")).to_have_count(0)
        assert circle.problems == []
        circle.close()
        for server in servers:
            server.stop()


def with_patience(master_port: int) -> str:
    """Without it Sentinel may replace the new master as well, on a busy machine, and a press that
    was refused and stored nevertheless shows while it is being pressed again."""
    return monitors(master_port, down_after_ms=3000)


def press_until_taken(person: Person, do: str, taken: Locator) -> None:
    """Presses again after each refusal: the new master may still wait for its replica.

    Never before the press is answered: the next one might be about what the control says then.
    """
    refusal = person.page.locator("#notice[data-refused=unavailable] > span")
    answered = "none"
    while taken.count() == 0:
        if refusal.count() > 0:
            answered = refusal.get_attribute("id") or answered
        person.press_calmly(do)
        again = refusal.and_(person.page.locator(f"span:not(#{answered})"))
        expect(taken.or_(again).first).to_be_attached()


def count_losses(person: Person) -> None:
    """Makes the page count the losses of its connection."""
    person.page.evaluate(
        "window.losses = 0; document.addEventListener('htmx:ws:close', () => { losses += 1 })"
    )
