"""A real Chromium with its network off: only the site's own server or folder answers."""

import os
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

from publishing import browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def chromium():
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or browser.find()
        yield playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


@contextmanager
def opened(chromium, home: str, **options):
    """A page that may load only what lies under home, and the list of all that went wrong on it."""
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
    page, problems = context.new_page(), []

    def guard(route):
        if route.request.url.startswith((home, "data:")):
            route.continue_()
        else:
            problems.append(f"foreign request: {route.request.url}")
            route.abort()

    def answered(response):
        if response.status >= 400:
            problems.append(f"{response.status}: {response.url}")

    def failed(request):
        if request.failure != "net::ERR_ABORTED":  # a reload breaks off what was under way
            problems.append(f"{request.failure}: {request.url}")

    context.route("**/*", guard)
    page.on("console", lambda m: m.type == "error" and problems.append(f"console: {m.text}"))
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.on("requestfailed", failed)
    page.on("response", answered)
    try:
        yield page, problems
    finally:
        context.close()
