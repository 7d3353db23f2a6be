"""A person at a page of an engine that Selenium drives: the verbs of `Person`, by WebDriver."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
)
from selenium.webdriver import ActionChains
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

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

WITHIN_S = 20.0
"""Longer than two presses that count as one (connection.js)."""
UNSTEADY = (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
)
"""Errors of a press while the page changes: it is retried."""

PRESSABLE = """
  (selector) => [...document.querySelectorAll(selector)]
    .find((button) => !button.disabled && button.checkVisibility()) ?? null
"""
LISTENS = """
  (button) => {
    window.clicked = false;
    button.addEventListener("click", () => { window.clicked = true; }, { once: true });
  }
"""
IS_CLICKED = "() => window.clicked !== false"  # a new page has no such variable
IS_CONNECTED = "() => document.getElementById('connection')?.dataset.kind === 'open'"


class Driven:
    """Somebody at a page of an engine that Selenium drives."""

    def __init__(self, name: str, driver: WebDriver) -> None:
        self.name = name
        self.driver = driver
        driver.set_window_size(1280, 800)

    @property
    def problems(self) -> list[str]:
        """The errors that the page has logged."""
        raise NotImplementedError

    def open(self, url: str) -> None:
        self.driver.get(url)

    def reload(self) -> None:
        self.driver.refresh()

    def run(self, script: str, arg: Any = None) -> Any:
        """The result of this function in the page. Any: a JSON value, or an element."""
        return self.driver.execute_script(f"return ({script})(arguments[0])", arg)

    def until(self, script: str, arg: Any = None) -> None:
        """Waits until this function returns true in the page. Any: a JSON value."""
        WebDriverWait(self.driver, WITHIN_S).until(
            lambda _: self.run(script, arg), f"{self.name}'s page: not {script} of {arg}"
        )

    def click(self, selector: str) -> None:
        """Presses the first that this selector finds, once it is there; unfolds what it is in."""
        self._press(selector, WebElement.click)

    def choose(self, name: str, value: str) -> None:
        """Chooses this option of the list of that name."""
        Select(self.driver.find_element("css selector", f"select[name={name}]")).select_by_value(
            value
        )

    def press(self, do: str, *, about: str = "", **fields: Field) -> None:
        """Presses a control, once it is there."""
        self._press(self._control(do, about, fields), self._press_as_needed)

    def press_calmly(self, do: str, *, about: str = "", **fields: Field) -> None:
        """Presses a control that has just changed its meaning, later than a double press."""

        self._press(self._control(do, about, fields), self._hold)

    def confirm(self, do: str, *, about: str = "") -> None:
        """Presses this control, and says yes to the question."""
        self.press_calmly(do, about=about)
        self.press("confirm")

    def submit(self, do: str, **fields: str | bool) -> None:
        """Fills in the form that does this, by the names of its fields, and sends it."""
        self.run(UNFOLD, submit(do))
        for name, value in fields.items():
            field = self.driver.find_element("css selector", f"{form(do)} [name={name}]")
            if isinstance(value, str):
                field.send_keys(value)
            elif field.is_selected() != value:
                field.click()
        self.click(submit(do))

    def sees_phase(self, key: str) -> None:
        """Waits until this page is in that phase."""
        self.until("(key) => document.getElementById('state')?.dataset.phase === key", key)

    def is_connected(self) -> None:
        """Waits until the page is connected."""
        self.until(IS_CONNECTED)

    @property
    def state(self) -> dict[str, str]:
        """The data attributes of #state."""
        found: dict[str, str] = self.run("() => ({...document.getElementById('state').dataset})")
        return found

    def screenshot(self, path: Path) -> None:
        """A picture of the visible page."""
        assert self.driver.save_screenshot(str(path))

    def _press_as_needed(self, button: WebElement) -> None:
        """The stage's own button has perhaps just taken the place of another one."""
        if self.run(IS_ON_STAGE, button):
            self._hold(button)
        else:
            button.click()

    def _hold(self, button: WebElement) -> None:
        actions = ActionChains(self.driver)
        actions.move_to_element(button).click_and_hold().pause(CALM_MS / 1000).release().perform()

    def _control(self, do: str, about: str, fields: Mapping[str, Field]) -> str:
        """The selector of a control; waits for the person it is about."""
        if not about:
            return control(do, "", **fields)
        self.until(SEAT_OF, about)
        return control(do, self.run(SEAT_OF, about), **fields)

    def _press(self, selector: str, press: Any) -> None:
        # Any: mypy does not take a method for a function of its object.
        def attempt(_driver: WebDriver) -> bool:
            self.run(UNFOLD, selector)
            button = self.run(PRESSABLE, selector)
            if button is None:
                return False
            self.run(LISTENS, button)
            press(button)
            # A button that makes way while it is held is not clicked.
            clicked: bool = self.run(IS_CLICKED)
            return clicked

        wait = WebDriverWait(self.driver, WITHIN_S, ignored_exceptions=UNSTEADY)
        wait.until(attempt, f"{self.name}'s page: no {selector} can be pressed")
