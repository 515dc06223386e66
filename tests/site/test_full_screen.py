"""An experiment that fills the screen: opened and left by keyboard, its type, its address."""

import re

import pytest

from tests.site.chromium import opened
from tests.site.lecture import SMALLEST, faults

CHAPTER, NAME = "08_xor", "sixteen-functions"
HALL = {"width": 1280, "height": 720}
FOCUSED = "document.activeElement.id || document.activeElement.className"
OPEN = "dialog.full-screen[open]"
ON_TOP = f"!!document.elementFromPoint(innerWidth / 2, innerHeight / 2).closest('{OPEN}')"


def go_to(page, home: str, name: str = NAME) -> None:
    page.goto(f"{home}{CHAPTER}.html#{name}", wait_until="load")
    page.wait_for_selector(f"#{name}[data-ready]")


def press(page, key: str) -> None:
    page.keyboard.press(key)
    page.wait_for_timeout(150)  # the screen comes and goes in steps that no event ends


def test_one_key_opens_the_nearest_experiment_and_gives_the_place_back(browser, home):
    with opened(browser, home, viewport=HALL) as (page, problems):
        go_to(page, home)
        top = page.evaluate("scrollY")
        press(page, "f")
        page.wait_for_selector(OPEN)
        assert page.locator(f"{OPEN} figure").get_attribute("id") == NAME
        assert page.evaluate("!!document.fullscreenElement")
        assert page.evaluate(ON_TOP)
        assert page.evaluate(FOCUSED) == f"{NAME}-function"  # its first control
        assert page.url.endswith(f"{CHAPTER}.html?full={NAME}#{NAME}")
        press(page, "Escape")
        assert page.locator(OPEN).count() == 0
        assert not page.evaluate("!!document.fullscreenElement")
        assert page.url.endswith(f"{CHAPTER}.html#{NAME}")
        assert abs(page.evaluate("scrollY") - top) < 2
        press(page, "f")
        press(page, "Tab")
        press(page, "Shift+Tab")
        assert page.evaluate(f"!!document.activeElement.closest('{OPEN}')")
        page.locator(f"#{NAME} .experiment-close").press("Enter")
        page.wait_for_selector(OPEN, state="detached")
        assert problems == []


def test_the_button_opens_and_takes_the_focus_back(browser, home):
    with opened(browser, home, viewport=HALL) as (page, problems):
        go_to(page, home)
        button = page.locator(f"#{NAME} .experiment-full")
        assert button.get_attribute("title") == "Full screen (F)"
        button.press("Enter")
        page.wait_for_selector(OPEN)
        press(page, "Escape")
        assert page.evaluate(FOCUSED) == "experiment-full"
        assert button.text_content() == "Full screen" and button.is_visible()
        assert problems == []


def test_the_experiment_that_has_the_focus_is_taken(browser, home):
    with opened(browser, home, viewport=HALL) as (page, _):
        go_to(page, home, "four-lamps")
        slider = page.locator("#four-lamps input").first
        slider.focus()
        page.mouse.wheel(0, 900)
        page.wait_for_timeout(200)
        slider.press("f")
        page.wait_for_selector(OPEN)
        assert page.locator(f"{OPEN} figure").get_attribute("id") == "four-lamps"
        assert page.evaluate(FOCUSED) == slider.get_attribute("id")
        before = page.locator("#four-lamps").get_attribute("data-state")
        press(page, "ArrowRight")  # its keys go on working
        page.wait_for_function(
            "before => document.getElementById('four-lamps').dataset.state !== before", arg=before
        )


def test_letters_that_are_typed_are_letters(browser, home):
    with opened(browser, home) as (page, _):
        page.goto(f"{home}{CHAPTER}.html#ex-8-1")
        page.locator("#answer-8-1-1").press("f")
        page.locator("#answer-8-1-1").press("p")
        assert page.locator("#answer-8-1-1").input_value() == "fp"
        page.keyboard.press("Control+k")
        page.keyboard.type("fp")
        page.keyboard.press("Escape")
        page.locator(f"#{NAME}").scroll_into_view_if_needed()
        page.wait_for_selector(f"#{NAME}[data-ready]")
        for key in ("f", "p", "Control+p"):
            page.locator(f"#{NAME}-function").press(key)
        page.wait_for_timeout(200)
        assert page.locator(f"{OPEN}, .slide-bar").count() == 0


def test_the_keys_can_be_turned_off(browser, home):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}how_to_use.html")
        page.locator("#one-key").press("Space")
        go_to(page, home)
        press(page, "f")
        press(page, "p")
        assert page.locator(f"{OPEN}, .slide-bar").count() == 0
        page.goto(f"{home}how_to_use.html")
        assert not page.locator("#one-key").is_checked()
        page.locator("#one-key").press("Space")
        go_to(page, home)
        press(page, "f")
        assert page.locator(OPEN).count() == 1
        assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [NAME, "wire-a-network", "four-lamps"])
