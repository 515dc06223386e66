"""Finds a Chromium for the tests of the built website, and installs one where that can be done."""

import os
import shutil
import subprocess
import sys

from publishing.project import Failure

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
HOW_TO = """The tests of the website need Chromium, and none was found. One of these helps:
  Debian, Ubuntu   sudo apt-get install chromium
  macOS            brew install --cask chromium
  anywhere         .venv/bin/python -m playwright install chromium
  already there    CHROMIUM=/path/to/chromium make test"""


def find() -> str | None:
    """The path of a Chromium: from the variable CHROMIUM, the PATH, or playwright's own."""
    if wish := os.environ.get("CHROMIUM"):
        if shutil.which(wish):
            return shutil.which(wish)
        raise Failure(f"CHROMIUM={wish} is not a program")
    return next(filter(None, map(shutil.which, NAMES)), None) or playwrights_own()


def playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


def find_or_install() -> str:
    """A Chromium, installed where it is missing: `make book` and `make test` are all the set-up."""
    if found := find():
        return found
    print("No Chromium found; trying to install one …", flush=True)
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"])
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    if not find():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
    if found := find():
        return found
    raise Failure(HOW_TO)
