"""The switches of a circle or a person, pressed from their defaults."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.voices import Voices


def test_pictures_are_shown_until_one_switches_them_off_for_oneself(voices: Voices) -> None:
    """*Voices only* hides others', *Hide my own picture* one's own; nobody else sees less."""
    fay = voices.start("Fay")
    mei = voices.join("Mei")
    for person in (fay, mei):
        person.press("camera")
    of_mei, of_fay = (fay.chair("Mei").locator("video"), mei.chair("Fay").locator("video"))
    own = fay.chair("Fay").locator("video")
    for picture in (of_mei, of_fay, own):
        expect(picture).to_be_visible(timeout=20_000)
    fay.press("more")
    for switch in ("self_view", "voices_only"):
        expect(fay.control(switch)).to_have_attribute("aria-pressed", "false")
        fay.press(switch)
        expect(fay.control(switch)).to_have_attribute("aria-pressed", "true")
    expect(of_mei).to_have_count(0)
    expect(own).to_have_css("opacity", "0")  # it fades, and its chair stays as large
    expect(fay.chair("Fay").locator(".initial")).to_be_visible()
    expect(of_fay).to_be_visible()
    fay.press("self_view")
    expect(own).to_have_css("opacity", "1")
    fay.press("voices_only")
    expect(of_mei).to_be_visible()


def test_the_door_is_as_closed_as_it_can_be_until_it_is_set_otherwise(voices: Voices) -> None:
    """Each setting is switched off alone, and on again; the room is not locked."""
    fay = voices.start("Fay", door="closed")
    expect(fay.control("lock", on=True)).to_be_visible()
    pressed = fay.page.locator("#dock-invite .switches [aria-pressed=true]")
    for switch in ("#do-lobby", "#do-knows", "#do-locks-with-case", "#do-holds-late"):
        expect(pressed).to_have_count(4)
        button = fay.page.locator(switch)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false")
        expect(pressed).to_have_count(3)
        button.click(delay=450)
    expect(pressed).to_have_count(4)