def test_it_can_be_read_from_the_back_row(browser, home, name, scheme):
    settings = {"viewport": HALL, "color_scheme": scheme, "reduced_motion": "reduce"}
    with opened(browser, home, **settings) as (page, problems):
        go_to(page, home, name)
        width = page.locator(f"#{name} .picture > *").bounding_box()["width"]
        press(page, "f")
        page.wait_for_selector(OPEN)
        assert page.locator(OPEN).evaluate(SMALLEST) >= 24
        picture = page.locator(f"#{name} .picture > *").bounding_box()
        assert picture["width"] > 1.1 * width
        assert 0 <= picture["y"] and picture["y"] + picture["height"] <= HALL["height"]
        slider = page.locator(f"#{name} input[type=range]")
        assert slider.count() == 0 or slider.first.bounding_box()["height"] >= 30
        assert page.get_by_role("dialog", name=f"Experiment {name}").count() == 1
        assert faults(page) == []
        assert problems == []


def test_its_address_opens_the_same_state_as_large(browser, home):
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, home, viewport=HALL, permissions=permissions) as (page, problems):
        go_to(page, home)
        press(page, "f")
        press(page, "ArrowDown")
        page.wait_for_function(f"() => location.search.includes('{NAME}.function')")
        state = page.locator(f"#{NAME}").get_attribute("data-state")
        page.locator(f"#{NAME} .experiment-link").press("Enter")
        page.wait_for_function("() => document.querySelector('.full-address').textContent")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert page.locator(".full-address").text_content() == f"Copied: {copied}"
        assert re.fullmatch(rf"{re.escape(home)}{CHAPTER}\.html\?full={NAME}&.*#{NAME}", copied)

        page.goto("about:blank")
        page.goto(copied, wait_until="load")
        page.wait_for_selector(OPEN)
        assert page.locator(f"#{NAME}").get_attribute("data-state") == state
        assert page.evaluate(FOCUSED) == f"{NAME}-function"
        assert not page.evaluate("!!document.fullscreenElement")  # no browser gives it unasked
        box = page.locator(OPEN).bounding_box()
        assert (box["width"], box["height"]) == (HALL["width"], HALL["height"])
        page.locator(f"#{NAME} .experiment-full").press("Enter")  # on to the screen
        page.wait_for_function("() => document.fullscreenElement")
        assert page.evaluate(ON_TOP)
        press(page, "Escape")
        assert page.locator(OPEN).count() == 0
        assert "full=" not in page.url and f"{NAME}.function=" in page.url
        assert problems == []


@pytest.mark.parametrize("address", ["?full=no-such", "?full=exercises", "?full=", "?full=%22%3E"])
def test_an_address_that_names_no_experiment_opens_the_page(browser, home, address):
    with opened(browser, home) as (page, problems):
        page.goto(f"{home}{CHAPTER}.html{address}", wait_until="load")
        page.wait_for_timeout(200)
        assert page.locator(OPEN).count() == 0
        assert problems == []


def test_without_the_screen_it_fills_the_window(browser, home):
    with opened(browser, home, viewport=HALL) as (page, problems):
        page.add_init_script("delete Element.prototype.requestFullscreen")
        page.add_init_script(
            "Object.defineProperty(Document.prototype, 'fullscreenEnabled', {get: () => false})"
        )
        go_to(page, home, "four-lamps")
        press(page, "f")
        box = page.locator(OPEN).bounding_box()
        assert (box["width"], box["height"]) == (HALL["width"], HALL["height"])
        assert not page.locator("#four-lamps .experiment-full").is_visible()
        press(page, "f")  # then the key leads back at once
        assert page.locator(OPEN).count() == 0
        assert problems == []


def test_it_works_from_a_folder_and_on_a_phone(browser, site):
    phone = {"width": 390, "height": 844}
    with opened(browser, site.as_uri(), viewport=phone) as (page, problems):
        page.goto(f"{(site / f'{CHAPTER}.html').as_uri()}?full={NAME}#{NAME}", wait_until="load")
        page.wait_for_selector(OPEN)
        assert page.locator(OPEN).evaluate("d => d.scrollWidth <= d.clientWidth")
        assert page.locator(f"{OPEN} figure").evaluate("f => f.scrollWidth <= f.clientWidth")
        press(page, "Escape")
        assert page.locator(OPEN).count() == 0
        assert problems == []


def test_quick_presses_of_the_key_do_not_confuse_it(browser, home):
    with opened(browser, home, viewport=HALL) as (page, problems):
        go_to(page, home, "four-lamps")
        for _ in range(7):
            page.keyboard.press("f")
        page.wait_for_timeout(1500)
        if page.locator(OPEN).count():
            press(page, "Escape")
        assert page.locator("dialog").count() == 0
        press(page, "f")
        assert page.locator(f"{OPEN} #four-lamps").count() == 1
        assert problems == []
