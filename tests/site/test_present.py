"""A page presented section by section: forth, back, to the ends, with its experiments at work."""

import pytest

from tests.site.chromium import opened
from tests.site.lecture import SMALLEST, faults
from tests.site.pages import pages_with

CHAPTER = "08_xor"
HALL = {"width": 1280, "height": 720}
STEP = "document.querySelector('.slide-bar output')?.value"
SHOWN = """() => [...document.querySelectorAll('.bd-article section[id] > *')]
  .filter(e => !e.matches('section[id], span[id], script, h1:not(.slide-part)'))
  .filter(e => [e, ...e.children].some(one => one.checkVisibility())) // a cell may be its contents
  .map(e => e.dataset.number)"""
NUMBER = """() => [...document.querySelectorAll('.bd-article section[id] > :not(section[id])')]
  .forEach((e, i) => { e.dataset.number = i; })"""
CONTENT = """() => [...document.querySelectorAll('.bd-article section[id] > *')]
  .filter(e => !e.matches('section[id], span[id], script, .chapter-facts, .train-yourself'))
  .map(e => e.dataset.number)"""
FULL = "dialog.full-screen[open]"


def start(page, home: str, place: str = "") -> int:
    """Open the chapter, present it; the number of slides."""
    page.goto(f"{home}{CHAPTER}.html{place}", wait_until="load")
    page.wait_for_timeout(300)
    page.evaluate(NUMBER)
    page.keyboard.press("p")
    page.wait_for_selector(".slide-bar")
    page.wait_for_timeout(150)
    return int(page.evaluate(STEP).split(" / ")[1])


def test_pages_with_figures_can_be_presented(site):
    assert pages_with(site, "present-button") == pages_with(site, "<figure") != set()
    assert pages_with(site, "present.js") == pages_with(site, "<figure")


def test_every_part_is_shown_once_forth_and_back(browser, home):
    with opened(browser, home, viewport=HALL, reduced_motion="reduce") as (page, problems):
        n = start(page, home)
        places, parts = [], []
        for i in range(n):
            assert page.evaluate(STEP) == f"{i + 1} / {n}"
            assert page.locator(".slide > :is(h1, h2, h3):visible").count() == 1
            assert page.evaluate("document.activeElement.matches('h1, h2, h3')")
            assert page.locator("figure:visible").count() <= 1
            assert page.evaluate("document.documentElement.scrollWidth") <= HALL["width"]
            places.append(page.evaluate("location.hash"))
            parts += page.evaluate(SHOWN)
            page.keyboard.press("ArrowRight")
        assert page.evaluate(STEP) == f"{n} / {n}"
        wanted = page.evaluate(CONTENT)
        assert list(dict.fromkeys(parts)) == wanted  # all, in order, a heading again and again
        ids = page.evaluate(
            "[...document.querySelectorAll('.bd-article section[id]')].map(s => s.id)"
        )
        assert list(dict.fromkeys(places)) == [f"#{name}" for name in ids]
        for place in reversed(places[:-1]):
            page.keyboard.press("PageUp")
            assert page.evaluate("location.hash") == place
        for key, step in [
            ("End", n),
            ("Home", 1),
            ("Space", 2),
            ("PageDown", 3),
            ("Shift+Space", 2),
        ]:
            page.keyboard.press(key)
            assert page.evaluate(STEP) == f"{step} / {n}", key
        assert problems == []


