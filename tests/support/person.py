"""Somebody at a page of the room, in Chromium; and the verbs that each engine has."""

from __future__ import annotations

import re
from typing import Any, Protocol

from playwright.sync_api import Locator, Page, expect

from tests.support.controls import (
    CALM_MS,
    IS_ON_STAGE,
    SEAT_OF,
    UNFOLD,
    Field,
    control,
    form,
    submit,
)

# Sets the remaining time of the phase to so many ms, and updates the page's clock.
SET_CLOCK = """async leftMs => {
  const { setClock } = await import("/static/room/servertime.js");
  const { endsAt } = document.getElementById("state").dataset;
  setClock(Number(endsAt) - leftMs - performance.now());
  document.dispatchEvent(new Event("circle:clock"));
}"""

ENDS = """async () => {
  const { serverNow } = await import("/static/room/servertime.js");
  const [minutes, seconds] = document.getElementById("clock").textContent.split(":").map(Number);
  return serverNow() / 1000 + minutes * 60 + seconds;
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
        """Presses a control, once it is there. What is folded around it is opened.

        The stage's own button has perhaps just taken the place of another one.
        """
        one = self._in_sight(do, about, fields)
        one.click(delay=CALM_MS if one.evaluate(IS_ON_STAGE) else 0)

    def press_calmly(self, do: str, *, about: str = "", **fields: Field) -> None:
        """Presses a control that has just changed its meaning, later than a double press."""
        self._in_sight(do, about, fields).click(delay=CALM_MS)

    def _in_sight(self, do: str, about: str, fields: dict[str, Field]) -> Locator:
        """One control that does this: the stage and the dock may both have it."""
        selector = control(do, self.seat_of(about) if about else "", **fields)
        self.page.locator(selector).first.wait_for(state="attached")
        self.page.evaluate(UNFOLD, selector)
        return self.page.locator(selector).filter(visible=True).first

    def confirm(self, do: str, *, about: str = "") -> None:
        """Presses this control, and says yes to the question."""
        self.press_calmly(do, about=about)
        self.press("confirm")

    def submit(self, do: str, **fields: str | bool) -> None:
        """Fills in the form that does this, by the names of its fields, and sends it."""
        self.page.locator(submit(do)).wait_for(state="attached")
        self.page.evaluate(UNFOLD, submit(do))
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
        """A sign beside the voice of the stage."""
        return self.page.locator(f"[data-sign={kind}]")

    def attention(self, kind: str) -> Locator:
        """The voice of the stage while it tells this person something of this kind."""
        return self.page.locator(f"#attention[data-kind={kind}]")

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
        self.page.wait_for_function(script, arg=arg, timeout=30_000)

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

    def ends(self) -> float:
        """When the time is over by the clock on the page (s, on the servers' clock)."""
        found: float = self.page.evaluate(ENDS)
        return found


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
