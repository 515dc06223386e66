"""The three engines that readers have, each as an ordinary package of the system.

Playwright drives Chromium. For the others it has builds of its own alone, so Firefox is driven by
Mozilla's client (no driver is needed), WebKit by selenium and WebKitGTK's driver.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

from playwright.sync_api import TimeoutError as Timeout

from publishing import browser
from publishing.server import Handler
from tests.site.chromium import chromium, opened

PATIENCE = 30  # seconds for what a page should do at once
KEYS = {  # their codes in the W3C's WebDriver
    "Tab": "\ue004",
    "Enter": "\ue007",
    "Space": "\ue00d",
    "End": "\ue010",
    "Home": "\ue011",
    "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013",
    "ArrowRight": "\ue014",
    "ArrowDown": "\ue015",
}


class Recording(Handler):
    """Begins each page with the script that keeps what goes wrong on it, in any browser."""

    RECORDER = (Path(__file__).parent / "recorder.html").read_bytes()

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.suffix != ".html" or not path.is_file():
            return super().do_GET()
        page = path.read_bytes().replace(b"<head>", b"<head>" + self.RECORDER, 1)
        self.answer(200, path, page)


class Page:
    """What tests.site.experiments asks of a page, by a driver that runs scripts, opens addresses
    and presses keys.  What went wrong on a page is in problems once the next one is opened."""

    def __init__(self, run, go, press):
        self.run, self.go, self.problems = run, go, []
        self.keyboard = SimpleNamespace(press=lambda key: press(KEYS[key]))

    def goto(self, address: str) -> None:
        self.problems += self.evaluate("() => window.problems || []")
        self.go(address)

    def evaluate(self, function: str, arg=None):
        """Of a list the driver gets the parts: WebKit's does not look for elements inside it."""
        given = ("[...arguments]", *arg) if isinstance(arg, list) else ("arguments[0]", arg)
        return self.run(f"return ({function})({given[0]})", *given[1:])

    def query_selector(self, selector: str):
        return self.evaluate("selector => document.querySelector(selector)", selector)

    def wait_for_function(self, function: str, arg=None) -> None:
        end = time.monotonic() + PATIENCE
        while not self.evaluate(function, arg):
            if time.monotonic() > end:
                raise Timeout(f"in {PATIENCE} seconds not true: {function}")
            time.sleep(0.02)


@contextmanager
def in_chromium(home: str):
    with chromium() as running, opened(running, home) as (page, problems):
        page.set_default_timeout(1000 * PATIENCE)
        yield page, problems


@contextmanager
def in_firefox(home: str):
    from marionette_driver.marionette import Marionette

    folder = tempfile.TemporaryDirectory()  # the client removes the file of its log: no os.devnull
    options = {"bin": find_firefox(), "headless": True, "gecko_log": f"{folder.name}/log"}
    firefox = Marionette(app="fxdesktop", port=0, **options)

    def run(script, *arguments):
        return firefox.execute_script(script, arguments, sandbox=None)

    def press(code):
        firefox.actions.sequence("key", "keyboard").key_down(code).key_up(code).perform()

    try:
        firefox.start_session()
        page = Page(run, firefox.navigate, press)
        yield page, page.problems
    finally:
        firefox.cleanup()
        folder.cleanup()


@contextmanager
def in_webkit(home: str):
    from selenium.webdriver import ActionChains, WebKitGTK, WebKitGTKOptions
    from selenium.webdriver.webkitgtk.service import Service

    with display() as environment:
        service = Service(shutil.which("WebKitWebDriver"), env=environment)
        webkit = WebKitGTK(WebKitGTKOptions(), service)

        def press(code):
            ActionChains(webkit, duration=0).send_keys(code).perform()

        try:
            page = Page(webkit.execute_script, webkit.get, press)
            yield page, page.problems
        finally:
            webkit.quit()


@contextmanager
def display():
    """An environment in which a window opens on a screen that nobody sees."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            number = server.stdout.readline().strip()
            yield os.environ | {"DISPLAY": f":{number}", "GDK_BACKEND": "x11"}
        finally:
            server.terminate()


@dataclass(frozen=True)
class Engine:
    opened: Callable[[str], AbstractContextManager]  # with opened(home) as (page, problems)
    found: Callable[[], object]
    packages: str  # of Debian


def find_firefox() -> str | None:
    client = find_spec("marionette_driver")  # the command installs it on Linux
    return client and (shutil.which("firefox-esr") or shutil.which("firefox"))


def find_webkit() -> bool:
    client = find_spec("selenium")
    return client is not None and all(map(shutil.which, ("WebKitWebDriver", "Xvfb")))


ENGINES = {
    "chromium": Engine(in_chromium, browser.find, "chromium"),
    "firefox": Engine(in_firefox, find_firefox, "firefox-esr"),
    "webkit": Engine(in_webkit, find_webkit, "webkit2gtk-driver xvfb"),
}