def test_it_begins_and_ends_where_the_presenter_is(browser, home):
    with opened(browser, home, viewport=HALL, reduced_motion="reduce") as (page, problems):
        before = "() => document.querySelectorAll('figure, section, .cell, dialog').length"
        start(page, home, "#four-inequalities")
        count = page.evaluate(before)
        assert page.evaluate("location.hash") == "#four-inequalities"
        assert page.evaluate("!!document.fullscreenElement")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")  # its second figure
        figure = page.locator("figure:visible").get_attribute("id")
        page.keyboard.press("Escape")
        page.wait_for_selector(".slide-bar", state="detached")
        page.wait_for_timeout(600)  # until what is on the way has its layout
        assert 0 <= page.locator(f"#{figure}").bounding_box()["y"] < HALL["height"] / 2
        assert page.evaluate("document.activeElement.textContent").startswith("8.2 ")
        assert (
            page.evaluate(
                "document.querySelectorAll('[class*=slide], .large, [data-layout]').length"
            )
            == 0
        )
        assert page.evaluate("document.body.className.includes('presenting')") is False
        assert page.evaluate(before) == count
        assert page.locator(".bd-sidebar-primary").is_visible()
        page.keyboard.press("p")
        page.wait_for_selector(".slide-bar")
        assert page.locator(f"#{figure}").is_visible()  # and begins there again
        assert problems == []


def test_its_experiments_work_and_fill_the_screen(browser, home):
    with opened(browser, home, viewport=HALL, reduced_motion="reduce") as (page, problems):
        start(page, home, "#four-inequalities")
        step = page.evaluate(STEP)
        figure = page.locator("#four-lamps")
        before = figure.get_attribute("data-state")
        figure.locator("input").first.focus()
        page.keyboard.press("ArrowRight")  # the slider's, not the slide's
        page.wait_for_function(
            "before => document.getElementById('four-lamps').dataset.state !== before", arg=before
        )
        assert page.evaluate(STEP) == step
        page.keyboard.press("f")
        page.wait_for_selector(f"{FULL} #four-lamps")
        for key in ("PageDown", "ArrowLeft"):
            page.keyboard.press(key)
        assert page.evaluate(STEP) == step  # a large experiment is no slide
        page.keyboard.press("Escape")
        page.wait_for_selector(FULL, state="detached")
        assert page.evaluate(STEP) == step
        assert figure.locator("input").first.evaluate("i => i === document.activeElement")
        page.keyboard.press("PageDown")  # a lecturer's device is heard beside a slider, too
        assert page.evaluate(STEP) != step
        page.keyboard.press("Escape")
        page.wait_for_selector(".slide-bar", state="detached")
        assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (390, 844)])
def test_slides_can_be_read_and_are_accessible(browser, home, size, scheme):
    width, height = size
    settings = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
    with opened(browser, home, reduced_motion="reduce", **settings) as (page, problems):
        start(page, home, "#four-inequalities")
        for _ in range(3):
            figure = page.locator("figure:visible")
            if figure.count() and width > height:
                assert figure.evaluate(SMALLEST) >= 20 * height / 720
                box = figure.locator(".picture > *").bounding_box()
                assert box["width"] > width / 3 and box["y"] + box["height"] <= height
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert faults(page) == []
            page.locator(".slide-bar button").nth(1).press("Enter")
        assert problems == []


def test_buttons_do_what_keys_do(browser, home):
    with opened(browser, home, viewport=HALL) as (page, problems):
        page.goto(f"{home}{CHAPTER}.html", wait_until="load")
        page.locator(".present-button:visible").click()
        bar = page.get_by_role("navigation", name="Presentation")
        bar.get_by_role("button", name="The next slide").click()
        assert page.evaluate(STEP).startswith("2 / ")
        bar.get_by_role("button", name="The slide before").click()
        assert page.evaluate(STEP).startswith("1 / ")
        bar.get_by_role("button", name="Close the presentation").click()
        page.wait_for_selector(".slide-bar", state="detached")
        assert problems == []


def test_it_works_from_a_folder(browser, site):
    with opened(browser, site.as_uri(), viewport=HALL) as (page, problems):
        page.goto((site / f"{CHAPTER}.html").as_uri(), wait_until="load")
        page.keyboard.press("p")
        page.wait_for_selector(".slide-bar")
        page.keyboard.press("ArrowRight")
        assert page.evaluate(STEP).startswith("2 / ")
        assert problems == []
