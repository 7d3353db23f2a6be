"""A person at a page of an engine that Selenium drives: the verbs of `Person`, by WebDriver."""

from __future__ import annotations

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
from selenium.webdriver.support.wait import WebDriverWait

WITHIN_S = 20.0
HOLDS_S = 0.45
"""Longer than two presses that count as one (connection.js)."""
UNSTEADY = (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
)
"""Errors of a press while the page changes: it is retried."""

BUTTON = """
  (name) => [...(document.querySelector("dialog[open]") ?? document).querySelectorAll("button")]
  .find((button) => {
    const words = [...button.childNodes].filter((node) => !node.ariaHidden);
    const label = button.ariaLabel ?? words.map((node) => node.textContent).join("");
    return label.trim() === name && !button.disabled && button.checkVisibility();
  }) ?? null
"""
FIELD = """
  (words) => [...document.querySelectorAll("label")]
    .find((label) => label.textContent.trim().startsWith(words))?.control ?? null
"""
STATUS = """
  ([name, words]) => [...document.querySelectorAll("[role=status]")]
    .find((status) => status.ariaLabel === name)?.textContent.includes(words)
"""


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

    def press(self, name: str) -> None:
        """Presses the button with this accessible name, once it is there."""
        self._press(name, WebElement.click)

    def press_calmly(self, name: str) -> None:
        """Presses a button that has just changed its meaning, later than a double press."""

        def hold(button: WebElement) -> None:
            actions = ActionChains(self.driver)
            actions.move_to_element(button).click_and_hold().pause(HOLDS_S).release().perform()

        self._press(name, hold)

    def confirm(self, name: str) -> None:
        """Presses this button, and the button of the same name in the dialog."""
        self.press_calmly(name)
        self.until("() => document.querySelector('dialog[open]') !== null")
        self.press(name)

    def fill(self, label: str, text: str) -> None:
        self._field(label).send_keys(text)

    def check(self, label: str) -> None:
        self._field(label).click()

    def says(self, status: str, words: str) -> None:
        """Waits until the status with this accessible name has these words."""
        self.until(STATUS, [status, words])

    def sees_phase(self, key: str) -> None:
        """Waits until this page is in that phase."""
        self.until("(key) => document.getElementById('state')?.dataset.phase === key", key)

    def is_connected(self) -> None:
        """Waits until the page is connected."""
        self.says("Connection", "connected")

    @property
    def state(self) -> dict[str, str]:
        """The data attributes of #state."""
        found: dict[str, str] = self.run("() => ({...document.getElementById('state').dataset})")
        return found

    def screenshot(self, path: Path) -> None:
        """A picture of the visible page."""
        assert self.driver.save_screenshot(str(path))

    def _press(self, name: str, press: Any) -> None:
        # Any: mypy does not take a method for a function of its object.
        def attempt(_driver: WebDriver) -> bool:
            button = self.run(BUTTON, name)
            if button is None:
                return False
            assert button.accessible_name == name
            press(button)
            return True

        wait = WebDriverWait(self.driver, WITHIN_S, ignored_exceptions=UNSTEADY)
        wait.until(attempt, f"{self.name}'s page: no button {name!r} can be pressed")

    def _field(self, label: str) -> WebElement:
        self.until(FIELD, label)
        found: WebElement = self.run(FIELD, label)
        return found
